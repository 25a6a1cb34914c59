"""Alarms as accounts have them: their definitions in the form of a template, their states, and their state changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from generator.capture.capture import Capture, CapturedRegion
from generator.capture.times import parse_ms
from generator.capture.types import CapturedAlarm, HistoryItem
from generator.evaluate.template.contents import CompositeAlarm, MetricAlarm
from generator.evaluate.template.template import read
from generator.evaluate.types import AlarmId, Deployed, State

_STATES: Mapping[str, State] = {"OK": "OK", "ALARM": "ALARM", "INSUFFICIENT_DATA": "INSUFFICIENT_DATA"}
_TYPES = {"MetricAlarm": "AWS::CloudWatch::Alarm", "CompositeAlarm": "AWS::CloudWatch::CompositeAlarm"}


@dataclass(frozen=True, slots=True)
class RecordedChange:
    """A change that CloudWatch recorded. at: in seconds since 1970."""

    at: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class AccountAlarm:
    """An alarm of an account. resource: None where its definition cannot be read. updated: its last update.

    changes: None where the history was not captured.
    """

    alarm: AlarmId
    resource: MetricAlarm | CompositeAlarm | None
    state: State | None
    updated: int
    changes: tuple[RecordedChange, ...] | None

    def state_at(self, at: int) -> State | None:
        """Its state at a time, by the changes before and after; None where it is not known."""
        earlier = [change for change in self.changes or () if change.at <= at]
        if earlier:
            return _STATES.get(earlier[-1].after)
        later = [change for change in self.changes or () if change.at > at]
        return _STATES.get(later[0].before) if later else self.state


def account_alarms(capture: Capture) -> Mapping[AlarmId, AccountAlarm]:
    """The metric and composite alarms of a capture. Raises BadCapture."""
    return {alarm.alarm: alarm for region in capture.regions for alarm in _of_region(region)}


def _of_region(region: CapturedRegion) -> Iterator[AccountAlarm]:
    alarms = [alarm for alarm in region.alarms() or () if alarm.kind in _TYPES]
    template = {"Resources": {f"Alarm{number}": _resource(alarm) for number, alarm in enumerate(alarms)}}
    contents = read(Deployed(template, region.account, region.region))
    resources: dict[AlarmId, MetricAlarm | CompositeAlarm] = {}
    resources |= {resource.alarm: resource for resource in contents.metric_alarms}
    resources |= {resource.alarm: resource for resource in contents.composites}
    history = region.history()
    changes = None if history is None else _changes(history)
    for alarm in alarms:
        identity = AlarmId(region.account, region.region, alarm.name)
        updated = alarm.definition.get("AlarmConfigurationUpdatedTimestamp")
        yield AccountAlarm(
            identity,
            resources.get(identity),
            _STATES.get(str(alarm.definition.get("StateValue"))),
            parse_ms(updated) // 1000 if updated else 0,
            None if changes is None else tuple(changes.get(alarm.name, ())),
        )


def _resource(alarm: CapturedAlarm) -> dict[str, Any]:
    """A resource of a template: the API's parameters have the names of the template's properties."""
    return {"Type": _TYPES[alarm.kind], "Properties": {**alarm.definition, "AlarmName": alarm.name}}


def _changes(history: Iterable[HistoryItem]) -> dict[str, list[RecordedChange]]:
    changes: dict[str, list[RecordedChange]] = {}
    for item in history:
        states = [_state(item.data, key) for key in ("oldState", "newState")]
        if item.kind == "StateUpdate" and all(states):
            changes.setdefault(item.alarm, []).append(RecordedChange(item.at_ms // 1000, *states))
    return changes


def _state(data: Any, key: str) -> str:
    state = data.get(key) if isinstance(data, dict) else None
    value = state.get("stateValue") if isinstance(state, dict) else None
    return value if isinstance(value, str) else ""


def same_condition(built: MetricAlarm | CompositeAlarm, account: MetricAlarm | CompositeAlarm) -> bool:
    """Whether two alarms are evaluated alike; actions and warm-ups aside."""
    return _compared(built) == _compared(account)


def _compared(alarm: MetricAlarm | CompositeAlarm) -> object:
    if isinstance(alarm, CompositeAlarm):
        return alarm.rule
    # The order of entries means nothing, and DescribeAlarms does not promise that of the template.
    entries = tuple(sorted(alarm.entries, key=lambda entry: entry.id))
    return replace(
        alarm, logical_id="", entries=entries, actions_enabled=True, warm_up_seconds=0, waits_whole_warm_up=False
    )
