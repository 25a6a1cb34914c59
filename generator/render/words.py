"""Alarms in plain words: the one vocabulary of catalogue, diff and explain."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import assert_never

from generator.model.accounts import Side
from generator.model.alarm_rules import State
from generator.model.alarms import Alarm, Composite, Tuning
from generator.model.estate import Estate
from generator.model.placement import Placement, has
from generator.model.signals import (
    AccountSignal,
    AnomalySignal,
    FleetSignal,
    LocalSignal,
    LogSignal,
    MathSignal,
    Metric,
    Operand,
    PromqlSignal,
    QuerySignal,
    Signal,
)
from generator.model.stack_values import as_written
from generator.render.long_lists import MOST_READ, names_in_words
from generator.wording import duration_in_words, list_in_words

_MISSING = {
    "breaching": "breaching",
    "not-breaching": "not breaching",
    "ignore": "ignore",
    "missing": "missing",
}
_PLACES_AT_ONCE = 64
_DIRECTIONS = {
    "both": "outside its expected band of",
    "above": "above its expected band of",
    "below": "below its expected band of",
}


def window_in_words(tuning: Tuning) -> str:
    """`in 2 of 3 periods of 5 minutes`."""
    period = duration_in_words(tuning.period)
    if tuning.evaluation_periods == 1:
        return f"in 1 period of {period}"
    return f"in {tuning.datapoints} of {tuning.evaluation_periods} periods of {period}"


def condition_in_words(tuning: Tuning, alarm: Alarm) -> str:
    """`Sum > 5 in 1 period of 1 minute; missing data: breaching`."""
    if isinstance(alarm.signal, PromqlSignal):
        return f"{crossing_in_words(tuning, alarm)}; {missing_in_words(tuning.missing_data)}"
    window = window_in_words(tuning) + (f" by the clock of {alarm.wall_clock}" if alarm.wall_clock else "")
    return f"{crossing_in_words(tuning, alarm)} {window}; {missing_in_words(tuning.missing_data)}"


def crossing_in_words(tuning: Tuning, alarm: Alarm) -> str:
    """`Sum > 5`, or `errors / calls > 0.01`, or `Sum is outside its band of 2 deviations`."""
    match alarm.signal:
        case LocalSignal() | AccountSignal() | FleetSignal():
            value = alarm.statistic
        case MathSignal(expression, title=title):
            value = title or expression
        case QuerySignal():
            value = "the query's result"
        case LogSignal():
            value = alarm.signal.aggregate
        case PromqlSignal():
            return "the PromQL query finds a series"
        case AnomalySignal(_, band, direction):
            return f"{alarm.statistic} is {expected_in_words(direction, band)}"
        case _:
            assert_never(alarm.signal)
    return f"{value} {tuning.comparison} {tuning.threshold:g}"


def expected_in_words(direction: str, band: float) -> str:
    """`outside its expected band of 2 deviations`."""
    return f"{_DIRECTIONS[direction]} {band:g} deviations"


def missing_in_words(missing_data: str) -> str:
    """The treatment of missing data, in the console's terms: `missing data: not breaching`."""
    return f"missing data: {_MISSING[missing_data]}"


def warm_up_in_words(minutes: int) -> str:
    """The time that a new alarm waits for its data."""
    return f"a new alarm waits up to {duration_in_words(minutes * 60)} for data and sends no notification meanwhile"


def metric_in_words(metric: Metric) -> str:
    """`AWS/Lambda Duration (FunctionName = payment-handler-prod)`."""
    dimensions = ", ".join(f"{name} = {as_written(value)}" for name, value in metric.dimensions)
    source = f" from metric filter {metric.filter}" if metric.filter else ""
    unit = f", data in {metric.unit} only" if metric.unit else ""
    return f"{metric.namespace} {metric.name}{f' ({dimensions})' if dimensions else ''}{source}{unit}"


