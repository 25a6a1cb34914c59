"""Alarms in plain words: the one vocabulary of catalogue, diff and explain."""

from __future__ import annotations

from typing import assert_never

from generator.model.alarms import Alarm, Tuning
from generator.model.estate import Estate
from generator.model.places import Side
from generator.model.signals import AccountSignal, FleetSignal, LocalSignal, Metric, Signal

_MISSING = {
    "breaching": "no data counts as breaching",
    "not-breaching": "no data counts as good",
    "ignore": "no data keeps the state",
    "missing": "no data means insufficient data",
}
_UNITS = ((604_800, "week"), (86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def duration_in_words(seconds: int) -> str:
    """`5 minutes`, `1 hour`, `90 seconds`."""
    for size, unit in _UNITS:
        if seconds >= size and seconds % size == 0:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "0 seconds"


def window_in_words(tuning: Tuning) -> str:
    """`in 2 of 3 periods of 5 minutes`."""
    period = duration_in_words(tuning.period)
    if tuning.evaluation_periods == 1:
        return f"in 1 period of {period}"
    return f"in {tuning.datapoints} of {tuning.evaluation_periods} periods of {period}"


def condition_in_words(tuning: Tuning, statistic: str) -> str:
    """`Sum > 5 in 1 period of 1 minute; no data counts as breaching`."""
    condition = f"{statistic} {tuning.comparison} {tuning.threshold:g}"
    return f"{condition} {window_in_words(tuning)}; {_MISSING[tuning.missing_data]}"


def missing_in_words(missing_data: str) -> str:
    """What a period without data counts as."""
    return _MISSING[missing_data]


def metric_in_words(metric: Metric) -> str:
    """`AWS/Lambda Duration (FunctionName = payment-handler-prod)`."""
    dimensions = ", ".join(f"{name} = {value}" for name, value in metric.dimensions)
    counted = f" from metric filter {metric.filter}" if metric.filter else ""
    return f"{metric.namespace} {metric.name}{f' ({dimensions})' if dimensions else ''}{counted}"


def signal_in_words(signal: Signal) -> str:
    """What an alarm looks at."""
    match signal:
        case LocalSignal(metric):
            return f"{metric_in_words(metric)}, in its own account"
        case AccountSignal(metric, account):
            return f"{metric_in_words(metric)}, of {account.name}, seen from the hub"
        case FleetSignal(metric, accounts, combine):
            names = ", ".join(account.name for account in accounts)
            return f"{metric_in_words(metric)}, {combine} over {names}"
        case _:
            assert_never(signal)


def reach_in_words(estate: Estate, alarm: Alarm) -> str:
    """In which accounts and Regions an alarm stands."""
    if alarm.side is Side.HUB:
        return f"the hub, {estate.hub.region}"
    names = [account.name for account in estate.accounts if alarm.tuning_in(account.name).enabled]
    later = ["accounts that join later"] if estate.organizational_units and alarm.tuning.enabled else []
    regions = alarm.region or ", ".join(estate.regions)
    return f"{', '.join([*names, *later]) or 'no account'}; {regions}"


def counted(number: int, thing: str) -> str:
    """`1 alarm`, `2 alarms`."""
    return f"{number} {thing}{'' if number == 1 else 's'}"
