"""Other keys: what a vendor says of a task to a key that did not make it is no verdict on the task.

Each working folder may have a key of its own, and keys are changed. To a stranger's key a vendor answers that there is
no such task, as it does when the task is gone; so that answer counts only for the key that the task was made with. What
it says otherwise counts with any key: two keys may belong to one account.
"""

from __future__ import annotations

from providers.errors import Failure, FailureKind, NotFound, ProviderError
from rushes.context import Context
from rushes.task import Task

__all__ = ["HINT", "WORDS", "OtherKey", "made_with_another", "weighed"]

WORDS = "it was made with another key than the one that is set here, and the vendor does not show it to this one"
HINT = "set the key that it was made with (`rushes keys` says which one counts here); nothing is lost until then"


class OtherKey(ProviderError):
    """Whether the task is there is not known: the key that is set here may not see it."""

    def __init__(self) -> None:
        super().__init__(WORDS, hint=HINT)

    def failure(self) -> Failure:
        """What is written on the task, which goes on."""
        return Failure(FailureKind.KEY, WORDS, retryable=True, charged=None, hint=HINT)


async def made_with_another(context: Context, task: Task) -> bool:
    """Whether the key that is set now is another than the one that the task was made with."""
    made_with = await context.store.run(lambda library: library.made_with(task.id))
    return made_with is not None and made_with != context.key_mark(task)


async def weighed(context: Context, task: Task, error: ProviderError) -> ProviderError:
    """The same error, or OtherKey where the vendor only does not show the task to the key that is set now."""
    return OtherKey() if isinstance(error, NotFound) and await made_with_another(context, task) else error
