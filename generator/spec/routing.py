"""Sections that say who hears about it: channels and routes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from generator.model.routing import AlarmSeverity
from generator.spec.channels.email import EmailChannel
from generator.spec.channels.jira import JiraChannel
from generator.spec.channels.opsitem import OpsItemChannel
from generator.spec.channels.pagerduty import PagerDutyChannel
from generator.spec.channels.slack import SlackChannel
from generator.spec.channels.webhook import WebhookChannel
from generator.spec.scalars import Key
from generator.spec.strict import Strict

ChannelSpec = Annotated[
    EmailChannel | JiraChannel | SlackChannel | PagerDutyChannel | WebhookChannel | OpsItemChannel,
    Field(discriminator="type"),
]


class RouteRuleSpec(Strict):
    """Other channels for some alarms."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        name: f"`{name}` stands in `when`, and the channels in `to`"
        for name in ("severity", "environment", "owner", "service", "account", "unit")
    } | {"channels": "the channels stand in `to`"}
    forms: ClassVar[Mapping[str, str]] = {"": "such as {when: {owner: payments}, to: [pager]}", "to": "write [name]"}

    when: dict[str, str | list[str]] = Field(
        description="severity, environment, owner, service, account, unit, or a label: value; all have to hold",
        min_length=1,
    )
    later: bool | None = Field(
        default=None, description="whether it holds of accounts that join a unit later, where `when` does not say so"
    )
    to: list[Key] = Field(description="the channels that hear of it instead; [] for nobody")
    ok: bool = Field(default=True, description="false: no mail and no message in chat about the end")


class Routes(Strict):
    """Who hears of an alarm: the first rule that holds, else the route of its severity."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "none": "an alarm of severity none tells nobody, and needs no route",
        "when": "a rule stands in a list: rules: [{when: {…}, to: […]}]",
    }

    critical: list[Key] | None = Field(default=None, description="the channels that hear of what is critical")
    high: list[Key] | None = Field(default=None, description="of what is high")
    medium: list[Key] | None = Field(default=None, description="of what is medium")
    low: list[Key] | None = Field(default=None, description="of what is low")
    rules: list[RouteRuleSpec] = Field(
        default_factory=list, description="other channels for some alarms; the first that holds counts"
    )

    def of(self, severity: AlarmSeverity) -> list[str] | None:
        """The channels of a severity without the rules; None where it has no route."""
        channels: list[str] | None = getattr(self, severity, None)
        return channels

    def routed(self) -> Iterator[AlarmSeverity]:
        """The severities that have channels, the worst first."""
        severities: tuple[AlarmSeverity, ...] = ("critical", "high", "medium", "low")
        yield from (severity for severity in severities if self.of(severity))
