"""What `terraform show -json` prints of a state or a plan.

https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from generator.importer.errors import bad_source
from generator.importer.source import SourceInput
from generator.importer.terraform.types import TerraformFile, TerraformResource, mapping, mappings, string

_MAJORS = ("0", "1")
_MOST_DEEP = 40
_INDEX = re.compile(r"\[(?:\d+|\"(?:[^\"\\]|\\.)*\")\]")


def read_show(source: SourceInput) -> TerraformFile:
    """The resources of a state, or as they are after a plan's `apply`. Raises BadSources."""
    document = mapping(source.document)
    version = document.get("format_version", "1.0")
    if not isinstance(version, str) or version.split(".")[0] not in _MAJORS:
        version_text = json.dumps(version)[:40]
        raise bad_source(source.name, f"format {version_text} of `terraform show -json`; this obsgen reads format 1")
    configuration = mapping(document.get("configuration"))
    changes = {string(change.get("address")): change for change in mappings(document.get("resource_changes"))}
    values = document.get("planned_values", document.get("values"))
    reader = _Reader(configuration, {address: mapping(change.get("change")) for address, change in changes.items()})
    if isinstance(values, Mapping):
        resources = list(reader.module(mapping(values.get("root_module")), "", 0))
        prior = mapping(mapping(document.get("prior_state")).get("values"))
        resources += [
            resource for resource in reader.module(mapping(prior.get("root_module")), "", 0) if resource.is_data
        ]
    elif changes:
        resources = list(reader.changed(changes.values()))
    else:
        resources = []
        if "terraform_version" not in document:
            message = "neither `values` nor `planned_values`: this is not the output of `terraform show -json`"
            raise bad_source(source.name, message, "run `terraform show -json > state.json`")
    deleted = tuple(reader.changed(change for change in changes.values() if reader.is_deleted(change)))
    variables = {name: mapping(variable).get("value") for name, variable in mapping(document.get("variables")).items()}
    return TerraformFile(tuple(resources), deleted, configuration, variables)


def without_indexes(address: str) -> str:
    """The address in a configuration: without the indexes of count and for_each."""
    return _INDEX.sub("", address)


class _Reader:
    """configuration: has the providers of resources. changes: by address, of a plan."""

    def __init__(self, configuration: Mapping[str, Any], changes: Mapping[str, Mapping[str, Any]]) -> None:
        self.changes = changes
        self.providers = dict(_providers(mapping(configuration.get("root_module")), "", 0))

    def module(self, module: Mapping[str, Any], address: str, depth: int) -> Iterator[TerraformResource]:
        if depth > _MOST_DEEP:
            return
        for resource in mappings(module.get("resources")):
            yield self.resource(resource, address, mapping(resource.get("values")), resource.get("sensitive_values"))
        for child in mappings(module.get("child_modules")):
            yield from self.module(child, string(child.get("address")), depth + 1)

    def changed(self, changes: Any) -> Iterator[TerraformResource]:
        for resource in changes:
            change = mapping(resource.get("change"))
            values = change.get("before") if self.is_deleted(resource) else change.get("after")
            address = string(resource.get("module_address"))
            read = self.resource(resource, address, mapping(values), change.get("after_sensitive"))
            yield replace(read, is_forgotten=change.get("actions") == ["forget"])

    def is_deleted(self, resource: Mapping[str, Any]) -> bool:
        return mapping(resource.get("change")).get("actions") in (["delete"], ["forget"])

    def resource(
        self, resource: Mapping[str, Any], module: str, values: Mapping[str, Any], sensitive: Any
    ) -> TerraformResource:
        kind, address = string(resource.get("type")), string(resource.get("address"))
        is_data = resource.get("mode") == "data"
        return TerraformResource(
            address,
            kind,
            f"{kind}.{string(resource.get('name'))}",
            module,
            values,
            self.providers.get(without_indexes(address), string(resource.get("provider_name"))),
            frozenset(name for name, mark in mapping(sensitive).items() if _is_marked(mark)),
            mapping(self.changes.get(address, {}).get("after_unknown")),
            is_data,
        )


def _is_marked(value: Any) -> bool:
    """Whether a value or a part of it is marked: true stands where it is."""
    if isinstance(value, Mapping):
        return any(map(_is_marked, value.values()))
    return any(map(_is_marked, value)) if isinstance(value, list) else value is True


def _providers(module: Mapping[str, Any], address: str, depth: int) -> Iterator[tuple[str, str]]:
    """The keys of providers, by the address of the resource without indexes."""
    if depth > _MOST_DEEP:
        return
    for resource in mappings(module.get("resources")):
        yield f"{address}{string(resource.get('address'))}", string(resource.get("provider_config_key"))
    for name, call in mapping(module.get("module_calls")).items():
        yield from _providers(mapping(mapping(call).get("module")), f"{address}module.{name}.", depth + 1)
