"""EventBridge rules of deployed templates: which messages an event becomes, from bus to bus and to a queue.

A target that is a bus has rules of its own. A target with an input template gets a message; the event is in it whole.
Rules with a schedule, targets that get the bare event, retries and delays are not followed.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from generator.aws.regions import partition_of
from generator.evaluate.events.pattern import KIND, EventPattern, parse
from generator.evaluate.template.intrinsics import TemplateScope
from generator.evaluate.types import Deployed

_RULE, _DEFAULT_BUS = "AWS::Events::Rule", "default"
_WHOLE_EVENT = "<aws.events.event.json>"


@dataclass(frozen=True, slots=True)
class BusTarget:
    """A target of a rule. template: the input template; empty where the target gets the event itself."""

    arn: str
    template: str


@dataclass(frozen=True, slots=True)
class BusRule:
    """A rule of a bus, by the ARN of that."""

    bus: str
    pattern: EventPattern
    targets: tuple[BusTarget, ...]

    def of_kind(self) -> BusRule:
        """The rule as if its pattern named sources, detail-types, accounts and Regions only."""
        return replace(self, pattern=self.pattern.within(KIND))


class EventBuses:
    """The rules of several stacks."""

    def __init__(self, stacks: Iterable[Deployed]) -> None:
        self._rules: dict[str, list[BusRule]] = {}
        for rule in (rule for stack in stacks for rule in bus_rules(stack)):
            self._rules.setdefault(rule.bus, []).append(rule)
        self._kinds = {bus: [rule.of_kind() for rule in rules] for bus, rules in self._rules.items()}

    def messages(self, event: Mapping[str, Any]) -> tuple[str, ...]:
        """What rules make of an event on the default bus of its account and Region."""
        return tuple(_messages(self._rules, event))

    def has_kind(self, event: Mapping[str, Any]) -> bool:
        """Whether any rule takes events of this source and detail-type there, whatever the rest of its pattern is."""
        return any(True for _message in _messages(self._kinds, event))


def _messages(rules: Mapping[str, Iterable[BusRule]], event: Mapping[str, Any]) -> Iterator[str]:
    reached = [_bus(_DEFAULT_BUS, event["account"], event["region"])]
    for bus in reached:
        for target in (target for rule in rules.get(bus, ()) if rule.pattern.matches(event) for target in rule.targets):
            if ":event-bus/" in target.arn and target.arn not in reached:
                reached.append(target.arn)
            elif target.template:
                yield target.template.replace(_WHOLE_EVENT, json.dumps(event))


def bus_rules(deployed: Deployed) -> Iterator[BusRule]:
    """The rules of a stack that have a readable pattern."""
    parameters, imports, stored = (dict(pairs) for pairs in (deployed.parameters, deployed.imports, deployed.stored))
    scope = TemplateScope(
        deployed.template, deployed.account, deployed.region, parameters, deployed.stack, imports, stored
    )
    for resource in scope.section("Resources").values():
        if not isinstance(resource, Mapping) or resource.get("Type") != _RULE:
            continue
        if "Condition" in resource and scope.is_on(resource["Condition"]) is not True:
            continue
        properties = scope.resolved(resource.get("Properties", {}))
        pattern = parse(properties["EventPattern"]) if isinstance(properties.get("EventPattern"), Mapping) else None
        if isinstance(pattern, EventPattern) and properties.get("State") != "DISABLED":
            bus = _bus(str(properties.get("EventBusName", _DEFAULT_BUS)), deployed.account, deployed.region)
            yield BusRule(bus, pattern, tuple(_target(target) for target in properties.get("Targets", ())))


def _target(target: Mapping[str, Any]) -> BusTarget:
    return BusTarget(str(target["Arn"]), str(target.get("InputTransformer", {}).get("InputTemplate", "")))


def _bus(name: str, account: str, region: str) -> str:
    """The ARN of a bus, which a rule may name by its name or by its ARN."""
    if name.startswith("arn:"):
        return name
    return f"arn:{partition_of(region)}:events:{region}:{account}:event-bus/{name}"
