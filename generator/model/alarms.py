"""Alarms as CloudWatch has them: a signal, a condition, a window; and composites over them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter, itemgetter
from typing import Literal, assert_never

from generator.findings import Path
from generator.model.accounts import Side
from generator.model.alarm_rules import Rule
from generator.model.metric_references import MetricReference
from generator.model.placement import Placement, has
from generator.model.routing import SEVERITIES, AlarmSeverity
from generator.model.signals import (
    AccountSignal,
    AnomalySignal,
    FleetSignal,
    LocalSignal,
    LogSignal,
    MathSignal,
    PromqlSignal,
    QuerySignal,
    Signal,
    reads_other_accounts,
)

Comparison = Literal[">", ">=", "<", "<="]
MissingData = Literal["breaching", "not-breaching", "ignore", "missing"]


@dataclass(frozen=True, slots=True)
class Tuning:
    """The settings of an alarm that may differ by account.

    period: seconds. datapoints: breaching periods needed, out of `evaluation_periods` (M of N).
    """

    comparison: Comparison
    threshold: float
    period: int
    datapoints: int
    evaluation_periods: int
    missing_data: MissingData
    severity: AlarmSeverity
    enabled: bool


# The layer of an origin that is the placement of an entry.
PLACEMENT_LAYER = "placement"


@dataclass(frozen=True, slots=True)
class Origin:
    """The origin of the value of one field: the layer of the cascade, and the path in the YAML."""

    field: str
    value: str
    layer: str
    path: Path


@dataclass(frozen=True, slots=True)
class Variant:
    """One member account in which an alarm is tuned differently from the template's defaults."""

    account: str
    tuning: Tuning
    origins: tuple[Origin, ...]


_account = attrgetter("account")


@dataclass(frozen=True, slots=True)
class Regional:
    """One Region in which an alarm of the members has other values, but no other severity; variants: as of an alarm."""

    region: str
    tuning: Tuning
    variants: tuple[Variant, ...]
    origins: tuple[Origin, ...]


@dataclass(frozen=True, slots=True)
class Alarm:
    """A metric alarm.

    key: its name in the YAML. name: its name in CloudWatch. logical_id: its name in the template. statistic: of the
    one metric; nothing where the signal is an expression or a query. tuning: the settings of every account that no
    variant names (accounts that join later too); where CloudWatch expects a band, its threshold is the band's
    width, and no threshold at all. low_samples: `ignore` where a percentile of few samples leaves the state alone.
    variants: the accounts that differ, sorted by name. silence: why missing data is acceptable, where a pack says
    so. region: the only one of the Regions that has its metric; empty where all have it. switch: the ID of the
    service that decides which accounts have its alarms; empty where each alarm does. warm_up_minutes: how long a
    new alarm is INSUFFICIENT_DATA, without actions, while its data is not there; 0 for none at all.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-warm-up.html service: alarms of one service
    are one incident. objective: the SLO whose budget it monitors. parts_of: the composites, by name in CloudWatch,
    whose incident it is part of, the nearest first. alone: whether it has incidents of its own whatever else fires.
    page_again: seconds after which a pager is notified again, 0 for at once. level_of: the entry with several
    thresholds, of which this is one; they are one incident. silent_end: whether its end sends no message; tickets
    and pages are closed all the same. contributors: how many of its contributors may have incidents of their own at
    a time; 0 where it has one incident for all, None where nobody has said so. placement: the members that have it,
    where its entry or its data decides that; None where only overrides do. wall_clock: the time zone by whose clock
    periods begin; empty for a window that slides.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html event_tags: the keys
    of the tags that its events and direct actions carry.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_AlarmTagsPropagation.html own_name: whether
    its entry says what it is called, so that its name need not end with the environment. actions_disabled: whether
    CloudWatch invokes none of its actions; its severity is none then. actions_in: the states in which it invokes
    them; empty for ALARM and OK. action_states: of each action its own states, empty for those of `actions_in`; empty
    if none has any. published_by: what publishes its metrics, in words, if the file has no source of them.
    """

    key: str
    name: str
    logical_id: str
    path: Path
    side: Side
    signal: Signal
    statistic: str
    tuning: Tuning
    variants: tuple[Variant, ...] = ()
    account: str | None = None
    summary: str = ""
    runbook: str = ""
    owner: str = ""
    actions: tuple[str, ...] = ()
    low_samples: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    origins: tuple[Origin, ...] = ()
    silence: str = ""
    region: str = ""
    switch: str = ""
    warm_up_minutes: int = 0
    service: str = ""
    objective: str = ""
    parts_of: tuple[str, ...] = ()
    alone: bool = False
    page_again: int = 0
    level_of: str = ""
    silent_end: bool = False
    contributors: int | None = None
    placement: Placement | None = None
    regional: tuple[Regional, ...] = ()
    wall_clock: str = ""
    event_tags: tuple[str, ...] = ()
    own_name: bool = False
    actions_disabled: bool = False
    actions_in: tuple[str, ...] = ()
    action_states: tuple[tuple[str, ...], ...] = ()
    published_by: str = ""

    @property
    def ref(self) -> str:
        """The name in rules: its key, and where there is one for each account, `key@account`."""
        return f"{self.key}@{self.account}" if self.account else self.key

    def tuning_in(self, account: str, region: str = "") -> Tuning:
        """The tuning that holds in a member account, by its name; in one Region, where Regions differ."""
        settings: Alarm | Regional = next((regional for regional in self.regional if regional.region == region), self)
        at = bisect_left(settings.variants, account, key=_account)
        return next(
            (variant.tuning for variant in settings.variants[at : at + 1] if variant.account == account),
            settings.tuning,
        )

    @property
    def regions(self) -> tuple[str, ...]:
        """The only Regions that have it: that of its metric, or those of its entry; empty where all have."""
        return (self.region,) if self.region else self.placement.regions if self.placement else ()

    def deployed_in(self, account: str) -> bool:
        """True if a member has it, by its name."""
        return self.tuning_in(account).enabled

    def deployed_among(self, accounts: Sequence[str]) -> tuple[str, ...]:
        """The member accounts, by name, that have it: of ten thousand only those that differ are checked."""
        differing = {variant.account for variant in self.variants if variant.tuning.enabled != self.tuning.enabled}
        if self.tuning.enabled:
            return tuple(name for name in accounts if name not in differing) if differing else tuple(accounts)
        return tuple(name for name in accounts if name in differing) if differing else ()

    @property
    def is_nowhere(self) -> bool:
        """True if this environment has no account for it."""
        return self.placement is not None and self.placement.is_nowhere

    def tunings(self) -> Iterator[Tuning]:
        """Every tuning that some account gets; the default first."""
        return (tuning for tuning, _ in self.origins_of_tunings())

    def origins_of_tunings(self) -> Iterator[tuple[Tuning, tuple[Origin, ...]]]:
        """Every tuning with where its values come from, in the order of `tunings`."""
        regional: tuple[Alarm | Regional, ...] = (self, *self.regional)
        for settings in (tuned for region in regional for tuned in (region, *region.variants)):
            yield settings.tuning, settings.origins

    def measured(self) -> Iterator[MetricReference]:
        """Every metric that is named; a query names none, it finds them, and logs have none."""
        match self.signal:
            case LocalSignal(metric) | AccountSignal(metric) | FleetSignal(metric) | AnomalySignal(metric):
                yield MetricReference((*self.path, "metric"), metric, self.statistic)
            case MathSignal():
                for operand in self.signal.operands:
                    yield MetricReference(operand.path, operand.metric, operand.statistic)
            case QuerySignal() | LogSignal() | PromqlSignal():
                return
            case _:
                assert_never(self.signal)

    @property
    def is_of_hub(self) -> bool:
        """True if it looks from the hub at nothing but the hub's own metrics or logs, as those of canaries do."""
        return self.side is Side.HUB and not reads_other_accounts(self.signal)

    @property
    def counted(self) -> str | None:
        """The key of the first of our metric filters that it counts by, if it does."""
        return next((reference.metric.filter for reference in self.measured() if reference.metric.filter), None)

    @property
    def everywhere_disabled(self) -> bool:
        """True if no account at all has this alarm."""
        return not self.tuning.enabled and not any(tuning.enabled for tuning in self.tunings())


