"""Q43: the policies of a role are within IAM's quotas.

obsgen moves long lists of resources to managed policies; the check covers the result.
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
from generator.checks.check import Resource, Subject
from generator.checks.limits import check_quota
from generator.findings import Finding, Severity
from generator.manifest import MEMBER_TEMPLATE

CODE = "Q43"
NAME = "role-policies-size"
TITLE = "The policies of a role are within IAM's quotas for length and number."
WHY = (
    "A role has at most 10,240 characters of inline policies, ten managed policies of 6,144 characters each, and a"
    " trust policy of 2,048; on request IAM allows 20 and 4,096. obsgen splits long lists of log groups and accounts"
    " into managed policies. With more than ten of them, or with too many readers, the stack fails with LimitExceeded."
)
SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"
_MANY = 80
BAD = "access:\n  readers:\n" + "".join(f"    - readers-of-team-number-{number}\n" for number in range(1, _MANY + 1))
GOOD = "access: {readers: [sre-on-call, auditors]}\n"


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each role over a limit of IAM, or nearly."""
    managed = list(subject.resources("AWS::IAM::ManagedPolicy"))
    for role in subject.resources("AWS::IAM::Role"):
        regions = subject.estate.regions if role.file == MEMBER_TEMPLATE else (subject.estate.hub.region,)
        longest = max(regions, key=len)
        policies = role.properties.get("Policies", [])
        size = sum(size_of(inline["PolicyDocument"], longest) for inline in policies)
        if size > INLINE_OF_A_ROLE:
            what = f"the inline policies of {role.logical_id} have {size:,} characters"
            yield from check_quota(
                CODE, what, size, INLINE_OF_A_ROLE, role.path, "remove log groups or accounts", role.where
            )
        own = [
            policy
            for policy in managed
            if policy.file == role.file and {"Ref": role.logical_id} in policy.properties.get("Roles", ())
        ]
        yield from _managed(role, len(own))
        yield from _trust(role, longest)
    for policy in managed:
        size = size_of(policy.properties["PolicyDocument"])
        if size > MANAGED:
            what = f"{policy.logical_id} has {size:,} characters"
            yield from check_quota(CODE, what, size, MANAGED, policy.path, "use shorter names", policy.where)


def _managed(role: Resource, count: int) -> Iterator[Finding]:
    """Two limits: the default, and the one that IAM raises it to."""
    what = f"{role.logical_id} has {count} managed policies"
    hint = "split the file by log groups or accounts"
    if MANAGED_OF_A_ROLE < count <= MANAGED_RAISED:
        usual = (
            f"{what}; the IAM limit is {MANAGED_OF_A_ROLE}, or {MANAGED_RAISED} if the quota `Managed policies per"
            " role` is raised in every account that has the role"
        )
        yield Finding(CODE, usual, role.path, Severity.WARNING, hint, where=role.where)
    elif count > 1:
        most = MANAGED_OF_A_ROLE if count <= MANAGED_OF_A_ROLE else MANAGED_RAISED
        yield from check_quota(CODE, what, count, most, role.path, hint, role.where)


def _trust(role: Resource, region: str) -> Iterator[Finding]:
    """Two limits: the default, and the one that IAM raises it to."""
    size = size_of(role.properties["AssumeRolePolicyDocument"], region)
    what = f"the trust policy of {role.logical_id} has {size:,} characters"
    hint = "replace readers by one role that they assume first"
    if size > TRUST_RAISED:
        raised = f"{what}; the IAM limit is {TRUST:,}, or {TRUST_RAISED:,} if the quota is raised"
        yield Finding(CODE, raised, role.path, hint=hint, where=role.where)
    elif size > TRUST:
        usual = (
            f"{what}; the IAM limit is {TRUST:,}, or {TRUST_RAISED:,} if the quota `Role trust policy length` is raised"
        )
        yield Finding(CODE, usual, role.path, Severity.WARNING, hint, where=role.where)
