"""References of a piece of a template: resources, parameters, conditions and mappings, by their names.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

# The keys whose text is a name, or has some; nearly all of a template is other texts.
_OF_TEXT = frozenset({"Ref", "Condition", "DependsOn", "Fn::GetAtt", "Fn::Sub"})
# `${Name}` or `${Name.Attribute}`; `${!Literal}` is text, and what has a colon is CloudFormation's own.
_SUBSTITUTED = re.compile(r"\$\{([A-Za-z0-9]+)(\.[^}]*)?\}")


@dataclass(slots=True)
class References:
    """Names that a piece of a template uses.

    names: what Ref and Fn::Sub name, which is a resource's or a parameter's. attributes: resources of whose attributes
    one is used.
    """

    names: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    after: set[str] = field(default_factory=set)
    conditions: set[str] = field(default_factory=set)
    mappings: set[str] = field(default_factory=set)


def references(*values: Any) -> References:
    """The references of resources, a condition or an output."""
    collected = References()
    for value in values:
        _collect(value, collected)
    return collected


def substituted(text: str) -> tuple[set[str], set[str]]:
    """The names in a text of Fn::Sub: whole resources, and resources with an attribute."""
    names: set[str] = set()
    attributes: set[str] = set()
    for match in _SUBSTITUTED.finditer(text):
        (attributes if match.group(2) else names).add(match.group(1))
    return names, attributes


def _collect(value: Any, collected: References) -> None:
    if isinstance(value, dict):
        for key, argument in value.items():
            if type(argument) is not str or key in _OF_TEXT:
                _function(key, argument, collected)
    elif isinstance(value, list):
        for inner in value:
            if type(inner) is not str:
                _collect(inner, collected)


def _function(key: str, argument: Any, collected: References) -> None:
    match key:
        case "Ref" if isinstance(argument, str):
            collected.names.add(argument)
        case "Condition" if isinstance(argument, str):
            collected.conditions.add(argument)
        case "DependsOn":
            collected.after.update([argument] if isinstance(argument, str) else argument)
        case "Fn::GetAtt":
            collected.attributes.add(argument.partition(".")[0] if isinstance(argument, str) else argument[0])
        case "Fn::If":
            collected.conditions.add(argument[0])
            _collect(argument[1:], collected)
        case "Fn::FindInMap":
            if isinstance(argument[0], str):
                collected.mappings.add(argument[0])
            _collect(argument, collected)
        case "Fn::Sub":
            _substitution(argument, collected)
        case _:
            _collect(argument, collected)


def _substitution(argument: Any, collected: References) -> None:
    text, values = (argument, {}) if isinstance(argument, str) else argument
    names, attributes = substituted(text)
    collected.names |= names - values.keys()
    collected.attributes |= attributes
    _collect(values, collected)
