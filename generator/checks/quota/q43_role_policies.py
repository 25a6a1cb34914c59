"""Q43: what a role may do, and who may take it on, fits into what IAM takes.

Long lists of resources go into managed policies by themselves; this rule is about what is left.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.aws.policy_sizes import (
    INLINE_OF_A_ROLE,
    MANAGED,
    MANAGED_OF_A_ROLE,
    MANAGED_RAISED,
    TRUST,
    TRUST_RAISED,
    size_of,
)
from generator.checks.check import MEMBER_TEMPLATE, Resource, Subject
from generator.checks.limits import check_quota
from generator.findings import Finding, Severity

CODE = "Q43"
NAME = "role-policies-size"
TITLE = "The policies of a role are as long and as many as IAM takes."
WHY = (
    "A role takes 10,240 characters of inline policies, ten managed ones of 6,144 each, and 2,048 of trust; on request"
    " IAM takes 20 and 4,096. Lists of log groups and accounts that are too long for a role are split into managed"
    " policies on their own; past ten of them, and with too many readers, the stack fails with LimitExceeded."
)
SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"
_MANY = 80
BAD = "access:\n  readers:\n" + "".join(f"    - readers-of-team-number-{number}\n" for number in range(1, _MANY + 1))
GOOD = "access: {readers: [sre-on-call, auditors]}\n"


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each role that IAM refuses, or nearly."""
    managed = list(subject.resources("AWS::IAM::ManagedPolicy"))
    for role in subject.resources("AWS::IAM::Role"):
        regions = subject.estate.regions if role.file == MEMBER_TEMPLATE else (subject.estate.hub.region,)
        longest = max(regions, key=len)
        policies = role.properties.get("Policies", [])
        size = sum(size_of(one["PolicyDocument"], longest) for one in policies)
        if size > INLINE_OF_A_ROLE:
            what = f"the inline policies of {role.logical_id} have {size:,} characters"
            yield from check_quota(CODE, what, size, INLINE_OF_A_ROLE, role.path, "fewer things to name", role.where)
        own = [
            one
            for one in managed
            if one.file == role.file and {"Ref": role.logical_id} in one.properties.get("Roles", ())
        ]
        yield from _managed(role, len(own))
        yield from _trust(role, longest)
    for one in managed:
        size = size_of(one.properties["PolicyDocument"])
        if size > MANAGED:
            what = f"{one.logical_id} has {size:,} characters"
            yield from check_quota(CODE, what, size, MANAGED, one.path, "shorter names", one.where)


def _managed(role: Resource, count: int) -> Iterator[Finding]:
    """Two limits here, too."""
    what = f"{role.logical_id} has {count} managed policies, for all that it names"
    hint = "fewer log groups or accounts in one file"
    if MANAGED_OF_A_ROLE < count <= MANAGED_RAISED:
        usual = (
            f"{what}; IAM takes {MANAGED_OF_A_ROLE}, and {MANAGED_RAISED} where the quota `Managed policies per role`"
            " is raised in every account that has the role"
        )
        yield Finding(CODE, usual, role.path, Severity.WARNING, hint, where=role.where)
    elif count > 1:
        most = MANAGED_OF_A_ROLE if count <= MANAGED_OF_A_ROLE else MANAGED_RAISED
        yield from check_quota(CODE, what, count, most, role.path, hint, role.where)


def _trust(role: Resource, region: str) -> Iterator[Finding]:
    """Two limits: the usual one, and the one that IAM raises it to."""
    size = size_of(role.properties["AssumeRolePolicyDocument"], region)
    what = f"the trust policy of {role.logical_id} has {size:,} characters"
    hint = "fewer readers: one role that the others take on first"
    if size > TRUST_RAISED:
        raised = f"{what}; IAM takes {TRUST:,}, and at most {TRUST_RAISED:,} where the quota is raised"
        yield Finding(CODE, raised, role.path, hint=hint, where=role.where)
    elif size > TRUST:
        usual = (
            f"{what}; IAM takes {TRUST:,}, and {TRUST_RAISED:,} where the quota `Role trust policy length` is raised"
        )
        yield Finding(CODE, usual, role.path, Severity.WARNING, hint, where=role.where)
