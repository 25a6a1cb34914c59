"""obsgen drill --local RULE: the notifications of an event rule's example event"""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from generator.build import Built
from generator.cli.drill.subject import HUB_NAME, only_one
from generator.cli.exit import usage_error
from generator.findings import suggest

if TYPE_CHECKING:
    from generator.drill.drill_result import DrillEvent
    from generator.model.estate import Estate
    from generator.model.event_rules import EventRule

AGO = timedelta(minutes=1)


def is_requested(built: Built, name: str) -> bool:
    """True if the name is that of an event rule: no alarm and no composite has it."""
    estates = built.estates.values()
    alarms = {alarm.key for estate in estates for alarm in estate.alarms}
    alarms |= {composite.key for estate in estates for composite in estate.composites}
    return name not in alarms and any(rule.key == name for estate in estates for rule in estate.event_rules)


def estate_with(built: Built, name: str) -> tuple[Estate, EventRule]:
    """The one environment that has the rule; ends the command where there are several."""
    having = {
        estate.environment: (estate, rule)
        for estate in built.estates.values()
        for rule in estate.event_rules
        if rule.key == name
    }
    estate = only_one([estate for estate, _ in having.values()], f"there is an event rule `{name}`")
    return having[estate.environment]


def example(estate: Estate, rule: EventRule, account: str | None, region: str | None) -> dict[str, Any]:
    """Subject, events and outcome of a plan, for the rule's example event in an account."""
    from generator.drill.alarm_event import DrillSubject
    from generator.model.alarm_locations import HUB, route_table

    if not rule.match:
        raise usage_error(f"the event rule `{rule.key}` has no example event", "examples: {match: [EVENT]}")
    name = _account(estate, rule, account)
    ids = {member.name: member.id for member in estate.accounts} | {HUB_NAME: estate.hub.account}
    place = HUB if name == HUB_NAME else name
    listeners = [
        channel.name
        for entry in route_table(estate).of(rule.severity, (place,), rule.owner, rule.service)
        for channel in entry.channels
    ]
    subject = DrillSubject(
        rule.key,
        ids[name],
        name,
        _region(estate, rule, name, region),
        estate.hub.partition,
        rule.severity,
        rule.summary or rule.key,
        None,
        listeners=tuple(dict.fromkeys(listeners)),
    )
    has_end = bool(rule.end_match)
    return {
        "subject": subject,
        "events": tuple(_events(rule, subject)),
        "ends": has_end,
        "outcome": f"received the event{' and its end' if has_end else ''}; the duplicate was ignored",
    }


def _account(estate: Estate, rule: EventRule, requested: str | None) -> str:
    """The requested account, else the first that has the rule, by its name."""
    from generator.model.alarm_locations import HUB, event_rule_locations

    members = [member.name for member in estate.accounts]
    places = [HUB_NAME if place == HUB else place for place in event_rule_locations(rule, estate)]
    having = [place for place in places if place in (*members, HUB_NAME)]
    if not having:
        raise usage_error(f"the event rule `{rule.key}` exists in no named account")
    if requested and requested not in having:
        hint = suggest(requested, having, f"use --account {' or '.join(having)}")
        raise usage_error(f"the event rule `{rule.key}` does not exist in {requested}", hint)
    return requested or having[0]


def _region(estate: Estate, rule: EventRule, account: str, requested: str | None) -> str:
    members = {member.name: member.regions_of(estate.regions) for member in estate.accounts}
    regions = members.get(account, (estate.hub.region,))
    if rule.region:
        regions = tuple(region for region in regions if region == rule.region) or (rule.region,)
    if requested and requested not in regions:
        hint = suggest(requested, regions, f"use --region {' or '.join(regions)}")
        raise usage_error(f"the event rule `{rule.key}` has no events of {account} in {requested}", hint)
    return requested or (estate.hub.region if estate.hub.region in regions else regions[0])


def _events(rule: EventRule, subject: Any) -> list[DrillEvent]:
    from generator.drill.drill_result import DrillEvent

    now = datetime.now(UTC)
    begin = _message(rule, "begin", rule.match[0], subject, now - AGO)
    events = [
        DrillEvent("the event", "the event", True, partial(dict, begin)),
        DrillEvent("the same event again", "the event", False, partial(dict, begin)),
    ]
    if rule.end_match:
        end = _message(rule, "end", rule.end_match[0], subject, now)
        events.append(DrillEvent("its end", "the end", True, partial(dict, end)))
    return events


def _message(rule: EventRule, edge: str, text: str, subject: Any, at: datetime) -> dict[str, Any]:
    """As the hub's rule puts it into the queue: the example with an account, a Region, a time and an id of now."""
    from generator.model.event_rules import MESSAGE_SOURCE, MESSAGE_VERSION

    envelope = {
        "id": str(uuid.uuid4()),
        "time": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "account": subject.account,
        "region": subject.region,
    }
    event = {**json.loads(text), **envelope}
    return {"source": MESSAGE_SOURCE, "version": MESSAGE_VERSION, "rule": rule.name, "edge": edge, "event": event}
