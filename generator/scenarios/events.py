"""Changes of state as the events that EventBridge would hand to the incident function.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html has their shape. Every
change is an event, also of alarms whose actions are held: suppression and mute rules hold actions, not events.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from generator.aws.regions import partition_of
from generator.evaluate.template.template import CompositeAlarm
from generator.evaluate.types import AlarmId, SimulationResult, State, StateTransition
from generator.scenarios.scenario import START, Scenario

BEFORE = 600
"""How many seconds before the start of a test its alarms got the states that they begin in."""

Event = tuple[int, str]
"""When, in milliseconds since 1970, and the event as JSON."""


def events(scenario: Scenario, played: SimulationResult) -> tuple[Event, ...]:
    """Everything that the function is sent, in order of time."""
    since: dict[AlarmId, tuple[State, int, str]] = {}
    told: list[Event] = []
    for alarm, state in scenario.states.items():
        began = StateTransition(alarm, START - BEFORE, "INSUFFICIENT_DATA", state, "It was so when the test began.")
        told.append(_event(scenario, began, ("INSUFFICIENT_DATA", START - 2 * BEFORE, "")))
        since[alarm] = (state, began.at, "")
    for one in played.transitions:
        before = since.get(one.alarm, (one.before, START - BEFORE, ""))
        told.append(_event(scenario, one, before))
        since[one.alarm] = (one.after, one.at, one.suppressed_by)
    return tuple(told)


def _event(scenario: Scenario, one: StateTransition, before: tuple[State, int, str]) -> Event:
    alarm = one.alarm
    about = scenario.environment.alarms.get(alarm)
    state: dict[str, Any] = {"value": one.after, "reason": one.reason, "timestamp": _moment(one.at)}
    configuration: dict[str, Any] = {}
    if isinstance(about, CompositeAlarm):
        configuration = {
            "alarmName": alarm.name,
            "alarmRule": about.rule,
            "actionsSuppressor": about.suppressor,
            "actionsSuppressorWaitPeriod": about.wait,
            "actionsSuppressorExtensionPeriod": about.extension,
        }
    elif about:
        data = {"version": "1.0", "recentDatapoints": list(one.values), "threshold": about.threshold}
        state["reasonData"] = json.dumps(data)
    detail: dict[str, Any] = {
        "alarmName": alarm.name,
        "configuration": configuration,
        "previousState": _held({"value": before[0], "timestamp": _moment(before[1])}, before[2]),
        "state": _held(state, one.suppressed_by),
    }
    if one.muted_until is not None:
        detail["muteDetail"] = {"muteWindowEnd": _moment(one.muted_until)}
    said: Mapping[str, Any] = {
        "version": "0",
        "id": f"{alarm.account}/{alarm.region}/{alarm.name}/{one.at}",
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": alarm.account,
        "time": _moment(one.at),
        "region": alarm.region,
        "resources": [f"arn:{partition_of(alarm.region)}:cloudwatch:{alarm.region}:{alarm.account}:alarm:{alarm.name}"],
        "detail": detail,
    }
    return one.at * 1000, json.dumps(said)


def _held(state: dict[str, Any], by: str) -> dict[str, Any]:
    return {**state, **({"actionsSuppressedBy": by} if by else {})}


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
