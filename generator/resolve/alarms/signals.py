"""The signal of an alarm: a metric, an expression over several, a query; in its own account, or read by the hub."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from generator.findings import Finding, Path, unknown_reference
from generator.model.accounts import Account, Hub
from generator.model.logs import MetricFilter
from generator.model.signals import (
    AccountSignal,
    AnomalySignal,
    Guard,
    LocalSignal,
    LogSignal,
    MathSignal,
    Operand,
    PromqlSignal,
    QuerySignal,
    Signal,
    free_id,
)
from generator.resolve.alarms.metrics import find_measured
from generator.resolve.scope import Scope
from generator.spec.alarms import AlarmSpec, OverrideSpec
from generator.spec.quantities import Threshold, quiet_value
from generator.spec.signals import CountedMetricSpec, LogQuerySpec, MeasuredMetricSpec

Filters = dict[str, MetricFilter]
_KINDS = ("metric", "expression", "query", "logs", "promql")
# Keys that only go with some of them.
_ONLY_WITH = (
    ("metrics", ("expression",), "requires an `expression`"),
    ("expressions", ("expression",), "requires an `expression`, which may be the ID of one of them"),
    ("anomaly", ("metric",), "requires a `metric`"),
    ("statistic", ("metric", "expression"), "is part of a query: SELECT MAX(…)"),
    ("minimum_traffic", ("metric", "expression"), "requires a `metric` or an `expression`"),
    ("wall_clock", ("metric", "expression", "query"), "does not apply"),
    (
        "over",
        ("metric", "expression"),
        "has no effect on a query: in the hub a query finds the metrics of every account",
    ),
)
# What a PromQL query has in itself, or CloudWatch has not for it.
_BESIDE_PROMQL = {
    "threshold": "is part of the PromQL query, such as … > 5",
    "period": "is part of the PromQL query, such as rate(…[5m]); evaluations are `every` so often",
    "datapoints": "does not apply to PromQL: set `pending`",
    "missing_data": "does not apply to PromQL: add `or absent(…)` to the query",
    "statistic": "is part of the PromQL query, such as sum(…)",
    "low_samples": "does not apply to PromQL",
    "combine": "does not apply to PromQL",
    "over": "has no effect on PromQL: in the hub the metrics are those of the hub",
    "wall_clock": "does not apply to PromQL",
}
_BESIDE_LOGS = {
    "wall_clock": "does not apply to `logs`: its windows are its runs",
    "statistic": "is part of `aggregate`",
    "over": "has no effect on `logs`: in the hub they are those of the hub",
}


def signal(
    spec: AlarmSpec, path: Path, statistic: str | None, scope: Scope, filters: Filters, findings: list[Finding]
) -> Signal | None:
    """The signal in the alarm's own account; None with findings where it cannot be determined."""
    measured = _measured(spec, path, scope, filters, findings)
    if measured is None or spec.minimum_traffic is None:
        return measured
    return _where_there_is_traffic(measured, spec, path, statistic, scope, filters, findings)


def visible_from_hub(local: Signal, account: Account, hub: Hub) -> Signal:
    """The same of one member."""
    match local:
        case LocalSignal(metric):
            return AccountSignal(metric.of(account, hub), account)
        case MathSignal():
            operands = (
                replace(operand, metric=operand.metric.of(account, hub), account=account) for operand in local.operands
            )
            return replace(local, operands=tuple(operands))
        case _:
            return local


def _measured(spec: AlarmSpec, path: Path, scope: Scope, filters: Filters, findings: list[Finding]) -> Signal | None:
    kinds = [name for name in _KINDS if getattr(spec, name) is not None]
    if len(kinds) != 1:
        message = "an alarm requires a `metric`, an `expression`, a `query`, `logs` or `promql`"
        message += ", but only one of them" if kinds else "; this one has none"
        hint = f"remove {' or '.join(f'`{name}`' for name in kinds)}" if kinds else "add metric: {filter: …}"
        findings.append(Finding("R06", message, path, hint=hint, on="key"))
        return None
    (kind,) = kinds
    findings += _at_odds(kind, spec, path)
    match kind:
        case "expression":
            return _math(spec, path, scope, filters, findings)
        case "query":
            return QuerySignal(scope.fill(spec.query or "", (*path, "query"), findings))
        case "logs":
            return _logs(spec.logs, spec.in_, (*path, "logs"), scope, findings) if spec.logs else None
        case "promql":
            own = spec.promql
            # Braces are part of PromQL, so nothing is filled in.
            return PromqlSignal(own.query, own.every, own.pending or 0, own.recovery or 0) if own else None
    metric = find_measured(spec.metric or MeasuredMetricSpec(), (*path, "metric"), scope, filters, findings)
    if metric is None:
        return None
    return AnomalySignal(metric, spec.anomaly.band, spec.anomaly.direction) if spec.anomaly else LocalSignal(metric)


def _logs(spec: LogQuerySpec, side: str, path: Path, scope: Scope, findings: list[Finding]) -> Signal | None:
    """A scheduled query reads log groups of the alarm's own account."""
    known = {key: group for key, group in scope.document.log_groups.items() if group.in_ == side}
    wrong = []
    for index, key in enumerate(spec.log_groups):
        at = (*path, "log_groups", index)
        other = scope.document.log_groups.get(key)
        if other is None:
            otherwise = "add it to log_groups (create: false where it exists already)"
            wrong.append(unknown_reference("R02", "log group", key, known, at, otherwise))
        elif key not in known:
            where = "members" if other.in_ == "members" else "the hub"
            message = f"the log group `{key}` is in {where}, but an alarm reads only log groups of its own account"
            wrong.append(Finding("R07", message, at, hint=f"set `in: {other.in_}` in the alarm"))
        elif key in spec.log_groups[:index]:
            wrong.append(Finding("R07", f"`{key}` is listed twice", at, hint="remove one of them"))
    findings += wrong
    if wrong:
        return None
    # Braces are part of the query's own language, so nothing is filled in.
    return LogSignal(spec.query, spec.aggregate, tuple(sorted(spec.log_groups)), spec.window, spec.delay)


