"""CloudFormation's functions worked out for one account and Region: references, text put together, conditions.

A template says `!Ref Threshold`; an alarm in an account has a number. What only a running account can know (an
import, a secret, a generated id) becomes an Unknown with its reason, never an exception, whatever the template.

Where a resource has no name of its own, AWS makes one that nobody can know before; here its logical id stands in,
the same wherever it is referred to, so that whoever gives log lines or values for it can name it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from generator.aws.regions import partition_of, url_suffix_of
from generator.evaluate.template.intrinsic_values import NO_VALUE, VALUES, Unknown, short, text, with_stored
from generator.evaluate.template.physical import PhysicalId, belongs_by, named_by
from generator.evaluate.template.sam import generated

_DEEPEST = 60
"""Functions within functions, references to references; CloudFormation's own templates stay far below."""
_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]*)\}")
_LISTS = ("CommaDelimitedList", "List<")
_STORED = "AWS::SSM::Parameter::Value<"


@dataclass(frozen=True, slots=True, eq=False)
class TemplateScope:
    """A template in one account and Region, ready to have its values worked out.

    parameters: those that differ from the template's defaults. stack: the name of the stack, if it is known. imports,
    stored: exports of other stacks and values of the Parameter Store, as far as they are given.
    """

    template: Mapping[str, Any]
    account: str
    region: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    stack: str = ""
    imports: Mapping[str, str] = field(default_factory=dict)
    stored: Mapping[str, str] = field(default_factory=dict)

    def resolved(self, value: Any) -> Any:
        """A value with every function in it worked out: plain data, Unknown where that is not possible."""
        return _resolved(self, value, 0)

    def is_on(self, condition: Any) -> bool | Unknown:
        """Whether a condition of the template, by its name, holds."""
        return _named_condition(self, condition, 0)

    def section(self, name: str) -> Mapping[str, Any]:
        """A part of the template such as Resources; empty where it is not there or no mapping."""
        section = self.template.get(name)
        return section if isinstance(section, Mapping) else {}


