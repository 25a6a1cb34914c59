"""H08: every resource is deleted with its stack.

What a deleted stack leaves behind has no owner, still costs, and blocks the next stack of its name.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding

CODE = "H08"
NAME = "nothing-retained"
TITLE = "No resource is retained, snapshotted or protected when its stack is deleted."
SUMMARY = "No resource is retained or protected when its stack is deleted."
WHY = (
    "Names are fixed, so a log group or queue that outlives its stack makes the next creation fail with `already"
    " exists`. What a deleted stack leaves behind still costs, and has no owner."
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
    """A finding for each deletion policy other than Delete, and each deletion protection."""
    for resource in subject.resources():
        for policy in _POLICIES:
            actual = resource.body.get(policy, _DELETE)
            if actual != _DELETE:
                message = f"expected {policy} {_DELETE} for {resource.logical_id}, got {actual}: it outlives its stack"
                yield Finding(CODE, message, resource.path, hint=f"set {policy}: {_DELETE}", where=resource.where)
        for protection in _PROTECTIONS:
            if resource.properties.get(protection) not in _UNPROTECTED:
                message = f"{resource.logical_id} has {protection}: its stack cannot be deleted"
                yield Finding(CODE, message, resource.path, hint=f"remove {protection}", where=resource.where)
