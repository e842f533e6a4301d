"""A disk that takes no more, for root as for everybody."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["files_no_larger_than"]


@contextmanager
def files_no_larger_than(number_of_bytes: int) -> Iterator[None]:
    """In here, this process cannot make a file grow beyond so many bytes: the write fails with EFBIG."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (number_of_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
