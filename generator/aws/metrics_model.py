"""The catalogue of AWS metrics: its types, and the short notation of its rows.

A row names the dimension sets first and the metrics after them:

    rows("- | FunctionName | FunctionName, Resource", "Count", "Invocations Errors Throttles")

Sets are parted by `|`, the names in a set by commas, and `-` is the set without any dimension. Metrics are
parted by blanks; a blank that belongs to a name is written `~` (`Failed~requests`). A metric may stand in
several rows of a namespace: its sets are joined, since CloudWatch knows it by one name whichever feature
publishes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

DimensionSet = tuple[str, ...]
"""Names of dimensions in alphabetical order; `tuple(sorted(names)) in metric.dimensions` is the test."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of a namespace.

    unit: a StandardUnit of CloudWatch, as its page names it or as it is plain from what is measured; "None"
    also where neither helps. Good for a label, not proven enough to refuse an alarm for its unit.
    dimensions: the sets it is published with, without doubles; the empty set means without any dimension.
    """

    unit: str
    dimensions: tuple[DimensionSet, ...]


@dataclass(frozen=True, slots=True)
class Namespace:
    """One namespace and what AWS publishes in it.

    page: the AWS page that describes its metrics.
    metrics: by name, exactly as CloudWatch spells it; CloudWatch distinguishes case.
    open_ended: more is published than is listed, so that a missing metric or set is no proof of a mistake.
    """

    name: str
    page: str
    metrics: Mapping[str, Metric]
    open_ended: bool = False


Rows = tuple[Metric, list[str]]
"""Metrics that agree in unit and dimension sets."""


def rows(dimensions: str, unit: str, names: str) -> Rows:
    """Read one row of the notation above."""
    metric_names = names.split()
    if "~" in names:
        metric_names = [name.replace("~", " ") for name in metric_names]
    return Metric(unit, _sets(dimensions)), metric_names


@cache
def _sets(dimensions: str) -> tuple[DimensionSet, ...]:
    return tuple(sorted({_set(text.strip()) for text in dimensions.split("|")}))


def _set(text: str) -> DimensionSet:
    return () if text == "-" else tuple(sorted([name.strip() for name in text.split(",")]))


def namespace(name: str, page: str, *table: Rows, open_ended: bool = False) -> Namespace:
    """Join rows to a namespace; the page is given without its `https://docs.aws.amazon.com/`."""
    metrics: dict[str, Metric] = {}
    for row, names in table:
        joined = {known: _joined(metrics[known], row, f"{name} {known}") for known in metrics.keys() & names}
        metrics |= dict.fromkeys(names, row) | joined
    return Namespace(name, f"https://docs.aws.amazon.com/{page}", MappingProxyType(metrics), open_ended)


def _joined(metric: Metric, other: Metric, what: str) -> Metric:
    if metric.unit != other.unit:
        raise ValueError(f"{what} is listed in {metric.unit} and in {other.unit}")
    return Metric(metric.unit, tuple(sorted({*metric.dimensions, *other.dimensions})))
