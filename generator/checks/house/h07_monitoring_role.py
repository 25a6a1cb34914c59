"""H07: the role that the hub reads through is called MonitoringRole-<AccountId>, in every account.

Whoever knows an account's id knows the role's ARN; tools and people rely on it without asking anybody.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import MEMBER_TEMPLATE, Subject
from generator.findings import Finding

CODE = "H07"
NAME = "role-name-monitoring-role-account"
TITLE = "The members' read-only role is called `MonitoringRole-<AccountId>`."
WHY = (
    "The hub's reader may assume exactly roles of this name, and readers build the ARN from the account's id. Under"
    " any other name the role exists and nobody gets in. The language has no place for the name; this rule guards"
    " the templates that obsgen itself makes."
)
SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user.html"
BAD_TEMPLATE = """\
member.template.yaml:
  Resources:
    MonitoringRole: {Properties: {RoleName: Reader}}
"""
_NAME = "MonitoringRole-${AWS::AccountId}"
_SECTION = "access"


def check(subject: Subject) -> Iterator[Finding]:
    """A finding where a member's reading role has another name, or where there is none though one is asked for."""
    monitoring_role = subject.estate.monitoring_role
    if monitoring_role is None:
        return
    roles = [r for r in subject.resources("AWS::IAM::Role") if r.file == MEMBER_TEMPLATE and r.path[:1] == (_SECTION,)]
    if not roles:
        message = f"{MEMBER_TEMPLATE} has no MonitoringRole, though access.monitoring_role asks for one"
        yield Finding(CODE, message, (*monitoring_role.path, "monitoring_role"), where=MEMBER_TEMPLATE)
    for role in roles:
        role_name = role.properties.get("RoleName")
        if role_name != {"Fn::Sub": _NAME}:
            name = (
                role_name.get("Fn::Sub", role_name)
                if isinstance(role_name, dict)
                else role_name or "left to CloudFormation"
            )
            message = f"the members' read-only role is named {name}"
            yield Finding(CODE, message, role.path, hint=f"!Sub {_NAME}", where=role.where)
