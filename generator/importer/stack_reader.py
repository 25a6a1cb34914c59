"""The resources of one stack: functions worked out, conditions applied, and what cannot be known beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from generator.evaluate.template.intrinsic_values import NO_VALUE, Unknown, text
from generator.evaluate.template.intrinsics import TemplateScope
from generator.evaluate.template.loops import LOOP, deployed_scope
from generator.importer.own_resources import OWN_KEY, has_own_key, is_own
from generator.importer.property_map import unread_types
from generator.importer.resource_types import LOG_GROUP, NAME_PROPERTIES, ImportedResource
from generator.importer.types import DroppedResource, SourcePosition, SourceStack
from generator.importer.unknown_values import UnknownValues, readable

_NAMES = ("Name", "RuleName", "FilterName", "PolicyName")


@dataclass
class StackReader:
    """Reads the resources of stacks. remarks: sentences about what had to be assumed."""

    unknown_values: UnknownValues = field(default_factory=UnknownValues)
    dropped: list[DroppedResource] = field(default_factory=list)
    remarks: set[str] = field(default_factory=set)

    def resources(self, stack: SourceStack, number: int, aliases: Mapping[str, str]) -> Iterator[ImportedResource]:
        """The resources of a stack that matter to an import, by logical ID. number: that of the stack."""
        scope = deployed_scope(stack.deployed)
        fill_in = self.unknown_values.scope(scope, stack.physical_ids, aliases)
        for key, resource in sorted(scope.section("Resources").items(), key=lambda item: str(item[0])):
            logical_id = str(key)
            if not isinstance(resource, Mapping) or logical_id.startswith(LOOP) or is_own(resource):
                continue
            kind = str(resource.get("Type"))
            reason = unread_types("template").get(kind, "")
            if (kind not in NAME_PROPERTIES and not reason) or not self._exists(scope, logical_id, resource):
                continue
            position = stack.positions.get(logical_id) or SourcePosition("", logical_id)
            written = resource.get("Properties")
            if isinstance(written, Unknown):
                reason = reason or written.reason
            properties, unknown = _plain(fill_in, written if isinstance(written, Mapping) else {})
            if kind == LOG_GROUP and has_own_key(written, scope):
                properties["KmsKeyId"] = OWN_KEY
            if reason:
                self.dropped.append(DroppedResource(position, kind, _listed_name(properties, logical_id), reason))
                continue
            yield ImportedResource(
                stack.deployed.account,
                stack.deployed.region,
                kind,
                logical_id,
                _physical_name(kind, logical_id, properties, stack, fill_in),
                properties,
                position,
                unknown,
                number,
                stack.kind,
                aliases.get(logical_id, ""),
            )

    def _exists(self, scope: TemplateScope, logical_id: str, resource: Mapping[str, Any]) -> bool:
        """Whether the condition of a resource holds, as far as it is known."""
        is_on = scope.is_on(resource["Condition"]) if "Condition" in resource else True
        if isinstance(is_on, Unknown):
            self.remarks.add(f"{logical_id}: assumed to exist, because its condition is not known: {is_on.reason}.")
        return is_on is not False


def _physical_name(
    kind: str, logical_id: str, properties: Mapping[str, Any], stack: SourceStack, scope: TemplateScope
) -> str:
    """The name of a resource; empty where AWS makes one that the source does not say."""
    name = properties.get(NAME_PROPERTIES[kind]) or stack.physical_ids.get(logical_id, "")
    if not name and kind == LOG_GROUP:
        name = scope.resolved({"Ref": logical_id})
    return str(name) if name else ""


def _listed_name(properties: Mapping[str, Any], logical_id: str) -> str:
    """What people call a resource that is not imported."""
    return readable(str(next((properties[name] for name in _NAMES if properties.get(name)), logical_id)))


def _plain(scope: TemplateScope, properties: Mapping[Any, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Properties without functions, and the reasons why some of them, or parts of them, are left out."""
    plain: dict[str, Any] = {}
    unknown: dict[str, str] = {}
    for key, written in properties.items():
        name = str(key)
        if _is_plain(written):
            plain[name] = written
            continue
        value = scope.resolved(written)
        if value is NO_VALUE or value is None:
            continue
        reasons: list[str] = []
        known = _known(value, reasons)
        if reasons:
            unknown[name] = reasons[0]
        if known is not None:
            plain[name] = known
    return plain, unknown


def _is_plain(value: Any) -> bool:
    """Whether there is nothing to work out, as in captures. Types are compared as such: it is asked of every value."""
    kind = type(value)
    if kind is str:
        return "{{resolve:" not in value
    if kind is list:
        return all(map(_is_plain, value))
    if kind is dict:
        return all(map(_is_plain_pair, value.items()))
    return kind in (int, float, bool)


def _is_plain_pair(pair: tuple[Any, Any]) -> bool:
    key, value = pair
    return type(key) is str and key != "Ref" and not key.startswith(("Fn::", "!")) and _is_plain(value)


def _known(value: Any, reasons: list[str]) -> Any:
    """A value without what is unknown in it; None where nothing is left. reasons: gets those of what is left out."""
    if isinstance(value, Unknown):
        reasons.append(value.reason)
        return None
    if isinstance(value, Mapping):
        known = {str(key): _known(part, reasons) for key, part in value.items()}
        return {key: part for key, part in known.items() if part is not None}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [part for part in (_known(item, reasons) for item in value) if part is not None]
    if isinstance(value, str) and isinstance(text(value), Unknown):
        reasons.append("a dynamic reference is resolved by CloudFormation only")
        return None
    return value
