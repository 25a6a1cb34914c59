"""T52: critical alarms have a channel that does not group its messages."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Severity, dotted
from generator.model.alarm_locations import AnyAlarm, route_table
from generator.model.estate import Estate
from generator.model.routing import AlarmSeverity, AnyRoute, Channel

CODE = "T52"
NAME = "critical-without-digest"
TITLE = "Critical alarms have more than one channel that groups its messages into a digest."
SUMMARY = "Critical alarms have a channel besides one with a digest."
WHY = (
    "A channel with a digest sends one message for many pending notifications. A critical alarm still has a message of"
    " its own, but its end, its repeats and the other alarms of its incident are in a digest, in a channel that is"
    " read later: it pages no responder, and no ticket records it. A file with only one channel is exempt, since it"
    " has no other."
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
    """A warning for each critical route whose only channel has a digest, if there are other channels."""
    estate = subject.estate
    if len(estate.channels) == 1:
        return
    for route, channels in sorted(_used(estate).items(), key=lambda pair: dotted(pair[0].path)):
        if len(channels) == 1 and channels[0].delivery.digest:
            message = f"critical alarms notify `{channels[0].name}` only, which groups messages into a digest"
            hint = "add a pager or a ticket system to the route, or set `digest: none` for the channel"
            yield Finding(CODE, message, route.path, Severity.WARNING, hint, on="key")


def _used(estate: Estate) -> dict[AnyRoute, tuple[Channel, ...]]:
    """The routes and rules of critical alarms, with their channels."""
    routes = route_table(estate)
    alarms: tuple[AnyAlarm, ...] = (*estate.alarms, *estate.composites)
    recipients = (
        recipient for alarm in alarms for recipient in routes.recipients(alarm) if recipient.severity == _WORST
    )
    return {recipient.route: recipient.channels for recipient in recipients if recipient.route}
