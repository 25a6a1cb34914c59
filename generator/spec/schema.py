"""The JSON Schema of the language, for editors (`# yaml-language-server: $schema=observability.schema.json`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.spec.document import Document
from generator.spec.packs import Pack
from generator.spec.parts_merged import APPENDED, EXTENSION, INCLUDE
from generator.spec.schema_variables import with_variables
from generator.spec.services import KEYS


def schema(packs: Mapping[str, Pack]) -> dict[str, Any]:
    """JSON Schema, draft 2020-12; descriptions are the ones of the language's pages, and of these packs."""
    return with_variables(_of_values(packs))


def _of_values(packs: Mapping[str, Pack]) -> dict[str, Any]:
    """The schema without variables."""
    schema = Document.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "observability.yaml"
    schema["description"] = "What obsgen compiles: https://yaml-language-server understands this file."
    schema["patternProperties"] = {f"^{EXTENSION}": {"description": "for anchors; obsgen does not read it"}}
    # The lock has the ID of an account to which the file only adds settings.
    schema["$defs"]["AccountSpec"]["required"].remove("id")
    service = schema["$defs"]["ServiceSpec"]
    service["properties"]["type"] |= {"examples": sorted(packs)}
    service["allOf"] = [_of_type(name, pack) for name, pack in sorted(packs.items())]
    return schema


def part_schema(packs: Mapping[str, Pack]) -> dict[str, Any]:
    """JSON Schema of a file that a spec includes: the same, less what only the main file has; nothing is required."""
    document_schema = _of_values(packs)
    document_schema["title"] = "a part of observability.yaml"
    properties = {name: schema for name, schema in document_schema["properties"].items() if _is_of_parts(name, schema)}
    optional = {key: value for key, value in document_schema.items() if key != "required"}
    return with_variables({**optional, "properties": properties})


def _is_of_parts(name: str, declared: Mapping[str, Any]) -> bool:
    is_plain = "const" in declared or declared.get("type") in ("array", "string")
    return not is_plain or name in (*APPENDED, INCLUDE)


def _of_type(name: str, pack: Pack) -> dict[str, Any]:
    """The properties of an entry of one type, in terms of draft 7, since editors support no later draft."""
    parameters: dict[str, Any] = {
        key: {"type": "string", "description": f"{parameter.what}, such as {parameter.example}"}
        for key, parameter in pack.parameters.items()
    }
    for key, declared in pack.capacities.items():
        kind = "number" if declared.unit == "Count" else "string"
        parameters[key] = {"type": kind, "description": f"{declared.what}, such as {declared.example}"}
    alarms = {"propertyNames": {"enum": sorted({*pack.alarms, *pack.groups})}}
    needed = sorted(
        key for key, parameter in pack.parameters.items() if not parameter.optional and parameter.default is None
    )
    return {
        "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
        "then": {
            "properties": {**parameters, "alarms": alarms},
            "required": needed,
            "propertyNames": {"enum": sorted({*KEYS, *parameters})},
        },
    }