def _resolved(scope: TemplateScope, value: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        return Unknown("values refer to values too deeply, perhaps in a circle")
    if isinstance(value, Mapping):
        call = _call(value)
        if call:
            return _called(scope, *call, depth + 1)
        parts = {str(key): _resolved(scope, part, depth + 1) for key, part in value.items()}
        return {key: part for key, part in parts.items() if part is not NO_VALUE}
    if isinstance(value, (list, tuple)):
        return [part for part in (_resolved(scope, item, depth + 1) for item in value) if part is not NO_VALUE]
    return with_stored(value, scope.stored) if isinstance(value, str) else value


def _called(scope: TemplateScope, name: str, argument: Any, depth: int) -> Any:
    if name in _FUNCTIONS:
        return _FUNCTIONS[name](scope, argument, depth)
    if name not in VALUES:
        return Unknown(f"{name} is not known offline")
    value = _resolved(scope, argument, depth)
    return value if isinstance(value, Unknown) else VALUES[name](value)


def _call(value: Mapping[Any, Any]) -> tuple[str, Any] | None:
    """The function that a mapping calls, in its long or its short form."""
    if len(value) != 1:
        return None
    ((key, argument),) = value.items()
    if not isinstance(key, str):
        return None
    if key.startswith("!"):
        key = key[1:] if key in ("!Ref", "!Condition") else f"Fn::{key[1:]}"
    return (key, argument) if key == "Ref" or key.startswith("Fn::") else None


# --- references ---------------------------------------------------------------------------------------------


def _ref(scope: TemplateScope, argument: Any, depth: int) -> Any:
    if not isinstance(argument, str):
        return Unknown("Ref takes a name")
    if argument.startswith("AWS::"):
        return _pseudo(scope, argument)
    if argument in scope.section("Parameters"):
        return _parameter(scope, argument)
    resource = _resource(scope, argument, depth)
    if isinstance(resource, Unknown):
        return resource
    physical = _standing(scope, argument, resource, depth)
    return physical if isinstance(physical, Unknown) else physical.reference()


def _pseudo(scope: TemplateScope, name: str) -> Any:
    known: dict[str, Any] = {
        "AWS::AccountId": scope.account,
        "AWS::NoValue": NO_VALUE,
        "AWS::Partition": partition_of(scope.region),
        "AWS::Region": scope.region,
        "AWS::URLSuffix": url_suffix_of(scope.region),
    }
    if scope.stack:
        known["AWS::StackName"] = scope.stack
    return known.get(name, Unknown(f"{name} is known in a deployed stack only"))


def _parameter(scope: TemplateScope, name: str) -> Any:
    declared = scope.section("Parameters")[name]
    kind, default = "String", None
    if isinstance(declared, Mapping):
        kind, default = str(declared.get("Type", "String")), declared.get("Default")
    value = scope.parameters.get(name, default)
    if kind.startswith(_STORED):
        if str(value) not in scope.stored:
            return Unknown(f"the parameter {name} stands in the Parameter Store of the account")
        kind, value = kind.removeprefix(_STORED), scope.stored[str(value)]
    if value is None:
        return Unknown(f"the parameter {name} has no value")
    if kind.startswith(_LISTS):
        return [part.strip() for part in str(value).split(",")] if not isinstance(value, list) else value
    return text(value)


def _resource(scope: TemplateScope, logical_id: str, depth: int) -> Mapping[str, Any] | Unknown:
    """A resource that something refers to; one that its condition leaves out can not be referred to."""
    resource = scope.section("Resources").get(logical_id) or generated(scope.template, logical_id)
    if not isinstance(resource, Mapping):
        return Unknown(f"the template has no parameter or resource {logical_id}")
    is_on = _named_condition(scope, resource["Condition"], depth) if "Condition" in resource else True
    if isinstance(is_on, Unknown):
        return is_on
    return resource if is_on else Unknown(f"{logical_id} is left out by its condition")


def _standing(scope: TemplateScope, logical_id: str, resource: Mapping[str, Any], depth: int) -> PhysicalId | Unknown:
    """A resource with its name, which is what its property says or its logical id, and what it belongs to."""
    kind, properties = str(resource.get("Type", "")), resource.get("Properties")
    if isinstance(properties, Unknown):
        return properties
    texts = []
    for property_, otherwise in ((named_by(kind), logical_id), belongs_by(kind)):
        value: Any = otherwise
        if isinstance(properties, Mapping) and property_ in properties:
            value = _resolved(scope, properties[property_], depth)
        text_ = text(otherwise if value is NO_VALUE else value)
        if isinstance(text_, Unknown):
            return text_
        texts.append(text_)
    name, within = texts
    return PhysicalId(kind, name, scope.account, scope.region, within)


def _get_att(scope: TemplateScope, argument: Any, depth: int) -> Any:
    parts = argument.split(".", 1) if isinstance(argument, str) else argument
    if not isinstance(parts, (list, tuple)) or len(parts) != 2 or not isinstance(parts[0], str):
        return Unknown("Fn::GetAtt takes a resource and an attribute")
    logical_id, attribute_name = parts[0], text(_resolved(scope, parts[1], depth))
    if isinstance(attribute_name, Unknown):
        return attribute_name
    beside, _, further = attribute_name.partition(".")
    if generated(scope.template, f"{logical_id}.{beside}"):
        # What SAM makes of a resource is spoken of as if it were a part of it.
        name = f"{logical_id}.{beside}"
        return _get_att(scope, [name, further], depth + 1) if further else _ref(scope, name, depth + 1)
    resource = _resource(scope, logical_id, depth)
    if isinstance(resource, Unknown):
        return resource
    physical = _standing(scope, logical_id, resource, depth)
    if isinstance(physical, Unknown):
        return physical
    attribute = physical.attribute(attribute_name)
    properties = resource.get("Properties")
    if attribute is None and isinstance(properties, Mapping) and attribute_name in properties:
        return _resolved(scope, properties[attribute_name], depth)
    return (
        Unknown(f"{attribute_name} of {logical_id} is known in a deployed stack only")
        if attribute is None
        else attribute
    )


# --- text and maps ------------------------------------------------------------------------------------------


def _sub(scope: TemplateScope, argument: Any, depth: int) -> Any:
    values: Any = {}
    if isinstance(argument, (list, tuple)) and len(argument) == 2:
        argument, values = argument
    if not isinstance(argument, str) or not isinstance(values, Mapping):
        return Unknown("Fn::Sub takes a text, and perhaps values by name")
    pieces: list[str] = []
    at = 0
    for match in _PLACEHOLDER.finditer(argument):
        literal, name = match.groups()
        pieces.append(argument[at : match.start()])
        at = match.end()
        piece = f"${{{name}}}" if literal else text(_placed(scope, name.strip(), values, depth))
        if isinstance(piece, Unknown):
            return piece
        pieces.append(piece)
    return short("".join([*pieces, argument[at:]]))


def _placed(scope: TemplateScope, name: str, values: Mapping[str, Any], depth: int) -> Any:
    if name in values:
        return _resolved(scope, values[name], depth)
    return _get_att(scope, name, depth) if "." in name else _ref(scope, name, depth)


def _find_in_map(scope: TemplateScope, argument: Any, depth: int) -> Any:
    if not isinstance(argument, (list, tuple)) or len(argument) not in (3, 4):
        return Unknown("Fn::FindInMap takes a map and two keys")
    entry: Any = scope.section("Mappings")
    keys = [text(_resolved(scope, key, depth)) for key in argument[:3]]
    for key in keys:
        if isinstance(key, Unknown):
            return key
        entry = entry.get(key) if isinstance(entry, Mapping) else None
    if entry is None and len(argument) == 4 and isinstance(argument[3], Mapping) and "DefaultValue" in argument[3]:
        return _resolved(scope, argument[3]["DefaultValue"], depth)
    return Unknown(f"the map {keys[0]} has nothing at {keys[1]}, {keys[2]}") if entry is None else entry


# --- conditions ---------------------------------------------------------------------------------------------


def _if(scope: TemplateScope, argument: Any, depth: int) -> Any:
    if not isinstance(argument, (list, tuple)) or len(argument) != 3:
        return Unknown("Fn::If takes a condition and two values")
    holds = _named_condition(scope, argument[0], depth)
    return holds if isinstance(holds, Unknown) else _resolved(scope, argument[1 if holds else 2], depth)


def _named_condition(scope: TemplateScope, name: Any, depth: int) -> bool | Unknown:
    conditions = scope.section("Conditions")
    if not isinstance(name, str) or name not in conditions:
        return Unknown(f"the template has no condition {name if isinstance(name, str) else 'of this name'}")
    return _condition(scope, conditions[name], depth + 1)


def _condition(scope: TemplateScope, value: Any, depth: int) -> bool | Unknown:
    """Whether a condition holds; what is not known does not matter where the rest decides."""
    if depth > _DEEPEST:
        return Unknown("conditions refer to conditions too deeply, perhaps in a circle")
    if isinstance(value, Unknown):
        return value
    if not isinstance(value, Mapping) or len(value) != 1:
        return Unknown("a condition is a function")
    ((name, argument),) = value.items()
    name = "Condition" if name == "!Condition" else str(name).replace("!", "Fn::", 1)
    if name == "Condition":
        return _named_condition(scope, argument, depth)
    if not isinstance(argument, (list, tuple)):
        return Unknown(f"{name} takes a list")
    if name == "Fn::Equals" and len(argument) == 2:
        return _equals(scope, argument, depth)
    if name not in ("Fn::And", "Fn::Or", "Fn::Not"):
        return Unknown(f"{name} is not a condition")
    if not argument:
        return Unknown(f"{name} has no conditions")
    parts = [_condition(scope, part, depth + 1) for part in argument]
    if name == "Fn::Not":
        unknown = next((part for part in parts if isinstance(part, Unknown)), None)
        return unknown or not parts[0]
    return _joined(parts, deciding=name == "Fn::Or")


def _equals(scope: TemplateScope, sides: Sequence[Any], depth: int) -> bool | Unknown:
    left, right = (text(_resolved(scope, side, depth)) for side in sides)
    if isinstance(left, Unknown):
        return left
    return right if isinstance(right, Unknown) else left == right


def _joined(parts: Sequence[bool | Unknown], *, deciding: bool) -> bool | Unknown:
    """Conditions joined by Or or And. deciding: the value of one part that decides: true for Or, false for And."""
    if deciding in parts:
        return deciding
    return next((part for part in parts if isinstance(part, Unknown)), not deciding)


def _import(scope: TemplateScope, argument: Any, depth: int) -> Any:
    name = text(_resolved(scope, argument, depth))
    if isinstance(name, Unknown):
        return name
    return scope.imports.get(name, Unknown(f"it is imported from another stack, as {name}"))


def _outside(reason: str) -> Callable[[TemplateScope, Any, int], Any]:
    return lambda _scope, _argument, _depth: Unknown(reason)


_FUNCTIONS: Mapping[str, Callable[[TemplateScope, Any, int], Any]] = {
    "Ref": _ref,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAtt": _get_att,
    "Fn::If": _if,
    "Fn::ImportValue": _import,
    "Fn::Sub": _sub,
    "Fn::Transform": _outside("a macro is run by CloudFormation only"),
}
