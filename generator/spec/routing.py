"""The sections `channels` and `routes`, which decide the channels of a notification."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Union

from pydantic import Field

from generator.model.routing import AlarmSeverity
from generator.spec.channel_types import channel_models
from generator.spec.delivery import ChannelKeys
from generator.spec.scalars import Key
from generator.spec.strict import Strict

if TYPE_CHECKING:
    # The union is built from a directory, which mypy cannot read; what all of its models have is in their base.
    ChannelSpec = ChannelKeys
else:
    ChannelSpec = Annotated[Union[channel_models()], Field(discriminator="type")]  # noqa: UP007


class RouteRuleSpec(Strict):
    """Other channels for some alarms."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        name: f"`{name}` is a condition: write it in `when`, and the channels in `to`"
        for name in ("severity", "environment", "owner", "service", "account", "unit")
    } | {"channels": "channels are listed in `to`"}
    forms: ClassVar[Mapping[str, str]] = {"": "such as {when: {owner: payments}, to: [pager]}", "to": "write [name]"}

    when: dict[str, str | list[str]] = Field(
        description="severity, environment, owner, service, account, unit, or label: value; all must match",
        min_length=1,
    )
    later: bool | None = Field(
        default=None,
        description="whether the rule applies to accounts that join a unit later, if `when` leaves it open",
    )
    to: list[Key] = Field(description="the channels that are notified instead; [] for no notification")
    ok: bool = Field(default=True, description="false: no e-mail and no chat message when it recovers")


class Routes(Strict):
    """The routes of alarms: the first rule that matches, else the route of the severity."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "none": "alarms of severity none notify no channel and need no route",
        "when": "rules are a list: rules: [{when: {…}, to: […]}]",
    }

    critical: list[Key] | None = Field(default=None, description="channels notified of critical alarms")
    high: list[Key] | None = Field(default=None, description="channels notified of alarms of severity high")
    medium: list[Key] | None = Field(default=None, description="channels notified of alarms of severity medium")
    low: list[Key] | None = Field(default=None, description="channels notified of alarms of severity low")
    rules: list[RouteRuleSpec] = Field(
        default_factory=list, description="other channels for some alarms; the first matching rule applies"
    )

    def of(self, severity: AlarmSeverity) -> list[str] | None:
        """The channels of a severity without the rules; None where it has no route."""
        channels: list[str] | None = getattr(self, severity, None)
        return channels

    def routed(self) -> Iterator[AlarmSeverity]:
        """The severities that have channels, the worst first."""
        severities: tuple[AlarmSeverity, ...] = ("critical", "high", "medium", "low")
        yield from (severity for severity in severities if self.of(severity))
