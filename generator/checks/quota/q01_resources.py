"""Q01: a template holds at most 500 resources.

The count is known here, so nobody has to wait for CloudFormation to refuse the template after it was uploaded.
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
    " and dashboards go on in a second stack before that; what has to be in the first stack, such as roles, queues,"
    " functions and log groups with a key of their own, is what can fill it."
)
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"
_LIMIT = 500
BAD_TEMPLATE = "member.template.yaml:\n  Resources:\n" + "".join(
    f"    Topic{number}: {{Type: AWS::SNS::Topic}}\n" for number in range(1, _LIMIT + 2)
)


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each template that is full, or nearly full of what cannot go on in another stack.

    It names the section that most of it comes from. What can be in another stack gets one before a stack is full.
    """
    for file, template in subject.rolled_out.items():
        resources = template["Resources"].values()
        is_full = len(resources) > _LIMIT
        counting = [resource for resource in resources if is_full or resource["Type"] not in MOVABLE]
        sections = Counter(_section(resource) for resource in counting)
        for section, most in sections.most_common(1):
            what = f"{file} has {len(counting)} resources, {most} of them from {section or 'obsgen itself'}"
            if not is_full:
                what = f"{what}, that cannot be in another stack"
            hint = f"fewer {section}" if section else "fewer things that have to be in the first stack"
            path = (section,) if section else ()
            yield from check_quota(CODE, what, len(counting), _LIMIT, path, hint, file)


def _section(resource: Mapping[str, Any]) -> str:
    path = parse_path(resource.get("Metadata", {}).get("obsgen", {}).get("path", ""))
    return str(path[0]) if path else ""
