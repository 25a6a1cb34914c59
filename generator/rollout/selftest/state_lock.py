"""One process at a time for a state file: a second one would take what the first has just created for leftovers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class StateInUse(Exception):
    """Another process has the state file."""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an existing state file. Raises StateInUse, OSError. The system ends the lock with the process.

    Windows has no such lock; there the confirmation has to do.
    """
    with path.open("rb") as file:
        if sys.platform != "win32":
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StateInUse(f"another process has {path}") from None
        yield
