"""Tests of event rules as they are now: the first example of each that has one, and the first that ends it.

Only the incident function's own code decides what becomes of an event, so the proposals have no expectation; the
caller runs that code and adds what it did.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.drill.incident_process import Result
from generator.model.event_rules import EventRule
from generator.scenarios.entries import IncidentText
from generator.scenarios.environment import AlarmLocation, SimulatedEnvironment
from generator.scenarios.event_findings import event_findings, has_events_of
from generator.scenarios.given_events import event_locations
from generator.scenarios.notified_names import notified_names
from generator.scenarios.proposed_text import named_test, quoted
from generator.scenarios.scenario import START
from generator.scenarios.verdict import INCIDENT_STEPS

_BEGIN, _END = "0m", "5m"
_SECONDS = {_BEGIN: 0, _END: 300}
# What a test fills in by itself.
_FILLED = frozenset({"account", "id", "region", "time", "version"})


@dataclass(frozen=True, slots=True)
class EventProposal:
    """A test without its expectation. moments: when it gives an event."""

    text: str
    rule: EventRule
    location: AlarmLocation
    moments: tuple[str, ...]

    @property
    def draft(self) -> str:
        """The test with an expectation that anything meets, to run it."""
        return f'{self.text}    expect:\n      - {{incidents: ">= 0"}}\n'

    def expecting(self, result: Result) -> str:
        """The whole test."""
        where = f"account: {quoted(self.location.account)}, region: {self.location.alarm.region}"
        lines = [
            f"      - {{at: {at}, incident: {{event: {self.rule.key}, {where}, {self._incident(result, at)}}}}}\n"
            for at in self.moments
        ]
        return f"{self.text}    expect:\n{''.join(lines)}      - {{incidents: {len(result.incidents)}}}\n"

    def _incident(self, result: Result, at: str) -> str:
        """The state of the incident at a time."""
        names = notified_names(IncidentText.model_validate({"event": self.rule.key, "is": "none"}), self.rule.name)
        until = [
            notification
            for notification in result.notifications
            if names.fullmatch(notification.alarm) and notification.at <= (START + _SECONDS[at]) * 1000
        ]
        newest = [notification for notification in until if notification.at == until[-1].at]
        if not newest:
            return "is: none"
        channels = ", ".join(sorted({notification.channel for notification in newest}))
        return f"is: {INCIDENT_STEPS[newest[0].step]}, severity: {newest[0].severity}, channels: [{channels}]"


def proposed_events(environment: SimulatedEnvironment) -> Iterator[EventProposal]:
    """One for each event rule with an example, in the first account that has the rule."""
    for rule in environment.event_rules:
        place = _place(environment, rule)
        if place is None:
            continue
        (location,) = event_locations(environment, rule.name, [place])
        events = [(_BEGIN, rule.match[0]), *((_END, example) for example in rule.end_match[:1])]
        lines = "".join(_entry(location, at, json.loads(example)) for at, example in events)
        name = f"{environment}: an event of {rule.key}" + (", and its end" if len(events) > 1 else "")
        text = "".join(named_test(environment, name)) + "    given:\n" + lines
        yield EventProposal(text, rule, location, tuple(at for at, _example in events))


def _place(environment: SimulatedEnvironment, rule: EventRule) -> tuple[str, str] | None:
    """The first account and Region, members first, in which the first example is an event of the rule."""
    if not rule.match:
        return None
    event = json.loads(rule.match[0])
    # An example need not be a whole event, nor one that AWS would send.
    if any(True for text in (*rule.match[:1], *rule.end_match[:1]) for _ in event_findings(json.loads(text), ())):
        return None
    accounts = [environment.accounts[name] for name in environment.members] + list(environment.accounts.values())
    for account in dict.fromkeys(accounts):
        for region in (region for region in environment.regions(account) if has_events_of(event, region)):
            bodies = environment.buses.messages({**event, "account": account, "region": region})
            if any(json.loads(body).get("rule") == rule.name for body in bodies):
                return account, region
    return None


def _entry(location: AlarmLocation, at: str, event: Mapping[str, Any]) -> str:
    written = {key: value for key, value in event.items() if key not in _FILLED and value not in ([], {})}
    where = f"account: {quoted(location.account)}, region: {location.alarm.region}"
    return f"      - {{{where}, at: {at}, event: {json.dumps(written)}}}\n"
