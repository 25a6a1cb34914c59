"""The actions that CloudWatch invokes itself, and the states of an alarm in which it does.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html (five actions for each state)
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from generator.spec.scalars import Action, EnumScalar
from generator.spec.strict import Strict

ActionState = Annotated[Literal["alarm", "ok", "no-data"], EnumScalar("a state of an alarm", "alarm", "ok", "no-data")]
ActionStates = Annotated[
    list[ActionState],
    Field(min_length=1, max_length=3, description="states in which its actions are invoked: alarm, ok, no-data"),
]


class ActionOfStatesSpec(Strict):
    """An action with states of its own."""

    run: Action = Field(description="the ARN that CloudWatch invokes, or opsitem")
    states: list[ActionState] = Field(
        description="the states in which it is invoked: alarm, ok, no-data", min_length=1, max_length=3
    )


def _form(value: object) -> str:
    return "text" if isinstance(value, str) else "mapping"


ActionEntry = Annotated[
    Annotated[Action, Tag("text")] | Annotated[ActionOfStatesSpec, Tag("mapping")], Discriminator(_form)
]
Actions = Annotated[
    list[ActionEntry],
    Field(
        default_factory=list,
        max_length=15,
        description="ARNs that CloudWatch invokes directly, or opsitem; {run: ARN, states: [ok]} in states of its own",
    ),
]


def runs(actions: list[ActionEntry]) -> list[str]:
    """What is invoked, whatever the states are."""
    return [action if isinstance(action, str) else action.run for action in actions]
