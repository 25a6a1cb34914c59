"""Variables of a dashboard's body as the language has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.importer.values import mappings
from generator.importer.write.quantities import Unwritable

_KEYS: Mapping[str, str] = {
    "property": "property",
    "pattern": "pattern",
    "label": "label",
    "search": "search",
    "populateFrom": "populate_from",
    "defaultValue": "default",
}
_KNOWN = frozenset({*_KEYS, "type", "id", "inputType", "values", "visible"})


def reader_variable(variable: Mapping[str, Any]) -> dict[str, Any]:
    """A choice of the reader. Raises Unwritable."""
    unknown = sorted(set(variable) - _KNOWN)
    if unknown:
        raise Unwritable(f"a variable has `{unknown[0][:40]}`, which those of the language do not have")
    keys: dict[str, Any] = {"id": str(variable.get("id", ""))}
    for name, key in _KEYS.items():
        value = variable.get(name)
        if value in (None, ""):
            continue
        if not isinstance(value, str):
            raise Unwritable(f"the {name} of a variable is not text")
        keys[key] = value
    if variable.get("inputType") != "select":
        keys["input"] = str(variable.get("inputType"))
    values = mappings(variable.get("values"))
    if values:
        keys["values"] = {str(value.get("label") or value.get("value")): str(value.get("value")) for value in values}
        is_same = len(keys["values"]) == len(values) and all(isinstance(value.get("value"), str) for value in values)
        if not is_same:
            raise Unwritable("two values of a variable have one label, or are not text")
    if variable.get("visible") is False:
        keys["visible"] = False
    return keys
