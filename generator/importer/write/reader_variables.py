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
    # What the console writes, and AWS's page does not list.
    more = {name: value for name, value in variable.items() if name not in _KNOWN}
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
            del keys["values"]
            more["values"] = variable["values"]
    if variable.get("visible") is False:
        keys["visible"] = False
    return {**keys, "more": more} if more else keys
