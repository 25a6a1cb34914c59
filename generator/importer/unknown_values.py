"""Values that only a running account knows, as variables to fill in: parameters, imports, names that AWS makes.

While a resource is read, a variable is a mark in a text; the writer makes `{var.name}` of it. Marks are made of two
characters for private use, which AWS accepts in no name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from generator.aws.regions import partition_of
from generator.evaluate.template.intrinsic_values import Unknown
from generator.evaluate.template.intrinsics import TemplateScope
from generator.evaluate.template.physical import PhysicalId, belongs_by, named_by

_BEGIN, _END = "\ue000", "\ue001"
MARK = re.compile(f"{_BEGIN}([a-z0-9-]+){_END}")
# The CDK's logical IDs end in a hash.
_HASH = re.compile(r"(?<=[A-Za-z])[0-9A-F]{8}$")
_LONGEST = 48
# Of these the writer knows what to do without a name: it makes one, or takes the logical ID as a reference.
_WRITTEN = (
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::CloudWatch::LogAlarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::Logs::MetricFilter",
    "AWS::SNS::Topic",
)
_UNNAMED = "obsgen::Unnamed"
# Where the language accepts only what AWS publishes, a value that looks like it.
_EXAMPLES: Mapping[str, str] = {
    "LoadBalancerFullName": "app/fill-in/0000000000000000",
    "TargetGroupFullName": "targetgroup/fill-in/0000000000000000",
}

# Ref of these is an ARN with IDs that AWS makes.
_POLICIES = ("AWS::AutoScaling::ScalingPolicy", "AWS::ApplicationAutoScaling::ScalingPolicy")


def readable(text: str) -> str:
    """A text with variables by their names."""
    return MARK.sub(lambda mark: f"{{var.{mark[1]}}}", text)


def filled_in(value: Any, defaults: Mapping[str, str]) -> Any:
    """A value with the placeholders of variables instead of their marks. defaults: by the names of variables."""
    if isinstance(value, str):
        return MARK.sub(lambda mark: defaults.get(mark[1], mark[1]), value)
    if isinstance(value, Mapping):
        return {str(key): filled_in(part, defaults) for key, part in value.items()}
    if isinstance(value, list):
        return [filled_in(part, defaults) for part in value]
    return value


@dataclass(frozen=True, slots=True)
class UnknownValue:
    """A variable to fill in. what: what its value is, in words. default: a value that the language accepts.

    kind: the type of the resource that it identifies, if it does.
    """

    name: str
    what: str
    default: str | int | float
    kind: str = ""


class UnknownValues:
    """The variables of an import, each by one name."""

    def __init__(self) -> None:
        self._by_name: dict[str, UnknownValue] = {}
        self._names: dict[tuple[str, str], str] = {}

    def values(self) -> tuple[UnknownValue, ...]:
        """All of them, by name."""
        return tuple(self._by_name[name] for name in sorted(self._by_name))

    def mark(
        self, stack: str, subject: str, what: str, default: str | int | float | None = None, kind: str = ""
    ) -> str:
        """The mark of a variable. stack, subject: what it is known by."""
        key = stack, subject
        if key not in self._names:
            name = _kebab(subject)
            if name in self._by_name:
                name = _free(f"{name}-{_kebab(stack)}"[:_LONGEST].strip("-"), self._by_name)
            self._names[key] = name
            self._by_name[name] = UnknownValue(name, what, f"fill-in-{name}" if default is None else default, kind)
        return f"{_BEGIN}{self._names[key]}{_END}"

    def scope(self, scope: TemplateScope, physical_ids: Mapping[str, str], aliases: Mapping[str, str]) -> TemplateScope:
        """A scope in which what is not known is a variable. What conditions decide stays as it is.

        aliases: by logical ID, the names of resources whose logical ID does not say which stack they are of.
        """
        parameters = scope.section("Parameters")
        values = dict(scope.parameters)
        declared = {str(name): value for name, value in parameters.items()}
        for name, parameter in declared.items():
            default = parameter.get("Default") if isinstance(parameter, Mapping) else None
            if name not in values and default is None:
                values[name] = self.mark(scope.stack, name, f"the parameter {name}", _default_of(parameter))
        resources: dict[str, Any] = {}
        for key, resource in scope.section("Resources").items():
            logical_id = str(key)
            resources[logical_id] = resource
            if logical_id in aliases:
                resources[logical_id] = _with_name(resource, aliases[logical_id])
            if isinstance(resource, Mapping) and str(resource.get("Type")) not in _WRITTEN:
                attributes = self._attributes(scope, logical_id, resource, physical_ids)
                if attributes:
                    resources[logical_id] = {**resource, "Type": _UNNAMED, "Properties": attributes}
                    declared[logical_id] = {"Type": "String"}
                    values[logical_id] = attributes.reference
        conditions = {name: _decided(scope.is_on(name)) for name in scope.section("Conditions")}
        template = {**scope.template, "Parameters": declared, "Resources": resources, "Conditions": conditions}
        return replace(
            scope,
            template=template,
            parameters=values,
            imports=_Marks(self, scope.stack, dict(scope.imports), "the export"),
            stored=_Marks(self, scope.stack, dict(scope.stored), "the value in the Parameter Store of"),
        )

    def _attributes(
        self, scope: TemplateScope, logical_id: str, resource: Mapping[str, Any], physical_ids: Mapping[str, str]
    ) -> _Attributes | None:
        """What a resource gives, if its name is not in the template, or its attributes have an ID that AWS makes."""
        kind, written = str(resource.get("Type")), resource.get("Properties")
        properties = written if isinstance(written, Mapping) else {}
        naming = named_by(kind)
        name = scope.resolved(properties[naming]) if naming and naming in properties else None
        within = belongs_by(kind)
        belongs_to = scope.resolved(properties[within[0]]) if within[0] in properties else within[1]
        is_named = isinstance(name, str) and bool(name)
        probe = PhysicalId(kind, _BEGIN, scope.account, scope.region, str(belongs_to))
        if is_named and probe.reference().count(_BEGIN) == 1 and "elasticloadbalancing" not in probe.reference():
            return None
        return _Attributes(
            self, scope, logical_id, probe, str(name) if is_named else "", physical_ids.get(logical_id, ""), properties
        )


class _Attributes(Mapping[str, Any]):
    """The attributes of a resource as if they were properties; `reference` is what Ref gives."""

    def __init__(
        self,
        values: UnknownValues,
        scope: TemplateScope,
        logical_id: str,
        probe: PhysicalId,
        name: str,
        physical_id: str,
        properties: Mapping[str, Any],
    ) -> None:
        self._values, self._scope, self._logical_id = values, scope, logical_id
        self._probe, self._name, self._physical_id = probe, name, physical_id
        self._properties = properties

    @property
    def reference(self) -> str:
        return self._physical_id or self._filled(self._probe.reference(), "")

    def __getitem__(self, key: str) -> Any:
        pattern = self._probe.attribute(key)
        if pattern is None and key in self._properties:
            return self._properties[key]
        if self._physical_id and pattern == self._probe.reference():
            return self._physical_id
        if self._physical_id.startswith("arn:") and key in ("LoadBalancerFullName", "TargetGroupFullName"):
            tail = self._physical_id.rpartition(":")[2]
            return tail.removeprefix("loadbalancer/")
        if self._physical_id and self._probe.reference() == self._probe.name and pattern:
            return pattern.replace(self._probe.name, self._physical_id)
        return self._filled(pattern or "", key)

    def _filled(self, pattern: str, attribute: str) -> str:
        count = pattern.count(self._probe.name)
        if count == 1 and self._name:
            return pattern.replace(self._probe.name, self._name)
        if count == 1 and self._probe.kind not in _POLICIES:
            what = f"the name of {self._logical_id} ({self._probe.kind})"
            return pattern.replace(self._probe.name, self._values.mark(self._scope.stack, self._logical_id, what))
        default, kind = _EXAMPLES.get(attribute), self._probe.kind
        if kind in _POLICIES and not attribute:
            place = f"{self._scope.region}:{self._scope.account}"
            default = f"arn:{partition_of(self._scope.region)}:autoscaling:{place}:scalingPolicy:fill-in"
        subject = f"{self._logical_id}-{attribute}" if attribute else f"{self._logical_id}-id"
        what = f"{attribute or 'the ID'} of {self._logical_id} ({self._probe.kind})"
        return self._values.mark(self._scope.stack, subject, what, default, kind)

    def __contains__(self, key: object) -> bool:
        return bool(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._properties)

    def __len__(self) -> int:
        return len(self._properties) + 1


class _Marks(Mapping[str, str]):
    """Values by name, and for every other name the mark of a variable."""

    def __init__(self, values: UnknownValues, stack: str, known: Mapping[str, str], kind: str) -> None:
        self._values, self._stack, self._known, self._kind = values, stack, known, kind

    def __getitem__(self, key: str) -> str:
        return self._known[key] if key in self._known else self._values.mark(self._stack, key, f"{self._kind} {key}")

    def __contains__(self, key: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known) + 1


def _with_name(resource: Any, name: str) -> dict[str, Any]:
    """The resource with a name, which functions then give."""
    properties = resource.get("Properties")
    naming = named_by(str(resource["Type"]))
    own = dict(properties) if isinstance(properties, Mapping) else {}
    return {**resource, "Properties": {**own, naming: name} if naming else own}


def _decided(is_on: bool | Unknown) -> Any:
    return is_on if isinstance(is_on, Unknown) else {"Fn::Equals": ["1", "1" if is_on else "0"]}


def _default_of(parameter: Any) -> str | int | float | None:
    """A value that the parameter allows, if it says which."""
    if not isinstance(parameter, Mapping):
        return None
    allowed = parameter.get("AllowedValues")
    if isinstance(allowed, list) and allowed and isinstance(allowed[0], (str, int, float)):
        return allowed[0]
    if parameter.get("Type") == "Number":
        least = parameter.get("MinValue", 1)
        return least if isinstance(least, (int, float)) else 1
    return None


def _kebab(text: str) -> str:
    words = re.sub(r"([a-z0-9])([A-Z][a-z])|([a-z])([A-Z])", r"\1\3-\2\4", _HASH.sub("", text)).lower()
    return re.sub(r"[^a-z0-9]+", "-", words).strip("-")[:_LONGEST].strip("-") or "value"


def _free(name: str, names: Mapping[str, UnknownValue]) -> str:
    number = 2
    free = name
    while free in names:
        free = f"{name}-{number}"
        number += 1
    return free
