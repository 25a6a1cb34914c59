"""What a function loads before its first event, with the whole core that the initialisation has."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Sequence

logger = logging.getLogger(__name__)


def warm_up(steps: Sequence[Callable[[], object]]) -> None:
    """Load, connect and read what the first event will need; a step that fails is no harm: the first event tries again.

    What is loaded by then stays for good, so that no collection looks through it: that takes 35 ms of a whole core, and
    would come in the middle of the first event.
    """
    for step in steps:
        try:
            step()
        except Exception as error:
            logger.warning("warm-up failed", extra={"because": type(error).__name__})
    gc.collect()
    gc.freeze()
