"""What an expression of a plan's configuration refers to, through variables and outputs of modules.

https://developer.hashicorp.com/terraform/internals/json-format#expression-representation
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from generator.importer.terraform.show import without_indexes
from generator.importer.terraform.types import TerraformResource, mapping, mappings, string

_MOST_STEPS = 20
_RESOURCE = re.compile(r"(?P<declared>(?:data\.)?[a-z0-9_]+\.[A-Za-z0-9_-]+)(?:\[[^\]]*\])?(?:\.(?P<attribute>\w+))?.*")
_NOT_RESOURCES = ("count.", "each.", "local.", "path.", "self.", "terraform.")


class Reference(NamedTuple):
    """What an expression refers to. address: of a resource, without indexes; otherwise of what it ends at."""

    address: str
    attribute: str


class Configuration:
    """The configuration of a plan; of a state it is empty, and has no references."""

    def __init__(self, configuration: Mapping[str, Any]) -> None:
        self._root = mapping(configuration.get("root_module"))

    def expressions(self, resource: TerraformResource) -> Mapping[str, Any]:
        """The expressions of a resource, by attribute."""
        module = self._module(_modules(resource))
        for declared in mappings(module.get("resources")):
            if string(declared.get("address")) == resource.declared:
                return mapping(declared.get("expressions"))
        return {}

    def references(self, resource: TerraformResource, expression: Any) -> list[Reference]:
        """What an expression of the resource refers to, each once, in its order."""
        return list(dict.fromkeys(self._followed(_modules(resource), expression, 0)))

    def _module(self, path: tuple[str, ...]) -> Mapping[str, Any]:
        module = self._root
        for name in path:
            module = mapping(mapping(mapping(module.get("module_calls")).get(name)).get("module"))
        return module

    def _followed(self, path: tuple[str, ...], expression: Any, depth: int) -> Iterator[Reference]:
        if depth > _MOST_STEPS:
            return
        for name in _longest(mapping(expression).get("references")):
            kind, _, rest = name.partition(".")
            key = re.split(r"[.\[]", rest)[0]
            if kind == "var" and path:
                call = mapping(mapping(self._module(path[:-1]).get("module_calls")).get(path[-1]))
                yield from self._followed(path[:-1], mapping(call.get("expressions")).get(key), depth + 1)
            elif kind == "module":
                child = (*path, key)
                output = re.sub(r"^[^.]*\.", "", re.sub(r"\[[^\]]*\]", "", rest)).partition(".")[0]
                value = mapping(mapping(self._module(child).get("outputs")).get(output))
                yield from self._followed(child, value.get("expression"), depth + 1)
            elif match := _RESOURCE.fullmatch(name):
                is_resource = not name.startswith((*_NOT_RESOURCES, "var."))
                modules = "".join(f"module.{part}." for part in path) if is_resource else ""
                yield Reference(modules + match["declared"], match["attribute"] or "")


def _modules(resource: TerraformResource) -> tuple[str, ...]:
    return tuple(part for part in without_indexes(resource.module).split(".")[1::2] if part)


def _longest(references: Any) -> list[str]:
    """Terraform lists `a.b.c` and then `a.b`, too."""
    names = [name for name in references if isinstance(name, str)] if isinstance(references, list) else []
    return [
        name
        for name in names
        if not any(other != name and other.startswith((f"{name}.", f"{name}[")) for other in names)
    ]
