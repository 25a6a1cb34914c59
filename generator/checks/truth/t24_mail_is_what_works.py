"""T24: somebody hears of each severity in this version."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Severity

CODE = "T24"
NAME = "told-by-mail"
TITLE = "Each severity in use is routed to e-mail, the way to tell that this version of the incident function has."
WHY = (
    "The incident function of this version tells by e-mail; it names the other channels of a route in the"
    " message. A severity whose route has no e-mail channel reaches nobody yet."
)
SOURCE = "https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html"
BAD = """\
channels: {jira: {type: jira, url: "https://example.atlassian.net", project: OPS, secret: shop/jira}}
routes: {medium: [jira]}
"""
GOOD = """\
channels: {jira: {type: jira, url: "https://example.atlassian.net", project: OPS, secret: shop/jira}}
routes: {medium: [jira, mail]}
"""


def check(subject: Subject) -> Iterator[Finding]:
    """A warning for each severity in use that no e-mail channel hears of."""
    estate = subject.estate
    used = {tuning.severity for alarm in estate.alarms for tuning in alarm.tunings() if tuning.enabled}
    used |= {composite.severity for composite in estate.composites}
    for route in estate.routes:
        channels = estate.channels_for(route.severity)
        if route.severity in used and channels and not any(channel.type == "email" for channel in channels):
            message = f"{route.severity} alarms reach nobody yet: this version tells by e-mail only"
            yield Finding(CODE, message, route.path, Severity.WARNING, "add an e-mail channel to the route")
