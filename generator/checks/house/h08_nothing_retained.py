"""H08: everything goes with its stack; nothing is retained and nothing is protected against deletion.

What a deleted stack leaves behind has no owner, still costs, and stands in the way of the next one of its name.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding

CODE = "H08"
NAME = "nothing-retained"
TITLE = "No resource is retained, snapshotted or protected when its stack is deleted."
WHY = (
    "Names here are fixed, so a log group or queue that outlives its stack makes the next creation fail with"
    " `already exists`. A deletion that can be finished is also the only one that anybody dares to start. The"
    " language has no place for it; this rule guards the templates that obsgen itself makes."
)
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html"
BAD_TEMPLATE = """\
hub.template.yaml:
  Resources:
    IncidentQueue: {DeletionPolicy: Retain}
"""
_POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")
_DELETE = "Delete"
_PROTECTIONS = ("DeletionProtection", "DeletionProtectionEnabled")
_UNPROTECTED = (None, False, "false", "INACTIVE")


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each policy that keeps something, and each protection."""
    for resource in subject.resources():
        for policy in _POLICIES:
            actual = resource.body.get(policy, _DELETE)
            if actual != _DELETE:
                message = f"{policy} of {resource.logical_id} is {actual}: it outlives its stack"
                yield Finding(CODE, message, resource.path, hint=f"{policy}: {_DELETE}", where=resource.where)
        for protection in _PROTECTIONS:
            if resource.properties.get(protection) not in _UNPROTECTED:
                message = f"{resource.logical_id} has {protection}: its stack cannot be deleted"
                yield Finding(CODE, message, resource.path, hint=f"remove {protection}", where=resource.where)
