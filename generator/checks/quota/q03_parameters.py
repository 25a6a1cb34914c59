"""Q03: a template has at most 200 parameters.

Each field in which some account differs from the others becomes a parameter of the member template.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.checks.limits import check_quota
from generator.findings import Finding

CODE = "Q03"
NAME = "parameters-per-template"
TITLE = "A template has at most 200 parameters."
WHY = (
    "One member template serves every account; what overrides by label or account change in it travels as"
    " parameters: one for each alarm and each field that differs. CloudFormation takes 200, and the quota cannot be"
    " raised. Alarms go on in a second stack before that; a default that fits more accounts saves more parameters, and"
    " stacks, than anything else."
)
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"
_LIMIT = 200
BAD_TEMPLATE = "member.template.yaml:\n  Parameters:\n" + "".join(
    f"    Parameter{number}: {{Type: String}}\n" for number in range(1, _LIMIT + 2)
)


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each template with too many parameters, or nearly."""
    for file, template in subject.rolled_out.items():
        count = len(template.get("Parameters", {}))
        what = f"{file} has {count} parameters, one for each field of an alarm in which some account differs"
        hint = "fewer overrides by label or account; a better default needs none"
        yield from check_quota(CODE, what, count, _LIMIT, ("alarms",), hint, file)
