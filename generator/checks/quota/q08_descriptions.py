"""Q08: an alarm's description has at most 1,024 characters, a template's at most 1,024 bytes.

Summary, runbook and owner share the description of an alarm, so none of them has to be long on its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Path
from generator.model.alarm_description import description
from generator.model.alarms import Alarm, Composite

CODE = "Q08"
NAME = "description-lengths"
TITLE = "Descriptions have at most 1,024 characters for an alarm, 1,024 bytes for a template."
SUMMARY = "Descriptions of alarms and templates are short enough for AWS."
WHY = (
    "CloudWatch refuses an alarm with a longer description, and CloudFormation refuses the template. Details for"
    " responders belong in the runbook, not in the alarm."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"
BAD = f"""\
alarms:
  errors: {{runbook: "https://runbooks.example.com/{"errors/" * 150}"}}
"""
GOOD = """\
alarms:
  errors: {runbook: "https://runbooks.example.com/errors"}
"""
_ALARM_CHARACTERS = 1024
_TEMPLATE_BYTES = 1024


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each alarm and each template with a description that is too long."""
    every: list[Alarm | Composite] = [*subject.estate.alarms, *subject.estate.composites]
    for alarm in every:
        length = len(description(alarm))
        if length > _ALARM_CHARACTERS:
            message = (
                f"the description of `{alarm.key}` has {length:,} characters; the AWS limit is {_ALARM_CHARACTERS:,}"
            )
            hint = "shorten it; summary, runbook and owner count together"
            yield Finding(CODE, message, _longest(alarm), hint=hint)
    for file, template in subject.rolled_out.items():
        size = len(str(template.get("Description", "")).encode())
        if size > _TEMPLATE_BYTES:
            message = f"the description of {file} has {size:,} bytes; the AWS limit is {_TEMPLATE_BYTES:,}"
            yield Finding(CODE, message, ("project",), hint="shorten `project` or the environment's name", where=file)


def _longest(alarm: Alarm | Composite) -> Path:
    """The YAML path of the longest of the three parts, which may be a default."""
    field = max(("summary", "runbook", "owner"), key=lambda name: len(getattr(alarm, name)))
    return next((o.path for o in alarm.origins if o.field == field and o.path), (*alarm.path, field))
