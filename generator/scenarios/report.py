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


def title(one: Verdict) -> str:
    """A test's name and where it was played."""
    return f"{one.scenario.test.name} ({one.scenario.environment})"


def failure(one: Verdict, source: SourceText, *, ascii: bool = False, style: Style | None = None) -> str:  # noqa: A002
    """A test that failed: alarm by alarm what was not met, with a chart of why."""
    lines: list[str] = []
    wrong: dict[AlarmLocation, list[Outcome]] = {}
    for outcome in one.outcomes:
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
        outcomes = [one for one in outcomes if len(like[one.path]) <= MOST_CHARTS]
        if not outcomes:
            continue
        for outcome in outcomes:
            lines += [f"  {_place(outcome, source)}{location.whole}", *(f"    {line}" for line in _said(outcome))]
        about = one.scenario.environment.alarms.get(location.alarm)
        if isinstance(about, MetricAlarm) and about.keeps_on_low_samples:
            lines += [f"    note     {each}" for each in _low_samples(about)]
        if location.alarm in one.played.approximate:
            lines.append("    note     its anomaly band is only like the one that CloudWatch trains")
        number += 1
        if number <= MOST_CHARTS and not outcomes[0].unknown:
            lines += ["", *(f"    {line}" for line in chart(one, location, ascii=ascii, style=style).splitlines()), ""]
    for path, several in like.items():
        if len(several) > MOST_CHARTS:
            span = source.span(path)
            at = f"{source.name}:{span.line}:{span.column}: " if span else ""
            lines.append(f"  {at}and {len(several) - MOST_CHARTS:,} more like it: {_some(several[MOST_CHARTS:])}")
    lines += [f"  the incident function could not handle a message: {reason}" for reason in one.incidents.failed]
    lines += [f"  {reason}" for reason in one.played.mutes_unknown.values()]
    return "\n".join(line.rstrip() for line in lines)


def _some(several: Sequence[AlarmLocation]) -> str:
    names = [one.whole for one in several]
    return ", ".join(names[:MOST_CHARTS]) + (", …" if len(names) > MOST_CHARTS else "")


def said(outcome: Outcome) -> str:
    """One expectation that was not met, in one line."""
    words = "; ".join(" ".join(line.split()) for line in _said(outcome))
    return f"{outcome.location.whole} {words}" if outcome.location else words


def _said(outcome: Outcome) -> list[str]:
    start, end = outcome.window
    when = f"at {shown(start)}" if start == end else f"from {shown(start)} to {shown(end)}"
    if outcome.unknown:
        return [f"expected {outcome.wanted} {when}", f"unknown  {outcome.unknown}"]
    at = f"at {shown(outcome.at)} " if outcome.at is not None and outcome.at != start else ""
    return [f"expected {outcome.wanted} {when}", f"was      {at}{outcome.seen}"]


def _low_samples(about: MetricAlarm) -> Iterator[str]:
    """What is easily overlooked: too few values leave the state of an alarm as it is."""
    for stat in dict.fromkeys(entry.stat.statistic for entry in about.entries if entry.stat):
        least = enough_samples(stat)
        if least > 1:
            yield f"a period with fewer than {least:,} values leaves its state alone, {stat} is asked for"


def _place(outcome: Outcome, source: SourceText) -> str:
    span = source.span(outcome.path)
    return f"{source.name}:{span.line}:{span.column}: " if span else ""


def chart(one: Verdict, location: AlarmLocation, *, ascii: bool = False, style: Style | None = None) -> str:  # noqa: A002
    """What an alarm saw, what it and those it stands on did, and what was expected of it."""
    alarm = location.alarm
    about = one.scenario.environment.alarms.get(alarm)
    marks = [TimelineMark(*each.window, each.met, each.wanted) for each in one.outcomes if each.location == location]
    one, end = _further(one, location, about)
    watched = {each.alarm: each for each in one.played.watched}
    tracks = [_track(one, each) for each in (*dict.fromkeys(one.scenario.environment.stands_on.get(alarm, ())), alarm)]
    data = _data(about, watched[alarm]) if isinstance(about, MetricAlarm) and alarm in watched else None
    return timeline((START, end), data, tracks, marks, ascii=ascii, style=style)


def _further(one: Verdict, location: AlarmLocation, about: MetricAlarm | CompositeAlarm | None) -> tuple[Verdict, int]:
    """What is shown, and its end: where the last moment of a test was not as expected, also what comes right after."""
    scenario = one.scenario
    end = max(scenario.end, START + _SHORTEST)
    periods = [each.stat.period for each in about.entries if each.stat] if isinstance(about, MetricAlarm) else []
    period = max([_SHORTEST, *periods])
    its = [each for each in one.outcomes if each.location == location and each.at is not None]
    if not any(each.window[1] == scenario.end and (each.at or 0) > scenario.end - period for each in its):
        return one, end
    later = replace(scenario, end=end + _AFTER * period)
    return replace(one, scenario=later, played=later.play()), later.end


def _track(one: Verdict, alarm: AlarmId) -> Track:
    before, changes = states(one.scenario, one.played, alarm)
    known = one.scenario.environment.locations_by_alarm.get(alarm)
    # What an alarm is before it is looked at for the first time is of no interest to anybody.
    first = changes[0] if changes and changes[0].at == START else None
    return Track(
        known.key if known else alarm.name,
        first.after if first else before,
        [(each.at, each.after) for each in changes if each is not first],
    )


def _data(about: MetricAlarm, watched: EvaluatedSeries) -> TimelineData:
    stat = next((each.stat for each in about.entries if each.stat), None)
    returned = next((each for each in about.entries if each.is_returned), None)
    label = f"{stat.metric.name} {stat.statistic}" if stat else ""
    if returned and returned.expression:
        label = returned.expression
    unit = stat.unit if stat and stat.unit != "None" else ""
    sign = _SIGNS.get(watched.comparison, ">")
    needed = f"{about.datapoints} of {about.periods}" if about.periods > 1 else ""
    taken = _TAKEN.get(about.missing, "")
    return TimelineData(
        label, watched.start, watched.period, watched.values, watched.threshold, sign, unit, needed, taken
    )


def gaps(name: str, found: Coverage) -> str:
    """What no test has tried, an alarm a line."""
    percent = 100 * found.tried // found.total if found.total else 100
    lines = [f"{name}: {found.tried} of {found.total} tried ({percent} %)"]
    lines += [f"  {gap.alarm}: {gap.missing}" for gap in found.gaps]
    return "\n".join(lines)
