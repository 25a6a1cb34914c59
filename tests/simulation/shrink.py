"""From a world that violates an invariant to a small one that still does: fewer events, fewer faults, less time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from tests.simulation.script import Script
from tests.simulation.simulation import simulate

Fails = Callable[[Script], bool]


def shrink(script: Script, code: str, seconds: float = 120) -> Script:
    """The smallest script found within so many seconds. code: the invariant that has to stay violated."""
    end = time.monotonic() + seconds

    def fails(candidate: Script) -> bool:
        return time.monotonic() < end and _is_sound(candidate) and code in simulate(candidate).codes()

    # From here on exactly those faults happen that happened, whatever else changes.
    outcome = simulate(script)
    exact = replace(script, only=tuple(dict.fromkeys(outcome.fired)), faults=())
    if not fails(exact):
        return script
    before = None
    while exact != before and time.monotonic() < end:
        before = exact
        exact = _without_alarms(exact, fails)
        exact = exact.with_events(_fewer(exact.events, _events(exact, fails)))
        exact = _without_pairs(exact, fails)
        exact = replace(exact, only=tuple(_fewer(exact.only or (), _only(exact, fails))))
        exact = _without_channels(exact, fails)
        exact = _in_less_time(exact, fails)
    return exact


def _is_sound(script: Script) -> bool:
    """Alarms change their state, at most once a second, and nothing happens after healing."""
    last: dict[str, tuple[float, str]] = {}
    for event in sorted(script.events, key=lambda event: event["t"]):
        if event["do"] == "state":
            moment, state = last.get(event["alarm"], (-1.0, "OK"))
            if event["t"] - moment < 1 or event["state"] == state:
                return False
            last[event["alarm"]] = event["t"], event["state"]
    return all(event["t"] <= script.heal_at for event in script.events)


def _events(script: Script, fails: Fails) -> Callable[[Sequence[Any]], bool]:
    return lambda events: fails(script.with_events(list(events)))


def _only(script: Script, fails: Fails) -> Callable[[Sequence[Any]], bool]:
    return lambda faults: fails(replace(script, only=tuple(faults)))


def _fewer(things: Sequence[Any], fails: Callable[[Sequence[Any]], bool]) -> list[Any]:
    """Delta debugging: halves, quarters and so on left out for as long as it still fails."""
    kept = list(things)
    size = len(kept)
    while size >= 1 and kept:
        start, is_smaller = 0, False
        while start < len(kept):
            rest = kept[:start] + kept[start + size :]
            if fails(rest):
                kept, is_smaller = rest, True
            else:
                start += size
        if size == 1 and not is_smaller:
            break
        size = max(1, size // 2)
    return kept


def _without_alarms(script: Script, fails: Fails) -> Script:
    for alarm in {event["alarm"] for event in script.events if event["do"] == "state"}:
        rest = [event for event in script.events if event.get("alarm") != alarm]
        known = {name: severity for name, severity in script.alarms.items() if name != alarm}
        fewer = replace(script.with_events(rest), alarms=known)
        script = fewer if fails(fewer) else script
    return script


def _without_pairs(script: Script, fails: Fails) -> Script:
    """An alarm's ALARM and OK together, as neither can be left out alone."""
    index = 0
    while index < len(script.events):
        event = script.events[index]
        others = [
            i for i in range(index + 1, len(script.events)) if script.events[i].get("alarm") == event.get("alarm")
        ]
        if event["do"] == "state" and others:
            rest = [e for i, e in enumerate(script.events) if i not in (index, others[0])]
            if fails(script.with_events(rest)):
                script = script.with_events(rest)
                continue
        index += 1
    return script


def _without_channels(script: Script, fails: Fails) -> Script:
    for channel in list(script.channels):
        channels = {name: kind for name, kind in script.channels.items() if name != channel}
        routes = {severity: [n for n in names if n != channel] for severity, names in script.routes.items()}
        events = [event for event in script.events if event.get("channel") != channel]
        fewer = replace(script.with_events(events), channels=channels, routes=routes)
        script = fewer if channels and fails(fewer) else script
    return script


def _in_less_time(script: Script, fails: Fails) -> Script:
    """Gaps between events shortened, then times rounded to seconds."""
    for index in range(len(script.events)):
        for factor in (0.0, 0.25, 0.5):
            begin = script.events[index - 1]["t"] if index else 0.0
            saved = (script.events[index]["t"] - begin) * (1 - factor)
            if saved > 1 and fails(candidate := _earlier(script, index, saved)):
                script = candidate
                break
    last = max((event.get("until", event["t"]) for event in script.events), default=0)
    sooner = replace(script, heal_at=min(script.heal_at, last + 60))
    script = sooner if fails(sooner) else script
    rounded = _mapped(script, lambda moment: float(round(moment)))
    return rounded if fails(rounded) else script


def _earlier(script: Script, index: int, saved: float) -> Script:
    threshold = script.events[index]["t"]
    return _mapped(script, lambda moment: round(moment - saved, 3) if moment >= threshold else moment)


def _mapped(script: Script, moved: Callable[[float], float]) -> Script:
    times = ("t", "until", "arrives", "since")
    events = [{k: moved(v) if k in times else v for k, v in event.items()} for event in script.events]
    return replace(script.with_events(events), heal_at=moved(script.heal_at))
