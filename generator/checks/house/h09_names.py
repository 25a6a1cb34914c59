"""H09: every name ends with its environment, so that environments can share an account.

Names that do not are the same in dev and prod: the second stack fails to create, or two environments share one thing.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.checks.names import Named, named
from generator.findings import Finding

CODE = "H09"
NAME = "names-end-with-environment"
TITLE = "Every name ends in `-<environment>`, or has the environment as its last path segment."
WHY = (
    "Two environments in one account want two of everything. A log group without the environment in its name is"
    " created by whichever stack comes first, the other one fails, and errors of dev are counted in prod. A reader"
    " also sees from the name alone which environment is burning."
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
# One role for each account whatever the environments; its name is a rule of its own (H07).
_ONE_PER_ACCOUNT = "MonitoringRole-${AWS::AccountId}"
# Names of buckets are the whole partition's: account and Region make this one unique, after its environment.
_UNIQUE = "-${AWS::AccountId}-${AWS::Region}"
# CloudWatch Synthetics names a canary's function after the beginning of the canary's name, and an id of its own.
_OF_A_CANARY = "/aws/lambda/cwsyn-"


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each resource whose name says nothing of its environment."""
    environment = subject.estate.environment
    for resource in named(subject):
        if resource.name == _ONE_PER_ACCOUNT or resource.name.startswith(_OF_A_CANARY):
            continue
        if not resource.name.removesuffix(_UNIQUE).endswith((f"-{environment}", f"/{environment}")):
            message = f"the name of {resource.kind} `{resource.name}` does not end with its environment"
            yield Finding(
                CODE, message, resource.path, hint=_hint(resource, environment), where=resource.resource.where
            )


def _hint(resource: Named, environment: str) -> str:
    if resource.resource.path[:1] == ("log_groups",):
        separator = "" if resource.name.endswith("/") else "/" if "/" in resource.name else "-"
        return f'name: "{resource.name}{separator}{{environment}}"'
    return f"{resource.name}-{environment}"
