"""Verdicts of tests: the simulated result compared with the expectations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from generator.drill.incident_process import Notification, Result, SentMessage
from generator.evaluate.types import AlarmId, Contributor, EvaluatedSeries, SimulationResult, State, StateTransition
from generator.findings import Path
from generator.scenarios.contributors import attributes_of
from generator.scenarios.count import ExpectedValue
from generator.scenarios.counts import expected_counts, unmet_counts
from generator.scenarios.entries import Expect, IncidentText
from generator.scenarios.environment import AlarmLocation
from generator.scenarios.notified_names import contributors_in_words, glob, labels_in_words, notified_names
from generator.scenarios.placed_expectations import placed
from generator.scenarios.scenario import START, Expected, Scenario
from generator.wording import list_in_words

INCIDENT_STEPS = {
    "open": "opened",
    "repeat": "commented",
    "notice": "commented",
    "resolve": "resolved",
    "missed": "resolved",
}
"""What an incident is after each step of a notification, as tests write it."""
_MS = 1000
NOTHING = Result()


@dataclass(frozen=True, slots=True)
class Outcome:
    """One expectation about one alarm, or about the whole test. expected, actual: in words.

    standing: None for the whole test. at: the first time at which it was not met; None if it is. unknown: why it
    cannot be evaluated offline; then it is not met.
    """

    path: Path
    location: AlarmLocation | None
    window: tuple[int, int]
    expected: str
    actual: str = ""
    at: int | None = None
    unknown: str = ""

    @property
    def met(self) -> bool:
        """Whether the expectation is met."""
        return self.at is None and not self.unknown


@dataclass(frozen=True, slots=True)
class Verdict:
    """A simulated test. incidents: the result of the incident function."""

    scenario: Scenario
    result: SimulationResult
    outcomes: tuple[Outcome, ...]
    incidents: Result = NOTHING

    @property
    def met(self) -> bool:
        """Whether all expectations are met and no message failed."""
        return not self.incidents.failed and all(outcome.met for outcome in self.outcomes)


def verdict(scenario: Scenario, result: SimulationResult, incidents: Result = NOTHING) -> Verdict:
    """Compare every expectation of a test with the result."""
    outcomes = []
    for expected in scenario.expected:
        for location in expected.alarms:
            local = placed(scenario.environment, expected, location)
            outcomes.append(_outcome(scenario, result, incidents, local, location))
        if expected.expect.counts:
            outcomes.append(_counts(scenario, expected, incidents))
    return Verdict(scenario, result, tuple(outcomes), incidents)


def _counts(scenario: Scenario, expected: Expected, incidents: Result) -> Outcome:
    """Without `at`, everything counts that the test causes, also what is sent after its end."""
    whole = expected.expect.at is None
    window = (START, scenario.end) if whole else (expected.window.start, expected.window.end)
    expected_words = list_in_words(expected_counts(expected.expect))
    wrong = unmet_counts(expected.expect, incidents, None if whole else window)
    return Outcome(expected.path, None, window, expected_words, list_in_words(wrong), window[0] if wrong else None)


def states(scenario: Scenario, result: SimulationResult, alarm: AlarmId) -> tuple[State, tuple[StateTransition, ...]]:
    """The state that an alarm begins in, and its changes."""
    first = scenario.states.get(alarm, "OK" if alarm in scenario.frozen else "INSUFFICIENT_DATA")
    return first, tuple(transition for transition in result.transitions if transition.alarm == alarm)


def _outcome(
    scenario: Scenario, result: SimulationResult, incidents: Result, expected: Expected, location: AlarmLocation
) -> Outcome:
    window = (expected.window.start, expected.window.end)
    expected_words = _expected_words(expected)
    unknown = result.unknown.get(location.alarm) or (expected.expect.actions and _mute_unknown(result))
    if unknown:
        return Outcome(expected.path, location, window, expected_words, unknown=unknown)
    labels = (expected.expect.incident or expected.expect).contributor
    if labels is not None and _contributor(result, labels, location.alarm) is None:
        absent = f"the test gives no data of {labels_in_words(labels) or 'a series without labels'}"
        return Outcome(expected.path, location, window, expected_words, absent, window[0])
    if expected.expect.incident:
        at, actual = _incident(incidents, expected.expect.incident, location, window)
    else:
        at, actual = _state(scenario, result, expected, location) if expected.expect.state else (None, "")
        if at is None and expected.expect.value is not None:
            at, actual = _value(_series(result, expected.expect, location.alarm), expected.expect.value, window)
    return Outcome(expected.path, location, window, expected_words, actual, at)


def _mute_unknown(result: SimulationResult) -> str:
    """Why held actions are unknown: a mute rule that cannot be read may apply to any alarm."""
    return next((f"{reason}; it may mute this alarm" for reason in result.mutes_unknown.values()), "")


def _expected_words(expected: Expected) -> str:
    expect = expected.expect
    if expect.incident:
        words = ["no incident"] if expect.incident.is_ == "none" else [f"an incident {expect.incident.is_}"]
        words += [f"of {expect.incident.subject}"] if expect.incident.subject else []
        words += [f"of {labels_in_words(expect.incident.contributor)}"] if expect.incident.contributor else []
        channels = expect.incident.channels
        words += [f"on {list_in_words(sorted(channels))}"] if channels is not None else []
        words += [f"with priority {expect.incident.priority}"] if expect.incident.priority else []
        words += [f"with severity {expect.incident.severity}"] if expect.incident.severity else []
        words += [f"with the text {expect.incident.text}"] if expect.incident.text is not None else []
        return " ".join(words)
    words = [labels_in_words(expect.contributor)] if expect.contributor else []
    if expect.state:
        words += ["in", str(expect.state)] if words else [str(expect.state)]
    if expect.value is not None:
        words += [f"with the value {expect.value}" if words else f"the value {expect.value}"]
    words += [f"with the reason {expect.reason}"] if expect.reason else []
    words += [f"with its actions {expect.actions}"] if expect.actions else []
    return " ".join(words)


def _state(
    scenario: Scenario, result: SimulationResult, expected: Expected, location: AlarmLocation
) -> tuple[int | None, str]:
    """The first time at which the alarm was not as expected, and its state then."""
    start, end = expected.window
    state, changes = states(scenario, result, location.alarm)
    if expected.expect.contributor is not None:
        contributor = _contributor(result, expected.expect.contributor, location.alarm)
        state, changes = "OK", contributor.transitions if contributor else ()
    last: StateTransition | None = None
    for transition in changes:
        if transition.at > start:
            break
        state, last = transition.after, transition
    moments = [(start, state, last)] + [
        (transition.at, transition.after, transition) for transition in changes if start < transition.at <= end
    ]
    expect = expected.expect
    for at, state_then, change in moments:
        if state_then != expect.state:
            return at, f"{state_then}{_because(change)}"
    newest = moments[-1][2]
    if expect.reason and not _like(expect.reason, newest.reason if newest else ""):
        return moments[-1][0], f"{moments[-1][1]}{_because(newest)}"
    if expect.actions:
        return _actions(expect.actions, newest, end)
    return None, ""


def _series(result: SimulationResult, expect: Expect, alarm: AlarmId) -> EvaluatedSeries | None:
    """What an alarm compares, or one of its contributors."""
    if expect.contributor is None:
        return next((series for series in result.evaluated if series.alarm == alarm), None)
    contributor = _contributor(result, expect.contributor, alarm)
    return contributor.evaluated if contributor else None


def _contributor(result: SimulationResult, labels: Mapping[str, str], alarm: AlarmId) -> Contributor | None:
    attributes = attributes_of(labels)
    its = result.contributors.get(alarm, ())
    return next((contributor for contributor in its if contributor.attributes == attributes), None)


def _value(
    watched: EvaluatedSeries | None, expected_value: ExpectedValue, window: tuple[int, int]
) -> tuple[int | None, str]:
    """The first time at which the newest complete period had another value."""
    if watched is None:
        return window[0], "it has no value"
    first = (window[0] - watched.start) // watched.period - 1
    last = max(first, (window[1] - watched.start) // watched.period - 1)
    for number in range(first, last + 1):
        value = watched.values[number] if 0 <= number < len(watched.values) else None
        if not expected_value.holds(value):
            actual = "no data" if value is None else f"the value {value:g}"
            return max(window[0], watched.start + (number + 1) * watched.period), actual
    return None, ""


def _actions(expected: str, change: StateTransition | None, at: int) -> tuple[int | None, str]:
    executed = change is not None and change.executed is not None and change.executed <= at
    if executed == (expected == "executed"):
        return None, ""
    if change is None:
        return at, "no state change, so no actions"
    if executed and change.executed is not None:
        return at, f"actions executed at {format_offset(change.executed)}"
    by = change.suppressed_by or ("a mute rule" if change.muted_until else "")
    return at, f"actions not executed{f' (first held by {by})' if by else ''}"


def _because(change: StateTransition | None) -> str:
    if change is None:
        return " since the start"
    # A state at the start has no reason other than the test itself.
    return f" since {format_offset(change.at)}" + (f": {change.reason}" if change.at > START else "")


def _incident(
    incidents: Result, expected: IncidentText, location: AlarmLocation, window: tuple[int, int]
) -> tuple[int | None, str]:
    """The same for the incidents of an alarm or an event rule, at each notification within the window."""
    alarm = location.alarm
    names = notified_names(expected, alarm.name)
    by_name: dict[str, list[Notification]] = {}
    for notification in incidents.notifications:
        is_there = (notification.account, notification.region) == (alarm.account, alarm.region)
        if is_there and names.fullmatch(notification.alarm):
            by_name.setdefault(notification.alarm, []).append(notification)
    first_unmet = [_first_unmet(expected, its, window, incidents.messages) for _name, its in sorted(by_name.items())]
    unmet = [(at, wrong) for at, wrong in first_unmet or [_first_unmet(expected, [], window, ())] if at is not None]
    at, wrong = min(unmet, default=(None, ""))
    return at, wrong if by_name or not wrong else wrong + contributors_in_words(incidents, alarm)


def _first_unmet(
    expected: IncidentText, its: Sequence[Notification], window: tuple[int, int], messages: Iterable[SentMessage]
) -> tuple[int | None, str]:
    """The first time within the window at which one incident is not as expected, and what it is then."""
    start, end = window
    moments = [
        start * _MS,
        *sorted({notification.at for notification in its if start * _MS < notification.at <= end * _MS}),
    ]
    for at in moments:
        until = [notification for notification in its if notification.at <= at]
        newest = [notification for notification in until if notification.at == until[-1].at] if until else []
        wrong = _differs(expected, newest) or _unmatched_text(expected, newest, messages)
        if wrong:
            return at // _MS, wrong
    return None, ""


def _differs(expected: IncidentText, newest: Sequence[Notification]) -> str:
    """The actual incident if it is not as expected, else empty. newest: the latest notifications."""
    if not newest:
        return "" if expected.is_ == "none" else "no channel was notified"
    stands = INCIDENT_STEPS[newest[0].step]
    channels = sorted({notification.channel for notification in newest})
    priorities = sorted({notification.priority for notification in newest if notification.priority})
    since = format_offset(newest[0].at // _MS)
    actual = f"an incident {stands} at {since} on {list_in_words(channels)}, severity {newest[0].severity}"
    actual += f", priority {list_in_words(priorities)}" if priorities else ""
    same = (
        expected.is_ == stands
        and (expected.channels is None or sorted(expected.channels) == channels)
        and (expected.priority is None or priorities == [expected.priority])
        and (expected.severity is None or newest[0].severity == expected.severity)
    )
    return "" if same else actual


def _unmatched_text(expected: IncidentText, newest: Sequence[Notification], sent: Iterable[SentMessage]) -> str:
    """The texts that the channels received in this step if none matches, else empty."""
    if expected.text is None:
        return ""
    steps = {(notification.incident, notification.channel, notification.step) for notification in newest}
    texts = list(
        dict.fromkeys(
            notification.text
            for notification in sent
            if (notification.incident, notification.channel, notification.step) in steps
        )
    )
    if any(_like(expected.text, text) for text in texts):
        return ""
    return f"the text {' / '.join(' '.join(text.split()) for text in texts)}" if texts else "no message was sent"


def _like(pattern: str, text: str) -> bool:
    """Whether a text matches a pattern, in which * is any text."""
    return glob(pattern).fullmatch(text) is not None


def format_offset(at: int) -> str:
    """A moment as tests write it: `5m`, `1h30m`, `90s` after the start."""
    seconds = at - START
    if seconds < 0:
        return "before the start"
    parts = [
        (seconds // 86_400, "d"),
        (seconds % 86_400 // 3600, "h"),
        (seconds % 3600 // 60, "m"),
        (seconds % 60, "s"),
    ]
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0m"
