"""T53: a Slack channel can show how an incident of several alarms develops."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Severity
from generator.model.estate import Estate

CODE = "T53"
NAME = "members-can-be-shown"
TITLE = "A Slack channel for incidents of several alarms uses a bot, not a webhook."
SUMMARY = "A Slack channel for incidents of several alarms uses a bot."
WHY = (
    "An incident of several alarms is one message that is updated in place, with a thread. Slack supports that for a"
    " bot with a `channel`. A message of an incoming webhook cannot be updated, so alarms that join the incident later"
    " are not shown until it ends."
)
SOURCE = "https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/"
_TWO = """\
alarms:
  errors: {service: shop}
  slow:
    metric: {namespace: AWS/SQS, name: ApproximateAgeOfOldestMessage, dimensions: {QueueName: q}}
    statistic: Maximum
    threshold: "> 1"
    service: shop
routes: {medium: [chat, mail]}
"""
BAD = f"""\
channels: {{chat: {{type: slack, secret: shop/slack}}}}
{_TWO}"""
GOOD = f"""\
channels: {{chat: {{type: slack, secret: shop/slack, channel: "#ops"}}}}
{_TWO}"""


def check(subject: Subject) -> Iterator[Finding]:
    """A warning for each Slack channel with a webhook, if alarms are grouped."""
    estate = subject.estate
    routed = {name for route in estate.all_routes() for name in route.channels}
    for channel in estate.channels:
        by_hook = channel.type == "slack" and not dict(channel.settings).get("channel")
        if by_hook and channel.name in routed and _groups(estate):
            message = f"`{channel.name}` uses a webhook, which cannot show alarms that join an incident later"
            hint = 'use a bot: set channel: "#ops", and {"token": "xoxb-…"} in the secret'
            yield Finding(CODE, message, channel.path, Severity.WARNING, hint, on="key")


def _groups(estate: Estate) -> bool:
    """True if an incident can have several alarms."""
    by_service = "service" in estate.incidents.group.by
    services = [alarm.service for alarm in estate.alarms if alarm.service]
    services += [composite.service for composite in estate.composites if composite.service]
    return any(alarm.parts_of for alarm in estate.alarms) or (by_service and len(services) > len(set(services)))
