"""T76: Application Signals can have the SLO of an objective."""

from __future__ import annotations

from collections.abc import Iterator

from generator.aws.regions import partition_of
from generator.checks.check import Subject
from generator.findings import Finding

CODE = "T76"
NAME = "application-signals"
TITLE = "An objective with `application_signals` has at most ten windows, and a partition with Application Signals."
SUMMARY = "Application Signals can have the SLO of an objective."
WHY = (
    "Application Signals publishes a burn rate for each window of an SLO, for ten at most. CloudFormation refuses more"
    " when the stack is deployed. Its SLOs have ARNs in the commercial Regions and in GovCloud only, so a stack in"
    " China cannot have one."
)
SOURCE = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
    "aws-resource-applicationsignals-servicelevelobjective.html"
)
_SLO = "objective: 99.9, bad: {filter: errors}, total: {namespace: Shop, name: Requests}, application_signals: true"
_LONG = (1, 2, 3, 4, 5, 6)
_PAIRS = [f"{{alarm: slow, long: {hours}h, short: {hours * 5 + 1}m, burn_rate: 2}}" for hours in _LONG]
_SHORT = "{alarm: fast, long: 1h, short: 6m, burn_rate: 14}"
BAD = f"slos:\n  shop: {{{_SLO}, windows: [{_SHORT}, {', '.join(_PAIRS)}]}}\n"
GOOD = f"slos:\n  shop: {{{_SLO}, windows: [{_SHORT}, {_PAIRS[-1]}]}}\n"
MOST_WINDOWS = 10
# https://docs.aws.amazon.com/applicationsignals/latest/APIReference/API_ServiceLevelObjective.html: the pattern of Arn.
PARTITIONS = ("aws", "aws-us-gov")


def check(subject: Subject) -> Iterator[Finding]:
    """An error for each objective with more windows, or in another partition."""
    partition = partition_of(subject.estate.hub.region)
    for objective in subject.estate.objectives:
        if objective.signals is None:
            continue
        if partition not in PARTITIONS:
            message = f"Application Signals is not in the partition {partition}"
            yield Finding(CODE, message, (*objective.path, "application_signals"), hint="remove it: the alarms remain")
        path, windows = objective.path, objective.signals.look_backs
        if len(windows) > MOST_WINDOWS:
            message = f"Application Signals has burn rates over {MOST_WINDOWS} windows, not {len(windows)}"
            yield Finding(CODE, message, (*path, "windows"), hint="use fewer pairs, or remove `application_signals`")
