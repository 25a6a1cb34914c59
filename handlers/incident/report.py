"""What is said about an episode, before any channel gives it a form; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from handlers.incident import finding_words
from handlers.incident.finding import Finding

ADDRESS_LIMIT = 6_000
# Facts of a finding that `Where` says, too, and with the account that EventBridge wrote.
PLACE = ("Account", "Region")
_ADDRESS = re.compile(r"https://[^\s\x00-\x1f\x7f<>\"|\]]+")


class Step(StrEnum):
    """Why something is said."""

    OPEN = "open"  # in ALARM, and nobody was told yet
    REPEAT = "repeat"  # in ALARM again, within the window in which an episode is reopened
    CHANGED = "changed"  # still open, and what a finding says has changed
    ADDED = "added"  # still open, nothing else is wrong, and more is known: worth a comment, and no move or page
    RESOLVE = "resolve"  # OK again
    NOTICE = "notice"  # INSUFFICIENT_DATA: told where people read, no ticket is made for it
    EVIDENCE = "evidence"  # log lines found after the ticket was made
    UPDATED = "updated"  # still open, and its members have changed: shown in place, no page
    REMINDER = "reminder"  # still open, and nobody has acknowledged it


@dataclass(frozen=True, slots=True)
class MemberLine:
    """One alarm of an incident of several. since: ISO 8601 in UTC, when it was in ALARM first. count: how often."""

    state: str
    severity: str
    alarm: str
    account_name: str
    region: str
    since: str
    count: int = 1
    measured: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a channel may say. Times are ISO 8601 in UTC with seconds.

    episode: 16 hexadecimal digits; ticket label, deduplication key and correlation id of all logs.
    state: the alarm's state now. since: when this episode began; at: when the state changed last.
    severity: critical, high, medium or low. count: how often the alarm went to ALARM in this episode.
    measured: what was measured against what, such as `ApplicationErrors Sum 12 > 5`; empty where that is not known.
    links: label and address. lines: log lines, redacted, oldest first; only with Step.EVIDENCE. revision: the
    incident's; it counts up with whatever there is to report. finding: what it says, where the incident is a finding.

    kind_of_incident: `alone`, `no-data`, `group` or `storm`. members: of a group or storm, the worst first; `total` and
    `open_total` count those, too, that are not listed. counts: label and number, in reading order. flapping: how often
    it repeated within the last hour, 0 for not flapping. acknowledged: by whom, empty for nobody.
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
    finding: Finding | None = None
    kind_of_incident: str = "alone"
    members: tuple[MemberLine, ...] = ()
    total: int = 1
    open_total: int = 1
    counts: tuple[tuple[str, int], ...] = ()
    flapping: int = 0
    acknowledged: str = ""

    @property
    def title(self) -> str:
        """One line: how it stands, how bad, what, where."""
        if self.finding:
            return f"{finding_words.word(self.step)} {self.severity}: {self._place(self.summary)}"
        return f"{self.state} {self.severity}: {self._place(self.alarm)}"

    @property
    def label(self) -> str:
        """The label by which a ticket is found again."""
        return f"obsgen-{self.episode}"

    def _place(self, what: str) -> str:
        return f"{what} in {self.account_name} ({self.region})"

    @property
    def kind(self) -> str:
        """What it is about, for people: `CloudWatch alarm`, or the check that found it, such as `Tag compliance`."""
        return finding_words.check(self.alarm) if self.finding else "CloudWatch alarm"

    @property
    def lead(self) -> str:
        """What the alarm means, below its title; a finding's title says it."""
        return "" if self.finding else self.summary

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """What a message lists below its title, in reading order; empty ones left out."""
        if self.finding:
            return self._finding_facts(self.finding)
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

    def _finding_facts(self, finding: Finding) -> tuple[tuple[str, str], ...]:
        times = f"for the {_ordinal(self.count)} time" if self.count > 1 else ""
        facts = (
            *((name, finding_words.unlinked(value)) for name, value in finding.facts if name not in PLACE),
            ("To do", finding_words.unlinked(finding.action)),
            ("State", finding_words.state(self.step, self.at, times)),
            ("Note", self.reason),
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
