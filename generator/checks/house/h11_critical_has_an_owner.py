"""H11: a critical alarm has an owner, where the file requires it.

The responder of an alarm without an owner searches for the team first, and for the cause afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.checks.required import alarms_without
from generator.findings import Finding

CODE = "H11"
NAME = "critical-alarms-have-an-owner"
TITLE = "With `require: [owner]`, every alarm that is critical in some account has an owner."
SUMMARY = "With `require: [owner]`, every critical alarm has an owner."
WHY = (
    "The responder of an alarm at night rarely wrote it. The owner is the team to ask, decides which channels are"
    " notified, and corrects the alarm afterwards; without an owner, no team does. The rule is off unless the file"
    " requires it, since a small estate has one team."
)
SOURCE = "https://sre.google/workbook/on-call/"
BAD = """\
alarms: {errors: {severity: critical}}
require: [owner]
"""
GOOD = """\
alarms: {errors: {severity: critical, owner: shop-team}}
require: [owner]
"""


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each critical alarm or composite without an owner."""
    for alarm in alarms_without(subject.estate, "owner"):
        message = f"`{alarm.key}` is critical and has no owner"
        yield Finding(CODE, message, alarm.path, hint="set `owner` here or in `defaults`", on="key")
