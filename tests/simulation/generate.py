"""From a seed a script: alarms that go up and down, deployments, outages, people, and a random half of the faults."""

from __future__ import annotations

import random
from collections.abc import Iterable

from tests.simulation import findings, system
from tests.simulation.faults import RATES
from tests.simulation.script import CHATS, LATER_TYPES, TYPES, Event, Script

SEVERITIES = ("critical", "high", "medium", "low")
LONGEST = 5_400


def any_chat(types: list[str], seed: int) -> list[str]:
    """The types with any of CHATS in the place of the first of them."""
    chat = random.Random(f"chat of {seed}").choice(CHATS)
    return [chat if kind == CHATS[0] else kind for kind in types]


def script(seed: int, points: Iterable[str] = RATES) -> Script:
    """The world of a seed. points: the fault points that the architecture has."""
    dice = random.Random(seed)
    window = dice.choice((300, 900, 1_800))
    duration = dice.uniform(1_200, LONGEST)
    types = any_chat([kind for kind in TYPES if kind == "jira" or dice.random() < 0.45], seed)
    channels = {f"ops-{kind}": kind for kind in types}
    routes = {severity: [name for name in channels if dice.random() < 0.6] for severity in SEVERITIES}
    for names in routes.values():
        if not names:
            names.append("ops-jira")
    alarms = {f"a{number:03}-alarm-prod": dice.choice(SEVERITIES) for number in range(dice.randint(1, 7))}
    events: list[Event] = []
    for alarm in alarms:
        events += _states(dice, alarm, window, duration)
    unknown = [alarm for alarm in alarms if dice.random() < 0.05]
    if dice.random() < 0.5 or unknown:
        events += _deployments(dice, alarms, channels, routes, duration, unknown)
    events += _outages(dice, channels, duration)
    if dice.random() < 0.3:
        events += _people(dice, channels, duration)
    if dice.random() < 0.3:
        events.append({"t": _at(dice, duration), "do": "redrive"})
    if dice.random() < 0.1:
        since = _at(dice, duration)
        events.append({"t": round(min(duration, since + dice.uniform(60, 3_600)), 3), "do": "replay", "since": since})
    if dice.random() < 0.15:
        kind = dice.choice(system.FORGERIES)
        event = {"t": _at(dice, duration), "do": "forged", "kind": kind, "alarm": dice.choice(sorted(alarms))}
        events.append(event)
    known = {alarm: severity for alarm, severity in alarms.items() if alarm not in unknown}
    faults = tuple(point for point in points if dice.random() < 0.5)
    events.sort(key=lambda event: (event["t"], event["do"], event.get("alarm", "")))
    for number, event in enumerate(events):
        if event["do"] == "state":
            event["n"] = number
    slow = dice.random() < 0.4
    found, more = _findings(seed, window, duration, routes)
    known |= found
    more += later_channels(f"channels of {seed}", channels, routes, duration)
    events = sorted([*events, *more], key=lambda event: event["t"])
    return Script(seed, known, channels, routes, tuple(events), round(duration + 60, 3), window, faults, slow=slow)


def _findings(
    seed: int, window: int, duration: float, routes: dict[str, list[str]]
) -> tuple[dict[str, str], list[Event]]:
    """In every second world. Of dice of their own: what else happens in a world does not depend on them."""
    dice = random.Random(f"findings of {seed}")
    if dice.random() < 0.5:
        return {}, []
    severity = dice.choice(sorted(routes))
    found = {findings.name(number): severity for number in range(dice.randint(1, 4))}
    events = [event for name in found for event in findings.states(dice, name, window, duration)]
    dice_of_events = random.Random(f"events of {seed}")
    if dice_of_events.random() < 0.5:
        of_rules = [findings.name(findings.FIRST_EVENT + number) for number in range(dice_of_events.randint(1, 2))]
        found |= dict.fromkeys(of_rules, severity)
        events += [event for name in of_rules for event in findings.states(dice_of_events, name, window, duration)]
    for number, event in enumerate(events):
        event["n"] = f"f{number}"
    if dice.random() < 0.2:
        # The first build does not know the check.
        events.append({"t": _at(dice, duration), "do": "deploy", "alarms": dict(found)})
        found = {}
    return found, events


