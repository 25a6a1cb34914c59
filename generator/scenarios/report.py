"""What is said of tests that were played: each expectation that was not met, with a chart of why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from generator.evaluate.metrics.statistics import enough_samples
from generator.evaluate.template.template import CompositeAlarm, MetricAlarm
from generator.evaluate.types import AlarmId, EvaluatedSeries
from generator.findings import Path, SourceText
from generator.render.timeline import Style, TimelineData, TimelineMark, Track, timeline
from generator.scenarios.coverage import Coverage
from generator.scenarios.environment import AlarmLocation
from generator.scenarios.scenario import START
from generator.scenarios.verdict import Outcome, Verdict, shown, states

_SIGNS = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": ">=",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "<=",
}
_TAKEN = {"breaching": "breaching", "notBreaching": "not breaching", "ignore": "ignored"}
_SHORTEST = 60
# Periods after the end of a test that are shown where its last moment was too early.
_AFTER = 2
# Alarms of one test that are shown with a chart; more would say the same again.
MOST_CHARTS = 3


def title(verdict: Verdict) -> str:
    """A test's name and where it was played."""
    return f"{verdict.scenario.test.name} ({verdict.scenario.environment})"


def failure(verdict: Verdict, source: SourceText, *, ascii: bool = False, style: Style | None = None) -> str:  # noqa: A002
    """A test that failed: alarm by alarm what was not met, with a chart of why."""
    lines: list[str] = []
    wrong: dict[AlarmLocation, list[Outcome]] = {}
    for outcome in verdict.outcomes:
        if not outcome.met and outcome.location is None:
            lines += [f"  {_place(outcome, source)}{line}" for line in _said(outcome)]
        elif not outcome.met and outcome.location is not None:
            wrong.setdefault(outcome.location, []).append(outcome)
    number = 0
    like: dict[Path, list[AlarmLocation]] = {}
    for location, outcomes in wrong.items():
        for outcome in outcomes:
            like.setdefault(outcome.path, []).append(location)
        # The same expectation in many accounts is shown for some of them.
        outcomes = [verdict for verdict in outcomes if len(like[verdict.path]) <= MOST_CHARTS]
        if not outcomes:
            continue
        for outcome in outcomes:
            lines += [f"  {_place(outcome, source)}{location.full_name}", *(f"    {line}" for line in _said(outcome))]
        resource = verdict.scenario.environment.alarms.get(location.alarm)
        if isinstance(resource, MetricAlarm) and resource.keeps_on_low_samples:
            lines += [f"    note     {note}" for note in _low_samples(resource)]
        if location.alarm in verdict.result.approximate:
            lines.append("    note     its anomaly band is only like the one that CloudWatch trains")
        number += 1
        if number <= MOST_CHARTS and not outcomes[0].unknown:
            lines += [
                "",
                *(f"    {line}" for line in chart(verdict, location, ascii=ascii, style=style).splitlines()),
                "",
            ]
    for path, locations in like.items():
        if len(locations) > MOST_CHARTS:
            span = source.span(path)
            at = f"{source.name}:{span.line}:{span.column}: " if span else ""
            lines.append(f"  {at}and {len(locations) - MOST_CHARTS:,} more like it: {_some(locations[MOST_CHARTS:])}")
    lines += [f"  the incident function could not handle a message: {reason}" for reason in verdict.incidents.failed]
    lines += [f"  {reason}" for reason in verdict.result.mutes_unknown.values()]
    return "\n".join(line.rstrip() for line in lines)


def _some(locations: Sequence[AlarmLocation]) -> str:
    names = [location.full_name for location in locations]
    return ", ".join(names[:MOST_CHARTS]) + (", …" if len(names) > MOST_CHARTS else "")


def said(outcome: Outcome) -> str:
    """One expectation that was not met, in one line."""
    words = "; ".join(" ".join(line.split()) for line in _said(outcome))
    return f"{outcome.location.full_name} {words}" if outcome.location else words


def _said(outcome: Outcome) -> list[str]:
    start, end = outcome.window
    when = f"at {shown(start)}" if start == end else f"from {shown(start)} to {shown(end)}"
    if outcome.unknown:
        return [f"expected {outcome.expected} {when}", f"unknown  {outcome.unknown}"]
    at = f"at {shown(outcome.at)} " if outcome.at is not None and outcome.at != start else ""
    return [f"expected {outcome.expected} {when}", f"was      {at}{outcome.actual}"]


