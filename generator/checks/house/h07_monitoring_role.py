"""H07: the role that the hub reads with is MonitoringRole-<AccountId> in every account.

The account ID is enough to build the role's ARN; tools and people rely on it.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding
from generator.manifest import MEMBER_TEMPLATE

CODE = "H07"
NAME = "role-name-monitoring-role-account"
TITLE = "The read-only role of members is named `MonitoringRole-<AccountId>`."
WHY = (
    "The hub's reader role may assume roles of this name only, and clients build the ARN from the account ID. A role"
    " of another name exists, but cannot be assumed."
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
    """A finding if the members' read-only role has another name, or is missing although the file requires it."""
    monitoring_role = subject.estate.monitoring_role
    if monitoring_role is None:
        return
    roles = [r for r in subject.resources("AWS::IAM::Role") if r.file == MEMBER_TEMPLATE and r.path[:1] == (_SECTION,)]
    if not roles:
        message = f"{MEMBER_TEMPLATE} has no MonitoringRole, but access.monitoring_role requires one"
        yield Finding(
            CODE, message, (*monitoring_role.path, "monitoring_role"), hint="add the role", where=MEMBER_TEMPLATE
        )
    for role in roles:
        role_name = role.properties.get("RoleName")
        if role_name != {"Fn::Sub": _NAME}:
            name = role_name.get("Fn::Sub", role_name) if isinstance(role_name, dict) else role_name or "no name"
            message = f"expected the name {_NAME} for the members' read-only role, got {name}"
            yield Finding(CODE, message, role.path, hint=f"use !Sub {_NAME}", where=role.where)
