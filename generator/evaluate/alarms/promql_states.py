"""Alarms on PromQL, of whose query the result is given: each series of it is a contributor.

A contributor that the query finds for the pending period is in ALARM, and OK again once it was not found for the
recovery period; one that is not found while it is pending starts again. A period of zero needs one evaluation. These
are `for` and `keep_firing_for` of Prometheus, to which the guide compares them; the alarm is in ALARM while a
contributor is, and OK from the start. The texts of reasons are ours.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-promql.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from generator.evaluate.alarms.metric_history import History
from generator.evaluate.template.template import PromqlAlarm
from generator.evaluate.types import Attributes, Contributor, EvaluatedSeries, FoundSeries, State, StateTransition


def promql_history(
    alarm: PromqlAlarm, results: Sequence[FoundSeries], span: tuple[int, int], created: int | None
) -> tuple[History, tuple[Contributor, ...]]:
    """What became of the alarm and of its contributors, from span[0] or its creation to span[1]."""
    times = range(span[0] if created is None else created, span[1] + 1, alarm.interval)
    contributors = tuple(
        Contributor(series.attributes, tuple(_contributor_transitions(alarm, series, times))) for series in results
    )
    transitions = tuple(_alarm_transitions(alarm, contributors, times))
    state = transitions[-1].after if transitions else "INSUFFICIENT_DATA"
    numbers = [float(sum(series.is_found(at) for series in results)) for at in times]
    # How many series there are at the end of each interval; each of them breaches.
    start = times.start - alarm.interval
    evaluated = EvaluatedSeries(alarm.alarm, start, alarm.interval, numbers, 0.0, "GreaterThanThreshold")
    return History(transitions, state, evaluated), contributors


def _contributor_transitions(alarm: PromqlAlarm, series: FoundSeries, times: range) -> Iterator[StateTransition]:
    state: State = "OK"
    found_since: int | None = None
    absent_since: int | None = None
    for at in times:
        if series.is_found(at):
            absent_since = None
            found_since = at if found_since is None else found_since
            if state == "OK" and at - found_since >= alarm.pending:
                state = "ALARM"
                yield StateTransition(
                    alarm.alarm, at, "OK", "ALARM", f"The query finds it since {alarm.pending} seconds."
                )
        elif state == "OK":
            found_since = None
        else:
            absent_since = at if absent_since is None else absent_since
            if at - absent_since >= alarm.recovery:
                state, found_since = "OK", None
                reason = f"The query does not find it since {alarm.recovery} seconds."
                yield StateTransition(alarm.alarm, at, "ALARM", "OK", reason)


def _alarm_transitions(
    alarm: PromqlAlarm, contributors: Sequence[Contributor], times: range
) -> Iterator[StateTransition]:
    changes = sorted(
        ((change, contributor.attributes) for contributor in contributors for change in contributor.transitions),
        key=lambda pair: pair[0].at,
    )
    state: State = "INSUFFICIENT_DATA"
    in_alarm: set[Attributes] = set()
    if times:
        yield StateTransition(alarm.alarm, times.start, state, "OK", "A PromQL alarm is OK when it is created.")
        state = "OK"
    for at, at_once in groupby(changes, key=lambda pair: pair[0].at):
        for change, attributes in at_once:
            (in_alarm.add if change.after == "ALARM" else in_alarm.discard)(attributes)
        after: State = "ALARM" if in_alarm else "OK"
        if after != state:
            reason = f"{len(in_alarm)} of its series in ALARM." if in_alarm else "None of its series is in ALARM."
            yield StateTransition(alarm.alarm, at, state, after, reason)
            state = after
