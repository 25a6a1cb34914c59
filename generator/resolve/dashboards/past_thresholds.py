"""The number of the members' alarms past their threshold, over time: a graph for each group, a line for each account.

The hub sees the metrics of linked accounts, and not the states of their alarms: Observability Access Manager shares
metrics, logs and traces. So this compares the metrics themselves with each account's own threshold, period by period.
It knows no `M of N` and no missing data; the effect of both is in the table of alarm states.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Unified-Cross-Account.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from generator.findings import Path
from generator.model.accounts import Account, Side
from generator.model.alarms import Alarm
from generator.model.dashboards import Condition, Count, MetricWidget
from generator.model.signals import LocalSignal, MathSignal, Operand
from generator.resolve.dashboards.formulas import whole_formula
from generator.resolve.dashboards.groups import AlarmGroup
from generator.resolve.dashboards.rows import accounts_with
from generator.resolve.scope import Scope

# Of the 500 metrics of a graph and the 2,500 of a dashboard; the graphs of the alarms need the others.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
_METRICS_OF_A_GRAPH, _METRICS_TOGETHER = 450, 1_000


def past_thresholds(groups: Iterable[AlarmGroup], scope: Scope, path: Path) -> Iterator[MetricWidget]:
    """A graph for each group with such alarms, as far as the quotas go.

    Where organizational units bring accounts, there are no names to ask for.
    """
    together = 0
    for group in () if scope.organizational_units else groups:
        if sum(map(len, _having(group.alarms, scope).values())) > _METRICS_OF_A_GRAPH:
            continue
        graph = _graph(group, scope, path)
        if graph and graph.metrics <= _METRICS_OF_A_GRAPH and together + graph.metrics <= _METRICS_TOGETHER:
            together += graph.metrics
            yield graph


def _graph(group: AlarmGroup, scope: Scope, path: Path) -> MetricWidget | None:
    """Areas on top of each other, where the points of all lie at the same times."""
    counts = tuple(_counts(group.alarms, scope))
    periods = {count.period for count in counts}
    if not periods:
        return None
    return MetricWidget(group.name, counts, min(periods), path=path, stacked=len(periods) == 1, min=0)


def _counts(alarms: Sequence[Alarm], scope: Scope) -> Iterator[Count]:
    """A line for each account, and where alarms have different periods, for each period of it."""
    having = _having(alarms, scope)
    for account in scope.accounts:
        alarms_of_account = [alarm for alarm in alarms if account.name in having.get(alarm.key, ())]
        periods = sorted({alarm.tuning_in(account.name).period for alarm in alarms_of_account})
        for period in periods:
            own = [alarm for alarm in alarms_of_account if alarm.tuning_in(account.name).period == period]
            label = f"{account.name}, {_minutes(period)}" if len(periods) > 1 else account.name
            yield Count(tuple(_condition(alarm, account, scope) for alarm in own), label, period)


def _having(alarms: Sequence[Alarm], scope: Scope) -> dict[str, frozenset[str]]:
    """The names of the accounts that have each alarm which is counted."""
    return {
        alarm.key: frozenset(account.name for account in accounts_with(alarm, scope))
        for alarm in alarms
        if is_countable(alarm)
    }


def is_countable(alarm: Alarm) -> bool:
    """True if it is of the members, about a number, and of a severity: building blocks of composites have none."""
    notifies = any(tuning.severity != "none" for tuning in alarm.tunings())
    return alarm.side is Side.MEMBERS and notifies and isinstance(alarm.signal, LocalSignal | MathSignal)


def _condition(alarm: Alarm, account: Account, scope: Scope) -> Condition:
    tuning, signal = alarm.tuning_in(account.name), alarm.signal
    if isinstance(signal, MathSignal):
        formula, operands = whole_formula(signal), signal.operands
    else:
        (measured,) = alarm.measured()
        formula, operands = "value", (Operand("value", measured.metric, alarm.statistic, measured.path),)
    of_account = tuple(
        replace(operand, metric=operand.metric.of(account, scope.hub), account=account) for operand in operands
    )
    return Condition(formula, tuning.comparison, tuning.threshold, of_account)


def _minutes(seconds: int) -> str:
    return f"{seconds // 60}m" if seconds % 60 == 0 else f"{seconds}s"
