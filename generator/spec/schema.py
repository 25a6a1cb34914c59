"""The JSON Schema of the language, for editors (`# yaml-language-server: $schema=observability.schema.json`)."""

from __future__ import annotations

from typing import Any

from generator.spec.document import Document


def schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12; descriptions are the ones of the language's pages."""
    made = Document.model_json_schema(by_alias=True)
    made["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    made["title"] = "observability.yaml"
    made["description"] = "What obsgen compiles: https://yaml-language-server understands this file."
    return made
