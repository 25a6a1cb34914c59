"""H09: every name ends with its environment, so that environments can share an account.

Other names are the same in dev and prod: the second stack fails, or two environments share one resource.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.checks.names import Named, named
from generator.findings import Finding, Path
from generator.model.alarms import Alarm, Composite
from generator.model.dashboards import Dashboard
from generator.model.estate import Estate
from generator.model.logs import MetricFilter

CODE = "H09"
NAME = "names-end-with-environment"
TITLE = "Every name ends in `-<environment>`, or has the environment as its last path segment."
SUMMARY = "Every name ends with its environment."
WHY = (
    "Two environments in one account need two of each resource. A log group without the environment in its name is"
    " created by the stack that is deployed first; the other stack fails, and errors of dev count in prod. The name"
    " also shows responders which environment fails."
)
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html"
BAD = """\
log_groups:
  application: {name: /aws/application}
"""
GOOD = """\
log_groups:
  application: {name: "/aws/application/{environment}"}
"""
# All environments of an account share this role; its name has a rule of its own (H07).
_ONE_PER_ACCOUNT = "MonitoringRole-${AWS::AccountId}"
# Bucket names are unique in a partition, so the account and the Region follow the environment.
_UNIQUE = "-${AWS::AccountId}-${AWS::Region}"
# CloudWatch Synthetics names a canary's function after the beginning of the canary's name and an ID.
_OF_A_CANARY = "/aws/lambda/cwsyn-"


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each resource whose name does not end with its environment."""
    environment, chosen = subject.estate.environment, _chosen(subject.estate)
    for resource in named(subject):
        if (resource.resource.path, resource.name) in chosen:
            continue
        if resource.name == _ONE_PER_ACCOUNT or resource.name.startswith(_OF_A_CANARY):
            continue
        if not resource.name.removesuffix(_UNIQUE).endswith((f"-{environment}", f"/{environment}")):
            message = f"the name of {resource.kind} `{resource.name}` does not end with the environment `{environment}`"
            yield Finding(
                CODE, message, resource.path, hint=_hint(resource, environment), where=resource.resource.where
            )


def _chosen(estate: Estate) -> set[tuple[Path, str]]:
    """The names that entries choose themselves: R10 reports those of environments that share an account."""
    entries: list[Alarm | Composite | MetricFilter | Dashboard] = [*estate.alarms, *estate.composites]
    entries += (*estate.metric_filters, *estate.dashboards)
    return {(entry.path, entry.name) for entry in entries if entry.own_name}


def _hint(resource: Named, environment: str) -> str:
    if resource.resource.path[:1] == ("log_groups",):
        separator = "" if resource.name.endswith("/") else "/" if "/" in resource.name else "-"
        return f'use name: "{resource.name}{separator}{{environment}}"'
    return f"use {resource.name}-{environment}"
