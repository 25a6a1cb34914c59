"""How a scan goes on from one message to the next; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

# Seconds. What is owed is found by an index, which follows the table within a second or so.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.Writes
INDEX_LAG_S = 10


class Phase(StrEnum):
    """LIST: judge every resource, type by type. CLOSE: what is open and was not listed. FINISH: totals, and who
    hears of what is new, and how. SEND: the findings that are owed."""

    LIST = "list"
    CLOSE = "close"
    FINISH = "finish"
    SEND = "send"


@dataclass(frozen=True, slots=True)
class Step:
    """Where a scan stands. scan: its id, the scheduled time in milliseconds since 1970.

    type: the resource type of LIST and CLOSE. page: the next page's number in LIST; in FINISH the next page to decide
    about; in SEND 1 where the scan has put something into the summary. token: of the next page in LIST, empty for the
    first; in CLOSE the id behind which it goes on. attempt: how often LIST has begun again because a token was too old;
    in SEND 1 for the second look at what is owed.
    """

    scan: int
    phase: Phase
    type: str = ""
    page: int = 0
    token: str = ""
    attempt: int = 0

    @property
    def delay_s(self) -> int:
        """How long to wait before it is done."""
        return INDEX_LAG_S if self.phase is Phase.SEND and self.attempt else 0

    def to_message(self) -> dict[str, Any]:
        """The message that carries on from here; what is empty is left out."""
        content = {name: getattr(self, name) for name in ("type", "page", "token", "attempt")}
        present = {name: value for name, value in content.items() if value}
        return {"step": {"scan": self.scan, "phase": str(self.phase), **present}}


def step_of(message: Mapping[str, Any]) -> Step:
    """The step in a message. Raises KeyError, TypeError and ValueError where it is none."""
    step = message["step"]
    return Step(
        int(step["scan"]),
        Phase(step["phase"]),
        str(step.get("type", "")),
        int(step.get("page", 0)),
        str(step.get("token", "")),
        int(step.get("attempt", 0)),
    )
