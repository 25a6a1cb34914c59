"""H02: every log group keeps its events for 30 days, those of functions included.

One number everywhere: long enough to investigate last month's incident, without paying for events that are not read.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Resource, Subject
from generator.findings import Finding, Path

CODE = "H02"
NAME = "log-retention-30-days"
TITLE = "Every log group keeps events for 30 days."
WHY = (
    "A log group without a retention period keeps its events without an end, at a growing cost. One that keeps less"
    " has deleted the incident before the review. With 30 days everywhere, responders know how far back the logs"
    " reach."
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
# The sections with a retention; the log groups of functions have none.
_WRITTEN_IN = ("log_groups", "audit")


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each log group of the templates with another retention."""
    for group in subject.resources("AWS::Logs::LogGroup"):
        days = group.properties.get("RetentionInDays")
        if days != _DAYS:
            duration = "without an end" if days is None else f"for {days} days"
            message = (
                f"log group `{group.properties.get('LogGroupName', group.logical_id)}` keeps its events {duration}"
            )
            hint = f"set retention: {_DAYS}d, or remove it here and in defaults.log_groups"
            yield Finding(CODE, message, _path(group), hint=hint, where=group.where)


def _path(group: Resource) -> Path:
    return (*group.path, "retention") if group.path[:1] and group.path[0] in _WRITTEN_IN else group.path
