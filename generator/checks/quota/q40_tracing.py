"""Q40: a Region takes 25 sampling rules, and an account 25 trace groups."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import MEMBER_TEMPLATE, Subject
from generator.checks.limits import check_quota
from generator.findings import Finding

CODE = "Q40"
NAME = "tracing-count"
TITLE = "An account has at most 25 sampling rules of its own in a Region, and at most 25 trace groups."
WHY = (
    "X-Ray refuses the twenty-sixth, and the member's stack rolls back. The quotas are one for everything in the"
    " account, other environments included; that of the rules can be raised by a request to AWS, the other cannot."
)
SOURCE = "https://docs.aws.amazon.com/general/latest/gr/xray.html"
_MOST = 25
BAD = "tracing:\n  groups:\n" + "".join(f"    slow-{n}: responsetime > {n}\n" for n in range(1, _MOST + 2))
GOOD = "tracing:\n  groups:\n    slow-1: responsetime > 1\n"


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for too many of either."""
    for kind, what, section in (
        ("AWS::XRay::SamplingRule", "sampling rules", "sampling"),
        ("AWS::XRay::Group", "trace groups", "groups"),
    ):
        count = len([*subject.resources(kind)])
        hint = "fewer: * and ? in one rule, OR in one filter"
        yield from check_quota(CODE, f"{count} {what}", count, _MOST, ("tracing", section), hint, MEMBER_TEMPLATE)
