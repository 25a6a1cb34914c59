"""Alarms that leave the file and come back, in a world; and what the oracle has to know of them.

The worlds are those of generate.py with such deployments besides. Members may keep what left the file, as in a rollout
that fails in a Region: then the alarm goes on reporting, which is parked. Or it is deleted there, and reports no more.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace

from tests.simulation import causes, findings, generate
from tests.simulation.faults import RATES
from tests.simulation.functions import OVERLAP, SKEW
from tests.simulation.script import Configuration, Event, Script
from tests.simulation.truth import Change
from tests.simulation.world import HOUR, MINUTE, SECOND

# The notifier looks once a minute, and ten minutes after a failure.
LOOKED_AT = 15 * MINUTE
Configurations = Sequence[tuple[int, Configuration]]


def script(seed: int, points: Iterable[str] = RATES) -> Script:
    """The world of a seed in which alarms leave the file, of dice of their own."""
    return _with_removals(generate.script(seed, points))


def of_causes(seed: int, points: Iterable[str] = RATES) -> Script:
    """The same of worlds whose alarms have causes: groups and storms of which some alarms leave the file."""
    return _with_removals(causes.script(seed, points))


def _with_removals(made: Script) -> Script:
    dice = random.Random(f"removals of {made.seed}")
    known = sorted(alarm for alarm in made.alarms if not findings.is_finding(alarm))
    events, latest = list(made.events), made.heal_at
    for alarm in known:
        if dice.random() < 0.4:
            continue
        fails = [event["t"] for event in events if event.get("alarm") == alarm and event.get("state") == "ALARM"]
        leaves = dice.choice(fails) + dice.uniform(30, 300) if fails else dice.uniform(0, made.heal_at)
        returns = leaves + dice.choice((dice.uniform(60, 3_000), dice.uniform(3_900, 6_000)))
        stays_away, is_deleted = dice.random() < 0.5, dice.random() < 0.5
        events.append({"t": round(leaves, 3), "do": "deploy", "alarms": {alarm: None}})
        if not stays_away:
            events.append({"t": round(returns, 3), "do": "deploy", "alarms": {alarm: made.alarms[alarm]}})
        if is_deleted:
            until = float("inf") if stays_away else returns
            events = _without(events, alarm, leaves + dice.uniform(0, 600), until)
            # What is created again evaluates, and says so.
            events += [] if stays_away else [_state(alarm, "OK", returns + dice.uniform(30, 300))]
        elif dice.random() < 0.7:
            fails_again = leaves + dice.uniform(60, 2_400)
            events = [*_without(events, alarm, leaves, float("inf")), _state(alarm, "OK", fails_again - 20)]
            events.append(_state(alarm, "ALARM", fails_again))
        latest = max(latest, events[-1]["t"], leaves if stays_away else returns)
    events.sort(key=lambda event: event["t"])
    heal_at = latest + (HOUR + LOOKED_AT) // SECOND
    return replace(made.with_events(events), heal_at=round(heal_at, 3))


def _without(events: Iterable[Event], alarm: str, since: float, until: float) -> list[Event]:
    """Without what an alarm would report from then on."""
    return [event for event in events if event.get("alarm") != alarm or not since < event["t"] < until]


def _state(alarm: str, state: str, moment: float) -> Event:
    return {"t": round(moment, 3), "do": "state", "alarm": alarm, "state": state, "n": f"{state}-of-{alarm}"}


def removed_at(configurations: Configurations, alarm: str) -> int | None:
    """Since when an alarm is in no configuration; None where it is in the last one."""
    since = None
    for at, configuration in configurations:
        since = None if alarm in configuration.alarms else at if since is None else since
    return since


def may_be_ended(configurations: Configurations, alarm: str, changes: Sequence[Change], now: int) -> bool:
    """Whether the notifier may say that an alarm is OK that is not: it is not in the file, and silent, for an hour."""
    slack = OVERLAP + 2 * SKEW
    since = removed_at(configurations, alarm)
    reported = max((at for at, state in changes if state != "OK" and at <= now), default=0)
    return since is not None and now >= max(since, reported) + HOUR - slack


def has_to_be_ended(configurations: Configurations, alarm: str, changes: Sequence[Change], now: int) -> bool:
    """Whether its incident has to be over by now."""
    return may_be_ended(configurations, alarm, changes, now - LOOKED_AT - MINUTE)


def is_in_alarm(changes: Sequence[Change], at: int) -> bool:
    """Whether an alarm was in ALARM, or without data since then, in all of the second that begins then."""
    states = [state for when, state in changes if when <= at and state != "INSUFFICIENT_DATA"]
    ends = any(at <= when < at + SECOND and state == "OK" for when, state in changes)
    return states[-1:] == ["ALARM"] and not ends


def reported_meanwhile(configurations: Configurations, alarm: str, changes: Sequence[Change]) -> bool:
    """Whether an alarm that is in the file again went into ALARM after it had left, and is in ALARM."""
    left = [at for at, configuration in configurations if alarm not in configuration.alarms]
    ends = [at for at, state in changes if state == "ALARM"]
    is_back = bool(left) and alarm in configurations[-1][1].alarms
    return is_back and bool(ends) and ends[-1] > left[-1] + OVERLAP and is_in_alarm(changes, changes[-1][0])
