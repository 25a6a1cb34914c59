"""The actions of an alarm or composite, as its properties."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from troposphere import Sub

from generator.aws.action_arns import is_stack_relative, substituted
from generator.model.actions import OPSITEM, only_in_alarm


def action_properties(actions: Iterable[str], *, disabled: bool = False) -> dict[str, Any]:
    """AlarmActions, and OKActions of the actions that apply to OK as well. disabled: whether none is invoked."""
    lists: dict[str, Any] = {
        "AlarmActions": [_written(action) for action in actions],
        "OKActions": [_written(action) for action in actions if not only_in_alarm(action)],
    }
    properties = {name: actions for name, actions in lists.items() if actions}
    return {"ActionsEnabled": False, **properties} if disabled else properties


def _written(action: str) -> Any:
    if action.startswith(OPSITEM):
        return Sub(f"arn:${{AWS::Partition}}:ssm:${{AWS::Region}}:${{AWS::AccountId}}:{action}")
    return Sub(substituted(action)) if is_stack_relative(action) else action
