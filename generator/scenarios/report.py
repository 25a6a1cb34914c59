"""Reports of simulated tests: each unmet expectation, with a chart of the alarm's data and state."""

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
from generator.scenarios.verdict import Outcome, Verdict, format_offset, states
from generator.wording import first_of, pluralize

_SIGNS = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": ">=",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "<=",
}
_MISSING_DATA = {"breaching": "breaching", "notBreaching": "not breaching", "ignore": "ignored"}
_SHORTEST = 60
# Periods after the end of a test that a chart shows if its last moment was not as expected.
_AFTER = 2
# Alarms of one test that are shown with a chart.
MOST_CHARTS = 3


def title(verdict: Verdict) -> str:
    """The name of a test and of its environment."""
    return f"{verdict.scenario.test.name} ({verdict.scenario.environment})"


def failure(
    verdict: Verdict,
    source: SourceText,
    *,
    ascii: bool = False,  # noqa: A002
    style: Style | None = None,
) -> str:
    """A failed test as text: first what was expected of the whole test, then alarm by alarm, with charts."""
    unmet = [outcome for outcome in verdict.outcomes if not outcome.met]
    by_path: dict[Path, list[AlarmLocation]] = {}
    by_location: dict[AlarmLocation, list[Outcome]] = {}
    lines: list[str] = []
    for outcome in unmet:
        if outcome.location is None:
            lines += [f"  {_position(outcome.path, source)}{line}" for line in _differences(outcome)]
        else:
            by_path.setdefault(outcome.path, []).append(outcome.location)
            by_location.setdefault(outcome.location, []).append(outcome)
    # The same expectation in many accounts is shown for the first of them only.
    repeated = {path: locations[MOST_CHARTS:] for path, locations in by_path.items() if len(locations) > MOST_CHARTS}
    charts = 0
    for location, outcomes in by_location.items():
        shown_outcomes = [outcome for outcome in outcomes if location not in repeated.get(outcome.path, ())]
        if not shown_outcomes:
            continue
        lines += _of_alarm(verdict, location, shown_outcomes, source)
        # An event rule has no state over time.
        is_alarm = location.alarm in verdict.scenario.environment.deployed_in
        charts += is_alarm
        if is_alarm and charts <= MOST_CHARTS and not shown_outcomes[0].unknown:
            drawn = chart(verdict, location, ascii=ascii, style=style).splitlines()
            lines += ["", *(f"    {line}" for line in drawn), ""]
    for path, locations in repeated.items():
        names = first_of([location.full_name for location in locations], MOST_CHARTS, "; ")
        lines.append(f"  {_position(path, source)}not met in {pluralize(len(locations), 'more alarm')}: {names}")
    lines += [f"  the incident function could not handle a message: {reason}" for reason in verdict.incidents.failed]
    lines += [f"  {reason}" for reason in verdict.result.mutes_unknown.values()]
    return "\n".join(line.rstrip() for line in lines)


def _of_alarm(
    verdict: Verdict, location: AlarmLocation, outcomes: Sequence[Outcome], source: SourceText
) -> Iterator[str]:
    """The unmet expectations of an alarm, and notes on behavior that is easily overlooked."""
    for outcome in outcomes:
        yield f"  {_position(outcome.path, source)}{location.full_name}"
        yield from (f"    {line}" for line in _differences(outcome))
    resource = verdict.scenario.environment.alarms.get(location.alarm)
    if isinstance(resource, MetricAlarm) and resource.keeps_on_low_samples:
        yield from (f"    note     {note}" for note in _low_samples(resource))
    if location.alarm in verdict.result.approximate:
        yield "    note     the anomaly band only approximates CloudWatch's"


def unmet_expectation(outcome: Outcome) -> str:
    """One unmet expectation, in one line."""
    words = "; ".join(" ".join(line.split()) for line in _differences(outcome))
    return f"{outcome.location.full_name} {words}" if outcome.location else words


def _differences(outcome: Outcome) -> list[str]:
    start, end = outcome.window
    when = f"at {format_offset(start)}" if start == end else f"from {format_offset(start)} to {format_offset(end)}"
    if outcome.unknown:
        return [f"expected {outcome.expected} {when}", f"unknown  {outcome.unknown}"]
    at = f"at {format_offset(outcome.at)} " if outcome.at is not None and outcome.at != start else ""
    return [f"expected {outcome.expected} {when}", f"actual   {at}{outcome.actual}"]


def _low_samples(metric_alarm: MetricAlarm) -> Iterator[str]:
    """Percentile statistics of which a period with too few values leaves the state as it is."""
    for stat in dict.fromkeys(entry.stat.statistic for entry in metric_alarm.entries if entry.stat):
        least = enough_samples(stat)
        if least > 1:
            yield f"the alarm keeps its state in periods with fewer than {least:,} values, because it uses {stat}"


def _position(path: Path, source: SourceText) -> str:
    span = source.span(path)
    return f"{source.name}:{span.line}:{span.column}: " if span else ""


def chart(verdict: Verdict, location: AlarmLocation, *, ascii: bool = False, style: Style | None = None) -> str:  # noqa: A002
    """The data of an alarm, its state and those of the alarms it depends on, and the expectations."""
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
    """The verdict and its end; extended by some periods where the last moment of a test was not as expected."""
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
    # The state before the first evaluation says nothing.
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
    missing_data = _MISSING_DATA.get(metric_alarm.missing, "")
    return TimelineData(
        label, watched.start, watched.period, watched.values, watched.threshold, sign, unit, needed, missing_data
    )


def gaps(name: str, result: Coverage) -> str:
    """The share of covered alarms and conditions, and a line for each gap."""
    percent = 100 * result.tried // result.total if result.total else 100
    lines = [f"{name}: {result.tried} of {result.total} covered ({percent} %)"]
    lines += [f"  {gap.alarm}: {gap.missing}" for gap in result.gaps]
    return "\n".join(lines)
