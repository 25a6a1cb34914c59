"""Findings for graphs: keys that do not go together, and names that the graph does not have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.findings import Finding, Path, suggest
from generator.model.dashboards import MetricWidget
from generator.resolve.dashboards.series import GraphSource
from generator.spec.dashboard_annotations import HorizontalSpec, VerticalSpec
from generator.spec.dashboard_graphs import MetricWidgetSpec
from generator.wording import duration_as_written

# Views with a place for thresholds: a line, or the color of a gauge.
DRAWN_WITH_LEVELS = ("timeSeries", "gauge")
_MINUTE = 60
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricStat.html (2026-11-30)
_SHORT_PERIODS = (1, 5, 10, 20, 30)
_WITH_VALUES = (*DRAWN_WITH_LEVELS, "table")


def check_graph(spec: MetricWidgetSpec, widget: MetricWidget, path: Path) -> list[Finding]:
    """Findings for an empty graph, and for keys that do not go together (R05, R06, R07)."""
    findings = []
    drawn = [name for name in (*spec.lines, *spec.expressions) if name not in spec.hidden]
    if not (spec.metric or spec.metrics or drawn or spec.rates or spec.search):
        hint = "set `metric: {…}`, or `metrics: [keys of alarms]`"
        findings.append(Finding("R06", "this graph is empty", path, hint=hint))
    if spec.view == "gauge" and (widget.min is None or widget.max is None):
        message = "a gauge requires `min` and `max`"
        findings.append(Finding("R06", message, (*path, "view"), hint="add, for example, min: 0, max: 100"))
    if widget.min is not None and widget.max is not None and widget.min >= widget.max:
        axis: Path = (
            (*path, "axes", "left") if spec.axes.left.min is not None or spec.axes.left.max is not None else path
        )
        key = "max" if spec.max is not None or spec.axes.left.max is not None else "min"
        findings.append(_upside_down(widget.min, widget.max, (*axis, key)))
    if spec.stacked and spec.view != "timeSeries":
        message = f"`stacked` is for lines over time, not for `{spec.view}`"
        findings.append(Finding("R07", message, (*path, "stacked"), hint="remove it, or set `view: timeSeries`"))
    if spec.right and spec.view != "timeSeries":
        message = f"`view: {spec.view}` has no right axis"
        findings.append(Finding("R07", message, (*path, "right"), hint="remove it, or set `view: timeSeries`"))
    if spec.by == "series" and not spec.search:
        message = "`by: series` requires a `search`"
        findings.append(Finding("R07", message, (*path, "by"), hint="use `by: account`, or remove it"))
    if spec.search and ":aws.AccountId" in spec.search and spec.by == "account":
        message = "`by: account` draws every account, but the search already selects one"
        findings.append(Finding("R07", message, (*path, "search"), hint="remove :aws.AccountId, or remove `by`"))
    return findings


def check_style(spec: MetricWidgetSpec, path: Path) -> Iterator[Finding]:
    """Findings for keys that the view of the graph does not have (R07), and for periods that CloudWatch does not have,
    axes and bands upside down (R05).
    """
    if spec.period is not None and spec.period % _MINUTE and spec.period not in _SHORT_PERIODS:
        message = f"CloudWatch has no data points of {duration_as_written(spec.period)}"
        hint = "use whole minutes, or 1s, 5s, 10s, 20s or 30s for metrics of high resolution"
        yield Finding("R05", message, (*path, "period"), hint=hint)
    for key, value, view in (("sparkline", spec.sparkline, "singleValue"), ("table", spec.table, "table")):
        if value and spec.view != view:
            message = f"`{key}` is for `view: {view}`, not for `{spec.view}`"
            yield Finding("R07", message, (*path, key), hint=f"remove it, or set `view: {view}`")
    for key, own in (("min", spec.min), ("max", spec.max)):
        if own is not None and getattr(spec.axes.left, key) is not None:
            message = f"`{key}` of the left axis is also in `axes`"
            yield Finding("R07", message, (*path, key), hint="keep one of them")
    right = spec.axes.right
    if right.min is not None and right.max is not None and right.min >= right.max:
        yield _upside_down(right.min, right.max, (*path, "axes", "right", "max"))
    if "right" in spec.axes.model_fields_set and not spec.right:
        message = "nothing uses the right axis"
        yield Finding("R07", message, (*path, "axes", "right"), hint="name lines in `right`, or remove it")
    if spec.colors and spec.by:
        message = f"`by: {spec.by}` draws several lines, which would all have this color"
        yield Finding("R07", message, (*path, "colors"), hint="remove `colors`, or `by`")
    yield from _annotations(spec, (*path, "annotations"))


def _annotations(spec: MetricWidgetSpec, path: Path) -> Iterator[Finding]:
    for index, value in enumerate(spec.annotations.horizontal):
        at: Path = (*path, "horizontal", index)
        yield from _annotation(value, value.value, "value", at)
        if value.from_ is not None and value.to is not None and value.from_ >= value.to:
            message = f"`to` is {value.to:g}, which is not above `from`, {value.from_:g}"
            yield Finding("R05", message, (*at, "to"), hint="set `from` below `to`")
        if value.axis == "right" and not spec.right:
            yield Finding("R07", "nothing uses the right axis", (*at, "axis"), hint="name lines in `right`")
        if spec.view not in _WITH_VALUES:
            message = f"`view: {spec.view}` has no place for a value"
            yield Finding("R07", message, at, hint="remove it, or set `view: timeSeries`")
    for index, time in enumerate(spec.annotations.vertical):
        at = (*path, "vertical", index)
        yield from _annotation(time, time.at, "at", at)
        if time.from_ is not None and time.to is not None and time.from_ >= time.to:
            message = f"`to` is {time.to}, which is not after `from`, {time.from_}"
            yield Finding("R05", message, (*at, "to"), hint="set `from` before `to`")
        if spec.view != "timeSeries":
            message = f"`view: {spec.view}` has no time axis"
            yield Finding("R07", message, at, hint="remove it, or set `view: timeSeries`")


def _annotation(spec: HorizontalSpec | VerticalSpec, single: object, key: str, path: Path) -> Iterator[Finding]:
    """Findings for what is neither a line nor a band (R06, R07)."""
    band = [name for name, end in (("from", spec.from_), ("to", spec.to)) if end is not None]
    if single is None and len(band) < 2:
        message = f"an annotation requires `{key}`, or `from` and `to`"
        yield Finding("R06", message, path, hint=f"set `{key}` for a line, `from` and `to` for a band")
    elif single is not None and band:
        message = f"`{key}` is a line, and `{band[0]}` an end of a band"
        yield Finding("R07", message, (*path, band[0]), hint="remove one of them")
    if band and spec.fill:
        message = "a band is filled between its ends"
        yield Finding("R07", message, (*path, "fill"), hint="remove it")


def _upside_down(low: float, high: float, path: Path) -> Finding:
    message = f"`max` is {high:g}, which is not above `min`, {low:g}"
    return Finding("R05", message, path, hint="set `min` below `max`")


def check_names(spec: MetricWidgetSpec, sources: Sequence[GraphSource], path: Path) -> list[Finding]:
    """The finding for an entry of `right` or `colors` that is not in the graph (R02)."""
    findings = []
    known = {source.name for source in sources} | {statistic for source in sources for statistic in source.statistics}
    known |= {*spec.metrics, *spec.rates, *spec.expressions, *([spec.statistic] if spec.statistic else [])}
    known |= {*spec.statistics}
    entries: list[tuple[Path, str]] = [((*path, "right", index), name) for index, name in enumerate(spec.right)]
    for at, name in (*entries, *(((*path, "colors", name), name) for name in spec.colors)):
        if name not in known:
            message = f"nothing in this graph has the name `{name}`"
            hint = suggest(name, known)
            findings.append(Finding("R02", message, at, hint=hint, on="value" if at[-2] == "right" else "key"))
    return findings