@dataclass(frozen=True, slots=True)
class Composite:
    """A composite alarm. `wait` and `extend` are seconds and belong to the suppressor (the key of an alarm).

    separate: whether the alarms that it is made of have incidents of their own. parts_of: as of an alarm; where others
    are part of its incident it names itself first. severity_by_account: of the accounts that have another one, by
    name. placement: the members in which its rule means something; None for all. own_name, actions_disabled,
    actions_in, action_states: as of an alarm.
    """

    key: str
    name: str
    logical_id: str
    path: Path
    side: Side
    rule: Rule
    severity: AlarmSeverity
    summary: str = ""
    runbook: str = ""
    owner: str = ""
    actions: tuple[str, ...] = ()
    suppressor: str | None = None
    wait: int = 0
    extend: int = 0
    origins: tuple[Origin, ...] = ()
    service: str = ""
    objective: str = ""
    separate: bool = False
    parts_of: tuple[str, ...] = ()
    page_again: int = 0
    severity_by_account: tuple[tuple[str, AlarmSeverity], ...] = ()
    silent_end: bool = False
    placement: Placement | None = None
    event_tags: tuple[str, ...] = ()
    own_name: bool = False
    actions_disabled: bool = False
    actions_in: tuple[str, ...] = ()
    action_states: tuple[tuple[str, ...], ...] = ()

    @property
    def ref(self) -> str:
        """The name in rules: its key."""
        return self.key

    def severity_in(self, account: str) -> AlarmSeverity:
        """The severity in a member account, by its name."""
        at = bisect_left(self.severity_by_account, account, key=itemgetter(0))
        differing = self.severity_by_account[at : at + 1]
        return differing[0][1] if differing and differing[0][0] == account else self.severity

    @property
    def severities(self) -> tuple[AlarmSeverity, ...]:
        """Those that it has somewhere, the worst first."""
        severities = {self.severity, *dict(self.severity_by_account).values()}
        return tuple(severity for severity in SEVERITIES if severity in severities)

    @property
    def regions(self) -> tuple[str, ...]:
        """The only Regions that have it; empty where all have."""
        return self.placement.regions if self.placement else ()

    def deployed_in(self, account: str) -> bool:
        """True if a member has it, by its name."""
        return has(self.placement, account)

    def deployed_among(self, accounts: Sequence[str]) -> tuple[str, ...]:
        """Of member accounts, by name, those that have it."""
        if self.placement is None or self.placement.accounts is None:
            return tuple(accounts)
        having = {*self.placement.accounts}
        return tuple(name for name in accounts if name in having)


def actions_with_states(alarm: Alarm | Composite) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each action that CloudWatch invokes, with its own states; without any for those of `actions_in`."""
    yield from zip(alarm.actions, alarm.action_states or ((),) * len(alarm.actions), strict=False)
