"""T50: a composite is as severe as what it is made of."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Severity
from generator.model.alarm_rules import positive
from generator.model.alarm_severity import is_less_severe, loudest
from generator.model.alarms import Alarm, Composite
from generator.model.estate import Estate
from generator.model.routing import AlarmSeverity

CODE = "T50"
NAME = "composite-speaks-for-its-parts"
TITLE = "A composite whose parts are members of its incident is as severe as each of them."
WHY = (
    "The alarms that a composite is made of are members of its incident: one ticket, one page. A composite that is less"
    " severe than one of them would make less of it than it is, so that alarm does not join it, and one cause is two"
    " incidents. A composite of severity none only serves other composites, and is left alone."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html"
_LAG = "lag: {metric: {namespace: AWS/SQS, name: ApproximateAgeOfOldestMessage, dimensions: {QueueName: q}}"
_LAG += ', statistic: Maximum, threshold: "> 1"}'
BAD = f"""\
alarms:
  errors: {{severity: high}}
  {_LAG}
composites:
  down: {{rule: errors and lag, severity: medium}}
"""
GOOD = f"""\
alarms:
  errors: {{severity: high}}
  {_LAG}
composites:
  down: {{rule: errors and lag, severity: high}}
"""
_SILENT = "none"


def check(subject: Subject) -> Iterator[Finding]:
    """A warning for each composite that is less severe than some of its own parts."""
    estate = subject.estate
    severities = _severities(estate)
    for composite in estate.composites:
        if composite.separate or _SILENT in composite.severities:
            continue
        part_severities = {ref: severities[ref] for ref in dict.fromkeys(positive(composite.rule)) if ref in severities}
        louder = [
            ref for ref, severity in part_severities.items() if is_less_severe(composite.severities[-1], severity)
        ]
        if louder:
            yield _finding(composite, louder, part_severities[louder[0]])


def _severities(estate: Estate) -> dict[str, AlarmSeverity]:
    """The worst severity of each alarm and composite that people hear of and that is not kept alone, by its ref."""
    alarms: tuple[Alarm | Composite, ...] = (*estate.alarms, *estate.composites)
    severities: dict[str, AlarmSeverity] = {}
    for alarm in alarms:
        if isinstance(alarm, Composite):
            severities[alarm.ref] = alarm.severities[0]
        elif not alarm.alone and (worst := loudest(alarm, estate.accounts, bool(estate.organizational_units))):
            severities[alarm.ref] = worst
    return severities


def _finding(composite: Composite, louder: list[str], severity: AlarmSeverity) -> Finding:
    are_many = len(louder) > 1
    worse = f" and {len(louder) - 1} more of its alarms are worse" if are_many else f" is {severity}"
    message = (
        f"`{composite.key}` is {composite.severities[-1]}, and `{louder[0]}`{worse}:"
        f" {'they do' if are_many else 'it does'} not join its incident"
    )
    hint = f"severity: {severity}, or children: separate to say so"
    return Finding(CODE, message, (*composite.path, "rule"), Severity.WARNING, hint)
