"""Events that a test gives, and the messages that the incident function receives of them by the templates' rules."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from generator.evaluate.types import AlarmId
from generator.findings import Finding, Path, suggest
from generator.model.event_rules import MESSAGE_SOURCE, detail_types, sources
from generator.scenarios.entries import Given
from generator.scenarios.environment import AlarmLocation, SimulatedEnvironment
from generator.scenarios.event_findings import elsewhere, event_findings, has_events_of
from generator.scenarios.mentions import one_of


@dataclass(frozen=True, slots=True)
class RuleMessage:
    """A message of the hub's rules. at: seconds since 1970. rule: its name. edge: begin or end. body: JSON."""

    at: int
    rule: str
    edge: str
    account: str
    region: str
    body: str


@dataclass(frozen=True, slots=True)
class GivenEvents:
    """An entry's event in each of its accounts and Regions, and what the hub's rules make of all of them."""

    events: tuple[Mapping[str, Any], ...] = ()
    messages: tuple[RuleMessage, ...] = ()


def given_events(
    environment: SimulatedEnvironment, entry: Given, places: Sequence[tuple[str, str]], at: int, number: int, path: Path
) -> tuple[GivenEvents, list[Finding]]:
    """An event in the given accounts and Regions that can have it, and what is wrong with it (R02, R05, R06).

    at: seconds since 1970. number: of the entry, so that each event has an id of its own.
    """
    event, path = entry.event or {}, (*path, "event")
    wrong = list(event_findings(event, path))
    outside = elsewhere(event, [region for _account, region in places], path) if places and not wrong else None
    if wrong or outside:
        return GivenEvents(), [*wrong, *([outside] if outside else [])]
    possible = [place for place in places if has_events_of(event, place[1])]
    whole = tuple(_whole(environment, event, *place, at, number) for place in possible)
    if whole and not any(environment.buses.has_kind(event_) for event_ in whole):
        return GivenEvents(), [_of_no_rule(environment, event, path)]
    messages = [_message(at, event_, body) for event_ in whole for body in _bodies(environment, event_)]
    return GivenEvents(whole, tuple(messages)), []


def _bodies(environment: SimulatedEnvironment, event: Mapping[str, Any]) -> list[str]:
    """The messages of event rules; those of alarms come from the simulation."""
    bodies = environment.buses.messages(event)
    return [body for body in bodies if json.loads(body).get("source") == MESSAGE_SOURCE]


def _message(at: int, event: Mapping[str, Any], body: str) -> RuleMessage:
    data = json.loads(body)
    return RuleMessage(at, data["rule"], data["edge"], event["account"], event["region"], body)


def _whole(
    environment: SimulatedEnvironment, event: Mapping[str, Any], account: str, region: str, at: int, number: int
) -> dict[str, Any]:
    """The event as it would be there and then: its place and time are the test's.

    https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
    """
    filled = _filled(environment, event, account, region)
    return {
        "version": "0",
        "id": f"{number:08d}-{account}-{region}",
        "resources": [],
        "detail": {},
        **filled,
        "account": account,
        "region": region,
        "time": datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _filled(environment: SimulatedEnvironment, value: Any, account: str, region: str) -> Any:
    if isinstance(value, str):
        return environment.filled_in(value, account, region)
    if isinstance(value, dict):
        return {key: _filled(environment, inner, account, region) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(environment, inner, account, region) for inner in value]
    # A date of YAML is text in an event.
    return value.isoformat() if isinstance(value, date) else value


def _of_no_rule(environment: SimulatedEnvironment, event: Mapping[str, Any], path: Path) -> Finding:
    """No event rule matches events of this source and detail-type in the accounts and Regions of the entry."""
    message = f"no event rule matches `{event['detail-type']}` of {event['source']} in this account and Region"
    known = [source for source in sources(environment.event_rules) if isinstance(source, str)]
    hint = suggest(event["source"], known, one_of(known) or "add an entry to event_rules")
    if event["source"] in known:
        hint = "use the detail-type of a pattern, or set `account` and `region` to those of the rule"
        types = detail_types(environment.event_rules, event["source"])
        if event["detail-type"] not in types:
            hint = suggest(event["detail-type"], types, hint)
    return Finding("R02", message, path, hint=hint)


def event_locations(
    environment: SimulatedEnvironment, name: str, places: Iterable[tuple[str, str]]
) -> tuple[AlarmLocation, ...]:
    """Where the incidents of an event rule may be, by its name: for each account and Region a location."""
    names = {number: name for name, number in environment.accounts.items()}
    return tuple(
        AlarmLocation(AlarmId(account, region, name), name, names.get(account, "")) for account, region in places
    )
