"""T52: critical alarms have more than one channel that puts its messages together."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Severity, dotted
from generator.model.alarm_locations import AnyAlarm, route_table
from generator.model.estate import Estate
from generator.model.routing import AlarmSeverity, AnyRoute, Channel

CODE = "T52"
NAME = "critical-wakes-somebody"
TITLE = "What is critical goes to more than one channel that makes a digest of many messages."
WHY = (
    "A channel with a digest sends one message for many while many are due. A critical alarm has a message of its own"
    " all the same, but its end, its repeats and everything that belongs to it stand in a digest, in a channel that"
    " people read when they have time: nobody is woken by it, and no ticket keeps it. A file with one channel alone"
    " has no other to route to, and is left alone."
)
SOURCE = "https://sre.google/sre-book/being-on-call/"
BAD = """\
channels: {chat: {type: slack, secret: shop/slack, channel: "#ops"}}
routes: {critical: [chat]}
alarms: {errors: {severity: critical}}
"""
GOOD = """\
channels: {pager: {type: pagerduty, secret: shop/pager}}
routes: {critical: [pager, mail]}
alarms: {errors: {severity: critical}}
"""
_WORST: AlarmSeverity = "critical"


def check(subject: Subject) -> Iterator[Finding]:
    """A warning where something is critical, its only channel has a digest, and there are others."""
    estate = subject.estate
    if len(estate.channels) == 1:
        return
    for route, channels in sorted(_used(estate).items(), key=lambda pair: dotted(pair[0].path)):
        if len(channels) == 1 and channels[0].delivery.digest:
            message = f"what is critical goes to `{channels[0].name}` alone, which makes one message of many"
            hint = "add a pager or a ticket system to the route, or `digest: none` to the channel"
            yield Finding(CODE, message, route.path, Severity.WARNING, hint, on="key")


def _used(estate: Estate) -> dict[AnyRoute, tuple[Channel, ...]]:
    """The routes and rules that something critical goes by, and its channels."""
    routes = route_table(estate)
    alarms: tuple[AnyAlarm, ...] = (*estate.alarms, *estate.composites)
    recipients = (
        recipient for alarm in alarms for recipient in routes.recipients(alarm) if recipient.severity == _WORST
    )
    return {recipient.route: recipient.channels for recipient in recipients if recipient.route}
