"""What an alarm looks at: one metric, an expression over several; and the same seen from the hub."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from generator.findings import Finding, Path
from generator.model.logs import MetricFilter
from generator.model.places import Account, Hub
from generator.model.signals import AccountSignal, Guard, LocalSignal, MathSignal, Operand, Signal, free_id
from generator.resolve.metrics import find_metric
from generator.resolve.scope import Scope
from generator.spec.alarms import AlarmSpec
from generator.spec.scalars import Threshold
from generator.spec.signals import OperandSpec

Filters = dict[str, MetricFilter]
_KINDS = ("metric", "expression")


def signal(
    spec: AlarmSpec, path: Path, statistic: str | None, scope: Scope, filters: Filters, news: list[Finding]
) -> Signal | None:
    """What is looked at in the account that the alarm stands in; None with findings where it cannot be told."""
    made = _measured(spec, path, scope, filters, news)
    if made is None or spec.minimum_traffic is None:
        return made
    return _where_there_is_traffic(made, spec, path, statistic, scope, filters, news)


def seen_from_hub(local: Signal, account: Account, hub: Hub) -> Signal:
    """The same of one member."""
    match local:
        case LocalSignal(metric):
            return AccountSignal(metric.of(account, hub), account)
        case MathSignal():
            seen = (replace(one, metric=one.metric.of(account, hub), account=account) for one in local.operands)
            return replace(local, operands=tuple(seen))
        case _:
            return local


def _measured(spec: AlarmSpec, path: Path, scope: Scope, filters: Filters, news: list[Finding]) -> Signal | None:
    given = [name for name in _KINDS if getattr(spec, name) is not None]
    if len(given) != 1:
        message = "an alarm measures a `metric` or an `expression`"
        message += ", not two things at once" if given else "; this one measures nothing"
        news.append(Finding("R06", message, path, hint="metric: {filter: …}", on="key"))
        return None
    if spec.metrics and spec.expression is None:
        message = "`metrics` are what an `expression` is over"
        news.append(Finding("R07", message, (*path, "metrics"), hint="expression: errors / calls", on="key"))
    if spec.metric is not None:
        metric = find_metric(spec.metric, (*path, "metric"), scope, filters, news)
        return LocalSignal(metric) if metric else None
    operands = [
        operand(key, one, (*path, "metrics", key), scope, filters, news) for key, one in sorted(spec.metrics.items())
    ]
    found = tuple(one for one in operands if one)
    return MathSignal(spec.expression or "", found) if len(found) == len(operands) else None


def operand(
    key: str, spec: OperandSpec, path: Path, scope: Scope, filters: Filters, news: list[Finding], statistic: str = ""
) -> Operand | None:
    """A metric of an expression. statistic: what it is where none is given."""
    metric = find_metric(spec, path, scope, filters, news)
    default = statistic or scope.document.defaults.alarms.statistic
    if not spec.statistic and not default:
        message = "`statistic` is given neither here nor in defaults.alarms"
        news.append(Finding("R06", message, path, hint="such as statistic: Sum", on="key"))
        return None
    return Operand(key, metric, spec.statistic or default or "", path) if metric else None


def _where_there_is_traffic(
    made: Signal,
    spec: AlarmSpec,
    path: Path,
    statistic: str | None,
    scope: Scope,
    filters: Filters,
    news: list[Finding],
) -> Signal | None:
    """The value where there is enough traffic, and a value that is fine where there is not."""
    if spec.minimum_traffic is None:
        return made
    at: Path = (*path, "minimum_traffic")
    match made:
        case MathSignal():
            local = made
        case LocalSignal(metric) if statistic:
            local = MathSignal("value", (Operand("value", metric, statistic, (*path, "metric")),))
        case _:
            return None
    name = free_id("traffic", [one.id for one in local.operands])
    traffic = operand(name, spec.minimum_traffic.metric, (*at, "metric"), scope, filters, news, "Sum")
    quiet = _quiet([t for t in _thresholds(spec, scope) if t])
    if quiet is None:
        message = "overrides that turn the comparison around leave no value that is quiet everywhere"
        news.append(Finding("R07", message, at, hint="compare alike in all of them", on="key"))
    if traffic is None or quiet is None:
        return None
    operands = tuple(sorted((*local.operands, traffic), key=lambda one: one.id))
    return replace(local, operands=operands, guard=Guard(name, spec.minimum_traffic.at_least, quiet))


def _thresholds(spec: AlarmSpec, scope: Scope) -> Iterable[Threshold | None]:
    yield spec.threshold or scope.document.defaults.alarms.threshold
    yield from (override.threshold for override in spec.overrides)


def _quiet(thresholds: Sequence[Threshold]) -> float | None:
    """A value that crosses none of the thresholds: 0 where that is one."""
    least = min(
        (t.value - (t.comparison == ">=") for t in thresholds if t.comparison.startswith(">")), default=math.inf
    )
    most = max(
        (t.value + (t.comparison == "<=") for t in thresholds if t.comparison.startswith("<")), default=-math.inf
    )
    if most > least:
        return None
    return min(max(0.0, most), least)
