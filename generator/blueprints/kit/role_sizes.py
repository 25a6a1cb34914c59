"""Roles with policies over IAM's limits: the longest lists of resources move to managed policies.

Nothing is widened: a statement over many resources becomes several statements over some of them each. What is not a
long list stays inline, so that a function has the rest of its rights when it is made.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from troposphere import Ref, Sub, iam

from generator.aws.policy_sizes import INLINE_OF_A_ROLE, MANAGED, size_of
from generator.blueprints.kit.stack import Part, to_plain

# A statement with fewer resources is left where it is.
_FEW = 10
_VERSION = "2012-10-17"


def fitting(parts: Iterable[Part], environment: str) -> Iterator[Part]:
    """The same parts, with the managed policies of a role that is too long after it."""
    for part in parts:
        if isinstance(part, iam.Role) and _inline(part) > INLINE_OF_A_ROLE:
            moved = _moved(part)
            yield part
            yield from _managed(part, moved, environment)
        else:
            yield part


def _inline(role: iam.Role) -> int:
    return sum(size_of(to_plain(document.PolicyDocument)) for document in role.properties.get("Policies", []))


def _moved(role: iam.Role) -> list[dict[str, Any]]:
    """The longest statements, which are removed from the role until the rest fits."""
    documents = {inline.PolicyName: to_plain(inline.PolicyDocument) for inline in role.Policies}
    moved: list[dict[str, Any]] = []
    while sum(size_of(document) for document in documents.values()) > INLINE_OF_A_ROLE:
        long = [
            (size_of(statement), name, statement)
            for name, document in documents.items()
            for statement in document["Statement"]
            if isinstance(statement.get("Resource"), list) and len(statement["Resource"]) > _FEW
        ]
        if not long:
            break
        _, name, statement = max(long, key=lambda one: one[0])
        documents[name]["Statement"].remove(statement)
        moved.append(statement)
    role.Policies = [
        iam.Policy(PolicyName=name, PolicyDocument=document)
        for name, document in documents.items()
        if document["Statement"]
    ]
    if not role.Policies:
        del role.properties["Policies"]
    return moved


def _managed(role: iam.Role, moved: list[dict[str, Any]], environment: str) -> Iterator[Part]:
    kind = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", role.title).lower()
    of_region = "-${AWS::Region}" if "${AWS::Region}" in str(to_plain(role.RoleName)) else ""
    pieces = [piece for statement in moved for piece in _pieces(statement)]
    condition = {"Condition": role.resource["Condition"]} if "Condition" in role.resource else {}
    for number, statement in enumerate(pieces, 1):
        name = f"{kind}-policy-{number}{of_region}-{environment}"
        yield iam.ManagedPolicy(
            f"{role.title}Policy{number}",
            ManagedPolicyName=Sub(name) if of_region else name,
            Description=f"More of what the role may do: {statement.get('Sid', 'its long list')}",
            PolicyDocument={"Version": _VERSION, "Statement": [statement]},
            Roles=[Ref(role.title)],
            Metadata=role.resource["Metadata"],
            **condition,
        )


def _pieces(statement: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Statements over some of the resources, each as long as a managed policy may be."""
    empty = size_of({"Version": _VERSION, "Statement": [{**statement, "Resource": []}]})
    batch: list[Any] = []
    size = empty
    for resource in statement["Resource"]:
        longer = size_of(resource) + (1 if batch else 0)
        if batch and size + longer > MANAGED:
            yield {**statement, "Resource": batch}
            batch, size, longer = [], empty, size_of(resource)
        batch.append(resource)
        size += longer
    yield {**statement, "Resource": batch}
