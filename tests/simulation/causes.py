"""From a seed a script whose alarms have causes: composites with their parts, objectives, services, storms.

Each change to ALARM carries the number of what it is due to. No alarm is touched by two causes at the same time, but a
second cause may come while an alarm's incident can still be reopened, and beside another one in the same service.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.simulation import system
from tests.simulation.faults import RATES
from tests.simulation.generate import any_chat, later_channels
from tests.simulation.script import TYPES, Event, Script

SEVERITIES = ("critical", "high", "medium", "low")
SERVICES = ("checkout", "ledger", "search")
LONGEST = 4_200
# A suppressor's ALARM holds the actions of its composite for so much longer, in seconds.
EXTENSION = 60


@dataclass(slots=True)
class Estate:
    """What the file says. composites: name to parts. services: to alarms. objectives: likewise. suppressors: composite
    to the alarm that suppresses it.
    """

    alarms: dict[str, str] = field(default_factory=dict)
    about: dict[str, dict[str, Any]] = field(default_factory=dict)
    places: dict[str, list[str]] = field(default_factory=dict)
    composites: dict[str, list[str]] = field(default_factory=dict)
    services: dict[str, list[str]] = field(default_factory=dict)
    objectives: dict[str, list[str]] = field(default_factory=dict)
    suppressors: dict[str, str] = field(default_factory=dict)

    def add(self, severity: str, **about: Any) -> str:
        """One more alarm."""
        name = f"a{len(self.alarms):03}-alarm-prod"
        self.alarms[name] = severity
        self.about[name] = about
        if about.get("service"):
            self.services.setdefault(about["service"], []).append(name)
        return name


@dataclass(slots=True)
class Happening:
    """What happens to the alarms. busy: until when an alarm is taken by a cause."""

    dice: random.Random
    events: list[Event] = field(default_factory=list)
    busy: dict[str, float] = field(default_factory=dict)
    causes: int = 0

    def state(self, moment: float, alarm: str, state: str, **more: Any) -> None:
        """A state change."""
        self.events.append({"t": round(moment, 3), "do": "state", "alarm": alarm, "state": state, **more})

    def fails(self, alarm: str, begin: float, end: float | None, cause: int, **more: Any) -> None:
        """From ALARM to OK, now and then more than once, or without data in between."""
        moment, dice = begin, self.dice
        times = dice.choice((1, 1, 1, 1, 2, 3))
        for number in range(times):
            self.state(moment, alarm, "ALARM", cause=cause, **more)
            if number < times - 1:
                self.state(moment := moment + dice.uniform(2, 90), alarm, "OK")
                moment += dice.uniform(2, 60)
        if dice.random() < 0.1:
            self.state(moment := moment + dice.uniform(5, 60), alarm, "INSUFFICIENT_DATA")
        if end is None:
            self.busy[alarm] = float("inf")
            return
        end = max(end, moment + 2)
        self.state(end, alarm, "OK")
        self.busy[alarm] = end + 2

    def free(self, alarms: Iterable[str], begin: float) -> list[str]:
        """Those that no cause has taken at that time."""
        return [alarm for alarm in alarms if self.busy.get(alarm, 0) < begin - 10]


def script(seed: int, points: Iterable[str] = RATES) -> Script:
    """The world of a seed. Every fourth world is without faults: what is promised of times is exact there."""
    dice = random.Random(f"causes of {seed}")
    duration = dice.uniform(1_200, LONGEST)
    estate = _estate(dice)
    types = any_chat([kind for kind in TYPES if dice.random() < 0.4] or ["jira"], seed)
    channels = {f"ops-{kind}": kind for kind in types}
    routes = {severity: [name for name in channels if dice.random() < 0.7] for severity in SEVERITIES}
    for names in routes.values():
        names += [] if names else [dice.choice(list(channels))]
    policy = _policy(dice, list(channels))
    happening = Happening(dice)
    for _ in range(dice.randint(1, 4)):
        _cause(happening, estate, duration)
    _many_fail(happening, estate, duration)
    if seed % 4 == 0:
        _trickle(Happening(random.Random(f"trickle of {seed}"), happening.events, causes=happening.causes), estate)
    events = happening.events
    if dice.random() < 0.15:
        # The first build has no groups.
        policy, later = None, policy
        events.append({"t": _at(dice, duration / 2), "do": "deploy", "incidents": later})
    faults = tuple(point for point in points if dice.random() < 0.5)
    if seed % 4 == 0:
        faults = ()
    else:
        events += _outages(dice, channels, duration)
    events += _people(dice, estate, channels, duration)
    if dice.random() < 0.1:
        events.append({"t": _at(dice, duration), "do": "redrive"})
    if dice.random() < 0.05:
        since = _at(dice, duration)
        events.append({"t": round(min(duration, since + dice.uniform(60, 1_800)), 3), "do": "replay", "since": since})
    events += _later_channels(seed, channels, routes, duration)
    events = sorted(
        (event for event in events if event["t"] <= duration), key=lambda e: (e["t"], e["do"], e.get("alarm", ""))
    )
    for number, event in enumerate(events):
        if event["do"] == "state":
            event["n"] = number
    return Script(
        seed,
        estate.alarms,
        channels,
        routes,
        tuple(events),
        round(duration + 60, 3),
        dice.choice((300, 900)),
        faults,
        slow=dice.random() < 0.2,
        incidents=policy or {**later, "group": {**later["group"], "by": []}, "storm": None},
        about=estate.about,
        places=estate.places,
    )


def _estate(dice: random.Random) -> Estate:
    estate = Estate()
    for _ in range(dice.randint(1, 3)):
        _composite(dice, estate)
    if dice.random() < 0.4:
        service = dice.choice(SERVICES)
        burns = [estate.add(severity, service=service, objective=service) for severity in ("critical", "high")]
        estate.objectives[service] = burns
    for _ in range(dice.randint(1, 6)):
        service = dice.choice((*SERVICES, ""))
        name = estate.add(dice.choice(SEVERITIES), **({"service": service} if service else {}))
        if dice.random() < 0.1:
            estate.about[name]["alone"] = True
        if dice.random() < 0.1:
            estate.about[name]["page_again_seconds"] = 900
        if dice.random() < 0.15:
            estate.places[name] = [system.OTHER_MEMBER, system.REGION]
    return estate


def _composite(dice: random.Random, estate: Estate) -> None:
    """With parts in the same place, now and then one of them elsewhere; sometimes above another one; sometimes
    suppressed by an alarm that is no part of it.
    """
    service = dice.choice((*SERVICES, ""))
    more = {"service": service} if service else {}
    severity = dice.choice(("critical", "critical", "high"))
    inner = dice.choice(list(estate.composites)) if estate.composites and dice.random() < 0.3 else None
    name = estate.add(severity, **more)
    estate.about[name]["parts_of"] = [name]
    allowed = SEVERITIES[SEVERITIES.index(severity) :]
    parts = []
    for _ in range(dice.randint(2, 5)):
        own = more if dice.random() < 0.7 else {}
        part = estate.add(dice.choice(allowed), **own)
        estate.about[part]["parts_of"] = [name]
        if dice.random() < 0.1:
            estate.places[part] = dice.choice(
                [[system.OTHER_MEMBER, system.REGION], [system.MEMBER, system.OTHER_REGION]]
            )
        parts.append(part)
    if inner and SEVERITIES.index(estate.alarms[inner]) >= SEVERITIES.index(severity):
        for below in (inner, *estate.composites[inner]):
            estate.about[below]["parts_of"] = [*estate.about[below]["parts_of"], name]
        parts.append(inner)
    estate.composites[name] = parts
    if dice.random() < 0.15:
        suppressor = estate.add("none")
        estate.about[name]["suppressor"] = {"alarm": suppressor, "extend": EXTENSION}
        estate.suppressors[name] = suppressor


def _policy(dice: random.Random, channels: list[str]) -> dict[str, Any]:
    wait = {"critical": 0, "high": 30, "medium": 30, "low": 60}
    storm = {"environment_per_minute": 12, "account_per_minute": 8, "own_pages": 2, "calm_seconds": 180, "split": 3}
    flapping = {"repeats": 4, "within_seconds": 3_600, "every_seconds": 300, "page_every_seconds": 600}
    escalate = {"critical": {"after_seconds": 600, "to": [dice.choice(channels)]}} if dice.random() < 0.4 else {}
    return {
        "group": {
            "by": dice.choice((["service", "account"], ["service", "account"], ["service"], [])),
            "wait_seconds": wait,
            "update_every_seconds": dice.choice((60, 300)),
            "collect_seconds": dice.choice((600, 3_600)),
        },
        "storm": {**storm, "severity": "critical"} if dice.random() < 0.8 else None,
        "flapping": flapping if dice.random() < 0.7 else None,
        "remind_seconds": {"critical": 600, "high": 1_200} if dice.random() < 0.6 else {},
        "escalate": escalate,
        "acknowledge": ["ticket", "reaction", "command"],
    }


def _cause(happening: Happening, estate: Estate, duration: float) -> None:
    dice = happening.dice
    begin = dice.uniform(5, duration * 0.7)
    last = dice.choice((dice.uniform(20, 300), dice.uniform(300, 2_400)))
    end = None if dice.random() < 0.15 else begin + last
    what = dice.choice(("composite", "composite", "service", "objective", "one"))
    happening.causes += 1
    if what == "composite":
        name = dice.choice(list(estate.composites))
        _composite_fails(happening, estate, name, begin, end)
        return
    groups = list((estate.services if what == "service" else estate.objectives).values())
    alarms = dice.choice(groups) if groups and what != "one" else [dice.choice(_lone(estate))]
    for alarm in happening.free((a for a in alarms if a not in estate.composites), begin):
        if dice.random() < 0.8:
            _one_fails(happening, alarm, begin, end, dice.choice((5, 60, 600)))


def _lone(estate: Estate) -> list[str]:
    return [alarm for alarm, severity in estate.alarms.items() if severity != "none"]


def _one_fails(happening: Happening, alarm: str, begin: float, end: float | None, spread: float) -> None:
    dice = happening.dice
    start = begin + dice.uniform(0, spread)
    happening.fails(alarm, start, None if end is None else end + dice.uniform(0, 60), happening.causes)


def _composite_fails(happening: Happening, estate: Estate, name: str, begin: float, end: float | None) -> None:
    """Its parts one after another, itself before, between or long after them."""
    dice = happening.dice
    for part in happening.free(estate.composites[name], begin):
        if dice.random() < 0.9:
            _one_fails(happening, part, begin, end, dice.choice((1, 20, 400)))
    for alarm in happening.free([name], begin):
        start = max(1.0, begin + dice.choice((dice.uniform(-4, 5), dice.uniform(0, 120), dice.uniform(100, 700))))
        suppressor = estate.suppressors.get(name)
        if suppressor and suppressor not in happening.busy and dice.random() < 0.7:
            happening.busy[suppressor] = float("inf")
            happening.state(start - 1, suppressor, "ALARM")
            happening.state(start + dice.uniform(60, 900), suppressor, "OK")
            happening.state(start, alarm, "ALARM", cause=happening.causes, by="Alarm")
            over = start + 1_500 if end is None else max(end, start + 5)
            happening.state(over, alarm, "OK")
            happening.busy[alarm] = float("inf")
            return
        over = None if end is None else max(end + dice.uniform(0, 120), start + 5)
        happening.fails(alarm, start, over, happening.causes)


def _many_fail(happening: Happening, estate: Estate, duration: float) -> None:
    dice = happening.dice
    if dice.random() < 0.15:
        _flaps(happening, estate, duration)
    if dice.random() < 0.25:
        _storm(happening, estate, duration)
    if dice.random() < 0.2:
        _silence(happening, estate, duration)


def _flaps(happening: Happening, estate: Estate, duration: float) -> None:
    """An alarm that goes to and fro."""
    dice = happening.dice
    happening.causes += 1
    service = dice.choice((*SERVICES, ""))
    name = estate.add(dice.choice(SEVERITIES), **({"service": service} if service else {}))
    moment, gap = dice.uniform(5, duration * 0.5), dice.uniform(5, 120)
    for _ in range(dice.randint(6, 14)):
        happening.state(moment, name, "ALARM", cause=happening.causes)
        happening.state(moment + gap / 2, name, "OK")
        moment += gap
    happening.busy[name] = float("inf")


def _trickle(happening: Happening, estate: Estate) -> None:
    """Alarms of one service that come one after another while the first message waits."""
    dice = happening.dice
    moment = dice.uniform(5, 600)
    end = moment + dice.uniform(200, 900)
    for severity in ("medium", "high", *dice.choices(("high", "medium", "low"), k=3)):
        name = estate.add(severity, service="payout")
        happening.state(moment, name, "ALARM", cause=happening.causes + 1)
        happening.state(end + dice.uniform(0, 60), name, "OK")
        moment += dice.uniform(13, 24)


def _storm(happening: Happening, estate: Estate, duration: float) -> None:
    """One cause that hits more alarms within a minute than anybody could read, most of which share nothing."""
    dice = happening.dice
    begin = dice.uniform(5, duration * 0.5)
    end = begin + dice.uniform(120, 1_500)
    happening.causes += 1
    for _ in range(dice.randint(14, 30)):
        severity = dice.choice((*SEVERITIES, "low", "medium"))
        name = estate.add(severity)
        if dice.random() < 0.2:
            estate.places[name] = [system.OTHER_MEMBER, system.REGION]
        start = begin + dice.uniform(0, 60)
        over = None if dice.random() < 0.05 else end + dice.choice((dice.uniform(0, 60), dice.uniform(0, 900)))
        happening.fails(name, start, over, happening.causes)


def _silence(happening: Happening, estate: Estate, duration: float) -> None:
    """Many alarms without data at once."""
    dice = happening.dice
    begin = dice.uniform(5, duration * 0.6)
    happening.causes += 1
    for _ in range(dice.randint(4, 20)):
        name = estate.add(dice.choice(SEVERITIES))
        start = begin + dice.uniform(0, 30)
        happening.state(start, name, "INSUFFICIENT_DATA", cause=happening.causes)
        happening.state(start + dice.uniform(60, 1_200), name, "OK")
        happening.busy[name] = float("inf")


def _outages(dice: random.Random, channels: dict[str, str], duration: float) -> list[Event]:
    made: list[Event] = []
    for channel, kind in channels.items():
        if dice.random() < 0.15 and kind not in ("email", "opsitem"):
            begin = _at(dice, duration)
            until = round(begin + dice.choice((dice.uniform(5, 120), dice.uniform(120, 1_800))), 3)
            how = dice.choice(("unreachable", "hang", "503"))
            made.append({"t": begin, "do": "down", "channel": channel, "how": how, "until": until})
    return made


def _people(dice: random.Random, estate: Estate, channels: dict[str, str], duration: float) -> list[Event]:
    """They take incidents on."""
    made: list[Event] = []
    for _ in range(dice.choice((0, 0, 1, 2))):
        event: Event = {"t": _at(dice, duration)}
        channel = dice.choice(list(channels))
        if channels[channel] in ("jira", "slack") and dice.random() < 0.6:
            action = "take" if channels[channel] == "jira" else "eyes"
            made.append({**event, "do": "people", "channel": channel, "action": action, "index": dice.randrange(5)})
        else:
            wanted = {"for": dice.choice((600, 1_800))} if dice.random() < 0.3 else {}
            made.append({**event, "do": "ack", "alarm": dice.choice(_lone(estate)), **wanted})
    return made


def _later_channels(seed: int, channels: dict[str, str], routes: dict[str, list[str]], duration: float) -> list[Event]:
    """As in generate.py; people only take records on, and in a world without faults no vendor is away."""
    events = later_channels(f"channels of causes of {seed}", channels, routes, duration)
    if seed % 4 == 0:
        events = [event for event in events if event["do"] != "down"]
    return [{**event, "action": "take"} if event["do"] == "people" else event for event in events]


def _at(dice: random.Random, duration: float) -> float:
    return round(dice.uniform(1, duration), 3)
