"""How incidents of several alarms are made, as the routing table says it. Times are milliseconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from handlers.incident.decision.quiet import Quiet, quiet_hours
from handlers.incident.routing_table import RoutingTable


@dataclass(frozen=True, slots=True)
class Storm:
    """environment, account: more new incidents than this within a minute are a storm. own_pages: so many critical
    alarms page by themselves all the same. calm_ms: a storm is over when for so long few have joined it. split: at most
    so many alarms that are not OK then get incidents of their own. severity: of its incident.
    """

    environment: int
    account: int
    own_pages: int
    calm_ms: int
    split: int
    severity: str


@dataclass(frozen=True, slots=True)
class Flapping:
    """An incident with more than `repeats` repeats within `within_ms` is flapping: its channels are sent something
    every `every_ms` at most, and pagers every `page_every_ms`.
    """

    repeats: int
    within_ms: int
    every_ms: int
    page_every_ms: int

    def times(self, repeats: Sequence[int]) -> int:
        """How often there was a repeat within the time before the latest, where that makes it flapping; 0 otherwise."""
        since = max(repeats, default=0) - self.within_ms
        times = sum(at > since for at in repeats)
        return times if times > self.repeats else 0


@dataclass(frozen=True, slots=True)
class Escalation:
    """after_ms: how long an incident is open and not acknowledged before the channels `to` are notified, too."""

    after_ms: int
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupingPolicy:
    """by: what alarms of one group have in common, of `service`, `owner`, `account`, `region`, `alarm`; nothing for no
    groups but those of composites and objectives. wait_ms: how long the first message waits for further alarms, by
    severity. update_every_ms: messages about changed members are at least so far apart. collect_ms: how long after it
    opened a group takes new members. remind_ms: by severity, none for the others. acknowledge: which ways count, of
    `ticket`, `reaction`, `command`. quiet: when people are left alone with what can wait; None for never.
    """

    by: tuple[str, ...] = ()
    wait_ms: Mapping[str, int] = field(default_factory=dict)
    update_every_ms: int = 300_000
    collect_ms: int = 3_600_000
    storm: Storm | None = None
    flapping: Flapping | None = None
    remind_ms: Mapping[str, int] = field(default_factory=dict)
    escalate: Mapping[str, Escalation] = field(default_factory=dict)
    acknowledge: tuple[str, ...] = ()
    quiet: Quiet | None = None


def grouping_policy(data: RoutingTable) -> GroupingPolicy:
    """From the routing table's `incidents`; the table of an earlier build has none, and then nothing is grouped."""
    settings = data.get("incidents")
    if settings is None:
        return GroupingPolicy()
    group, storm, flapping = settings["group"], settings.get("storm"), settings.get("flapping")
    return GroupingPolicy(
        by=tuple(group["by"]),
        wait_ms=_ms(group["wait_seconds"]),
        update_every_ms=1000 * group["update_every_seconds"],
        collect_ms=1000 * group["collect_seconds"],
        storm=Storm(
            storm["environment_per_minute"],
            storm["account_per_minute"],
            storm["own_pages"],
            1000 * storm["calm_seconds"],
            storm["split"],
            storm["severity"],
        )
        if storm
        else None,
        flapping=Flapping(
            flapping["repeats"],
            1000 * flapping["within_seconds"],
            1000 * flapping["every_seconds"],
            1000 * flapping["page_every_seconds"],
        )
        if flapping
        else None,
        remind_ms=_ms(settings["remind_seconds"]),
        escalate={
            severity: Escalation(1000 * escalation["after_seconds"], tuple(escalation["to"]))
            for severity, escalation in settings["escalate"].items()
        },
        acknowledge=tuple(settings["acknowledge"]),
        quiet=quiet_hours(settings.get("quiet")),
    )


def _ms(seconds: Mapping[str, int]) -> dict[str, int]:
    return {severity: 1000 * value for severity, value in seconds.items()}
