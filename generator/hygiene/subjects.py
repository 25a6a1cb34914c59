"""The alarms of a capture with all that rules ask about them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from generator.capture.capture import Capture, CapturedRegion
from generator.capture.types import CapturedAlarm
from generator.evaluate.alarms.rule import Rule, parse
from generator.hygiene.conditions import ThresholdCondition, WatchedMetric, condition, metric_stats
from generator.hygiene.listed import ListedMetrics, listed_metrics, words_of_arns
from generator.hygiene.metric_values import Observed, observed
from generator.hygiene.owned import Owned, OwnedAlarms
from generator.hygiene.timeline import Timeline, by_alarm, timeline
from generator.hygiene.types import AlarmRef, Thresholds
from generator.model.routing import SEVERITIES

COMPOSITE = "CompositeAlarm"
_OWNER_LINE = re.compile(r"^(?:owner|team)\s*[:=]\s*(\S[^\n]*)", re.IGNORECASE | re.MULTILINE)
_URL = re.compile(r"https?://[^\s<>\"']+")
_OWNER_TAGS = ("owner", "team")
_RUNBOOK_TAGS = ("runbook", "runbook-url")


@dataclass
class Surroundings:
    """An account's alarms in a Region, and what is around them. None: it was not captured. owned: by name."""

    region: CapturedRegion
    listed: ListedMetrics
    alarms: tuple[CapturedAlarm, ...]
    owned: Mapping[str, Owned] = field(default_factory=dict)

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all alarms."""
        return frozenset(alarm.name for alarm in self.alarms)

    @cached_property
    def rules(self) -> Mapping[str, Rule]:
        """The rules of the composites that can be read, by name."""
        parsed = {
            alarm.name: parse(str(alarm.definition.get("AlarmRule", "")))
            for alarm in self.alarms
            if alarm.kind == COMPOSITE
        }
        return {name: rule for name, rule in parsed.items() if isinstance(rule, Rule)}

    @cached_property
    def parents(self) -> Mapping[str, tuple[str, ...]]:
        """The composites whose rules name an alarm, by its name."""
        parents: dict[str, list[str]] = {}
        for name, rule in self.rules.items():
            for child in rule.children:
                parents.setdefault(child_name(child), []).append(name)
        return {child: tuple(names) for child, names in parents.items()}

    @cached_property
    def acting(self) -> frozenset[str]:
        """The alarms that have actions for ALARM, and actions enabled."""
        return frozenset(
            alarm.name
            for alarm in self.alarms
            if alarm.definition.get("AlarmActions") and alarm.definition.get("ActionsEnabled") is not False
        )

    @cached_property
    def identical(self) -> Mapping[str, Identical]:
        """The group of each alarm that is not alone with its condition, by name."""
        groups: dict[str, list[str]] = {}
        for alarm in self.alarms:
            text = condition_text(alarm)
            if text:
                groups.setdefault(text, []).append(alarm.name)
        identical: dict[str, Identical] = {}
        for names in groups.values():
            preferred = min(names, key=self._order)
            if len(names) > 1:
                identical |= dict.fromkeys(names, Identical(tuple(names), preferred))
        return identical

    def _order(self, name: str) -> tuple[bool, int, bool, str]:
        """What decides which of identical alarms to keep: one that a composite needs, else that of the file with the
        highest severity that has channels, else one with receivers, else the first by name.
        """
        own = self.owned.get(name)
        rank = SEVERITIES.index(own.severity) if own and own.channels else len(SEVERITIES)
        return (name not in self.parents, rank, name not in self.acting, name)

    @cached_property
    def filtered(self) -> frozenset[tuple[str, str]] | None:
        """Namespace and name of the metrics of metric filters; None where filters were not captured."""
        rows = self.region.rows("metric-filters")
        if rows is None:
            return None
        transformations = [entry for row in rows for entry in row.get("metricTransformations") or ()]
        return frozenset((str(entry.get("metricNamespace")), str(entry.get("metricName"))) for entry in transformations)

    @cached_property
    def resource_words(self) -> frozenset[str]:
        """The names in ARNs of resources with tags; none where they were not captured."""
        return words_of_arns(str(row.get("ResourceARN", "")) for row in self.region.rows("resources") or ())


@dataclass(frozen=True, slots=True)
class Identical:
    """Alarms with one condition, and the one of them to keep."""

    names: tuple[str, ...]
    preferred: str


# What decides whether an alarm fires; all else is words and receivers.
_CONDITION_KEYS = (
    "Namespace",
    "MetricName",
    "Statistic",
    "ExtendedStatistic",
    "Period",
    "Unit",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "ComparisonOperator",
    "TreatMissingData",
    "EvaluateLowSampleCountPercentile",
    "ThresholdMetricId",
    "AlarmRule",
    "EvaluationCriteria",
    "EvaluationWindow",
)


def condition_text(alarm: CapturedAlarm) -> str:
    """The condition as text, equal for alarms that fire at the same times; empty for kinds that are not compared."""
    if alarm.kind not in ("MetricAlarm", COMPOSITE):
        return ""
    definition = alarm.definition
    parts: dict[str, Any] = {key: definition[key] for key in _CONDITION_KEYS if definition.get(key) is not None}
    parts["DatapointsToAlarm"] = definition.get("DatapointsToAlarm") or definition.get("EvaluationPeriods")
    parts["TreatMissingData"] = definition.get("TreatMissingData") or "missing"
    parts["Dimensions"] = sorted(map(str, definition.get("Dimensions") or ()))
    parts["Metrics"] = definition.get("Metrics") or []
    return json.dumps(parts, sort_keys=True)


def child_name(reference: str) -> str:
    """The name of an alarm that a rule names by its name or ARN."""
    return reference.split(":alarm:", 1)[1] if reference.startswith("arn:") and ":alarm:" in reference else reference


@dataclass
class JudgedAlarm:
    """An alarm to be judged. timeline: None where its history was not captured. owned: what of the YAML it is."""

    ref: AlarmRef
    alarm: CapturedAlarm
    timeline: Timeline | None
    owned: Owned | None
    around: Surroundings
    thresholds: Thresholds

    @property
    def definition(self) -> Mapping[str, Any]:
        """The alarm as AWS describes it."""
        return self.alarm.definition

    @property
    def is_composite(self) -> bool:
        """True for a composite alarm."""
        return self.alarm.kind == COMPOSITE

    @cached_property
    def stats(self) -> tuple[WatchedMetric, ...]:
        """The metrics that it names."""
        return metric_stats(self.definition, self.ref.account)

    @cached_property
    def condition(self) -> ThresholdCondition | None:
        """Its condition, where that is one metric and a fixed threshold."""
        return condition(self.definition, self.ref.account)

    @cached_property
    def observed(self) -> Observed | None:
        """What its metric had, where the capture has data of it."""
        index = self.around.region.series()
        return observed(self.condition.stat, index) if self.condition and index is not None else None

    def drop_values(self) -> None:
        """Free what `observed` keeps: values of thousands of alarms are gigabytes."""
        self.__dict__.pop("observed", None)

    @property
    def owner(self) -> str:
        """The team, by tag, by description or by the YAML; empty where there is none."""
        if self.owned and self.owned.alarm.owner:
            return self.owned.alarm.owner
        line = _OWNER_LINE.search(str(self.definition.get("AlarmDescription") or ""))
        return self._tag(_OWNER_TAGS) or (line[1].strip() if line else "")

    @property
    def runbook(self) -> str:
        """A URL of a tag or in the description, or that of the YAML; empty where there is none."""
        if self.owned and self.owned.alarm.runbook:
            return self.owned.alarm.runbook
        url = _URL.search(str(self.definition.get("AlarmDescription") or ""))
        return self._tag(_RUNBOOK_TAGS) or (url[0] if url else "")

    def _tag(self, names: Sequence[str]) -> str:
        tags = self.alarm.tags or {}
        plain = {key.lower().replace("_", "-").replace(" ", "-"): value for key, value in tags.items()}
        return next((plain[name] for name in names if plain.get(name)), "")


def subjects(capture: Capture, owned: OwnedAlarms | None, thresholds: Thresholds) -> Iterator[JudgedAlarm]:
    """Every alarm of a capture, by account, Region, type and name."""
    listed = listed_metrics(capture)
    for region in capture.regions:
        alarms = region.alarms()
        if alarms is None:
            continue
        own = {alarm.name: owned.find(region.account, region.region, alarm.name) for alarm in alarms} if owned else {}
        of_file = {name: alarm for name, alarm in own.items() if alarm}
        around = Surroundings(region, listed.get(region.region, ListedMetrics()), alarms, of_file)
        items = region.history()
        histories = None if items is None else by_alarm(items)
        for alarm in alarms:
            ref = AlarmRef(region.account, region.account_name, region.region, alarm.name)
            line = None
            if histories is not None:
                line = timeline(alarm.definition, histories.get(alarm.name, ()), capture.from_ms, capture.to_ms)
            yield JudgedAlarm(ref, alarm, line, of_file.get(alarm.name), around, thresholds)
