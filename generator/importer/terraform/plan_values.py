"""Values of a plan that are known only after `apply`: references to resources of the file, or parameters to fill in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.importer.logical_ids import LogicalIds
from generator.importer.property_map import MappedAttribute
from generator.importer.terraform.references import Configuration, Reference
from generator.importer.terraform.types import TerraformResource, mapping

_STRUCTURED = ("keys-and-values", "names-and-values", "list", "block")


class UnknownStructure(Exception):
    """A whole map or block is not known, so that not even its keys are. attribute: its name."""

    def __init__(self, attribute: str) -> None:
        super().__init__(attribute)
        self.attribute = attribute


@dataclass
class PlanValues:
    """Replaces unknown values. logical_id: that of a resource by its address without indexes, empty for others.

    parameters: those that were made, as a template declares them.
    """

    configuration: Configuration
    ids: LogicalIds
    logical_id: Callable[[str, TerraformResource], tuple[str, str]]
    parameters: dict[str, Any] = field(default_factory=dict)
    _by_name: dict[str, str] = field(default_factory=dict)

    def known(self, resource: TerraformResource, attributes: Mapping[str, MappedAttribute]) -> dict[str, Any]:
        """The values of a resource, with functions in place of what is not known. Raises UnknownStructure."""
        values = dict(resource.values)
        expressions = self.configuration.expressions(resource) if resource.unknown else {}
        for name, attribute in attributes.items():
            unknown = resource.unknown.get(name)
            if unknown is True and (attribute.of or attribute.form in _STRUCTURED) and attribute.form != "set":
                raise UnknownStructure(name)
            if unknown is True and attribute.of:
                raise UnknownStructure(name)
            if unknown is True and attribute.form == "set":
                values[name] = self._elements(resource, expressions.get(name), name)
            elif unknown:
                values[name] = self._filled(resource, values.get(name), unknown, expressions.get(name), name)
        return values

    def unknown_elements(self, resource: TerraformResource, attribute: str) -> list[Any]:
        """A list of which nothing may be said: one parameter."""
        return self._elements(resource, None, attribute)

    def _filled(self, resource: TerraformResource, value: Any, unknown: Any, expression: Any, path: str) -> Any:
        if unknown is True:
            return self._scalar(resource, expression, path)
        if isinstance(unknown, Mapping):
            parts = dict(mapping(value))
            for key, part in unknown.items():
                if part is True or (isinstance(part, Mapping | list) and _has_true(part)):
                    inner = mapping(expression).get(key) if "references" not in mapping(expression) else expression
                    parts[key] = self._filled(resource, parts.get(key), part, inner, f"{path}.{key}")
            return parts
        if isinstance(unknown, list) and _has_true(unknown):
            items = value if isinstance(value, list) else []
            if all(part is True or part is False for part in unknown):
                return [*(item for item in items if item is not None), *self._elements(resource, expression, path)]
            return [
                self._filled(
                    resource,
                    items[index] if index < len(items) else None,
                    part,
                    _block_expression(expression, items, index),
                    f"{path}.{index}",
                )
                if _has_true(part)
                else (items[index] if index < len(items) else None)
                for index, part in enumerate(unknown)
            ]
        return value

    def _elements(self, resource: TerraformResource, expression: Any, path: str) -> list[Any]:
        """The elements of a list of which none is known: one for each reference."""
        references = self.configuration.references(resource, expression)
        return [self._function(resource, [reference], path) for reference in references] or [
            self._function(resource, [], path)
        ]

    def _scalar(self, resource: TerraformResource, expression: Any, path: str) -> Any:
        return self._function(resource, self.configuration.references(resource, expression), path)

    def _function(self, resource: TerraformResource, references: list[Reference], path: str) -> Any:
        if len(references) == 1:
            address, attribute = references[0]
            logical_id, kind = self.logical_id(address, resource)
            if logical_id and attribute == "arn" and kind != "AWS::SNS::Topic":
                return {"Fn::GetAtt": [logical_id, "Arn"]}
            if logical_id:
                return {"Ref": logical_id}
            return {"Ref": self._parameter(f"{address}.{attribute}".strip("."))}
        return {"Ref": self._parameter(f"{resource.address}.{path}")}

    def _parameter(self, source: str) -> str:
        """A parameter for what Terraform calls so: the same for the same."""
        if source not in self._by_name:
            name = self.ids.new(re.sub(r"\b(?:data\.)?aws_", "", source))
            self._by_name[source] = name
            self.parameters[name] = {"Type": "String", "Description": f"{source}, which is known after apply"}
        return self._by_name[source]


def _has_true(unknown: Any) -> bool:
    if isinstance(unknown, Mapping):
        return any(map(_has_true, unknown.values()))
    return any(map(_has_true, unknown)) if isinstance(unknown, list) else unknown is True


def _block_expression(expression: Any, items: list[Any], index: int) -> Any:
    """The expressions of a block. Those of a set have another order, and are known by their `id`."""
    if not isinstance(expression, list):
        return expression
    own_id = mapping(items[index]).get("id") if index < len(items) else None
    for block in expression:
        if own_id is not None and mapping(mapping(block).get("id")).get("constant_value") == own_id:
            return block
    return expression[index] if index < len(expression) else None
