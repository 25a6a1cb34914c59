"""How alarms become incidents, and how the way there is watched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from generator.model.places import Account

# Who gets log lines: ticket systems, every channel, or nobody.
Evidence = Literal["tickets", "everywhere", "none"]
# How the names of the path's own alarms begin; none of them ends as the incident rule wants it.
PATH_ALARM = "path-watch-"
# An alarm for each member and Region, as long as there are not more; beyond that the heartbeats are only counted.
MOST_HEARTBEATS = 100
# The table's index of what is owed, open or given up; `due_pk` and `due_sk` are its keys.
DUE_INDEX = "due"


@dataclass(frozen=True, slots=True)
class Incidents:
    """reopen_within: seconds after an OK in which an ALARM reopens the incident. evidence: who gets log lines."""

    reopen_within: int
    evidence: Evidence

    @property
    def quotes_logs(self) -> bool:
        """Whether the hub reads log lines at all."""
        return self.evidence != "none"


def heartbeats(accounts: Sequence[Account], regions: Sequence[str]) -> Iterator[tuple[Account, str]]:
    """The members and Regions whose silence is an alarm; none where there are too many for an alarm each."""
    if len(accounts) * len(regions) <= MOST_HEARTBEATS:
        yield from ((account, region) for account in accounts for region in regions)


def heartbeat_log_group(environment: str) -> str:
    """The log group in which the hub counts the members' signs of life."""
    return f"/aws/events/heartbeats-{environment}"