def _at_odds(kind: str, spec: AlarmSpec, path: Path) -> Iterator[Finding]:
    """Keys that mean nothing beside what is measured."""
    if kind == "promql":
        yield from _beside_promql(spec, path)
    for name, kinds, why in _ONLY_WITH:
        if name in _BESIDE_PROMQL and kind == "promql":
            continue
        if getattr(spec, name) and kind not in kinds:
            because = _BESIDE_LOGS.get(name, why) if kind == "logs" else why
            yield Finding("R07", f"`{name}` {because}", (*path, name), hint="remove it", on="key")
    if spec.anomaly is None:
        return
    if spec.in_ == "hub" and not spec.is_of_hub:
        message = "anomaly detection works only on metrics of the account of the alarm"
        yield Finding("R07", message, (*path, "anomaly"), hint="write `in: members`", on="key")
    places = [(*path, "threshold")] if spec.threshold else []
    places += [(*path, "overrides", n, "threshold") for n, override in enumerate(spec.overrides) if override.threshold]
    for place_path in places:
        message = "an anomaly alarm has no threshold; it compares with the band"
        yield Finding("R07", message, place_path, hint="remove it, or remove `anomaly`", on="key")
    if spec.metric and spec.metric.unit:
        message = "CloudWatch learns the band from the data of all units, so an anomaly alarm cannot have one"
        yield Finding("R07", message, (*path, "metric", "unit"), hint="remove it, or remove `anomaly`", on="key")
    if spec.minimum_traffic:
        message = "an anomaly alarm has one metric, but `minimum_traffic` adds a second one"
        yield Finding("R07", message, (*path, "minimum_traffic"), hint="remove it, or remove `anomaly`", on="key")


def _beside_promql(spec: AlarmSpec, path: Path) -> Iterator[Finding]:
    levels: list[tuple[AlarmSpec | OverrideSpec, Path]] = [(spec, path)]
    levels += [(override, (*path, "overrides", index)) for index, override in enumerate(spec.overrides)]
    for level, level_path in levels:
        for name, why in _BESIDE_PROMQL.items():
            if getattr(level, name, None) is not None:
                yield Finding("R07", f"`{name}` {why}", (*level_path, name), hint="remove it", on="key")


def _math(spec: AlarmSpec, path: Path, scope: Scope, filters: Filters, findings: list[Finding]) -> Signal | None:
    operands = [
        operand(key, metric, (*path, "metrics", key), scope, filters, findings, spec.statistic or "")
        for key, metric in sorted(spec.metrics.items())
    ]
    known = tuple(operand for operand in operands if operand)
    duplicates = [key for key in spec.expressions if key in spec.metrics]
    for key in duplicates:
        message = f"`{key}` is also a metric of this alarm"
        also = (((*path, "metrics", key), "the metric"),)
        findings.append(Finding("R08", message, (*path, "expressions", key), on="key", hint="rename one", also=also))
    if duplicates or len(known) < len(operands):
        return None
    return MathSignal(spec.expression or "", known, parts=tuple(sorted(spec.expressions.items())))


def operand(
    key: str,
    spec: CountedMetricSpec,
    path: Path,
    scope: Scope,
    filters: Filters,
    findings: list[Finding],
    statistic: str = "",
) -> Operand | None:
    """A metric of an expression. statistic: what it is where none is given."""
    metric = find_measured(spec, path, scope, filters, findings)
    default = statistic or scope.document.defaults.alarms.statistic
    if not spec.statistic and not default:
        message = "`statistic` is not set here or in defaults.alarms"
        findings.append(Finding("R06", message, path, hint="add, for example, statistic: Sum", on="key"))
        return None
    return Operand(key, metric, spec.statistic or default or "", path) if metric else None


def _where_there_is_traffic(
    measured: Signal,
    spec: AlarmSpec,
    path: Path,
    statistic: str | None,
    scope: Scope,
    filters: Filters,
    findings: list[Finding],
) -> Signal | None:
    """The value where there is enough traffic, and a value that is fine where there is not."""
    if spec.minimum_traffic is None:
        return measured
    at: Path = (*path, "minimum_traffic")
    match measured:
        case MathSignal():
            local = measured
        case LocalSignal(metric) if statistic:
            local = MathSignal("value", (Operand("value", metric, statistic, (*path, "metric")),))
        case _:
            return None
    name = free_id("traffic", local.ids)
    traffic = operand(name, spec.minimum_traffic.metric, (*at, "metric"), scope, filters, findings, "Sum")
    quiet = quiet_value([t for t in _thresholds(spec, scope) if t])
    if quiet is None:
        message = "overrides reverse the comparison, so no idle value is fine for all of them"
        findings.append(Finding("R07", message, at, hint="use the same comparison in all of them", on="key"))
    if traffic is None or quiet is None:
        return None
    operands = tuple(sorted((*local.operands, traffic), key=lambda operand: operand.id))
    return replace(local, operands=operands, guard=Guard(name, spec.minimum_traffic.at_least, quiet))


def _thresholds(spec: AlarmSpec, scope: Scope) -> Iterable[Threshold | None]:
    yield spec.threshold or scope.document.defaults.alarms.threshold
    yield from (override.threshold for override in spec.overrides)
