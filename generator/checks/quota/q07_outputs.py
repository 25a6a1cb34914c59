"""Q07: a template has at most 200 outputs.

The address of a dashboard is an output of the stack that the dashboard is in; everything else has a handful.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.checks.limits import check_quota
from generator.findings import Finding

CODE = "Q07"
NAME = "outputs-per-template"
TITLE = "A template has at most 200 outputs."
WHY = (
    "CloudFormation refuses a template with more, and the quota cannot be raised. The address of a dashboard is an"
    " output of the stack that the dashboard is in, and goes on in a second stack with it; what has to be in the first"
    " stack brings the others."
)
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"
_LIMIT = 200
BAD_TEMPLATE = "member.template.yaml:\n  Outputs:\n" + "".join(
    f"    Output{number}: {{Value: text}}\n" for number in range(1, _LIMIT + 2)
)


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each template with too many outputs, or nearly."""
    for file, template in subject.rolled_out.items():
        count = len(template.get("Outputs", {}))
        what = f"{file} has {count} outputs"
        yield from check_quota(CODE, what, count, _LIMIT, ("dashboards",), "fewer dashboards", file)
