"""Event rules: from the default buses of members and hub to the hub's own bus, and from there to the incident queue.

A rule of the hub's bus names the accounts of its entry, for others forward the same events for other entries. A bus
passes events of other accounts on to no further account, and nothing forwards from the hub's bus: no loop is possible.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from troposphere import GetAtt, Ref, events

from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.delivery import target
from generator.blueprints.kit.event_rules import combined, forwarding_kind
from generator.blueprints.kit.placements import condition, member_condition_attribute
from generator.blueprints.kit.stack import Part, origin
from generator.model.estate import Estate
from generator.model.event_rules import BEGIN_KIND, END_KIND, MESSAGE_SOURCE, MESSAGE_VERSION, EventRule
from generator.model.placement import Placement, has

# A list of accounts that is longer is shorter as one of those that are left out; a pattern has 2,048 characters.
MOST_ACCOUNTS = 100
PATH = ("event_rules",)


def hub(estate: Estate) -> Iterator[Part]:
    """The hub's own events to its bus, and a rule there for each begin and each end."""
    yield from _forwarding(estate, [rule for rule in estate.event_rules if rule.in_hub], None, in_hub=True, first=1)
    for rule in estate.event_rules:
        yield _to_incidents(estate, rule, rule.pattern, "begin")
        if rule.end.pattern:
            yield _to_incidents(estate, rule, rule.end.pattern, "end")


def member(estate: Estate) -> Iterator[Part]:
    """The members' events to the hub's bus: rules for each placement."""
    by_placement: dict[Placement | None, list[EventRule]] = {}
    for rule in estate.event_rules:
        if rule.is_forwarded:
            by_placement.setdefault(rule.placement, []).append(rule)
    first = 1
    for placed in sorted(by_placement, key=lambda placed: condition(placed, estate)):
        parts = list(_forwarding(estate, by_placement[placed], placed, in_hub=False, first=first))
        first += len(parts)
        yield from parts


def _forwarding(
    estate: Estate, rules: Sequence[EventRule], placed: Placement | None, *, in_hub: bool, first: int
) -> Iterator[Part]:
    """The rules of a default bus. first: the number of the first one."""
    bus: Any = (
        GetAtt("Bus", "Arn") if in_hub else estate.hub.arn("events", f"event-bus/{estate.name('observability-bus')}")
    )
    queue, role = ("EventDeadLetters", "HubForwardingRole") if in_hub else ("ForwardingDeadLetters", "ForwardingRole")
    patterns = combined(pattern for rule in rules for pattern in rule.patterns)
    for number, pattern in enumerate(patterns, first):
        yield events.Rule(
            f"{'Hub' if in_hub else ''}EventForwarding{number}Rule",
            Name=estate.name(forwarding_kind(in_hub=in_hub, number=number)),
            Description="Events of event rules to the hub's bus",
            EventPattern=pattern,
            Targets=[target("hub-bus", bus, queue, role)],
            Metadata=origin(PATH),
            **({} if in_hub else member_condition_attribute(placed, estate)),
        )


def _to_incidents(estate: Estate, rule: EventRule, pattern: str, edge: str) -> Part:
    """The rule of the hub's bus that hands an event to the incident function, with the key of the event rule."""
    is_begin = edge == "begin"
    return events.Rule(
        rule.logical_id if is_begin else rule.logical_id.replace("EventRule", "EventEndRule", 1),
        Name=estate.name(f"{rule.name}-{BEGIN_KIND if is_begin else END_KIND}"),
        Description=f"Events that {edge} an incident of {rule.key}",
        EventBusName=Ref("Bus"),
        EventPattern=dict(sorted({**json.loads(pattern), **_from(rule, estate)}.items())),
        Targets=[
            target(
                "incident-queue",
                GetAtt("IncidentQueue", "Arn"),
                "EventDeadLetters",
                InputTransformer=events.InputTransformer(InputTemplate=_message(rule.name, edge)),
            )
        ],
        Metadata=origin(rule.path),
    )


def _message(key: str, edge: str) -> str:
    """The whole event is put in by EventBridge, without quotes.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """
    known = json.dumps({"source": MESSAGE_SOURCE, "version": MESSAGE_VERSION, "rule": key, "edge": edge})
    return f'{known[:-1]}, "event": <aws.events.event.json>}}'


def _from(rule: EventRule, estate: Estate) -> dict[str, Any]:
    """The accounts and Regions of the entry. Where that is all of them, the bus's policy knows them."""
    accounts = _accounts(rule, estate)
    regions = rule.placement.regions if rule.placement and rule.is_forwarded else ()
    of_hub = (estate.hub.region,) if rule.in_hub else ()
    return {
        **({"account": accounts} if accounts else {}),
        **({"region": sorted({*regions, *of_hub})} if regions else {}),
    }


def _accounts(rule: EventRule, estate: Estate) -> list[Any]:
    """The accounts by ID, or those that are left out, whichever is shorter; empty for everyone."""
    hub_account = estate.hub.account
    if not rule.is_forwarded:
        return [hub_account]
    excluded = [account.id for account in estate.accounts if not has(rule.placement, account.name)]
    left_out = [*excluded, *([] if rule.in_hub else [hub_account])]
    having = [account.id for account in estate.accounts if has(rule.placement, account.name)]
    listed = sorted([*having, *([hub_account] if rule.in_hub else [])])
    is_closed = not estate.organizational_units or not has(rule.placement, None)
    if is_closed and (len(listed) <= MOST_ACCOUNTS or len(listed) <= len(left_out)):
        return listed
    return [{"anything-but": sorted(left_out)}] if left_out else []


CONCERN = Concern(hub=lambda inputs: hub(inputs.estate), member=lambda inputs: member(inputs.estate))
