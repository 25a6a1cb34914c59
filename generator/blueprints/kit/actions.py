"""The actions of an alarm or composite, as its properties."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from troposphere import Sub

from generator.aws.action_arns import is_stack_relative, substituted
from generator.model.actions import OPSITEM, only_in_alarm

_PROPERTIES = {"AlarmActions": "alarm", "OKActions": "ok", "InsufficientDataActions": "no-data"}
_USUAL = ("alarm", "ok")


def action_properties(
    actions: Iterable[str], states: Collection[str] = (), *, disabled: bool = False
) -> dict[str, Any]:
    """AlarmActions, and OKActions of the actions that apply to OK as well. states: those in which they are invoked, if
    those are not ALARM and OK. disabled: whether none is invoked.
    """
    lists: dict[str, Any] = {
        name: [_written(action) for action in actions if state == "alarm" or not only_in_alarm(action)]
        for name, state in _PROPERTIES.items()
        if state in (states or _USUAL)
    }
    properties = {name: actions for name, actions in lists.items() if actions}
    return {"ActionsEnabled": False, **properties} if disabled else properties


def _written(action: str) -> Any:
    if action.startswith(OPSITEM):
        return Sub(f"arn:${{AWS::Partition}}:ssm:${{AWS::Region}}:${{AWS::AccountId}}:{action}")
    return Sub(substituted(action)) if is_stack_relative(action) else action
