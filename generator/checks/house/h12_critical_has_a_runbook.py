"""H12: whoever is woken by what is critical can read what to do, where the file asks for that."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.checks.required import alarms_without
from generator.findings import Finding

CODE = "H12"
NAME = "critical-alarms-have-a-runbook"
TITLE = "With `require: [runbook]`, every alarm that is critical in some account has a runbook."
WHY = (
    "Thinking up at night what to do takes about three times as long as reading it. A runbook stands in the page and in"
    " the ticket; a pattern of the owner gives one to all that it owns. The rule is off unless the file asks for it."
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
        message = f"`{alarm.key}` is critical, and no runbook says what to do"
        hint = "runbook: https://…, or `runbooks` of its owner"
        yield Finding(CODE, message, alarm.path, hint=hint, on="key")
