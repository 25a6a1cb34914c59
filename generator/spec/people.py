"""Sections that say who hears about it: channels and routes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from generator.spec.channels.email import EmailChannel
from generator.spec.channels.jira import JiraChannel
from generator.spec.channels.opsitem import OpsItemChannel
from generator.spec.channels.pagerduty import PagerDutyChannel
from generator.spec.channels.slack import SlackChannel
from generator.spec.channels.webhook import WebhookChannel
from generator.spec.scalars import Key, OneOf

ChannelSpec = Annotated[
    EmailChannel | JiraChannel | SlackChannel | PagerDutyChannel | WebhookChannel | OpsItemChannel,
    Field(discriminator="type"),
]
RouteSeverity = Annotated[str, OneOf("a severity that can be routed", "critical", "high", "medium", "low")]
Routes = dict[RouteSeverity, list[Key]]
