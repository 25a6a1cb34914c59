"""T33: between two windows of a maintenance somebody is told.

CloudWatch takes a window that is longer than the time to the next one, and then mutes for ever.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.evaluate.alarms.mute_schedule import Recurring, read
from generator.findings import Finding

CODE = "T33"
NAME = "maintenance-ends"
TITLE = "A window of maintenance is over before the next one begins."
WHY = (
    "A window of a day that begins every day, or of an hour that begins every minute, never ends: nobody is told about"
    " these alarms any more, and nothing looks wrong."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-mute-rules.html"
BAD = """\
maintenance:
  nightly: {alarms: [errors], schedule: cron(0 2 * * *), duration: 1d}
"""
GOOD = """\
maintenance:
  nightly: {alarms: [errors], schedule: cron(0 2 * * *), duration: 45m}
"""


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each entry whose longest rest is none."""
    reported = set()
    for maintenance in subject.estate.maintenance:
        schedule = read(maintenance.expression)
        gap = schedule.longest_gap() if isinstance(schedule, Recurring) else None
        if gap is not None and gap <= maintenance.duration and maintenance.path not in reported:
            reported.add(maintenance.path)
            minutes = maintenance.duration // 60
            message = f"windows of {minutes:,} minutes begin at most {gap // 60:,} minutes after each other"
            yield Finding(CODE, message, (*maintenance.path, "duration"), hint="a shorter window, or a rarer one")
