"""A widget as CloudWatch's own JSON has it, for what the other widgets do not have."""

from __future__ import annotations

import json
from math import isfinite
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.functional_validators import AfterValidator

from generator.model.dashboards import RawKind
from generator.spec.dashboard_base import PlacedOnGrid
from generator.spec.scalars import EnumScalar, show, wrong

_DEEPEST = 12
_LONGEST = 100_000


def _json_object(value: dict[str, Any]) -> dict[str, Any]:
    """The properties, which JSON can write."""
    _require_json(value, 0)
    if len(json.dumps(value)) > _LONGEST:
        raise wrong(f"expected at most {_LONGEST:,} characters of JSON", "split it into several widgets")
    return value


def _require_json(value: Any, depth: int) -> None:
    if depth > _DEEPEST:
        raise wrong(f"expected at most {_DEEPEST} mappings and lists within each other")
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise wrong(f"expected text as a key, got {show(key)}", f'quote it: "{key}"')
            _require_json(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _require_json(item, depth + 1)
    elif isinstance(value, float) and not isfinite(value):
        raise wrong(f"JSON has no number {value}")
    elif value is not None and not isinstance(value, str | int | float):
        raise wrong(f"expected text, a number, true, false or null, got {show(value)}", f'quote it: "{value}"')


JsonObject = Annotated[dict[str, Any], AfterValidator(_json_object)]


class RawWidgetSpec(PlacedOnGrid):
    """A widget of CloudWatch with its properties as they are, such as a metrics explorer."""

    type: Literal["raw"]
    widget: Annotated[
        RawKind, EnumScalar("a type of CloudWatch's widgets", "metric", "log", "alarm", "text", "explorer", "custom")
    ] = Field(description="its type in CloudWatch: metric, log, alarm, text, explorer or custom")
    properties: JsonObject = Field(
        description="its `properties`, spelled as in the body of a dashboard; braces are no placeholders"
    )
