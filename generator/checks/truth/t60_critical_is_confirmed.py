"""T60: critical alarms have a channel that reports whether a message was delivered."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Severity, dotted
from generator.model.alarm_locations import AnyAlarm, route_table
from generator.model.routing import UNCONFIRMED_TYPES, AlarmSeverity, AnyRoute, Channel

CODE = "T60"
NAME = "critical-is-confirmed"
TITLE = "Critical alarms have a channel that reports whether a message was delivered."
SUMMARY = "Critical alarms have a channel that confirms delivery."
WHY = (
    "The workflow of a Teams channel responds with 202 before it posts anything. If its owner has left, its connection"
    " has expired, or the channel no longer exists, the message is lost after that response: it counts as delivered, is"
    " not sent again, and no alarm about failed deliveries fires. Only the run history of the workflow shows it. SNS"
    " likewise accepts a text message for a telephone that has opted out, and beyond the account's spending limit,"
    " which is 1 USD a month at first."
)
SOURCE = "https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using"
BAD = """\
channels: {room: {type: teams, secret: shop/teams, digest: none}}
routes: {critical: [room]}
alarms: {errors: {severity: critical}}
"""
GOOD = """\
channels: {room: {type: teams, secret: shop/teams}, pager: {type: pagerduty, secret: shop/pager}}
routes: {critical: [pager, room]}
alarms: {errors: {severity: critical}}
"""
_WORST: AlarmSeverity = "critical"
_SERVICES = {"sms": "SNS", "teams": "Teams"}


def check(subject: Subject) -> Iterator[Finding]:
    """A warning for each critical route without a channel that confirms delivery."""
    estate = subject.estate
    routes = route_table(estate)
    alarms: tuple[AnyAlarm, ...] = (*estate.alarms, *estate.composites)
    used: dict[AnyRoute, tuple[Channel, ...]] = {
        recipient.route: recipient.channels
        for alarm in alarms
        for recipient in routes.recipients(alarm)
        if recipient.severity == _WORST and recipient.route and recipient.channels
    }
    for route, channels in sorted(used.items(), key=lambda pair: dotted(pair[0].path)):
        if all(channel.type in UNCONFIRMED_TYPES for channel in channels):
            names = " and ".join(f"`{channel.name}`" for channel in channels)
            services = " and ".join(sorted({_SERVICES[channel.type] for channel in channels}))
            do = "do" if " and " in services else "does"
            message = f"critical alarms notify {names} only, and {services} {do} not report a message that was lost"
            yield Finding(
                CODE, message, route.path, Severity.WARNING, "add another type of channel to the route", on="key"
            )
