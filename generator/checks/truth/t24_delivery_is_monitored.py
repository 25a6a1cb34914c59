"""T24: a failure of alarm delivery is reported by e-mail."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Severity

CODE = "T24"
NAME = "delivery-is-monitored"
TITLE = "An e-mail channel is notified when alarm delivery fails."
WHY = (
    "Alarms on alarm delivery itself (dead letters, an old message in the queue, a rule that cannot deliver, a member"
    " without a heartbeat) use a second way that does not depend on the first, e-mail. Without an e-mail channel they"
    " have no recipient."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html"
BAD = """\
channels: {mail: null, pager: {type: pagerduty, secret: shop/pager}}
routes: {critical: [pager], high: [pager], medium: [pager], low: [pager]}
"""
GOOD = """\
channels: {pager: {type: pagerduty, secret: shop/pager}}
routes: {critical: [pager, mail]}
"""


def check(subject: Subject) -> Iterator[Finding]:
    """A warning if no e-mail channel is notified of failing delivery."""
    estate = subject.estate
    if not any(channel.type == "email" for channel in estate.channels):
        message = "failures of alarm delivery are not notified: there is no e-mail channel"
        hint = "add channels: {platform: {type: email, addresses: [platform@example.com]}}"
        yield Finding(CODE, message, ("channels",), Severity.WARNING, hint, on="key")