def signal_in_words(signal: Signal) -> str:
    """The signal of an alarm in words."""
    match signal:
        case LocalSignal(metric):
            return f"{metric_in_words(metric)}, in its own account"
        case AccountSignal(metric, account):
            return f"{metric_in_words(metric)}, of {account.name}, read from the hub"
        case FleetSignal(metric, accounts, combine, query):
            if query:
                return f"{metric_in_words(metric)}, {combine} over every linked account: {query}"
            names = ", ".join(account.name for account in accounts)
            return f"{metric_in_words(metric)}, {combine} over {names}"
        case MathSignal(expression, operands, guard, title, parts):
            part_words = [f"{id_} is {part}" for id_, part in parts]
            operand_words = ", ".join([*part_words, *(_operand_in_words(operand) for operand in operands)])
            enough = f"; does not breach in periods where {guard.traffic} is below {guard.at_least:g}" if guard else ""
            return f"{f'{title}, ' if title else ''}{expression} where {operand_words}{enough}"
        case QuerySignal(query):
            return query
        case LogSignal():
            return log_query_in_words(signal.query, signal.aggregate, signal.log_groups, signal.window, signal.delay)
        case PromqlSignal():
            return promql_in_words(signal.query, signal.every, signal.pending, signal.recovery)
        case AnomalySignal(metric):
            return f"{metric_in_words(metric)}, in its own account, compared with CloudWatch's anomaly detection band"
        case _:
            assert_never(signal)


def log_query_in_words(query: str, aggregate: str, groups: Iterable[str], window: int | None, delay: int) -> str:
    """`count(*) of filter @message like /timeout/ in application, over the period that ended 1 minute ago`."""
    over = duration_in_words(window) if window else "period"
    lines = query.strip() or "every line"
    ended = f"that ended {duration_in_words(delay)} ago" if delay else "that ends with the run"
    return f"{aggregate} of {lines} in {', '.join(groups)}, over the {over} {ended}"


def promql_in_words(query: str, every: int, pending: int, recovery: int) -> str:
    """`sum(up) < 2, evaluated every 1 minute, pending 5 minutes, recovery 10 minutes`."""
    times = [f"evaluated every {duration_in_words(every)}"]
    times += [
        f"{name} {duration_in_words(time)}" for name, time in (("pending", pending), ("recovery", recovery)) if time
    ]
    return f"{query.strip()}, {', '.join(times)}"


def _operand_in_words(operand: Operand) -> str:
    of = f" of {operand.account.name}" if operand.account else ""
    return f"{operand.id} is {operand.statistic} of {metric_in_words(operand.metric)}{of}"


def reach_in_words(estate: Estate, alarm: Alarm | Composite) -> str:
    """The accounts and Regions of an alarm in words."""
    return reaches_in_words(estate)(alarm)


def reaches_in_words(estate: Estate) -> Callable[[Alarm | Composite], str]:
    """`reach_in_words` for many alarms: most are in the same ten thousand accounts, whose words are made once."""
    members = lru_cache(maxsize=_PLACES_AT_ONCE)(lambda placement: members_in_words(placement, estate))

    def reach(alarm: Alarm | Composite) -> str:
        if alarm.side is Side.HUB:
            return f"the hub, {estate.hub.region}"
        having = alarm.deployed_among(estate.account_names)
        joins = alarm.tuning.enabled if isinstance(alarm, Alarm) else has(alarm.placement, None)
        return members(Placement(having, joins, alarm.regions))

    return reach


def members_in_words(placement: Placement | None, estate: Estate) -> str:
    """`alpha, beta, accounts that join later; us-east-1`: which members have a thing, and in which Regions."""
    regions = (placement.regions if placement else ()) or estate.regions
    having = [account for account in estate.accounts if has(placement, account.name)]
    later = ["accounts that join later"] if estate.organizational_units and has(placement, None) else []
    by_regions: dict[tuple[str, ...], list[str]] = {regions: []}
    for account in having:
        by_regions.setdefault(tuple(region for region in regions if account.is_in(region)), []).append(account.name)
    everywhere = by_regions.pop(regions)
    is_all = len(everywhere) == len(estate.accounts) > MOST_READ
    usual = (
        [f"all {len(everywhere):,} accounts"]
        if is_all
        else [names_in_words(everywhere)]
        if len(everywhere) > MOST_READ
        else everywhere
    )
    usual = [*usual, *later]
    by_regions.pop((), None)
    rest = [f"{names_in_words(names)} in {' and '.join(own)} only" for own, names in by_regions.items()]
    whole = [f"{', '.join(usual) or 'no account'}; {', '.join(regions)}"] if usual or not rest else []
    return "; ".join([*whole, *rest])


def at_least_in_words(amount: int, is_percentage: bool, state: State, is_negated: bool, alarms: tuple[str, ...]) -> str:
    """`at least 2 of a, b and c`, `at least 50% of a and b are not OK`: a condition on the number of alarms."""
    verb = {"ALARM": " in ALARM", "OK": " OK", "INSUFFICIENT_DATA": " without data"}[state]
    condition = f" are not{verb}" if is_negated else "" if state == "ALARM" else f" are{verb}"
    return f"at least {amount}{'%' if is_percentage else ''} of {list_in_words(alarms)}{condition}"
