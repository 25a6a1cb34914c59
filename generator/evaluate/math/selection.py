"""Metrics Insights queries evaluated over metrics that are given with their dimensions.

A query aggregates observations, not data points, so a metric comes with the statistics that CloudWatch keeps
of each period, under its names for them: Sum, SampleCount, Minimum and Maximum. An average is then the sum of
all sums by the sum of all counts.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from generator.evaluate.math.arrays import of_one, of_several
from generator.evaluate.math.grid import Grid
from generator.evaluate.math.insights import Selection
from generator.evaluate.math.series import Series, finite, operated
from generator.evaluate.math.tokens import CannotEvaluate

_OTHER = "Other"
_NEEDED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "AVG": (("Sum", "SUM"), ("SampleCount", "SUM")),
    "COUNT": (("SampleCount", "SUM"),),
    "MAX": (("Maximum", "MAX"),),
    "MIN": (("Minimum", "MIN"),),
    "SUM": (("Sum", "SUM"),),
}
"""For each function, the statistics it needs of a metric and how those of several metrics become one."""


@dataclass(frozen=True, slots=True, eq=False)
class MetricSource:
    """A metric that queries can find. statistics: by CloudWatch's name, one series over the grid each."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistics: Mapping[str, Series]


@dataclass(frozen=True, slots=True, eq=False)
class LabeledRow:
    """One series of the result, and its values of the GROUP BY labels."""

    group: tuple[str, ...]
    series: Series


def select(
    selection: Selection, sources: Sequence[MetricSource], grid: Grid
) -> tuple[LabeledRow, ...] | CannotEvaluate:
    """The answer to a query: one row without GROUP BY, one for each group with it, in the order asked for."""
    if selection.outside:
        return selection.outside
    matches = _found(selection, sources)
    if isinstance(matches, CannotEvaluate):
        return matches
    for source in matches:
        for statistic, _how in _NEEDED[selection.function]:
            if statistic not in source.statistics:
                return CannotEvaluate(
                    f"{selection.function} needs the {statistic} of {source.name}, which is not given"
                )
    groups: dict[tuple[str, ...], list[MetricSource]] = {} if selection.groups else {(): []}
    for source in matches:
        group = tuple(source.dimensions.get(label, _OTHER) for label in selection.groups)
        groups.setdefault(group, []).append(source)
    rows = [LabeledRow(group, _aggregated(selection.function, groups[group], grid)) for group in sorted(groups)]
    return tuple(_ordered(selection, rows)[: selection.limit])


def _found(selection: Selection, sources: Sequence[MetricSource]) -> list[MetricSource] | CannotEvaluate:
    """The metrics that a query is about. With SCHEMA, those that have exactly its dimensions."""
    candidates = [
        source
        for source in sources
        if (source.namespace, source.name) == (selection.namespace, selection.metric)
        and (selection.labels is None or selection.labels == source.dimensions.keys())
    ]
    for condition in selection.conditions:
        if condition.is_equal:
            candidates = [source for source in candidates if source.dimensions.get(condition.label) == condition.value]
        elif all(condition.label in source.dimensions for source in candidates):
            candidates = [source for source in candidates if source.dimensions[condition.label] != condition.value]
        else:
            reason = f"AWS does not say whether a metric without {condition.label} passes !=; SCHEMA leaves it out"
            return CannotEvaluate(reason, condition.position)
    return candidates


def _aggregated(function: str, sources: Sequence[MetricSource], grid: Grid) -> Series:
    parts = [
        of_several(how, [finite(source.statistics[statistic]) for source in sources], grid)
        for statistic, how in _NEEDED[function]
    ]
    return np.asarray(operated("/", *parts)) if len(parts) == 2 else parts[0]


def _ordered(selection: Selection, rows: list[LabeledRow]) -> list[LabeledRow]:
    """By the function of ORDER BY over each series; alphabetically by group without it, as the guide has it.

    A series without any data point comes last.
    """
    if not selection.order:
        return rows

    def rank(row: LabeledRow) -> tuple[bool, float]:
        if np.isnan(row.series).all():
            return True, 0.0
        value = _summary(selection.order, row.series)
        return False, -value if selection.is_descending else value

    return sorted(rows, key=rank)


def _summary(function: str, series: Series) -> float:
    """What ORDER BY makes of a series; here too the guide does not say what a gap counts, and none is counted."""
    if function == "COUNT":
        return of_one("DATAPOINT_COUNT", series)
    if function == "AVG":
        return of_one("SUM", series) / of_one("DATAPOINT_COUNT", series)
    return of_one(function, series)
