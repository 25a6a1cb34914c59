"""H12: a critical alarm has a runbook, where the file requires it."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.checks.required import alarms_without
from generator.findings import Finding

CODE = "H12"
NAME = "critical-alarms-have-a-runbook"
TITLE = "With `require: [runbook]`, every alarm that is critical in some account has a runbook."
SUMMARY = "With `require: [runbook]`, every critical alarm has a runbook."
WHY = (
    "Finding out at night what to do takes about three times as long as reading it. The page and the ticket link to"
    " the runbook; a pattern of the owner gives one to all alarms of that owner. The rule is off unless the file"
    " requires it."
)
SOURCE = "https://sre.google/sre-book/introduction/"
BAD = """\
alarms: {errors: {severity: critical}}
require: [runbook]
"""
GOOD = """\
require: [runbook]
owners: {shop-team: {runbooks: "https://wiki.example.com/{alarm}"}}
alarms: {errors: {severity: critical, owner: shop-team}}
"""


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each critical alarm or composite without a runbook."""
    for alarm in alarms_without(subject.estate, "runbook"):
        message = f"`{alarm.key}` is critical and has no runbook"
        hint = "set `runbook`, or `runbooks` of its owner"
        yield Finding(CODE, message, alarm.path, hint=hint, on="key")
