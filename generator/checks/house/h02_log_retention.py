"""H02: every log group keeps its events for thirty days, the functions' own included.

One number everywhere: enough to look into last month's incident, and no pile that is paid for without being read.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Resource, Subject
from generator.findings import Finding, Path

CODE = "H02"
NAME = "log-retention-30-days"
TITLE = "Every log group keeps events for 30 days."
WHY = (
    "A log group without a retention keeps everything for ever, and everybody pays for it; one that keeps less has"
    " forgotten the incident before the review. Thirty days everywhere also means that nobody has to look up how far"
    " back they can look."
)
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html"
BAD = """\
log_groups:
  application: {retention: 90d}
"""
GOOD = """\
log_groups:
  application: {retention: 30d}
"""
_DAYS = 30
# The sections in which a retention can be written; a function's log group has no such place.
_WRITTEN_IN = ("log_groups", "audit")


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each log group of the templates that keeps its events for another time."""
    for group in subject.resources("AWS::Logs::LogGroup"):
        days = group.properties.get("RetentionInDays")
        if days != _DAYS:
            duration = "for ever" if days is None else f"for {days} days"
            message = (
                f"log group `{group.properties.get('LogGroupName', group.logical_id)}` keeps its events {duration}"
            )
            hint = f"retention: {_DAYS}d, or leave it out here and in defaults.log_groups"
            yield Finding(CODE, message, _path(group), hint=hint, where=group.where)


def _path(group: Resource) -> Path:
    return (*group.path, "retention") if group.path[:1] and group.path[0] in _WRITTEN_IN else group.path
