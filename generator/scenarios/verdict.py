"""What came of a test, beside what was expected of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from generator.drill.incident_process import Notification, Result, SentMessage
from generator.evaluate.types import AlarmId, SimulationResult, State, StateTransition
from generator.findings import Path
from generator.scenarios.count import ExpectedValue
from generator.scenarios.counts import expected_counts, unmet_counts
from generator.scenarios.environment import AlarmLocation
from generator.scenarios.language import IncidentText
from generator.scenarios.scenario import START, Expected, Scenario

_STEPS = {"open": "opened", "repeat": "commented", "notice": "commented", "resolve": "resolved", "missed": "resolved"}
_MS = 1000
NOTHING = Result()


@dataclass(frozen=True, slots=True)
class Outcome:
    """One expectation about one alarm, or about the whole test. wanted, seen: in words.

    standing: None for the whole test. at: from when on it was otherwise; None if never. unknown: why nobody can say
    offline; then it is not met.
    """

    path: Path
    location: AlarmLocation | None
    window: tuple[int, int]
    wanted: str
    seen: str = ""
    at: int | None = None
    unknown: str = ""

    @property
    def met(self) -> bool:
        """Whether it came as expected."""
        return self.at is None and not self.unknown


@dataclass(frozen=True, slots=True)
class Verdict:
    """A test that was played. incidents: what the incident function made of it."""

    scenario: Scenario
    played: SimulationResult
    outcomes: tuple[Outcome, ...]
    incidents: Result = NOTHING

    @property
    def met(self) -> bool:
        """Whether everything came as expected."""
        return not self.incidents.failed and all(one.met for one in self.outcomes)


def verdict(scenario: Scenario, played: SimulationResult, incidents: Result = NOTHING) -> Verdict:
    """Every expectation of a test, beside what came."""
    outcomes = []
    for expected in scenario.expected:
        for location in expected.alarms:
            outcomes.append(_outcome(scenario, played, incidents, expected, location))
        if expected.expect.counts:
            outcomes.append(_counts(scenario, expected, incidents))
    return Verdict(scenario, played, tuple(outcomes), incidents)


def _counts(scenario: Scenario, expected: Expected, incidents: Result) -> Outcome:
    """Over the whole test everything counts that is sent for what happened in it, also where that takes until later."""
    whole = expected.expect.at is None
    window = (START, scenario.end) if whole else (expected.window.start, expected.window.end)
    wanted = ", ".join(expected_counts(expected.expect))
    wrong = unmet_counts(expected.expect, incidents, None if whole else window)
    return Outcome(expected.path, None, window, wanted, ", ".join(wrong), window[0] if wrong else None)


def states(scenario: Scenario, played: SimulationResult, alarm: AlarmId) -> tuple[State, tuple[StateTransition, ...]]:
    """The state that an alarm begins in, and its changes."""
    first = scenario.states.get(alarm, "OK" if alarm in scenario.still else "INSUFFICIENT_DATA")
    return first, tuple(one for one in played.transitions if one.alarm == alarm)


def _outcome(
    scenario: Scenario, played: SimulationResult, incidents: Result, expected: Expected, location: AlarmLocation
) -> Outcome:
    window = (expected.window.start, expected.window.end)
    wanted = _wanted(expected)
    unknown = played.unknown.get(location.alarm) or (expected.expect.actions and _mute_unknown(played))
    if unknown:
        return Outcome(expected.path, location, window, wanted, unknown=unknown)
    if expected.expect.incident:
        at, seen = _incident(incidents, expected.expect.incident, location, window)
    else:
        at, seen = _state(scenario, played, expected, location) if expected.expect.state else (None, "")
        if at is None and expected.expect.value is not None:
            at, seen = _value(played, expected.expect.value, location.alarm, window)
    return Outcome(expected.path, location, window, wanted, seen, at)


def _mute_unknown(played: SimulationResult) -> str:
    """Why nobody can say which actions a mute rule holds: one that cannot be read may hold those of any alarm."""
    return next((f"{reason}; it may mute this alarm" for reason in played.mutes_unknown.values()), "")


def _wanted(expected: Expected) -> str:
    expect = expected.expect
    if expect.incident:
        words = ["no incident"] if expect.incident.is_ == "none" else [f"an incident {expect.incident.is_}"]
        words += [f"on {', '.join(sorted(expect.incident.channels))}"] if expect.incident.channels is not None else []
        words += [f"with priority {expect.incident.priority}"] if expect.incident.priority else []
        words += [f"with severity {expect.incident.severity}"] if expect.incident.severity else []
        words += [f"with the text {expect.incident.text}"] if expect.incident.text is not None else []
        return " ".join(words)
    words = [str(expect.state)] if expect.state else []
    words += [f"the value {expect.value}"] if expect.value is not None else []
    words += [f"with the reason {expect.reason}"] if expect.reason else []
    words += [f"with its actions {expect.actions}"] if expect.actions else []
    return " ".join(words)


def _state(
    scenario: Scenario, played: SimulationResult, expected: Expected, location: AlarmLocation
) -> tuple[int | None, str]:
    """From when on the alarm was otherwise than expected, and how it was then."""
    start, end = expected.window
    state, changes = states(scenario, played, location.alarm)
    last: StateTransition | None = None
    for one in changes:
        if one.at > start:
            break
        state, last = one.after, one
    moments = [(start, state, last)] + [(one.at, one.after, one) for one in changes if start < one.at <= end]
    expect = expected.expect
    for at, held, change in moments:
        if held != expect.state:
            return at, f"{held}{_because(change)}"
    newest = moments[-1][2]
    if expect.reason and not _like(expect.reason, newest.reason if newest else ""):
        return moments[-1][0], f"{moments[-1][1]}{_because(newest)}"
    if expect.actions:
        return _actions(expect.actions, newest, end)
    return None, ""


def _value(
    played: SimulationResult, wanted: ExpectedValue, alarm: AlarmId, window: tuple[int, int]
) -> tuple[int | None, str]:
    """From when on the alarm compared another value: that of the newest period that is over, for each of the window."""
    watched = next((one for one in played.watched if one.alarm == alarm), None)
    if watched is None:
        return window[0], "it compares no value"
    first = (window[0] - watched.start) // watched.period - 1
    last = max(first, (window[1] - watched.start) // watched.period - 1)
    for number in range(first, last + 1):
        value = watched.values[number] if 0 <= number < len(watched.values) else None
        if not wanted.holds(value):
            seen = "no data" if value is None else f"the value {value:g}"
            return max(window[0], watched.start + (number + 1) * watched.period), seen
    return None, ""


def _actions(wanted: str, change: StateTransition | None, at: int) -> tuple[int | None, str]:
    executed = change is not None and change.executed is not None and change.executed <= at
    if executed == (wanted == "executed"):
        return None, ""
    if change is None:
        return at, "no change of state, and so no actions"
    if executed and change.executed is not None:
        return at, f"executed at {shown(change.executed)}"
    by = change.suppressed_by or ("a mute rule" if change.muted_until else "")
    return at, f"not executed{f', held by {by} at first' if by else ''}"


def _because(change: StateTransition | None) -> str:
    if change is None:
        return ", and never anything else"
    # At the start there is no other reason than that a test says nothing else.
    return f" since {shown(change.at)}" + (f": {change.reason}" if change.at > START else "")


def _incident(
    incidents: Result, wanted: IncidentText, location: AlarmLocation, window: tuple[int, int]
) -> tuple[int | None, str]:
    """The same for the incident of an alarm: how it stands at each moment of the window."""
    alarm = location.alarm
    its = [
        one
        for one in incidents.notifications
        if (one.account, one.region, one.alarm) == (alarm.account, alarm.region, alarm.name)
    ]
    start, end = window
    moments = [start * _MS, *sorted({one.at for one in its if start * _MS < one.at <= end * _MS})]
    for at in moments:
        until = [one for one in its if one.at <= at]
        newest = [one for one in until if one.at == until[-1].at] if until else []
        wrong = _differs(wanted, newest) or _says_otherwise(wanted, newest, incidents.messages)
        if wrong:
            return at // _MS, wrong
    return None, ""


def _differs(wanted: IncidentText, newest: Sequence[Notification]) -> str:
    """How the incident stands, where that is not as wanted. newest: the latest notifications."""
    if not newest:
        return "" if wanted.is_ == "none" else "nobody was notified"
    stands = _STEPS[newest[0].step]
    channels = sorted({one.channel for one in newest})
    priorities = sorted({one.priority for one in newest if one.priority})
    since = shown(newest[0].at // _MS)
    seen = f"an incident {stands} at {since} on {', '.join(channels)}, severity {newest[0].severity}"
    seen += f", priority {', '.join(priorities)}" if priorities else ""
    same = (
        wanted.is_ == stands
        and (wanted.channels is None or sorted(wanted.channels) == channels)
        and (wanted.priority is None or priorities == [wanted.priority])
        and (wanted.severity is None or newest[0].severity == wanted.severity)
    )
    return "" if same else seen


def _says_otherwise(wanted: IncidentText, newest: Sequence[Notification], sent: Iterable[SentMessage]) -> str:
    """What the channels said of this step, where none of them said what is wanted."""
    if wanted.text is None:
        return ""
    steps = {(one.incident, one.channel, one.step) for one in newest}
    texts = list(dict.fromkeys(one.text for one in sent if (one.incident, one.channel, one.step) in steps))
    if any(_like(wanted.text, text) for text in texts):
        return ""
    return f"the text {' / '.join(' '.join(text.split()) for text in texts)}" if texts else "nothing was sent"


def _like(pattern: str, text: str) -> bool:
    """Whether a text is as a pattern says, in which * is any text."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL) is not None


def shown(at: int) -> str:
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
