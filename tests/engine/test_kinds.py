"""What comes out may be a picture, a sound or an archive: fetched, judged, kept, found, and used again."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from providers.sandbox.faults import Fault, FaultScript, Kind, Rule
from providers.sandbox.options import AGENTS
from providers.shot import Input, ParamValue, Role, Shot
from rushes.context import Patience
from rushes.engine import Engine, Invalid
from rushes.library.extras import extras_of
from rushes.library.reindex import rebuild
from rushes.media import read_image
from rushes.task import Status, Task
from tests.clock import driven
from tests.engine.conftest import MakeHouse
from tests.house import LUMA, House

STILL = "text_to_image"
MADE: list[tuple[str, str, str, dict[str, ParamValue], str, list[str], tuple[int, int]]] = [
    ("luma", "photon-1", STILL, {"ratio": "9:16"}, ".jpg", [], (1152, 2048)),
    ("luma", "photon-flash-1", STILL, {"output_format": "png"}, ".png", [], (2048, 1152)),
    ("luma", "uni-1", STILL, {"ratio": "3:2", "output_format": "jpeg"}, ".jpg", [], (1620, 1080)),
    ("runway", "gen4_image", STILL, {"ratio": "1080:1440"}, ".png", [], (1080, 1440)),
    ("runway", "gemini_image3.1_flash", STILL, {"ratio": "2816:352"}, ".png", [], (2816, 352)),
    ("runway", "gemini_image3_pro", STILL, {"count": 4}, ".png", [".png"] * 3, (1344, 768)),
    ("runway", "recraft_v4_1_vector", STILL, {}, ".svg", [], (1344, 768)),
    ("runway", "mirelo_sfx_2_0", "sound_effect", {"count": 2, "output_format": "flac"}, ".flac", [".flac"], (0, 0)),
    ("runway", "eleven_text_to_sound_v2", "sound_effect", {"duration": 2}, ".mp3", [], (0, 0)),
    ("runway", "gen4.5", "text_to_video", {"output_format": "png_sequence", "duration": 2}, ".zip", [".wav"], (0, 0)),
    ("luma", "ray-3.2", "text_to_video", {"hdr": True, "exr": True}, ".mp4", [".zip"], (1280, 720)),
]


async def press(house: House, engine: Engine, shot: Shot) -> Task:
    (task,) = await engine.submit(shot)
    return await house.until(task.id)


@pytest.mark.parametrize(("vendor", "model", "mode", "params", "ending", "more", "size"), MADE)
@driven
async def test_what_was_asked_for_is_kept_under_its_own_ending_with_all_that_belongs_to_it(
    house: House,
    vendor: str,
    model: str,
    mode: str,
    params: dict[str, Any],
    ending: str,
    more: list[str],
    size: tuple[int, int],
) -> None:
    engine = await house.open()
    task = await press(house, engine, Shot(vendor, model, mode, "a fox", params))
    assert task.error is None
    assert task.take is not None
    assert task.status is Status.SUCCEEDED
    assert (task.take.file.suffix, (task.take.width, task.take.height)) == (ending, size)
    extras = extras_of(task.take.file)
    assert [each.file.suffix for each in extras] == more
    assert (await engine.shelf.verify()).sound
    assert house.creates() == 1
    poster = await engine.poster(task)
    assert (poster is None) == (ending in {".svg", ".zip"})
    assert task.to_json()["kind"] == task.take.kind
    await engine.close()


@driven
async def test_a_picture_starts_a_clip_by_its_task_or_by_its_file(house: House) -> None:
    engine = await house.open()
    still = await press(house, engine, Shot("luma", "photon-1", STILL, "a fox", {}))
    assert still.take is not None
    start = (Input(Role.START_IMAGE, still.id),)
    clip = await press(house, engine, Shot("luma", "ray-2", "image_to_video", "it runs", {}, start))
    exchanged = [each.data for each in await engine.exchanges(clip.id) if each.said.value == "request"]
    frame = exchanged[0]["body"]["keyframes"]["frame0"]
    assert (frame["type"], "/assets/dream_machine/" in frame["url"]) == ("image", True), "Luma's own link to it"
    assert (clip.parent, clip.kinship) == (still.id, "input")
    for source in (still.id, str(still.take.file)):
        other = Shot("runway", "gen4_turbo", "image_to_video", "it runs", {}, (Input(Role.START_IMAGE, source),))
        made = await press(house, engine, other)
        assert (made.status, made.parent) == (Status.SUCCEEDED, still.id)
    with pytest.raises(Invalid, match="makes no picture, and no link leads to a frame of it"):
        await engine.submit(Shot("luma", "ray-2", "image_to_video", "it runs", {}, (Input(Role.START_IMAGE, clip.id),)))
    changed = Shot("luma", "uni-1", "image_edit", "at night", {}, start)
    assert (await press(house, engine, changed)).status is Status.SUCCEEDED
    wider = await press(house, engine, Shot("luma", "photon-1", "image_reframe", "", {"ratio": "21:9"}, start))
    assert wider.take is not None
    assert (wider.take.width, wider.take.height) == (2432, 1024)
    with pytest.raises(Invalid, match="is of the kind image; a clip is wanted here"):
        await engine.submit(Shot("runway", "aleph2", "video_to_video", "x", {}, (Input(Role.VIDEO, still.id),)))
    await engine.close()


@driven
async def test_a_take_that_was_given_sound_must_have_a_track(make_house: MakeHouse) -> None:
    house = make_house()
    engine = await house.open()
    silent = await press(house, engine, Shot("luma", "ray-2", "text_to_video", "a fox", {"resolution": "540p"}))
    loud = await press(house, engine, Shot("luma", "ray-2", "add_audio", "rain", {}, (Input(Role.VIDEO, silent.id),)))
    assert silent.take is not None
    assert loud.take is not None
    from rushes.media import Expect, probe, verify

    assert (probe(silent.take.file).has_audio, probe(loud.take.file).has_audio) == (False, True)
    assert verify(silent.take.file, Expect(sound=True)).reason.endswith("there is no sound in it")
    await engine.close()


EXR = Shot("luma", "ray-3.2", "text_to_video", "a fox", {"hdr": True, "exr": True})
BROKEN = [
    Fault(Kind.STATUS, status=403),
    Fault(Kind.STATUS, status=200, body=b"PK\x03\x04 and no more", headers={"content-type": "application/zip"}),
    Fault(Kind.CONNECT),
]


@pytest.mark.parametrize("patience", [None, Patience.of_command()], ids=["app", "command"])
@pytest.mark.parametrize("fault", BROKEN, ids=["refused", "broken", "nobody there"])
@driven
async def test_a_file_beside_the_clip_that_cannot_be_had_keeps_the_clip_from_nothing(
    make_house: MakeHouse, fault: Fault, patience: Patience | None
) -> None:
    house = make_house(Rule(fault, "GET", "/assets/*.zip"))
    engine = await house.open(patience=patience)
    task = await press(house, engine, EXR)
    assert (task.status, task.error) == (Status.SUCCEEDED, None)
    assert task.take is not None
    assert extras_of(task.take.file) == ()
    told = str((await engine.events(task.id))[-1].detail["words"])
    assert "the archive that belongs beside it is missing" in told
    assert f"rushes fetch {task.id}" in told
    house.calm()
    await engine.fetch(task.id)
    again = await house.until(task.id)
    assert (again.status, again.take, house.creates()) == (Status.SUCCEEDED, task.take, 1)
    (archive,) = extras_of(task.take.file)
    assert archive.file.exists()
    assert "words" not in (await engine.events(task.id))[-1].detail
    house.world.options = replace(house.world.options, faults=FaultScript((Rule(fault, "GET", "/assets/*.zip"),)))
    await engine.fetch(task.id)
    await house.until(task.id)
    assert extras_of(task.take.file) == (archive,), "what came once stays"
    assert (await engine.shelf.verify()).sound
    await engine.close()


@pytest.mark.parametrize("whole", [True, False])
@driven
async def test_what_had_come_of_a_clip_is_kept_when_the_vendor_has_it_no_more(
    make_house: MakeHouse, whole: bool
) -> None:
    house = make_house(Rule(Fault(Kind.STATUS, status=503), "GET", "/assets/*.zip"))
    engine = await house.open()
    (task,) = await engine.submit(EXR)
    waiting = await house.until(task.id, Status.DOWNLOADING)
    part = house.home.media / "incoming" / f"{task.id}.part"
    await asyncio.sleep(10)
    assert house.asked(".zip"), "the clip had come, then"
    await engine.close()
    if not whole:
        os.truncate(part, part.stat().st_size - 100)
    job = house.world.job(AGENTS, waiting.vendor_id or "")
    assert job is not None
    house.world.forget(job)
    again = await house.open()
    done = await house.until(task.id)
    assert (done.status, done.take is not None) == ((Status.SUCCEEDED, True) if whole else (Status.FAILED, False))
    if done.take is not None:
        assert "no longer at the vendor" in str((await again.events(task.id))[-1].detail["words"])
        assert (await again.shelf.verify()).sound
    else:
        assert done.error is not None
        assert "lost at the vendor" in done.error.message
    await again.close()


@driven
async def test_a_file_beside_the_clip_that_fails_once_or_twice_is_waited_for(make_house: MakeHouse) -> None:
    house = make_house(Rule(Fault(Kind.STATUS, status=503), "GET", "/assets/*.zip", times=2))
    engine = await house.open()
    task = await press(house, engine, EXR)
    assert task.take is not None
    assert [each.file.suffix for each in extras_of(task.take.file)] == [".zip"]
    assert "words" not in (await engine.events(task.id))[-1].detail
    await engine.close()


@driven
async def test_a_picture_that_comes_without_its_clip_is_not_taken_for_it(house: House) -> None:
    engine = await house.open()
    still = await press(house, engine, Shot("luma", "photon-1", STILL, "a fox", {}))
    link = (await engine.exchanges(still.id))[-1].data["assets"]["image"]
    early = {"id": "the same", "state": "completed", "assets": {"video": None, "image": link}}
    answer = Fault(Kind.STATUS, status=200, body=json.dumps(early).encode())
    rule = Rule(answer, "GET", "/dream-machine/v1/generations/*", times=3)
    house.world.options = replace(house.world.options, faults=FaultScript((rule,)))
    (task,) = await engine.submit(LUMA)
    waiting = await house.until(task.id, Status.DOWNLOADING)
    await asyncio.sleep(1)
    (waiting,) = [each for each in house.tasks() if each.id == task.id]
    assert waiting.error is not None
    assert "gives no clip, only: image" in waiting.error.message
    done = await house.until(task.id)
    assert done.take is not None
    assert (done.status, done.take.file.suffix, extras_of(done.take.file)) == (Status.SUCCEEDED, ".mp4", ())
    await engine.close()


@driven
async def test_pictures_are_found_again_by_their_sidecars(house: House) -> None:
    engine = await house.open()
    made = [
        await press(house, engine, Shot("luma", "photon-1", STILL, "a fox", {})),
        await press(house, engine, Shot("runway", "eleven_text_to_sound_v2", "sound_effect", "rain", {"duration": 1})),
    ]
    await engine.close()
    house.home.library.unlink()
    library = house.library()
    assert rebuild(library, [house.home.media]).added == 2
    for task in made:
        again = library.get(task.id)
        assert again is not None
        assert again.take == task.take
    library.close()


@driven
async def test_a_picture_that_is_cut_short_is_fetched_again_and_not_believed(make_house: MakeHouse) -> None:
    house = make_house()
    engine = await house.open()
    task = await press(house, engine, Shot("luma", "photon-1", STILL, "a fox", {}))
    assert task.take is not None
    whole = task.take.file.read_bytes()
    task.take.file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Exception, match="damaged"):
        read_image(task.take.file.read_bytes())
    assert not (await engine.shelf.verify(quick=True)).sound
    await engine.fetch(task.id)
    await house.until(task.id)
    assert (await engine.shelf.verify()).sound
    assert task.take.file.read_bytes() == whole
    await engine.close()


@driven
async def test_a_take_or_a_nameless_file_is_sent_as_what_it_is_where_one_role_takes_several_kinds(
    house: House, tmp_path: Path
) -> None:
    engine = await house.open()
    clip = await press(house, engine, Shot("luma", "ray-2", "text_to_video", "a fox", {"duration": "5s"}))
    still = await press(house, engine, Shot("luma", "photon-1", STILL, "a fox", {}))
    sound = await press(
        house, engine, Shot("runway", "eleven_text_to_sound_v2", "sound_effect", "rain", {"duration": 3})
    )
    assert clip.take is not None
    nameless = tmp_path / "a fox that runs"
    nameless.write_bytes(clip.take.file.read_bytes())
    for sources, wanted in (
        ([sound.id, still.id, clip.id], {"references": 1, "referenceVideos": 1, "referenceAudio": 1}),
        ([str(nameless)], {"referenceVideos": 1}),
    ):
        inputs = tuple(Input(Role.REFERENCE, each) for each in sources)
        shot = Shot("runway", "seedance2", "text_to_video", "it runs", {}, inputs)
        assert _given(dict((await engine.given.request(shot)).to_json()["body"])) == wanted, "shown before it is sent"
        made = await press(house, engine, shot)
        assert made.status is Status.SUCCEEDED, made.error
        sent = [each.data["body"] for each in await engine.exchanges(made.id) if each.said.value == "request"]
        assert _given(sent[0]) == wanted
        assert Shot.from_json(made.shot.to_json()) == made.shot
    await engine.close()


def _given(body: dict[str, Any]) -> dict[str, int]:
    return {name: len(each) for name, each in body.items() if name.startswith("reference")}


@driven
async def test_the_rules_and_the_price_know_what_a_take_is(house: House) -> None:
    engine = await house.open()
    clip = await press(house, engine, Shot("luma", "ray-2", "text_to_video", "a fox", {"duration": "5s"}))
    sound = await press(
        house, engine, Shot("runway", "eleven_text_to_sound_v2", "sound_effect", "rain", {"duration": 1})
    )
    assert clip.take is not None
    by_id, by_name = (
        Shot("runway", "seedance2", "text_to_video", "it runs", {}, (Input(Role.REFERENCE, source),))
        for source in (clip.id, str(clip.take.file))
    )
    for shot in (by_id, by_name):
        assert await engine.given.look(shot) == []
    assert engine.quote(by_id).usd == engine.quote(by_name).usd
    alone = Shot("runway", "grok_imagine_1_5", "text_to_video", "it runs", {}, (Input(Role.REFERENCE, sound.id),))
    assert "needs at least one picture beside it" in str(await engine.given.look(alone))
    with pytest.raises(Invalid, match="needs at least one picture beside it"):
        await engine.submit(alone)
    await engine.close()


@pytest.mark.parametrize(
    ("media", "words"), [("video", "a clip is wanted here"), ("image", "a picture is wanted here")]
)
@driven
async def test_a_take_in_a_field_for_another_kind_is_refused_with_words(house: House, media: str, words: str) -> None:
    engine = await house.open()
    sound = await press(
        house, engine, Shot("runway", "eleven_text_to_sound_v2", "sound_effect", "rain", {"duration": 1})
    )
    given = (Input(Role.REFERENCE, sound.id, media),)
    with pytest.raises(Invalid, match=f"is of the kind audio; {words}"):
        await engine.submit(Shot("runway", "seedance2", "text_to_video", "it runs", {}, given))
    await engine.close()