def _low_samples(metric_alarm: MetricAlarm) -> Iterator[str]:
    """What is easily overlooked: too few values leave the state of an alarm as it is."""
    for stat in dict.fromkeys(entry.stat.statistic for entry in metric_alarm.entries if entry.stat):
        least = enough_samples(stat)
        if least > 1:
            yield f"a period with fewer than {least:,} values leaves its state alone, {stat} is asked for"


def _place(outcome: Outcome, source: SourceText) -> str:
    span = source.span(outcome.path)
    return f"{source.name}:{span.line}:{span.column}: " if span else ""


def chart(verdict: Verdict, location: AlarmLocation, *, ascii: bool = False, style: Style | None = None) -> str:  # noqa: A002
    """What an alarm saw, what it and those it stands on did, and what was expected of it."""
    alarm = location.alarm
    resource = verdict.scenario.environment.alarms.get(alarm)
    marks = [
        TimelineMark(*item.window, item.met, item.expected) for item in verdict.outcomes if item.location == location
    ]
    verdict, end = _further(verdict, location, resource)
    watched = {item.alarm: item for item in verdict.result.evaluated}
    tracks = [
        _track(verdict, item)
        for item in (*dict.fromkeys(verdict.scenario.environment.dependencies.get(alarm, ())), alarm)
    ]
    data = _data(resource, watched[alarm]) if isinstance(resource, MetricAlarm) and alarm in watched else None
    return timeline((START, end), data, tracks, marks, ascii=ascii, style=style)


def _further(
    verdict: Verdict, location: AlarmLocation, resource: MetricAlarm | CompositeAlarm | None
) -> tuple[Verdict, int]:
    """What is shown, and its end: where the last moment of a test was not as expected, also what comes right after."""
    scenario = verdict.scenario
    end = max(scenario.end, START + _SHORTEST)
    periods = [item.stat.period for item in resource.entries if item.stat] if isinstance(resource, MetricAlarm) else []
    period = max([_SHORTEST, *periods])
    its = [item for item in verdict.outcomes if item.location == location and item.at is not None]
    if not any(item.window[1] == scenario.end and (item.at or 0) > scenario.end - period for item in its):
        return verdict, end
    later = replace(scenario, end=end + _AFTER * period)
    return replace(verdict, scenario=later, result=later.simulate()), later.end


def _track(verdict: Verdict, alarm: AlarmId) -> Track:
    before, changes = states(verdict.scenario, verdict.result, alarm)
    known = verdict.scenario.environment.locations_by_alarm.get(alarm)
    # What an alarm is before it is looked at for the first time is of no interest to anybody.
    first = changes[0] if changes and changes[0].at == START else None
    return Track(
        known.key if known else alarm.name,
        first.after if first else before,
        [(change.at, change.after) for change in changes if change is not first],
    )


def _data(metric_alarm: MetricAlarm, watched: EvaluatedSeries) -> TimelineData:
    stat = next((entry.stat for entry in metric_alarm.entries if entry.stat), None)
    returned = next((entry for entry in metric_alarm.entries if entry.is_returned), None)
    label = f"{stat.metric.name} {stat.statistic}" if stat else ""
    if returned and returned.expression:
        label = returned.expression
    unit = stat.unit if stat and stat.unit != "None" else ""
    sign = _SIGNS.get(watched.comparison, ">")
    needed = f"{metric_alarm.datapoints} of {metric_alarm.periods}" if metric_alarm.periods > 1 else ""
    missing_data = _TAKEN.get(metric_alarm.missing, "")
    return TimelineData(
        label, watched.start, watched.period, watched.values, watched.threshold, sign, unit, needed, missing_data
    )


def gaps(name: str, result: Coverage) -> str:
    """What no test has tried, an alarm a line."""
    percent = 100 * result.tried // result.total if result.total else 100
    lines = [f"{name}: {result.tried} of {result.total} tried ({percent} %)"]
    lines += [f"  {gap.alarm}: {gap.missing}" for gap in result.gaps]
    return "\n".join(lines)
