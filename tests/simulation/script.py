"""A world as data: what is configured, what happens when, and which faults are on. JSON in and out.

Times are seconds since the world's beginning. Events, by what they `do`:

    state      alarm, state; n: its name in faults; arrives: when its event reaches the queue, if not at once; cause:
               what it is due to, where the world has incidents of several alarms; by: what suppresses its actions
    deploy     routes, channels, severities, alarms: what changes; a channel that is null is taken out
    down       channel, how (unreachable, hang, 503, 401), until
    people     channel, action (delete, close, move, take for issues; delete, close, resolve, take for records;
               delete-thread, eyes for messages), index
    ack        alarm: its incident is acknowledged by command; for: seconds, for good where that is not given
    mute       id, alarms, for: seconds
    unmute     id: a mute is ended
    redrive    what is among the dead letters goes back to the queue
    replay     since: every state change from then on is put on the bus again
    forged     kind: what somebody puts into the queue who may not (system.forged)
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any

Event = dict[str, Any]
TYPES = ("jira", "pagerduty", "slack", "slack-webhook", "email", "opsitem", "webhook")
# Chats that cannot edit a message, all alike in what people see: where a world has one, it is any of them.
CHATS = ("slack-webhook", "teams", "google-chat")
# Types that came later: what else happens in a world does not depend on whether it has channels of them.
LATER_TYPES = ("jsm", "servicenow")
PAGERS = ("pagerduty", "jsm")


@dataclass(frozen=True, slots=True)
class Script:
    """alarms: name to severity; one that is not in it is unknown to the first build. heal_at: then nothing fails.

    only: if given, exactly these fault occurrences happen. channels: name to one of TYPES, CHATS or LATER_TYPES.
    routes: by severity. slow: channels may be called a fifth as often as usual. incidents: how incidents of several
    alarms are made, as in the routing table; None for no such. about: what the routing table says of an alarm besides.
    places: account and Region of alarms that do not stand where most do.
    """

    seed: int
    alarms: dict[str, str]
    channels: dict[str, str]
    routes: dict[str, list[str]]
    events: tuple[Event, ...]
    heal_at: float
    reopen_within: int = 1_800
    faults: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None
    slow: bool = False
    incidents: dict[str, Any] | None = None
    about: dict[str, dict[str, Any]] = field(default_factory=dict)
    places: dict[str, list[str]] = field(default_factory=dict)

    def with_events(self, events: list[Event]) -> Script:
        """The same world with other events."""
        return replace(self, events=tuple(events))


def to_json(script: Script) -> str:
    """A form for people: one event a line."""
    data = asdict(script)
    events = data.pop("events")
    text = json.dumps({name: value for name, value in data.items() if value not in (None, {})}, indent=1)
    rows = ",\n".join(f"  {json.dumps(event)}" for event in events)
    return f'{text[:-2]},\n "events": [\n{rows}\n ]\n}}\n'


def from_json(text: str) -> Script:
    """The reverse of to_json."""
    return from_data(json.loads(text))


def from_data(data: dict[str, Any]) -> Script:
    """From JSON that was read already."""
    known = {name: data[name] for name in Script.__dataclass_fields__ if name in data}
    for name in ("events", "faults", "only"):
        if known.get(name) is not None:
            known[name] = tuple(known[name])
    return Script(**known)


@dataclass(slots=True)
class Configuration:
    """What is deployed at one time."""

    alarms: dict[str, str]
    channels: dict[str, str]
    routes: dict[str, list[str]]
    reopen_within: int
    number: int = 0
    slow: bool = False
    incidents: dict[str, Any] | None = None
    about: dict[str, dict[str, Any]] = field(default_factory=dict)
    places: dict[str, list[str]] = field(default_factory=dict)

    def changed(self, event: Event) -> Configuration:
        """After a deployment."""
        channels = {**self.channels, **event.get("channels", {})}
        channels = {name: kind for name, kind in channels.items() if kind is not None}
        routes = {**self.routes, **event.get("routes", {})}
        routes = {severity: [name for name in names if name in channels] for severity, names in routes.items()}
        alarms = {**self.alarms, **event.get("alarms", {}), **event.get("severities", {})}
        alarms = {name: severity for name, severity in alarms.items() if severity is not None}
        incidents = event.get("incidents", self.incidents)
        return replace(
            self, alarms=alarms, channels=channels, routes=routes, number=self.number + 1, incidents=incidents
        )

    def recipients(self, alarm: str) -> tuple[str, ...]:
        """The channels that hear about an alarm."""
        return tuple(self.routes.get(self.alarms.get(alarm, "none"), ()))


def first_configuration(script: Script) -> Configuration:
    """What is deployed in the beginning."""
    routes = {severity: list(names) for severity, names in script.routes.items()}
    return Configuration(
        dict(script.alarms),
        dict(script.channels),
        routes,
        script.reopen_within,
        slow=script.slow,
        incidents=script.incidents,
        about=script.about,
        places=script.places,
    )
