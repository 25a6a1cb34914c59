"""T33: a maintenance window ends before the next one begins.

CloudWatch accepts a window that is longer than the time to the next one, and then mutes permanently.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.evaluate.alarms.mute_schedule import Recurring, read
from generator.findings import Finding

CODE = "T33"
NAME = "maintenance-ends"
TITLE = "A maintenance window ends before the next one begins."
WHY = (
    "A window of a day that begins every day, or of an hour that begins every minute, never ends: the alarms never"
    " notify again, and nothing looks wrong. CloudWatch accepts such a rule."
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
    """A finding for each entry whose windows follow each other without a gap."""
    reported = set()
    for maintenance in subject.estate.maintenance:
        schedule = read(maintenance.expression)
        gap = schedule.longest_gap() if isinstance(schedule, Recurring) else None
        if gap is not None and gap <= maintenance.duration and maintenance.path not in reported:
            reported.add(maintenance.path)
            minutes = maintenance.duration // 60
            message = (
                f"windows of {minutes:,} minutes begin at most {gap // 60:,} minutes apart, so the mute never ends"
            )
            yield Finding(
                CODE,
                message,
                (*maintenance.path, "duration"),
                hint="use a shorter duration, or a schedule with longer intervals",
            )
