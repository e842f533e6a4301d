"""What the sandbox's clips promise: size, length, rate, sameness, loops, pictures at the ends, and no noise."""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from providers.sandbox.renderer import ClipSpec, render_clip
from providers.sandbox.renderer.mood import read_mood
from providers.sandbox.renderer.scene import Scene
from providers.sandbox.renderer.tempo import Tempo

Frame = npt.NDArray[np.float32]

LOOPS = ["snow", "rain in a neon city", "waves at sunset", "birds in flight", "nebula", "boat", "balloon and fire"]


def shot(prompt: str = "a paper boat", width: int = 320, height: int = 180, seconds: float = 1.0) -> ClipSpec:
    return ClipSpec(prompt, width, height, seconds)


def decoded(path: Path) -> list[Frame]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24").astype(np.float32) for frame in container.decode(video=0)]


def rendered(spec: ClipSpec, folder: Path) -> list[Frame]:
    path = folder / "clip.mp4"
    render_clip(spec, path)
    return decoded(path)


def apart(one: Frame, other: Frame) -> float:
    """Mean difference per channel, 0 to 255."""
    return float(np.abs(one - other).mean())


def picture(left: tuple[int, int, int], right: tuple[int, int, int], size: tuple[int, int] = (320, 180)) -> bytes:
    image = Image.new("RGB", size, left)
    image.paste(right, (size[0] // 2, 0, size[0], size[1]))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def pixels(data: bytes) -> Frame:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), np.float32)


@pytest.mark.parametrize(
    ("width", "height", "seconds", "fps"),
    [(320, 180, 1.0, 24), (180, 320, 0.5, 30), (242, 134, 0.7, 25), (16, 16, 0.1, 10), (640, 360, 1 / 24, 24)],
)
def test_a_clip_has_exactly_the_size_the_frames_and_the_rate_asked_for(
    tmp_path: Path, width: int, height: int, seconds: float, fps: int
) -> None:
    path = tmp_path / "clip.mp4"
    render_clip(ClipSpec("snow over a forest", width, height, seconds, fps), path)
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        count = sum(1 for _ in container.decode(video))
        assert (video.width, video.height) == (width, height)
        assert video.average_rate == fps
        assert video.frames == count == round(seconds * fps)
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")


def test_a_clip_can_be_played_from_its_first_byte(tmp_path: Path) -> None:
    render_clip(shot(), tmp_path / "clip.mp4")
    data = (tmp_path / "clip.mp4").read_bytes()
    assert data[4:8] == b"ftyp"
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.skipif(not shutil.which("ffprobe"), reason="ffprobe is not on this machine")
def test_ffprobe_sees_the_same_clip(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    render_clip(ClipSpec("city", 640, 360, 1.5), path)
    command = ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-of", "json", str(path)]
    seen = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=30).stdout)["streams"][0]
    assert (seen["codec_name"], seen["width"], seen["height"], seen["nb_read_frames"]) == ("h264", 640, 360, "36")
    assert float(seen["duration"]) == pytest.approx(1.5, abs=0.001)


def test_the_same_spec_gives_the_same_bytes_and_another_seed_another_picture(tmp_path: Path) -> None:
    def fingerprint(seed: int, name: str) -> str:
        render_clip(ClipSpec("a fox in neon rain", 320, 180, 0.5, seed=seed), tmp_path / name)
        return hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()

    first = fingerprint(1, "a.mp4")
    assert first == fingerprint(1, "b.mp4")
    assert first != fingerprint(2, "c.mp4")


def test_words_of_the_prompt_decide_the_colours(tmp_path: Path) -> None:
    red, _, blue = rendered(shot("lava and fire", seconds=0.1), tmp_path)[0].mean(axis=(0, 1))
    assert red > 1.8 * blue
    red, _, blue = rendered(shot("a moonlit night", seconds=0.1), tmp_path)[0].mean(axis=(0, 1))
    assert blue > 1.5 * red
    snow, night = (rendered(shot(words, seconds=0.1), tmp_path)[0].mean() for words in ("snow", "night"))
    assert snow > 2 * night


def test_something_moves(tmp_path: Path) -> None:
    frames = rendered(shot("snow"), tmp_path)
    assert apart(frames[0], frames[-1]) > 1.0
    assert all(apart(one, other) > 0.02 for one, other in itertools.pairwise(frames))


@pytest.mark.parametrize("prompt", LOOPS)
def test_what_is_drawn_for_a_loop_goes_on_at_its_start_as_between_any_two_frames(prompt: str) -> None:
    scene = Scene(read_mood(prompt, 0), 356, 200, Tempo(3.0, loop=True))
    drawn = [scene.draw(number / 24).astype(np.float32) for number in range(72)]
    steps = [apart(one, other) for one, other in itertools.pairwise(drawn)]
    assert apart(drawn[-1], drawn[0]) <= 1.05 * max(steps)
    assert min(steps) > 0


@pytest.mark.parametrize("prompt", LOOPS)
def test_a_loop_comes_round_without_a_jump(tmp_path: Path, prompt: str) -> None:
    frames = rendered(ClipSpec(prompt, 320, 180, 2.0, loop=True), tmp_path)
    steps = [apart(one, other) for one, other in itertools.pairwise(frames)]
    # The encoder spends other bits on the first frame than on the last; what is drawn joins exactly (test above).
    assert apart(frames[-1], frames[0]) <= 2.0 * max(steps)


def test_without_loop_the_end_is_elsewhere(tmp_path: Path) -> None:
    frames = rendered(ClipSpec("snow", 320, 180, 2.0), tmp_path)
    steps = [apart(one, other) for one, other in itertools.pairwise(frames)]
    assert apart(frames[-1], frames[0]) > 3.0 * max(steps)


def test_start_and_end_pictures_stand_at_the_ends_and_are_blended_between(tmp_path: Path) -> None:
    start, end = picture((200, 40, 40), (40, 160, 60)), picture((30, 60, 200), (220, 200, 60))
    spec = ClipSpec("x", 320, 180, 2.0, start_image=start, end_image=end)
    frames = rendered(spec, tmp_path)
    assert apart(frames[0], pixels(start)) < 6
    assert apart(frames[-1], pixels(end)) < 6
    assert apart(frames[len(frames) // 2], pixels(start)) > 25
    assert apart(frames[len(frames) // 2], pixels(end)) > 25
    towards = [apart(frame, pixels(end)) for frame in frames[:: len(frames) // 8]]
    assert all(later <= earlier + 1.5 for earlier, later in itertools.pairwise(towards))


def test_one_picture_alone_stands_at_its_own_end_only(tmp_path: Path) -> None:
    still = picture((200, 40, 40), (40, 160, 60))
    frames = rendered(ClipSpec("night", 320, 180, 1.0, start_image=still), tmp_path)
    assert apart(frames[0], pixels(still)) < 6 < 25 < apart(frames[-1], pixels(still))
    frames = rendered(ClipSpec("night", 320, 180, 1.0, end_image=still), tmp_path)
    assert apart(frames[-1], pixels(still)) < 6 < 25 < apart(frames[0], pixels(still))


def test_a_loop_from_a_picture_comes_back_to_it(tmp_path: Path) -> None:
    still = picture((200, 40, 40), (40, 160, 60))
    frames = rendered(ClipSpec("night", 320, 180, 1.0, loop=True, start_image=still), tmp_path)
    assert apart(frames[0], pixels(still)) < 6
    assert apart(frames[-1], pixels(still)) < 6
    assert apart(frames[len(frames) // 2], pixels(still)) > 8


def test_a_picture_of_another_shape_is_cut_in_the_middle_to_cover_the_frame(tmp_path: Path) -> None:
    tall = Image.new("RGB", (180, 720), (20, 20, 200))
    tall.paste((200, 160, 20), (0, 300, 180, 420))
    buffer = io.BytesIO()
    tall.save(buffer, "JPEG", quality=95)
    first = rendered(ClipSpec("x", 320, 180, 0.5, start_image=buffer.getvalue()), tmp_path)[0]
    assert np.abs(first[60:90, 20:200].mean(axis=(0, 1)) - (200, 160, 20)).max() < 16


@pytest.mark.parametrize("data", [b"", b"<html>no</html>", b"\x89PNG\r\n\x1a\n garbage"])
def test_a_picture_that_is_none_is_refused_and_nothing_is_left_behind(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ValueError, match="picture"):
        render_clip(ClipSpec("x", 64, 64, 0.2, start_image=data), tmp_path / "clip.mp4")
    assert list(tmp_path.iterdir()) == []


def test_an_older_clip_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"older")
    with pytest.raises(ValueError, match="picture"):
        render_clip(ClipSpec("x", 64, 64, 0.2, end_image=b"no"), path)
    assert path.read_bytes() == b"older"
    render_clip(ClipSpec("x", 64, 64, 0.2), path)
    assert path.read_bytes()[4:8] == b"ftyp"
    assert [each.name for each in tmp_path.iterdir()] == ["clip.mp4"]


def test_a_folder_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        render_clip(shot(seconds=0.1), tmp_path / "nowhere" / "clip.mp4")


@pytest.mark.parametrize(
    ("width", "height", "seconds", "fps"),
    [
        (321, 180, 1, 24),
        (320, 181, 1, 24),
        (0, 180, 1, 24),
        (5000, 180, 1, 24),
        (320, 180, 0, 24),
        (320, 180, 0.001, 24),
        (320, 180, float("nan"), 24),
        (320, 180, 1e9, 24),
        (320, 180, 1, 0),
    ],
)
def test_figures_that_make_no_clip_are_refused_at_once(width: int, height: int, seconds: float, fps: int) -> None:
    with pytest.raises(ValueError, match=r"clip|even"):
        ClipSpec("x", width, height, seconds, fps)


PROMPTS = [
    "",
    " \n\t ",
    "🦊🌧️🌃",
    "狐が雨の中を走る",
    "a\x00b\x1b[31mred\x07\x9b2J\u202ereversed\u200b",
    "word " * 20_000,
    "x" * 100_000,
    "[bold]{markup}%s\\",
    "\ud800 lone surrogate",
]


@pytest.mark.parametrize("prompt", PROMPTS)
def test_any_prompt_makes_a_clip(tmp_path: Path, prompt: str) -> None:
    assert len(rendered(shot(prompt, seconds=0.1), tmp_path)) == 2


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(prompt=st.text(max_size=300), width=st.integers(8, 80), height=st.integers(8, 80), loop=st.booleans())
def test_any_text_at_any_size_makes_a_clip(tmp_path: Path, prompt: str, width: int, height: int, loop: bool) -> None:
    path = tmp_path / "clip.mp4"
    render_clip(ClipSpec(prompt, 2 * width, 2 * height, 0.1, loop=loop), path)
    assert path.stat().st_size > 500


def test_several_threads_draw_at_once_and_each_gets_its_own_clip(tmp_path: Path) -> None:
    specs = [shot(prompt, seconds=0.5) for prompt in ("fire", "snow", "night", "sea")]
    threads = [
        threading.Thread(target=render_clip, args=(spec, tmp_path / f"{number}.mp4"))
        for number, spec in enumerate(specs)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    for number, spec in enumerate(specs):
        render_clip(spec, tmp_path / "alone.mp4")
        assert (tmp_path / f"{number}.mp4").read_bytes() == (tmp_path / "alone.mp4").read_bytes()


def test_nothing_is_printed_not_even_by_the_encoder(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from providers.sandbox.renderer import ClipSpec, render_clip;"
        "assert not {'av', 'numpy', 'PIL'} & set(sys.modules), 'loaded too early';"
        "render_clip(ClipSpec('quiet', 320, 180, 0.5), Path(sys.argv[1]))"
    )
    run = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.mp4")], capture_output=True, timeout=60)
    assert (run.returncode, run.stdout, run.stderr) == (0, b"", b"")
