"""Ctrl-C, a closed terminal, a pipeline's SIGTERM: they end what is being done, but never what has to be undone."""

from __future__ import annotations

import os
import signal
from types import FrameType, TracebackType
from typing import Any

NUMBERS = tuple(
    number for number in (getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP")) if number is not None
)


class SignalGuard:
    """The first of them comes out as KeyboardInterrupt; while held, they are only remembered.

    Used in the main thread, where Python delivers signals.
    """

    def __init__(self, meanwhile: str) -> None:
        self._meanwhile = meanwhile
        self._held = self._asked = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> SignalGuard:
        # What is ignored, as in a job in the background or under nohup, stays ignored.
        desired = [number for number in NUMBERS if signal.getsignal(number) is not signal.SIG_IGN]
        self._before = {number: signal.signal(number, self._stop) for number in desired}
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _t: TracebackType | None
    ) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def hold(self) -> None:
        """From here on, nothing stops what is done."""
        self._held = True

    def release(self) -> None:
        """Raises KeyboardInterrupt where somebody asked meanwhile."""
        self._held = False
        if self._asked:
            raise KeyboardInterrupt

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        if self._held:
            self._asked = True
            # Not by sys.stderr, which may be in the middle of a write itself.
            os.write(2, f"\n{self._meanwhile}\n".encode())
            return
        # Whatever comes next finds it held: a second Ctrl-C must not end what the first one began.
        self._held = True
        raise KeyboardInterrupt
