"""What is said about an episode, before any channel gives it a form; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

ADDRESS_LIMIT = 6_000
_ADDRESS = re.compile(r"https://[^\s\x00-\x1f\x7f<>\"|\]]+")


class Step(StrEnum):
    """Why something is said."""

    OPEN = "open"  # in ALARM, and nobody was told yet
    REPEAT = "repeat"  # in ALARM again, within the window in which an episode is reopened
    RESOLVE = "resolve"  # OK again
    NOTICE = "notice"  # INSUFFICIENT_DATA: told where people read, no ticket is made for it
    EVIDENCE = "evidence"  # log lines found after the ticket was made


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a channel may say. Times are ISO 8601 in UTC with seconds.

    episode: 16 hexadecimal digits; ticket label, deduplication key and correlation id of all logs.
    state: the alarm's state now. since: when this episode began; at: when the state changed last.
    severity: critical, high, medium or low. count: how often the alarm went to ALARM in this episode.
    measured: what was measured against what, such as `ApplicationErrors Sum 12 > 5`; empty where that is not known.
    links: label and address. lines: log lines, redacted, oldest first; only with Step.EVIDENCE. revision: the
    incident's; it counts up with whatever there is to report.
    """

    step: Step
    episode: str
    alarm: str
    state: str
    severity: str
    account: str
    account_name: str
    region: str
    environment: str
    project: str
    summary: str
    reason: str
    since: str
    at: str
    count: int = 1
    measured: str = ""
    owner: str = ""
    runbook: str = ""
    links: tuple[tuple[str, str], ...] = ()
    lines: tuple[str, ...] = ()
    revision: int = 1

    @property
    def title(self) -> str:
        """One line: how it stands, how bad, what, where."""
        return f"{self.state} {self.severity}: {self.alarm} in {self.account_name} ({self.region})"

    @property
    def label(self) -> str:
        """The label by which a ticket is found again."""
        return f"obsgen-{self.episode}"

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """What a message lists below its title, in reading order; empty ones left out."""
        state = self.state if self.count == 1 else f"{self.state}, for the {_ordinal(self.count)} time"
        facts = (
            ("Alarm", self.alarm),
            ("State", f"{state}, since {self.at}"),
            ("Measured", self.measured),
            ("Why", self.reason),
            ("Where", f"{self.account_name} ({self.region}), account {self.account}"),
            ("Severity", self.severity),
            ("Episode", f"{self.episode}, began {self.since}"),
            ("Owner", self.owner),
            ("Runbook", self.runbook),
        )
        return tuple((name, value) for name, value in facts if value)


@dataclass(frozen=True, slots=True)
class Digest:
    """Many incidents in one message. title: one line. counts: label to number, in reading order. lines: the newest,
    at most 20, one incident each. total: how many there are in all. since, at: ISO 8601 in UTC. away: whether it lists
    what began and ended while the channel could not be reached.
    """

    title: str
    total: int
    lines: tuple[str, ...]
    counts: tuple[tuple[str, int], ...]
    since: str
    at: str
    project: str
    environment: str
    link: str = ""
    away: bool = False


def is_address(text: str) -> bool:
    """Whether it is an address to put behind a link: https, and nothing in it that a page, a form or a log could take
    for its own.
    """
    return len(text) <= ADDRESS_LIMIT and _ADDRESS.fullmatch(text) is not None


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
