"""The library's files: export, contact sheets, tables, verify, import, and the library again from its sidecars."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from providers.sandbox.renderer import ClipSpec
from rushes.engine import Engine
from rushes.home import Home
from rushes.library.exporting import PATTERN, Exported, How, PatternProblem, as_csv, export, name_of
from rushes.library.importing import import_folder
from rushes.library.reindex import rebuild
from rushes.library.verifying import verify
from rushes.task import Task
from tests.house import flat_clip
from tests.library.shelf import home_in, library_of, task, with_clip


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_in(tmp_path)


def clip_bytes(folder: Path) -> bytes:
    path = folder / "flat.mp4"
    flat_clip(ClipSpec(prompt="", width=160, height=90, seconds=1.0, fps=12, seed=1), path)
    return path.read_bytes()


def put(home: Home, *tasks: Task) -> None:
    library = library_of(home)
    library.add_all(tasks)
    library.close()


# ── export ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_names_follow_the_pattern_and_stay_in_the_folder() -> None:
    made = task(prompt="../../etc/passwd \u202egpj\n", model="a/b", tags=("one", "t\\wo"))
    assert name_of(made, 7) == "2026-10-01_luma_etc-passwd-gpj_007"
    for pattern in ("{model}_{tags}", "../{slug}", "/{id}", "{slug}" * 30):
        name = name_of(made, 1, pattern)
        assert "/" not in name
        assert "\\" not in name
        assert not name.startswith(".")
        assert len(name.encode()) <= 200


@pytest.mark.parametrize("pattern", ["{prompt}", "{slug", "{slug!r}", "{n:>9999999}", "{id.__class__}", "{}"])
def test_a_pattern_that_cannot_be_used_is_refused_before_anything_is_written(pattern: str, tmp_path: Path) -> None:
    with pytest.raises(PatternProblem):
        export([task()], tmp_path / "out", pattern=pattern)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("how", [How.LINK, How.COPY])
def test_takes_of_one_name_do_not_overwrite_each_other(home: Home, tmp_path: Path, how: How) -> None:
    takes = [with_clip(home, task(number)) for number in range(3)]
    done = export(takes, tmp_path / "out", pattern="{slug}", how=how, sidecars=True)
    assert [each.file.name for each in done if each.file] == ["a-red-fox.mp4", "a-red-fox-2.mp4", "a-red-fox-3.mp4"]
    assert [_content(each) for each in done] == [each.id.encode() for each in takes]
    assert all(each.take and each.take.file.exists() for each in takes)
    assert len(list((tmp_path / "out").glob("*.json"))) == 3


def _content(each: Exported) -> bytes:
    assert each.file
    return each.file.read_bytes()


def test_a_missing_clip_does_not_keep_the_others(home: Home, tmp_path: Path) -> None:
    gone, there = with_clip(home, task(1)), with_clip(home, task(2))
    assert gone.take
    gone.take.file.unlink()
    done = export([gone, task(3), there], tmp_path / "out")
    assert [each.problem for each in done] == ["its clip is missing", "it has no clip", ""]


async def test_a_moved_clip_is_known_at_its_new_place(home: Home, tmp_path: Path) -> None:
    made = with_clip(home, task())
    assert made.take
    put(home, made)
    engine = await Engine.open(home, environ={}, cwd=tmp_path)
    (done,) = await engine.shelf.export([made], tmp_path / "out", pattern=PATTERN, how=How.MOVE)
    moved = await engine.need(made.id)
    await engine.close()
    assert moved.take
    assert moved.take.file == done.file
    assert _content(done) == made.id.encode()
    assert not made.take.file.exists()
    assert json.loads(moved.take.file.with_suffix(".json").read_text())["file"] == moved.take.file.name


async def test_a_contact_sheet_is_a_picture_and_a_page_without_markup_of_others(home: Home, tmp_path: Path) -> None:
    from PIL import Image

    made = [with_clip(home, task(number, "<script>alert(1)</script>")) for number in range(5)]
    assert made[0].take
    Image.new("RGB", (640, 360), "red").save(made[0].take.file.with_suffix(".jpg"))
    engine = await Engine.open(home, environ={}, cwd=tmp_path)
    picture, page = await engine.shelf.contact_sheet(made, tmp_path / "out")
    await engine.close()
    with Image.open(picture) as sheet:
        assert sheet.width > sheet.height
        assert sheet.getpixel((100, 100)) == (254, 0, 0)
    text = page.read_text()
    assert "<script" not in text
    assert text.count("<figure>") == 5
    assert text.count("data:image/jpeg") == 1


def test_a_table_holds_every_take_and_no_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv([task(1, '=HYPERLINK("x")'), task(2, 'a "quoted"\nline')]))))
    assert [row["prompt"] for row in rows] == ['\'=HYPERLINK("x")', 'a "quoted"\nline']
    assert rows[0]["quoted_usd"] == "0.71"


# ── verify ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_verify_finds_what_is_missing_changed_and_double(home: Home) -> None:
    sound, gone, longer, other = (with_clip(home, task(number)) for number in range(4))
    twin = with_clip(home, task(9), sound.id.encode())
    put(home, sound, gone, longer, other, twin)
    assert gone.take
    assert longer.take
    assert other.take
    gone.take.file.unlink()
    longer.take.file.write_bytes(b"x" * 99)
    other.take.file.write_bytes(b"y" * other.take.bytes)
    library = library_of(home)
    result, quick = verify(library), verify(library, quick=True)
    library.close()
    assert {(each.task.id, each.kind) for each in result.findings} == {
        (gone.id, "missing"),
        (longer.id, "changed"),
        (other.id, "changed"),
    }
    assert [[each.id for each in group] for group in result.doubles] == [[sound.id, twin.id]]
    assert {each.task.id for each in quick.findings} == {gone.id, longer.id}
    assert not result.sound


# ── import ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_folder_is_taken_in_once_with_and_without_sidecars(home: Home, tmp_path: Path) -> None:
    other = home_in(tmp_path / "other")
    with_clip(other, task(1, "with words", tags=("old",), rating=4), clip_bytes(tmp_path))
    plain = other.media / "Holiday_on-the moon.MP4"
    plain.write_bytes(clip_bytes(tmp_path) + b"\0\0\0\x08free")
    (other.media / "no-clip.mp4").write_text("hello")
    library = library_of(home)
    first = import_folder(library, other.media, home.media)
    again = import_folder(library, other.media, home.media)
    assert sorted(each.shot.prompt for each in first.added) == ["Holiday on the moon", "with words"]
    assert [each.file.name for each in first.skipped] == ["no-clip.mp4"]
    assert (len(again.added), again.known) == (0, 2)
    told = next(each for each in first.added if each.shot.prompt == "with words")
    assert (told.tags, told.rating) == (("old",), 4)
    assert told.take
    assert told.take.file.is_relative_to(home.media)
    assert (told.take.width, told.take.duration_s) == (160, 1.0)
    assert plain.exists()
    assert verify(library).sound
    library.close()


# ── the library again ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_library_comes_back_the_same_from_its_sidecars(home: Home) -> None:
    takes = [
        with_clip(home, task(number, f"take {number}", rating=number % 6, tags=("a", "b"), notes="n\nm"))
        for number in range(40)
    ]
    takes[3] = replace(
        takes[3], parent=takes[2].id, kinship="variation", cost=replace(takes[3].cost, charged=Decimal(1))
    )
    assert takes[3].take
    from rushes.library.sidecar import write_sidecar

    write_sidecar(takes[3], takes[3].take)
    put(home, *takes)
    before = _everything(home)
    for path in home.data.glob("library.sqlite3*"):
        path.unlink()
    library = library_of(home)
    result = rebuild(library, [home.media])
    library.close()
    assert (result.added, result.known, result.broken) == (40, 0, ())
    assert _everything(home) == before


def _everything(home: Home) -> list[Task]:
    library = library_of(home)
    try:
        return [replace(each, rev=0) for each in library.page(limit=1000).tasks]
    finally:
        library.close()


@pytest.mark.parametrize(
    "lie",
    [
        {"width": "wide"},
        {"bytes": -1},
        {"sha256": "none"},
        {"duration_s": True},
        {"fps": 1e400},
        {"created_at": "yesterday"},
        {"params": [1]},
        {"id": None, "created_at": 7},
        {"inputs": "x"},
        {"cost": []},
        {"cost": {"quoted_usd": 1e308}},
        {"cost": {"charged_usd": float("nan")}},
        {"cost": {"charged_usd": "a lot"}},
        {"id": "../../x"},
        {"id": "X"},
        {"charges_sent": 1e308},
        {"priority": 10**30},
        {"tags": "keeper"},
    ],
)
def test_a_sidecar_that_lies_is_left_out_and_left_alone(home: Home, lie: dict[str, object]) -> None:
    good, bad = with_clip(home, task(1)), with_clip(home, task(2))
    assert bad.take
    path = bad.take.file.with_suffix(".json")
    text = json.dumps({**json.loads(path.read_text()), **lie})
    path.write_text(text)
    library = library_of(home)
    result = rebuild(library, [home.media])
    assert result.broken in ((path,), ())
    assert result.added == 2 - len(result.broken)
    assert library.knows(good.id)
    assert len(library.page().tasks) == result.added
    library.close()
    assert path.read_text() == text


def test_tags_of_a_sidecar_that_are_none_are_left_out_and_the_take_is_not(home: Home) -> None:
    made = with_clip(home, task(1))
    assert made.take
    path = made.take.file.with_suffix(".json")
    tags = ["keeper", 1, None, "a\nb", "\u202e", "", "x" * 65, " two  words "]
    path.write_text(json.dumps({**json.loads(path.read_text()), "tags": tags}))
    library = library_of(home)
    rebuild(library, [home.media])
    assert [each.tags for each in library.page().tasks] == [("keeper", "a b", "two words")]
    library.close()


def test_what_reindex_leaves_out_is_named_with_the_reason(home: Home) -> None:
    first, second, third = (with_clip(home, replace(task(each), vendor_id="v-1")) for each in (1, 2, 3))
    assert third.take
    third.take.file.unlink()
    library = library_of(home)
    result = rebuild(library, [home.media])
    assert (result.added, result.known, result.doubles) == (1, 0, (second.id,))
    assert dict(result.why) == {third.take.file.with_suffix(".json"): "the clip beside it is missing"}
    assert library.knows(first.id)
    library.close()


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"sha256": 1}'])
def test_a_broken_sidecar_is_named(home: Home, data: bytes) -> None:
    made = with_clip(home, task())
    assert made.take
    made.take.file.with_suffix(".json").write_bytes(data)
    library = library_of(home)
    assert rebuild(library, [home.media]).broken == (made.take.file.with_suffix(".json"),)
    library.close()
