"""Q07: a template has at most 200 outputs.

Each dashboard of the hub has its address as an output; everything else has a handful.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.checks.limits import counted
from generator.findings import Finding

CODE = "Q07"
NAME = "outputs-per-template"
TITLE = "A template has at most 200 outputs."
WHY = (
    "CloudFormation refuses a template with more, and the quota cannot be raised. Each dashboard brings an output"
    " with its address, so it is dashboards that reach the limit."
)
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"
_LIMIT = 200
_DASHBOARD = "{widgets: [{type: text, markdown: Runbooks}]}"
BAD = "dashboards:\n" + "".join(f"  team-{n}: {_DASHBOARD}\n" for n in range(1, _LIMIT + 1))
GOOD = f"dashboards:\n  team-1: {_DASHBOARD}\n"


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each template with too many outputs, or nearly."""
    for file, template in subject.rolled_out.items():
        count = len(template.get("Outputs", {}))
        what = f"{file} has {count} outputs, one for each dashboard among them"
        yield from counted(CODE, what, count, _LIMIT, ("dashboards",), "fewer dashboards", file)
