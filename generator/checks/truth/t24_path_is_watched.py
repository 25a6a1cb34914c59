"""T24: somebody hears when the path of the alarms is broken."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Severity
from generator.model.incidents import MOST_HEARTBEATS

CODE = "T24"
NAME = "path-is-watched"
TITLE = "A broken path is mailed to somebody, and every member has a heartbeat that is watched."
WHY = (
    "Alarms on the path itself (dead letters, a queue that waits, a rule that cannot deliver, a member that has"
    " fallen silent) are told by a second way, which is e-mail. Without any e-mail channel nobody hears of them, and"
    " of more than a hundred members and Regions the silence is counted and no alarm."
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
    """A warning where a broken path would be nobody's news."""
    estate = subject.estate
    if not any(channel.type == "email" for channel in estate.channels):
        message = "nobody hears when the path of the alarms itself is broken: there is no e-mail channel"
        hint = "add one: channels: {platform: {type: email, addresses: [platform@example.com]}}"
        yield Finding(CODE, message, ("channels",), Severity.WARNING, hint, on="key")
    beating = sum(len(account.regions_of(estate.regions)) for account in estate.accounts)
    if beating > MOST_HEARTBEATS:
        message = f"{beating} members and Regions: their heartbeats are counted, and no alarm tells of one that stops"
        hint = f"up to {MOST_HEARTBEATS} have an alarm each; look at the metric Heartbeats-{estate.environment}"
        yield Finding(CODE, message, ("accounts",), Severity.WARNING, hint, on="key")
