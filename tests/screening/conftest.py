"""The clips that the tests of media judge, for the tests that look at them."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from tests.media.conftest import Studio
from tests.tui_widgets.clips import make_clip


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """Cut short in its second half."""
    path = make_clip(tmp_path / "clip.mp4", 60)
    # The index must come first, or nothing could be opened.
    front = tmp_path / "front.mp4"
    with av.open(str(path)) as source, av.open(str(front), "w", options={"movflags": "faststart"}) as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    whole = front.read_bytes()
    front.write_bytes(whole[: int(len(whole) * 0.7)])
    return front
