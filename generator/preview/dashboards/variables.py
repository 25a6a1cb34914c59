"""Variables of a dashboard: named above it, and applied with their defaults.

A pattern is replaced wherever it is in the widgets; a property in every widget that has it.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html (Variables)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.preview.markup import text

_MOST = 25
# Variables whose values have each other's patterns would make of one letter a text of any length.
_LONGEST = 100_000


def _variables(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    variables = body.get("variables")
    return (
        [variable for variable in variables if isinstance(variable, Mapping)][:_MOST]
        if isinstance(variables, list)
        else []
    )


def with_defaults(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The body with the default of each variable in the place of what it replaces."""
    widgets = body.get("widgets")
    for variable in _variables(body):
        default = variable.get("defaultValue")
        pattern, name = variable.get("pattern"), variable.get("property")
        if not isinstance(default, str):
            continue
        if variable.get("type") == "pattern" and isinstance(pattern, str) and pattern and pattern != default:
            widgets = _replaced(widgets, pattern, default)
        elif variable.get("type") == "property" and isinstance(name, str):
            widgets = _set(widgets, name, default)
    return {**body, "widgets": widgets}


def _replaced(value: Any, pattern: str, default: str) -> Any:
    if isinstance(value, str):
        return value.replace(pattern, default) if _grown(value, pattern, default) <= _LONGEST else value
    if isinstance(value, Mapping):
        return {key: _replaced(item, pattern, default) for key, item in value.items()}
    return [_replaced(item, pattern, default) for item in value] if isinstance(value, list) else value


def _grown(value: str, pattern: str, default: str) -> int:
    return len(value) + value.count(pattern) * (len(default) - len(pattern)) if len(default) > len(pattern) else 0


def _set(value: Any, name: str, default: str) -> Any:
    if isinstance(value, Mapping):
        return {key: default if key == name else _set(item, name, default) for key, item in value.items()}
    if not isinstance(value, list):
        return value
    items = [_set(item, name, default) for item in value]
    # A dimension of a metric's row: its name, and its value behind it.
    if name in items[2:-1] and all(isinstance(item, str) for item in items[:2]):
        items[items.index(name, 2) + 1] = default
    return items


def variables_html(body: Mapping[str, Any]) -> str:
    """Each variable with its default and how many values there are to choose from."""
    parts = [
        part
        for variable in _variables(body)
        if variable.get("visible") is not False
        for part in _variable_html(variable)
    ]
    return f'<p class="w-variables">{"".join(parts)}</p>' if parts else ""


def _variable_html(variable: Mapping[str, Any]) -> Iterator[str]:
    values = variable.get("values")
    options = [option for option in values if isinstance(option, Mapping)] if isinstance(values, list) else []
    default = str(variable.get("defaultValue", ""))
    label = next((str(option.get("label", default)) for option in options if option.get("value") == default), default)
    title = str(
        variable.get("label") or variable.get("id") or variable.get("pattern") or variable.get("property") or ""
    )
    count = f" <small>1 of {len(options)}</small>" if len(options) > 1 else ""
    yield f'<span class="w-variable">{text(title)} <b>{text(label or "all")}</b>{count}</span>'
