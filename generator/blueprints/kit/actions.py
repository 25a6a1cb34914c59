"""The actions of an alarm or composite, as its properties."""

from __future__ import annotations

from typing import Any

from troposphere import Sub

from generator.aws.action_arns import is_stack_relative, substituted
from generator.model.actions import OPSITEM, only_in_alarm
from generator.model.alarms import Alarm, Composite, actions_with_states

_PROPERTIES = {"AlarmActions": "alarm", "OKActions": "ok", "InsufficientDataActions": "no-data"}
_USUAL = ("alarm", "ok")


def action_properties(alarm: Alarm | Composite) -> dict[str, Any]:
    """AlarmActions, OKActions and InsufficientDataActions, each with the actions that are invoked in that state."""
    usual = alarm.actions_in or _USUAL
    lists: dict[str, Any] = {
        name: [
            _written(action)
            for action, states in actions_with_states(alarm)
            if state in (states or usual) and (state == "alarm" or not only_in_alarm(action))
        ]
        for name, state in _PROPERTIES.items()
    }
    properties = {name: actions for name, actions in lists.items() if actions}
    return {"ActionsEnabled": False, **properties} if alarm.actions_disabled else properties


def _written(action: str) -> Any:
    if action.startswith(OPSITEM):
        return Sub(f"arn:${{AWS::Partition}}:ssm:${{AWS::Region}}:${{AWS::AccountId}}:{action}")
    return Sub(substituted(action)) if is_stack_relative(action) else action
