"""Policies of a template, as checks read them: statements, their lists, and the logical ids behind ARNs.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from generator.checks.check import Resource

Statement = dict[str, Any]
# Pseudo parameters have colons of their own, which are no separators of an ARN.
_PSEUDO_PARAMETER = re.compile(r"\$\{AWS::(\w+)\}")
# An ARN that is one reference as a whole, such as `${Topic.Arn}`; that of a log group may end in `:*`.
_REFERENCE = re.compile(r"\$\{(\w+)(?:\.\w+)?\}(?::\*)?")


def as_list(value: Any) -> list[Any]:
    """An element of a statement, which may be one value or a list of them."""
    return value if isinstance(value, list) else [value]


def logical_id(value: Any) -> str:
    """The logical ID that a `Ref` or `Fn::GetAtt` names; empty for anything else."""
    if not isinstance(value, dict):
        return ""
    attribute: Any = value.get("Fn::GetAtt", value.get("Ref", ""))
    return str(attribute[0] if isinstance(attribute, list) else attribute.partition(".")[0])


def arn_target(arn: Any) -> tuple[str, str]:
    """The logical ID that an ARN refers to, or else the ARN's text without pseudo parameters; one of them is empty."""
    if isinstance(arn, dict):
        if reference := logical_id(arn):
            return reference, ""
        arn = _PSEUDO_PARAMETER.sub(r"\1", str(arn.get("Fn::Sub", "")))
    alone = _REFERENCE.fullmatch(str(arn))
    return (alone.group(1), "") if alone else ("", str(arn))


def allowed_statements(policy: Resource, field: str = "PolicyDocument") -> list[Statement]:
    """The Allow statements of a policy; its document may be a mapping, or the JSON text of one.

    field: the property that has the document, such as `KeyPolicy`.
    """
    document = policy.properties.get(field, {})
    document = document.get("Fn::Sub", document) if isinstance(document, dict) else document
    document = json.loads(document) if isinstance(document, str) else document
    return [statement for statement in as_list(document.get("Statement", [])) if statement.get("Effect") == "Allow"]


def nested_statements(value: Any) -> Iterator[Statement]:
    """Every Allow statement inside a resource's properties, documents that are JSON texts included."""
    if isinstance(value, str) and value.startswith("{") and '"Effect"' in value:
        value = json.loads(value)
    if isinstance(value, dict):
        if value.get("Effect") == "Allow" and "Action" in value:
            yield value
        for inner in value.values():
            yield from nested_statements(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from nested_statements(inner)


def principals(statement: Statement, kind: str) -> list[Any]:
    """The principals of one kind that a statement names. kind: such as `Service` or `AWS`."""
    principal = statement.get("Principal")
    return as_list(principal.get(kind)) if isinstance(principal, dict) else []


def allows(statement: Statement, kind: str, principal: Any, actions: set[str]) -> bool:
    """True if an Allow statement lets a principal of this kind do all of these actions."""
    return principal in principals(statement, kind) and actions <= set(as_list(statement.get("Action")))
