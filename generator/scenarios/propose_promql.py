"""Tests of an alarm on PromQL as it is now: a series that is found too briefly, then long enough, and then no more."""

from __future__ import annotations

from collections.abc import Iterator

from generator.evaluate.simulate import simulate
from generator.evaluate.template.template import PromqlAlarm
from generator.scenarios.contributors import found_series
from generator.scenarios.environment import AlarmLocation, SimulatedEnvironment
from generator.scenarios.notation import parse
from generator.scenarios.proposed_text import named_test, stands, stretches, title
from generator.scenarios.scenario import START
from generator.scenarios.target_value import other_alarms
from generator.scenarios.verdict import format_offset


def of_promql(environment: SimulatedEnvironment, location: AlarmLocation, alarm: PromqlAlarm) -> Iterator[str]:
    """One test that expects the states of the alarm at the edges of its pending and its recovery period."""
    # A period that is no multiple of the interval ends at the next evaluation.
    pending, recovery = (-(-seconds // alarm.interval) for seconds in (alarm.pending, alarm.recovery))
    too_brief = f"{_series_of(pending)} _ " if pending else ""
    text = f"_ {too_brief}{_series_of(pending + 1)} _x{recovery + 2}"
    values = parse(text)
    assert isinstance(values, tuple)
    end = START + (len(values) - 1) * alarm.interval
    result = simulate(
        environment.contents,
        (),
        (),
        START,
        end,
        frozen=other_alarms(environment, alarm.alarm),
        results=[found_series(alarm.alarm, None, values, START, alarm.interval)],
    )
    changes = [(change.at, change.after) for change in result.transitions if change.alarm == alarm.alarm]
    yield from named_test(
        environment, f"{title(environment, location)} fires when its query has found a series, and recovers"
    )
    yield f"    interval: {format_offset(START + alarm.interval)}\n" if alarm.interval != 60 else ""
    yield "    given:\n"
    yield f'      - {{{stands(environment, location)}, series: "{text}"}}\n'
    yield "    expect:\n"
    for at, until, state in stretches(changes, end):
        window = format_offset(at) if at == until else f"{format_offset(at)} to {format_offset(until)}"
        yield f"      - {{at: {window}, {stands(environment, location)}, state: {state}}}\n"


def _series_of(intervals: int) -> str:
    """A series that is found for so many intervals."""
    return f"1x{intervals - 1}" if intervals > 1 else "1"
