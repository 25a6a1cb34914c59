"""The states of an alarm in which CloudWatch invokes its actions."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from generator.spec.scalars import EnumScalar

ActionState = Annotated[Literal["alarm", "ok", "no-data"], EnumScalar("a state of an alarm", "alarm", "ok", "no-data")]
ActionStates = Annotated[
    list[ActionState],
    Field(min_length=1, max_length=3, description="states in which its actions are invoked: alarm, ok, no-data"),
]