def later_channels(seed: str, channels: dict[str, str], routes: dict[str, list[str]], duration: float) -> list[Event]:
    """Adds channels of LATER_TYPES, in every fifth world each, to channels and routes; what happens to them.

    A deployment that sets the routes of a severity takes them out of it. Of dice of their own, as findings are.
    """
    dice = random.Random(seed)
    chosen = {f"ops-{kind}": kind for kind in LATER_TYPES if dice.random() < 0.2}
    channels |= chosen
    for names in routes.values():
        names += [name for name in chosen if dice.random() < 0.7]
    events = _outages(dice, chosen, duration)
    if "ops-servicenow" in chosen and dice.random() < 0.3:
        action = dice.choice(("delete", "close", "resolve", "take"))
        event = {"t": _at(dice, duration), "do": "people", "channel": "ops-servicenow", "action": action}
        events.append({**event, "index": dice.randrange(5)})
    return events


def _at(dice: random.Random, duration: float) -> float:
    return round(dice.uniform(0, duration), 3)


def _states(dice: random.Random, alarm: str, window: int, duration: float) -> list[Event]:
    """ALARM, OK, and now and then INSUFFICIENT_DATA; OKs shorter and longer than the window."""
    events: list[Event] = []
    state, before, moment = "OK", "OK", dice.uniform(0, duration / 2)
    is_flapping = dice.random() < 0.15
    shortest = 0.0
    while moment < duration and len(events) < 14:
        previous, state = state, _next(dice, state, before)
        if previous != "INSUFFICIENT_DATA":
            before = previous
        events.append({"t": round(moment, 3), "do": "state", "alarm": alarm, "state": state})
        # An OK that follows an OK without data in between begins no new reopening window; not to depend on that,
        # the next ALARM comes late.
        shortest = window + 60.0 if state == "OK" and previous == "INSUFFICIENT_DATA" and before == "OK" else shortest
        gap = dice.uniform(1, 120) if is_flapping else dice.choice((dice.uniform(1, 90), dice.uniform(60, 2 * window)))
        if state == "OK":
            gap, shortest = max(gap, shortest), 0.0
        moment += gap
    return events


def _next(dice: random.Random, state: str, before: str) -> str:
    if state == "INSUFFICIENT_DATA":
        if before == "OK":
            return dice.choice(("ALARM", "ALARM", "OK"))
        return dice.choice(("ALARM", "OK", "OK"))
    if dice.random() < 0.15:
        return "INSUFFICIENT_DATA"
    return "ALARM" if state == "OK" else "OK"


def _deployments(
    dice: random.Random,
    alarms: dict[str, str],
    channels: dict[str, str],
    routes: dict[str, list[str]],
    duration: float,
    unknown: list[str],
) -> list[Event]:
    made: list[Event] = []
    for _ in range(dice.randint(1, 3)):
        event: Event = {"t": _at(dice, duration), "do": "deploy"}
        severity = dice.choice(SEVERITIES)
        match dice.choice(("join", "leave", "remove", "add", "severity", "forget", "same")):
            case "join":
                event["routes"] = {severity: sorted({*routes[severity], dice.choice(sorted(channels))})}
            case "leave":
                event["routes"] = {severity: routes[severity][:-1]}
            case "remove":
                event["channels"] = {dice.choice(sorted(channels)): None}
            case "add":
                # There is one OpsCenter, so a second channel to it would be the same.
                kind = dice.choice([kind for kind in TYPES if kind != "opsitem"])
                event["channels"] = {f"new-{kind}": kind}
                event["routes"] = {severity: [*routes[severity], f"new-{kind}"]}
            case "severity":
                event["severities"] = {dice.choice(sorted(set(alarms) - set(unknown)) or [""]): severity}
                event["severities"].pop("", None)
            case "forget":
                event["alarms"] = {dice.choice(sorted(alarms)): None}
        made.append(event)
    if unknown:
        known = {alarm: alarms[alarm] for alarm in unknown}
        made.append({"t": _at(dice, duration), "do": "deploy", "alarms": known})
    return made


def _outages(dice: random.Random, channels: dict[str, str], duration: float) -> list[Event]:
    made: list[Event] = []
    for channel, kind in channels.items():
        if dice.random() < 0.25 and kind not in ("email", "opsitem"):
            how = dice.choice(("unreachable", "hang", "503", "401"))
            begin = _at(dice, duration)
            length = dice.choice((dice.uniform(5, 120), dice.uniform(120, 5_400)))
            made.append({"t": begin, "do": "down", "channel": channel, "how": how, "until": round(begin + length, 3)})
    return made


def _people(dice: random.Random, channels: dict[str, str], duration: float) -> list[Event]:
    made: list[Event] = []
    for _ in range(dice.randint(1, 2)):
        channel = dice.choice([name for name in channels if channels[name] in ("jira", "slack")])
        action = dice.choice(("delete", "close", "move")) if channels[channel] == "jira" else "delete-thread"
        event = {"t": _at(dice, duration), "do": "people", "channel": channel, "action": action}
        made.append({**event, "index": dice.randrange(5)})
    return made
