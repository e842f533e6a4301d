"""Finished clips: ranges, tags, links that expire, and what is kept of them."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from providers.sandbox.clips import fit, frame_size
from providers.sandbox.faults import Fault, FaultScript, Kind, Rule
from providers.sandbox.options import AGENTS, DREAM_MACHINE, NATIVE, RUNWAY, Options, Pace
from providers.sandbox.renderer import ClipSpec
from providers.sandbox.world import World
from tests.sandbox.kit import VENDORS, Clock, Desk, fetch, scribble


def finished(world: World, clock: Clock, vendor: str = NATIVE, **changes: Any) -> str:
    """The address of a finished clip."""
    desk = Desk(world, vendor)
    job = desk.create(**changes).json["id"]
    clock.forward(60)
    return desk.clip_url(job)


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_vendors_clip_can_be_fetched_without_a_key(world: World, clock: Clock, vendor: str) -> None:
    answer = fetch(world, finished(world, clock, vendor))
    assert (answer.status, answer.headers["content-type"], len(answer.body)) == (200, "video/mp4", 20_000)


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_key_that_is_sent_to_the_asset_host_is_refused(world: World, clock: Clock, vendor: str) -> None:
    url = finished(world, clock, vendor)
    assert fetch(world, url, authorization="Bearer luma-secret-secret").status == 400


@pytest.mark.parametrize(
    ("wanted", "start", "stop"),
    [("bytes=0-0", 0, 1), ("bytes=5-", 5, 20_000), ("bytes=-7", 19_993, 20_000), ("bytes=19999-99999", 19_999, 20_000)],
)
def test_a_range_is_answered_with_206(world: World, clock: Clock, wanted: str, start: int, stop: int) -> None:
    url = finished(world, clock)
    whole, part = fetch(world, url).body, fetch(world, url, range=wanted)
    assert part.status == 206
    assert part.headers["content-range"] == f"bytes {start}-{stop - 1}/20000"
    assert part.body == whole[start:stop]


@pytest.mark.parametrize("wanted", ["bytes=20000-", "bytes=9-3", "bytes=-0"])
def test_a_range_outside_the_clip_is_416(world: World, clock: Clock, wanted: str) -> None:
    answer = fetch(world, finished(world, clock), range=wanted)
    assert (answer.status, answer.headers["content-range"]) == (416, "bytes */20000")


@pytest.mark.parametrize("wanted", ["bytes=0-1,5-6", "lines=1-2", "bytes=-", "nonsense"])
def test_a_range_that_is_not_understood_gives_the_whole_clip(world: World, clock: Clock, wanted: str) -> None:
    assert fetch(world, finished(world, clock), range=wanted).status == 200


def test_if_range_with_another_tag_gives_the_whole_clip(world: World, clock: Clock) -> None:
    url = finished(world, clock)
    tag = fetch(world, url).headers["etag"]
    assert fetch(world, url, range="bytes=5-", if_range=tag).status == 206
    assert fetch(world, url, range="bytes=5-", if_range='"another"').status == 200
    assert fetch(world, url, if_none_match=tag).status == 304


def test_head_tells_the_length_and_sends_nothing(world: World, clock: Clock) -> None:
    answer = fetch(world, finished(world, clock), "HEAD")
    assert (answer.status, answer.headers["content-length"], answer.body) == (200, "20000", b"")


@pytest.mark.parametrize("vendor", [AGENTS, RUNWAY, NATIVE])
def test_links_expire_and_cannot_be_forged(world: World, clock: Clock, vendor: str) -> None:
    url = finished(world, clock, vendor)
    assert fetch(world, url.partition("?")[0]).status == 403
    assert fetch(world, url[:-1] + ("0" if url[-1] != "0" else "1")).status == 403
    clock.forward(world.options.link_life_s[vendor] + 1)
    assert fetch(world, url).status == 403


def test_dream_machine_links_do_not_expire(world: World, clock: Clock) -> None:
    url = finished(world, clock, DREAM_MACHINE)
    clock.forward(10 * 86_400)
    assert fetch(world, url).status == 200


def test_the_clip_of_a_deleted_task_is_gone(world: World, clock: Clock) -> None:
    desk = Desk(world, RUNWAY)
    job = desk.create().json["id"]
    clock.forward(60)
    url = desk.clip_url(job)
    assert fetch(world, url).status == 200
    desk.delete(f"/tasks/{job}")
    assert fetch(world, url).status == 404


def test_two_takes_of_one_prompt_differ_and_a_seed_brings_the_same_again(world: World, clock: Clock) -> None:
    takes = [fetch(world, finished(world, clock)).body for _ in range(2)]
    seeded = [fetch(world, finished(world, clock, seed=7)).body for _ in range(2)]
    assert takes[0] != takes[1]
    assert seeded[0] == seeded[1]


def test_a_clip_is_drawn_once_however_many_ask_for_it(tmp_path: Path, clock: Clock) -> None:
    drawn: list[ClipSpec] = []
    started = threading.Barrier(4, timeout=10)

    def count(spec: ClipSpec, path: Path) -> None:
        drawn.append(spec)
        scribble(spec, path)

    world = World(tmp_path, clock=clock, options=Options(pace={"*": Pace(0, 1)}, prerender=False), renderer=count)
    url = finished(world, clock)

    def ask() -> None:
        started.wait()
        assert fetch(world, url).status == 200

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    world.close()
    assert len(drawn) == 1


def test_a_clip_is_drawn_ahead_while_its_job_runs(tmp_path: Path, clock: Clock) -> None:
    drawn = threading.Event()

    def tell(spec: ClipSpec, path: Path) -> None:
        scribble(spec, path)
        drawn.set()

    world = World(tmp_path, clock=clock, renderer=tell)
    Desk(world, NATIVE).create()
    assert drawn.wait(10)
    world.close()


def test_a_failed_drawing_leaves_nothing_behind_and_is_tried_again(tmp_path: Path, clock: Clock) -> None:
    calls: list[int] = []

    def fail_once(spec: ClipSpec, path: Path) -> None:
        calls.append(1)
        path.write_bytes(b"half")
        if len(calls) == 1:
            raise OSError("no space")
        scribble(spec, path)

    world = World(tmp_path, clock=clock, options=Options(prerender=False), renderer=fail_once)
    url = finished(world, clock)
    with pytest.raises(OSError, match="no space"):
        fetch(world, url)
    assert not list((tmp_path / "clips").iterdir())
    assert fetch(world, url).status == 200
    world.close()


def test_the_own_renderer_draws_a_real_clip(tmp_path: Path, clock: Clock) -> None:
    import av

    world = World(tmp_path, clock=clock, options=Options(prerender=False))
    url = finished(world, clock, duration="1s", resolution="360p", ratio="1:1")
    (tmp_path / "got.mp4").write_bytes(fetch(world, url).body)
    world.close()
    with av.open(str(tmp_path / "got.mp4")) as clip:
        video = clip.streams.video[0]
        assert (video.codec_context.name, video.width, video.height) == ("h264", 360, 360)
        assert video.frames == 24


def test_a_bad_clip_can_be_asked_for(world: World, clock: Clock) -> None:
    desk = Desk(world, NATIVE)
    job = desk.prompt("a boat [bad-clip]").json["id"]
    clock.forward(60)
    assert b"not a clip" in fetch(world, desk.clip_url(job)).body


def test_a_clip_can_arrive_cut_off_without_a_word(make_world: Any, clock: Clock) -> None:
    world = make_world(faults=FaultScript((Rule(Fault(Kind.MALFORMED), path="/assets/*", times=1),)))
    url = finished(world, clock)
    cut = fetch(world, url)
    assert (cut.status, cut.reply.all_headers()["content-length"], len(cut.body)) == (200, "10000", 10_000)
    assert len(fetch(world, url).body) == 20_000


def test_frame_sizes_keep_the_short_side_and_the_renderers_limit() -> None:
    assert frame_size("720p", "16:9") == (1280, 720)
    assert frame_size("540p", "9:16") == (540, 960)
    assert frame_size("1080p", "1:1") == (1080, 1080)
    assert frame_size("odd", "nonsense") == (1280, 720)
    assert fit(5040, 2160) == (4096, 1756)
