"""Changes of state, and given events of AWS, as the events that EventBridge would hand to the incident function.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html has their shape. Every
change is an event, also of alarms whose actions are held: suppression and mute rules hold actions, not events.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from generator.aws.regions import partition_of
from generator.evaluate.template.template import CompositeAlarm, MetricAlarm
from generator.evaluate.types import AlarmId, Contributor, SimulationResult, State, StateTransition
from generator.scenarios.scenario import START, Scenario

BEFORE = 600
"""How many seconds before the start of a test its alarms got the states that they begin in."""

Alarms = Mapping[AlarmId, MetricAlarm | CompositeAlarm]
Event = tuple[int, str]
"""When, in milliseconds since 1970, and the event as JSON."""


def events(scenario: Scenario, result: SimulationResult) -> tuple[Event, ...]:
    """The events that the function receives, in order of time."""
    alarms = scenario.environment.alarms
    events_ = [
        *state_change_events(alarms, scenario.states, result.transitions, START),
        *contributor_events(alarms, result),
        *((message.at * 1000, message.body) for message in scenario.messages),
    ]
    return tuple(sorted(events_, key=itemgetter(0)))


def state_change_events(
    alarms: Alarms, states: Mapping[AlarmId, State], transitions: Iterable[StateTransition], start: int
) -> tuple[Event, ...]:
    """The events of transitions in order of time. states: of alarms at the start, which got them before."""
    since: dict[AlarmId, tuple[State, int, str]] = {}
    events_: list[Event] = []
    for alarm, state in states.items():
        began = StateTransition(alarm, start - BEFORE, "INSUFFICIENT_DATA", state, "It was so when the test began.")
        events_.append(_event(alarms, began, ("INSUFFICIENT_DATA", start - 2 * BEFORE, "")))
        since[alarm] = (state, began.at, "")
    for transition in transitions:
        before = since.get(transition.alarm, (transition.before, start - BEFORE, ""))
        events_.append(_event(alarms, transition, before))
        since[transition.alarm] = (transition.after, transition.at, transition.suppressed_by)
    return tuple(events_)


def contributor_events(alarms: Alarms, result: SimulationResult) -> tuple[Event, ...]:
    """The events of contributors' transitions."""
    return tuple(
        _event(alarms, transition, None, contributor)
        for contributors in result.contributors.values()
        for contributor in contributors
        for transition in contributor.transitions
    )


def _event(
    alarms: Alarms,
    transition: StateTransition,
    before: tuple[State, int, str] | None,
    contributor: Contributor | None = None,
) -> Event:
    """The event of an alarm, or of one of its contributors, which names no state before."""
    alarm = transition.alarm
    resource = alarms.get(alarm)
    state: dict[str, Any] = {
        "value": transition.after,
        "reason": transition.reason,
        "timestamp": _moment(transition.at),
    }
    configuration: dict[str, Any] = {}
    if isinstance(resource, CompositeAlarm):
        configuration = {
            "alarmName": alarm.name,
            "alarmRule": resource.rule,
            "actionsSuppressor": resource.suppressor,
            "actionsSuppressorWaitPeriod": resource.wait,
            "actionsSuppressorExtensionPeriod": resource.extension,
        }
    elif resource:
        data = {"version": "1.0", "recentDatapoints": list(transition.values), "threshold": resource.threshold}
        state["reasonData"] = json.dumps(data)
    detail: dict[str, Any] = {
        "alarmName": alarm.name,
        "configuration": configuration,
        "state": _held(state, transition.suppressed_by),
    }
    if before:
        detail["previousState"] = _held({"value": before[0], "timestamp": _moment(before[1])}, before[2])
    if contributor:
        written = json.dumps(contributor.attributes).encode()
        labels = dict(contributor.attributes)
        detail["alarmContributor"] = {"id": hashlib.sha256(written).hexdigest()[:16], "attributes": labels}
    if transition.muted_until is not None:
        detail["muteDetail"] = {"muteWindowEnd": _moment(transition.muted_until)}
    event: Mapping[str, Any] = {
        "version": "0",
        "id": f"{alarm.account}/{alarm.region}/{alarm.name}/{transition.at}",
        "detail-type": f"CloudWatch Alarm {'Contributor ' if contributor else ''}State Change",
        "source": "aws.cloudwatch",
        "account": alarm.account,
        "time": _moment(transition.at),
        "region": alarm.region,
        "resources": [f"arn:{partition_of(alarm.region)}:cloudwatch:{alarm.region}:{alarm.account}:alarm:{alarm.name}"],
        "detail": detail,
    }
    return transition.at * 1000, json.dumps(event)


def _held(state: dict[str, Any], by: str) -> dict[str, Any]:
    return {**state, **({"actionsSuppressedBy": by} if by else {})}


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
