"""H11: somebody answers for what is critical, where the file asks for that.

Who is woken by an alarm that belongs to nobody looks for its team first, and for its cause afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.checks.required import alarms_without
from generator.findings import Finding

CODE = "H11"
NAME = "critical-alarms-have-an-owner"
TITLE = "With `require: [owner]`, every alarm that is critical in some account has an owner."
WHY = (
    "An alarm is read at night by somebody who did not write it. The owner says whom to ask, decides whose channels"
    " hear of it, and who changes it when it was wrong. An alarm without one is changed by nobody. The rule is off"
    " unless the file asks for it, since a small estate has one team."
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
    """A finding for each critical alarm or composite that nobody owns."""
    for alarm in alarms_without(subject.estate, "owner"):
        message = f"`{alarm.key}` is critical, and nobody owns it"
        yield Finding(CODE, message, alarm.path, hint="owner: …, here or in `defaults`", on="key")
