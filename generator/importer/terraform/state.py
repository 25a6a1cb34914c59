"""States as Terraform and OpenTofu store them (terraform.tfstate, `terraform state pull`), format 4.

The format is not documented, but has been the same since 2018:
https://github.com/hashicorp/terraform/blob/main/internal/states/statefile/version4.go
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from generator.importer.errors import bad_source
from generator.importer.source import SourceInput
from generator.importer.terraform.types import TerraformFile, TerraformResource, mapping, mappings, string

_FORMAT = 4


def read_state(source: SourceInput) -> TerraformFile:
    """The resources of a state. Raises BadSources."""
    document = mapping(source.document)
    version = document.get("version")
    if version != _FORMAT:
        version_text = json.dumps(version)[:40]
        hint = "run `terraform show -json > state.json` with Terraform 0.12 or later"
        raise bad_source(source.name, f"a state of format {version_text}; this obsgen reads format {_FORMAT}", hint)
    if not isinstance(document.get("resources"), list):
        raise bad_source(source.name, "the state has no list `resources`", "run `terraform state pull > state.json`")
    return TerraformFile(tuple(_resources(document)))


def _resources(document: Mapping[str, Any]) -> Iterator[TerraformResource]:
    for resource in mappings(document.get("resources")):
        kind, module = string(resource.get("type")), string(resource.get("module"))
        declared = f"{kind}.{string(resource.get('name'))}"
        is_data = resource.get("mode") == "data"
        for instance in mappings(resource.get("instances")):
            # What a replacement has not deleted yet is not what is declared.
            if "deposed" in instance:
                continue
            path = ".".join(part for part in (module, "data" if is_data else "", declared) if part)
            address = f"{path}{_index(instance.get('index_key'))}"
            values = instance.get("attributes")
            if not isinstance(values, Mapping):
                # Of Terraform 0.11, kept until the next apply: texts by dotted path.
                values = {}
            yield TerraformResource(
                address,
                kind,
                declared,
                module,
                values,
                string(resource.get("provider")),
                frozenset(_sensitive(instance.get("sensitive_attributes"))),
                is_data=is_data,
            )


def _index(key: Any) -> str:
    return "" if key is None else f"[{json.dumps(key, ensure_ascii=False)}]"


def _sensitive(paths: Any) -> Iterator[str]:
    """The first steps of paths such as [{"type": "get_attr", "value": "endpoint"}, …]."""
    for path in paths if isinstance(paths, list) else []:
        steps = mappings(path)
        if steps and isinstance(steps[0].get("value"), str):
            yield steps[0]["value"]
