"""What is wrong with an event pattern, and where."""

from __future__ import annotations

from dataclasses import dataclass

from generator.findings import Path


@dataclass(frozen=True, slots=True)
class PatternFault:
    """A fault of a pattern. path: within the pattern. on_key: whether the key is meant, and not its value."""

    message: str
    path: Path
    hint: str = ""
    on_key: bool = False


class UnreadableFilter(Exception):
    """A filter that EventBridge would refuse, with a hint for its writer."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
