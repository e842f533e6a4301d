"""The life of a task, from the press to the clip, as the vendors' own books and the library tell it."""

from __future__ import annotations

import pytest

from rushes.task import Status
from tests.clock import driven, seconds
from tests.house import BOAT, House


@pytest.mark.parametrize("provider", sorted(BOAT))
@driven
async def test_a_press_becomes_a_clip_and_the_vendor_was_asked_once(house: House, provider: str) -> None:
    engine = await house.open()
    (task,) = await engine.submit(BOAT[provider])
    done = await house.until(task.id)
    assert done.status is Status.SUCCEEDED
    assert done.take is not None
    assert done.take.file.read_bytes()[4:8] == b"ftyp"
    assert (house.creates(), done.charges_sent, len(house.jobs(provider))) == (1, 1, 1)
    assert house.story(task.id)[:3] == ["QUEUED", "SUBMITTING", "PENDING"]
    assert house.story(task.id)[-2:] == ["DOWNLOADING", "SUCCEEDED"]
    assert seconds() > 44, "the vendor took its 45 seconds"
    await engine.close()
