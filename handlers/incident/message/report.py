"""What is said about an episode, before any channel gives it a form; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from handlers.incident.finding import Finding
from handlers.incident.message import finding_words

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
    """One alarm of an incident of several. since: ISO 8601 in UTC, when it was in ALARM first; it may be OK by now.
    count: how often.
    """

    state: str
    severity: str
    alarm: str
    account_name: str
    region: str
    since: str
    count: int = 1
    measured: str = ""

    @property
    def times(self) -> str:
        """`2026-11-20T10:00:00Z`, and how often where that is more than once."""
        return self.since if self.count <= 1 else f"{self.since}, {self.count} times"

    @property
    def text(self) -> str:
        """`ALARM high: errors-alarm-prod in checkout (us-east-1), started 2026-11-20T10:00:00Z, Errors 12`."""
        subject = f"{self.state} {self.severity}: {self.alarm} in {self.account_name} ({self.region})"
        line = ", ".join(part for part in (subject, f"started {self.times}", self.measured) if part)
        return " ".join(line.split())


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a channel may say. Times are ISO 8601 in UTC with seconds.

    episode: 16 hexadecimal digits; ticket label, deduplication key and correlation id of all logs.
    state: the alarm's state now. since: when this episode began; at: when the state changed last.
    severity: critical, high, medium or low. count: how often the alarm went to ALARM in this episode.
    measured: what was measured against what, such as `ApplicationErrors Sum 12 > 5`; empty where that is not known.
    links: label and address. lines: log lines, redacted, oldest first; only with Step.EVIDENCE. revision: the
    incident's; it counts up with whatever there is to report. finding: what it says, where the incident is a finding.
    note: of a storm, how it was put together. muted: of several alarms, which mutes withheld some of them: by whom,
    until when and why.

    kind_of_incident: `alone`, `no-data`, `group` or `storm`; a group of one is alone. members: of a group or storm, the
    worst first; `total` and `open_total` count those, too, that are not listed. counts: label and number, in reading
    order, such as `service checkout`. size: of a storm, such as `412 alarms of 23 services in 4 accounts`. flapping:
    how often it went to ALARM within `flapping_minutes`, 0 for not flapping. acknowledged: by whom, empty for nobody.
    service: that the alarm watches, empty for none.
    is_worse: whether a Step.REPEAT is about a worse severity or another critical alarm, and not about a return to
    ALARM; newest: that alarm and where. reminded: of a Step.REMINDER, when it was due.
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
    note: str = ""
    muted: str = ""
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
    size: str = ""
    flapping: int = 0
    flapping_minutes: int = 60
    acknowledged: str = ""
    is_worse: bool = False
    newest: str = ""
    reminded: str = ""
    service: str = ""

    @property
    def title(self) -> str:
        """One line: how it stands, how bad, what, where."""
        return f"{self._beginning}{self.more}"

    def title_within(self, limit: int) -> str:
        """The title in so many characters; how many more alarms there are is not what is cut."""
        return f"{clip(' '.join(self._beginning.split()), limit - len(self.more))}{self.more}"

    @property
    def more(self) -> str:
        """` and 2 more alarms`, after the one that a group is named after; empty where it stands for itself."""
        return more_alarms(self.total) if self.kind_of_incident == "group" else ""

    @property
    def is_of_several(self) -> bool:
        """Whether it is about several alarms."""
        return self.kind_of_incident in ("group", "storm")

    @property
    def _beginning(self) -> str:
        prefix = "Reminder: " if self.step is Step.REMINDER else "Worse: " if self.is_worse else ""
        if self.kind_of_incident == "storm":
            return f"{prefix}{self.state} {self.severity}: {self.size}"
        if self.finding:
            return f"{prefix}{finding_words.word(self.step)} {self.severity}: {self._location_text(self.summary)}"
        return f"{prefix}{self.state} {self.severity}: {self._location_text(self.alarm)}"

    @property
    def label(self) -> str:
        """The label by which a ticket is found again."""
        return f"obsgen-{self.episode}"

    def _location_text(self, what: str) -> str:
        return f"{what} in {self.account_name} ({self.region})"

    @property
    def kind(self) -> str:
        """What it is about, for people: `CloudWatch alarm`, or the check that found it, such as `Tag compliance`."""
        if self.kind_of_incident == "storm":
            return "Alarm storm"
        return finding_words.check(self.alarm) if self.finding else "CloudWatch alarm"

    @property
    def lead(self) -> str:
        """What the alarm means, below its title, after what is new where it is worse; a finding's title says it, and a
        storm means no single one.
        """
        meaning = "" if self.finding or self.kind_of_incident == "storm" else self.summary
        return f"New: {self.newest}. {meaning}".rstrip() if self.newest else meaning

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """What a message lists below its title, in reading order; empty ones left out."""
        if self.kind_of_incident == "storm":
            facts = self._storm_facts()
        elif self.finding:
            facts = self._finding_facts(self.finding)
        else:
            facts = self._alarm_facts()
        return tuple((name, value) for name, value in facts if value)

    def _alarm_facts(self) -> tuple[tuple[str, str], ...]:
        return (
            ("Alarm", self.alarm),
            ("Alarms", self._alarms() if self.is_of_several else ""),
            ("State", self._state()),
            ("Reminder", self._reminder()),
            ("Value", self.measured),
            ("Reason", self.reason),
            ("Flapping", self._flapping()),
            ("Muted", self.muted),
            ("Acknowledged", self.acknowledged),
            ("Location", f"{self.account_name} ({self.region}), account {self.account}"),
            ("Severity", self.severity),
            ("Episode", f"{self.episode}, started {self.since}"),
            ("Owner", self.owner),
            ("Runbook", self.runbook),
        )

    def _storm_facts(self) -> tuple[tuple[str, str], ...]:
        """A storm has neither place nor owner; its members do."""
        return (
            ("Alarms", self._alarms()),
            ("State", self._state()),
            ("Reminder", self._reminder()),
            ("Note", self.note),
            ("Muted", self.muted),
            ("Acknowledged", self.acknowledged),
            ("Severity", self.severity),
            ("Counts", ", ".join(f"{label}: {number}" for label, number in self.counts)),
            ("Episode", f"{self.episode}, started {self.since}"),
        )

    def _alarms(self) -> str:
        """How many there are, and how many of them are not OK; of those that go on by themselves the note speaks."""
        if not self.open_total:
            return str(self.total) if self.note else f"{self.total}, all OK"
        return f"{self.total}, {self.open_total} not OK"

    def _state(self) -> str:
        state = self.state if self.count == 1 else f"{self.state}, for the {_ordinal(self.count)} time"
        return f"{state}, since {self.at}"

    def _reminder(self) -> str:
        return f"not acknowledged by {self.reminded}" if self.reminded else ""

    def _flapping(self) -> str:
        if not self.flapping:
            return ""
        minutes = self.flapping_minutes
        time = "hour" if minutes == 60 else f"{minutes} minutes"
        return f"{self.flapping} times in ALARM in the last {time}; messages are sent less often"

    def _finding_facts(self, finding: Finding) -> tuple[tuple[str, str], ...]:
        times = f"for the {_ordinal(self.count)} time" if self.count > 1 else ""
        return (
            *((name, finding_words.unlinked(value)) for name, value in finding.facts if name not in PLACE),
            ("To do", finding_words.unlinked(finding.action)),
            ("State", finding_words.state(self.step, self.at, times)),
            ("Reminder", self._reminder()),
            ("Note", self.reason),
            ("Flapping", self._flapping()),
            ("Acknowledged", self.acknowledged),
            ("Location", f"{self.account_name} ({self.region}), account {self.account}"),
            ("Severity", self.severity),
            ("Episode", f"{self.episode}, started {self.since}"),
            ("Owner", self.owner),
            ("Runbook", self.runbook),
        )


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


def more_alarms(total: int) -> str:
    """` and 2 more alarms` of three; empty for one."""
    return "" if total <= 1 else f" and {total - 1} more alarm{'s' if total > 2 else ''}"


def clip(text: str, limit: int) -> str:
    """At most so many characters, the last one an ellipsis where some are missing."""
    return text if len(text) <= limit else text[: max(0, limit - 1)] + "…"


def is_address(text: str) -> bool:
    """Whether it is an address to put behind a link: https, and nothing in it that a page, a form or a log could take
    for its own.
    """
    return len(text) <= ADDRESS_LIMIT and _ADDRESS.fullmatch(text) is not None


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
