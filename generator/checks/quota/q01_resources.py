"""Q01: a template has at most 500 resources.

The count is known at build time, before CloudFormation refuses an uploaded template.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from generator.checks.check import Subject
from generator.checks.limits import check_quota
from generator.findings import Finding, parse_path
from generator.shards.pieces import MOVABLE

CODE = "Q01"
NAME = "resources-per-template"
TITLE = "A template has at most 500 resources."
WHY = (
    "CloudFormation refuses a larger template as a whole, and the quota cannot be raised. Alarms, filters, log groups"
    " and dashboards continue in a second stack before that. Resources that must be in the first stack can fill it:"
    " roles, queues, functions, and log groups with a key of their own."
)
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"
_LIMIT = 500
INSTEAD = "Remove entries of the section that the finding names, or split the file."
BAD_TEMPLATE = "member.template.yaml:\n  Resources:\n" + "".join(
    f"    Topic{number}: {{Type: AWS::SNS::Topic}}\n" for number in range(1, _LIMIT + 2)
)


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each template that is full, or nearly full of resources that cannot move to another stack.

    It names the section that most of them come from. Other resources move to a further stack before one is full.
    """
    for file, template in subject.rolled_out.items():
        resources = template["Resources"].values()
        is_full = len(resources) > _LIMIT
        counting = [resource for resource in resources if is_full or resource["Type"] not in MOVABLE]
        sections = Counter(_section(resource) for resource in counting)
        for section, most in sections.most_common(1):
            what = f"{file} has {len(counting)} resources, {most} of them from {section or 'obsgen itself'}"
            if not is_full:
                what = f"{what}, that cannot move to another stack"
            hint = f"remove some {section}" if section else "remove some resources of the first stack"
            path = (section,) if section else ()
            yield from check_quota(CODE, what, len(counting), _LIMIT, path, hint, file)


def _section(resource: Mapping[str, Any]) -> str:
    path = parse_path(resource.get("Metadata", {}).get("obsgen", {}).get("path", ""))
    return str(path[0]) if path else ""
