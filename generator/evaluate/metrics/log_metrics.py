"""What metric filters publish for log lines: matched, valued, given dimensions, gathered by the minute.

A filter's data points have the resolution of a minute. In a minute in which lines came and none matched, the default
value is published, once; in a minute without any line nothing is ("If no logs are ingested during a one-minute
period, then no value is reported"; a tutorial says otherwise, and the page of the definition is followed). A line
that matches and has no number where the filter looks for one publishes nothing, and counts as a match. A line that
matches without one of the fields that dimensions are made of publishes nothing either; AWS does not say.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from generator.evaluate.patterns.fields import split_ahead
from generator.evaluate.patterns.json_patterns import compile_value, decode_ahead
from generator.evaluate.patterns.pattern import Kind, Pattern, PatternError, parse, value_of
from generator.evaluate.template.template import FilterResource, Transformation
from generator.evaluate.types import LogLine, MetricId

MINUTE = 60


class LogValue(NamedTuple):
    """One published value: of which metric, at which time, with which unit."""

    metric: MetricId
    at: int
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class LogMetrics:
    """values: in no particular order. unknown: metrics, without their dimensions, whose filter can not be tried."""

    values: tuple[LogValue, ...]
    unknown: Mapping[MetricId, str]


_EVERYTHING = Pattern("", "everything", _extract=lambda _line: {})
_AHEAD: tuple[tuple[Kind, int, Callable[[str], None]], ...] = (("json", 4, decode_ahead), ("fields", 3, split_ahead))
"""From how many filters of a kind on the lines of a log group are taken apart before any of them is tried."""
_Place = tuple[str, str, str]
_Publish = Callable[[str], tuple[float, tuple[tuple[str, str], ...]] | None]


@dataclass(slots=True, eq=False)
class _Filter:
    """One transformation of a filter, compiled. values: by minute, as they come. matched: minutes with a match."""

    pattern: Pattern
    publish: _Publish
    transformation: Transformation
    values: dict[tuple[int, tuple[tuple[str, str], ...]], list[float]]
    matched: set[int]


def log_metrics(filters: Sequence[FilterResource], lines: Iterable[LogLine]) -> LogMetrics:
    """What the filters make of the lines. Never raises."""
    unknown: dict[MetricId, str] = {}
    by_place: dict[_Place, list[_Filter]] = defaultdict(list)
    parsed: dict[str, Pattern | PatternError] = {}
    for one in filters:
        pattern = parsed.get(one.pattern) or parsed.setdefault(one.pattern, parse(one.pattern))
        reason = one.unknown or (pattern.message if isinstance(pattern, PatternError) else "")
        for transformation in one.transformations:
            if reason or isinstance(pattern, PatternError):
                metric = MetricId(one.account, one.region, transformation.namespace, transformation.name)
                unknown[metric] = f"the filter {one.logical_id} can not be tried: {reason}"
                continue
            compiled = _Filter(pattern, _publisher(pattern, transformation), transformation, defaultdict(list), set())
            by_place[one.account, one.region, one.log_group].append(compiled)
    arrived = _tried(by_place, lines)
    values = (value for place, compiled in by_place.items() for one in compiled for value in _values(place, one))
    defaults = (
        value for place, compiled in by_place.items() for one in compiled for value in _defaults(place, one, arrived)
    )
    return LogMetrics((*values, *defaults), unknown)


def _tried(by_place: Mapping[_Place, list[_Filter]], lines: Iterable[LogLine]) -> dict[_Place, set[int]]:
    """Try every line; the minutes in which lines came, for each log group."""
    arrived: dict[_Place, set[int]] = defaultdict(set)
    tests = {place: [(one.pattern.match, one) for one in compiled] for place, compiled in by_place.items()}
    ahead = {place: _ahead(compiled) for place, compiled in by_place.items()}
    for line in lines:
        place = (line.account, line.region, line.log_group)
        compiled = tests.get(place)
        if not compiled:
            continue
        minute = line.at // MINUTE * MINUTE
        arrived[place].add(minute)
        text = line.text
        for take_apart in ahead[place]:
            take_apart(text)
        for match, one in compiled:
            if match(text) is None:
                continue
            one.matched.add(minute)
            published = one.publish(text)
            if published is not None:
                value, dimensions = published
                one.values[minute, dimensions].append(value)
    return arrived


def _ahead(compiled: Sequence[_Filter]) -> list[Callable[[str], None]]:
    kinds = [one.pattern.kind for one in compiled]
    return [take_apart for kind, worth_it, take_apart in _AHEAD if kinds.count(kind) >= worth_it]


def _publisher(pattern: Pattern, transformation: Transformation) -> _Publish:
    """What makes value and dimensions of a line that matches; nothing where one of them is not in the line."""
    constant = value_of(_EVERYTHING, "", transformation.value)
    if constant is not None and not transformation.dimensions:
        published: tuple[float, tuple[tuple[str, str], ...]] = constant, ()
        return lambda _line: published
    finders = [(key, _finder(pattern, expression)) for key, expression in transformation.dimensions]

    def publish(line: str) -> tuple[float, tuple[tuple[str, str], ...]] | None:
        value = value_of(pattern, line, transformation.value)
        dimensions = [(key, find(line)) for key, find in finders]
        if value is None or any(not text for _key, text in dimensions):
            return None
        return value, tuple((key, str(text)) for key, text in dimensions)

    return publish


def _finder(pattern: Pattern, expression: str) -> Callable[[str], str | None]:
    """What finds the text of a field in a line."""
    if pattern.kind != "json":
        return lambda line: match.extracted.get(expression) if (match := pattern.match(line)) else None
    find = compile_value(expression)
    return lambda line: _text_of(find(line)) if find else None


def _text_of(found: object) -> str | None:
    match found:
        case bool():
            return str(found).lower()
        case str() | int() | float():
            return str(found)
        case _:
            return None


def _values(place: _Place, one: _Filter) -> Iterator[LogValue]:
    account, region, _log_group = place
    to = one.transformation
    for (minute, dimensions), values in one.values.items():
        metric = MetricId(account, region, to.namespace, to.name, dimensions)
        yield from (LogValue(metric, minute, value, to.unit) for value in values)


def _defaults(place: _Place, one: _Filter, arrived: Mapping[_Place, set[int]]) -> Iterator[LogValue]:
    account, region, _log_group = place
    to = one.transformation
    if to.default is None or to.dimensions:
        return
    metric = MetricId(account, region, to.namespace, to.name)
    for minute in sorted(arrived.get(place, set()) - one.matched):
        yield LogValue(metric, minute, to.default, to.unit)
