"""Rules of the hub's own bus: events for the event store, and its findings for the incident queue.

An event that came from another account goes no further than one bus, so the hub's functions put findings of their own.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from troposphere import GetAtt, Ref, events

from generator.blueprints.admission import findings_from, from_members
from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.delivery import target, written_by_rules
from generator.blueprints.kit.event_rules import named_on_bus
from generator.blueprints.kit.hub_functions import STORE
from generator.blueprints.kit.stack import Part, origin
from generator.model.error_log_names import AGENT_DETAIL_TYPES, AGENT_SOURCE, CHECKS, HUB_SOURCE
from generator.model.estate import Estate
from generator.model.named_alarms import (
    named_kind,
    named_kinds,
    named_pattern,
    named_rules,
    named_title,
)

# Logical ids of the rules, and kinds of their names.
FINDING_RULE, FINDING_NAME = f"{STORE}FindingRule", "monitoring-finding-rule"
ALARM_RULE, ALARM_NAME = f"{STORE}AlarmRule", "monitoring-alarms-rule"
AGENT_RULE, AGENT_NAME = f"{STORE}Rule", "monitoring-events-rule"
CANARY_RULE, CANARY_NAME = f"{STORE}CanaryRule", "monitoring-canaries-rule"
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/monitoring-events-eventbridge.html
RUN_FAILED = {"source": ["aws.synthetics"], "detail-type": ["Synthetics Canary TestRun Failure"]}


def resources(estate: Estate, alarms: dict[str, Any]) -> Iterator[Part]:
    """The rules. alarms: the pattern of this environment's alarms."""
    if estate.events is None:
        return
    yield _rule(
        estate,
        ALARM_RULE,
        ALARM_NAME,
        "Alarms of this environment to the event store",
        {**alarms, **from_members(estate)},
    )
    rules = [ALARM_RULE]
    for id_, names_of_alarms in named_rules(estate):
        pattern = named_pattern({**alarms, **from_members(estate)}, names_of_alarms)
        what = "Alarms of this environment to the event store"
        yield _rule(estate, named_title(ALARM_RULE, id_), named_kind(ALARM_NAME, id_), what, pattern)
    if estate.error_logs:
        pattern = {"source": [AGENT_SOURCE], "detail-type": list(AGENT_DETAIL_TYPES), **findings_from(estate)}
        yield _rule(estate, AGENT_RULE, AGENT_NAME, "Findings of agents to the event store", pattern)
        rules.append(AGENT_RULE)
    if estate.canaries:
        yield _canaries(estate)
        rules.append(CANARY_RULE)
    yield _findings(estate)
    yield written_by_rules(
        f"{STORE}QueuePolicy", f"{STORE}Queue", rules, estate.events.path, named_on_bus(estate, ALARM_NAME)
    )


def findings() -> dict[str, Any]:
    """The pattern of the hub's own findings: source and detail-types."""
    return {"source": [HUB_SOURCE], "detail-type": list(CHECKS)}


def names(estate: Estate) -> list[str]:
    """The names of the rules on the hub's bus, without environment, in order."""
    if estate.events is None:
        return []
    further = named_kinds(estate, ALARM_NAME)
    return [ALARM_NAME, *further, *([AGENT_NAME] if estate.error_logs else []), FINDING_NAME]


def titles(estate: Estate) -> list[str]:
    """The logical IDs of these rules but those for names of their own, which share the dead-letter queue of the bus."""
    if estate.events is None:
        return []
    canaries = [CANARY_RULE] if estate.canaries else []
    return [ALARM_RULE, *([AGENT_RULE] if estate.error_logs else []), *canaries, FINDING_RULE]


def _canaries(estate: Estate) -> Part:
    """The rule for failed canary runs, on the hub's default bus, where Synthetics sends their events."""
    assert estate.events is not None
    canaries = sorted(canary.name for canary in estate.canaries)
    return events.Rule(
        CANARY_RULE,
        Name=estate.name(CANARY_NAME),
        Description="Failed runs of this environment's canaries to the event store",
        EventPattern={**RUN_FAILED, "detail": {"canary-name": canaries}},
        Targets=[target("event-store", GetAtt(f"{STORE}Queue", "Arn"), "EventDeadLetters")],
        Metadata=origin(estate.events.path),
    )


def _findings(estate: Estate) -> Part:
    """From the hub's own account only: members' agents and checkers put other sources, and a finding may name any
    account.
    """
    assert estate.events is not None
    return events.Rule(
        FINDING_RULE,
        Name=estate.name(FINDING_NAME),
        Description="Findings of the event store to the incident queue",
        EventBusName=Ref("Bus"),
        EventPattern={**findings(), "account": [estate.hub.account]},
        Targets=[target("incident-queue", GetAtt("IncidentQueue", "Arn"), "EventDeadLetters")],
        Metadata=origin(estate.events.path),
    )


def _rule(estate: Estate, title: str, kind: str, description: str, pattern: dict[str, Any]) -> Part:
    assert estate.events is not None
    return events.Rule(
        title,
        Name=estate.name(kind),
        Description=description,
        EventBusName=Ref("Bus"),
        EventPattern=pattern,
        Targets=[target("event-store", GetAtt(f"{STORE}Queue", "Arn"), "EventDeadLetters")],
        Metadata=origin(estate.events.path),
    )


CONCERN = Concern(hub=lambda inputs: resources(inputs.estate, inputs.alarm_pattern))
