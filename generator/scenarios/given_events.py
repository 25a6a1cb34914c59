"""Events that a test gives, and the messages that the incident function receives of them by the templates' rules."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from generator.evaluate.types import AlarmId
from generator.findings import Finding, Path, suggest
from generator.model.event_rules import MESSAGE_SOURCE, detail_types, sources
from generator.scenarios.entries import Given
from generator.scenarios.environment import AlarmLocation, SimulatedEnvironment
from generator.scenarios.mentions import one_of

_REQUIRED = ("source", "detail-type")


@dataclass(frozen=True, slots=True)
class RuleMessage:
    """A message of the hub's rules. at: seconds since 1970. rule: its name. edge: begin or end. body: JSON."""

    at: int
    rule: str
    edge: str
    account: str
    region: str
    body: str


def given_messages(
    environment: SimulatedEnvironment, entry: Given, places: Iterable[tuple[str, str]], at: int, number: int, path: Path
) -> tuple[list[RuleMessage], list[Finding]]:
    """The messages of an event in each account and Region, and what is wrong with it (R02, R06).

    at: seconds since 1970. number: of the entry, so that each event has an id of its own.
    """
    event = entry.event or {}
    missing = [key for key in _REQUIRED if not isinstance(event.get(key), str)]
    if missing:
        hint = "copy the event from AWS's page: source, detail-type and detail"
        return [], [Finding("R06", f"the event has no `{missing[0]}`", (*path, "event"), hint=hint)]
    whole = [_whole(environment, event, account, region, at, number) for account, region in places]
    if whole and not any(environment.buses.has_kind(event_) for event_ in whole):
        return [], [_of_no_rule(environment, event, (*path, "event"))]
    return [_message(at, event_, body) for event_ in whole for body in _bodies(environment, event_)], []


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
    return value


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
