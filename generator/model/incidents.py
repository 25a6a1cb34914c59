"""Grouping of alarms into incidents, and monitoring of the delivery pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from generator.model.accounts import Account
from generator.model.routing import AlarmSeverity

# The channels that receive log lines: ticket systems, every channel, or none.
Evidence = Literal["tickets", "everywhere", "none"]
# Whether the parts of a composite are members of its incident, or have incidents of their own.
Parts = Literal["quiet", "separate"]
# What alarms of one group may have in common.
GroupedBy = Literal["service", "owner", "account", "region", "alarm"]
GROUPED_BY: tuple[GroupedBy, ...] = ("service", "owner", "account", "region", "alarm")
# The ways to acknowledge an incident.
Acknowledged = Literal["ticket", "reaction", "command"]
ACKNOWLEDGED: tuple[Acknowledged, ...] = ("ticket", "reaction", "command")
# How the names of the path's own alarms begin; none of them ends as the incident rule wants it.
MONITOR_ALARM_PREFIX = "path-watch-"
# An alarm for each member and Region, as long as there are not more; beyond that two alarms for all of them.
MOST_HEARTBEATS = 100
# The wait for data: on a first rollout the hub is created before its members, which follow one wave after another.
WARM_UP_MINUTES = 120
# What obsgen's own alarms on its functions and queues are about: a part that fails in several ways is one incident.
OWN_SERVICE = "monitoring"
# The table's index of what is owed, open or given up; `due_pk` and `due_sk` are its keys.
DUE_INDEX = "due"

BySeverity = tuple[tuple[AlarmSeverity, int], ...]


@dataclass(frozen=True, slots=True)
class Grouping:
    """The alarms that are one incident. Times are seconds.

    composites: the default for composites. by: the values that alarms of one service must share; nothing for no groups
    but those of composites and objectives. wait: of the first message, for further alarms, by severity. update_every:
    messages about changed members are at least so far apart. collect: how long after its start an incident accepts
    further alarms.
    """

    composites: Parts
    by: tuple[GroupedBy, ...]
    wait: BySeverity
    update_every: int
    collect: int


@dataclass(frozen=True, slots=True)
class Storm:
    """above, account: more new incidents than this in a minute are a storm, in the environment and in one account.

    own_pages: so many critical alarms page by themselves all the same. calm: seconds of few new alarms after which it
    is over. split: at most so many alarms that are not OK then get incidents of their own.
    """

    above: int
    account: int
    own_pages: int
    calm: int
    split: int
    severity: AlarmSeverity


@dataclass(frozen=True, slots=True)
class Flapping:
    """More repeats than `repeats` within `within` are flapping; then messages are `every` apart, pages `page_every`.

    Times are seconds.
    """

    repeats: int
    within: int
    every: int
    page_every: int


@dataclass(frozen=True, slots=True)
class Escalation:
    """The further channels that are notified of an incident that is not acknowledged after so many seconds."""

    severity: AlarmSeverity
    after: int
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quiet:
    """When messages and pages of some severities wait. begins, ends: minutes of the day, by the time zone's clock."""

    severities: tuple[AlarmSeverity, ...]
    begins: int
    ends: int
    time_zone: str


@dataclass(frozen=True, slots=True)
class Incidents:
    """reopen_within: seconds after an OK in which an ALARM reopens the incident. evidence: who gets log lines.

    storm, flapping: None where they are switched off. remind: seconds between reminders, by severity; none for the
    others. acknowledge: which ways count. quiet: None where nothing waits for the morning.
    """

    reopen_within: int
    evidence: Evidence
    group: Grouping
    storm: Storm | None
    flapping: Flapping | None
    remind: BySeverity
    escalate: tuple[Escalation, ...]
    acknowledge: tuple[Acknowledged, ...]
    quiet: Quiet | None = None

    @property
    def quotes_logs(self) -> bool:
        """True if the hub reads log lines at all."""
        return self.evidence != "none"


def heartbeats(accounts: Sequence[Account], regions: Sequence[str]) -> Iterator[tuple[Account, str]]:
    """The members and Regions whose silence is an alarm; none where there are too many for an alarm each."""
    if members_and_regions(accounts, regions) <= MOST_HEARTBEATS:
        yield from ((account, region) for account in accounts for region in account.regions_of(regions))


def members_and_regions(accounts: Sequence[Account], regions: Sequence[str]) -> int:
    """The number of member stacks that send a heartbeat."""
    return sum(len(account.regions_of(regions)) for account in accounts)


def heartbeat_log_group(environment: str) -> str:
    """The log group in which the hub counts the members' signs of life."""
    return f"/aws/events/heartbeats-{environment}"
