"""Deleting at the vendor: only by its own verb, only what has ended, and only while the file here is whole."""

from __future__ import annotations

import pytest

from providers.shot import Shot
from rushes.task import Status
from rushes.tasks.acting import WrongState
from tests.clock import driven
from tests.house import LUMA, RUNWAY_SHOT, House


@pytest.mark.parametrize("shot", [LUMA, RUNWAY_SHOT], ids=["luma", "runway"])
@driven
async def test_what_has_ended_and_is_whole_here_is_deleted_there_and_stays_here(house: House, shot: Shot) -> None:
    engine = await house.open()
    (task,) = await engine.submit(shot)
    await house.until(task.id, Status.PENDING, Status.RUNNING)
    with pytest.raises(WrongState, match="only what has ended"):
        await engine.erase(task.id)
    done = await house.until(task.id)
    assert house.asked("/", "DELETE") == 0, "nothing is deleted by itself"
    assert done.take is not None
    kept = done.take.file.read_bytes()
    done.take.file.write_bytes(b"other")
    with pytest.raises(WrongState, match="not here as it was"):
        await engine.erase(task.id)
    done.take.file.write_bytes(kept)
    erased = await engine.erase(task.id)
    assert (erased.status, erased.vendor_status, erased.cost) == (Status.SUCCEEDED, "deleted", done.cost)
    assert (await engine.erase(task.id)).vendor_status == "deleted", "it is gone there already"
    assert house.asked("/", "DELETE") >= 1
    assert done.take.file.read_bytes() == kept
    await engine.close()


@driven
async def test_a_vendor_that_cannot_says_so(house: House) -> None:
    engine = await house.open()
    (task,) = await engine.submit(Shot("luma", "ray-3.2", "text_to_video", "a fox", {"resolution": "360p"}))
    await house.until(task.id)
    with pytest.raises(WrongState, match="no call to delete"):
        await engine.erase(task.id)
    await engine.close()
