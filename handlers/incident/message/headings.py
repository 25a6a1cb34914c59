"""The first line of what is added to a ticket; pure."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.incident.message import finding_words
from handlers.incident.message.report import Report, Step

# What stands before the name of the alarm.
HEADINGS: Mapping[Step, str] = {
    Step.REPEAT: "In ALARM again:",
    Step.RESOLVE: "Recovered:",
    Step.EVIDENCE: "Latest log events matched by",
}


def heading(report: Report, headings: Mapping[Step, str] = HEADINGS) -> str:
    """What has changed, in one line; the report's title where its step has no heading."""
    if report.step is Step.REMINDER or (report.is_of_several and report.step is not Step.EVIDENCE):
        return report.title
    if report.finding and report.step is not Step.OPEN:
        return finding_words.heading(report.step, report.summary)
    beginning = headings.get(report.step)
    return f"{beginning} {report.alarm}" if beginning else report.title
