"""Builds without Python's cyclic garbage collector, which would walk through all of a large estate again and again.

A build creates small trees of plain data, nearly all of it needed to the end: there is nothing to collect, and the
search for it would be half of the time. https://docs.python.org/3/library/gc.html
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collector() -> Iterator[None]:
    """No collection meanwhile. Afterwards the collector leaves alone what there is by then: it goes with its last user,
    or with the process, and one look through all of a large estate is half a second.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.freeze()
            gc.enable()
