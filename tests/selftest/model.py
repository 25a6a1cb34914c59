"""A request against the model of its service, also where botocore leaves the check to AWS."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session

# Patterns of AWS's models that Python reads as Java does.
_JAVA = (("\\p{", ""), ("[\\S\\s]", ""))


@cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def broken_rules(service: str, operation: str, params: dict[str, Any]) -> Iterator[str]:
    """Sentences about parameters that the model refuses."""
    shape = _model(service).operation_model(operation).input_shape
    yield from _broken(shape, params, operation)


def _broken(shape: Any, value: Any, at: str) -> Iterator[str]:
    if shape.type_name == "structure":
        for name in shape.required_members:
            if name not in value:
                yield f"{at} has no {name}"
        for name, item in value.items():
            yield from _broken(shape.members[name], item, f"{at}.{name}")
    elif shape.type_name == "list":
        yield from _size(shape, len(value), at)
        for item in value:
            yield from _broken(shape.member, item, at)
    elif shape.type_name == "map":
        for item in value.values():
            yield from _broken(shape.value, item, at)
    elif shape.type_name == "string":
        yield from _size(shape, len(value), at)
        pattern = shape.metadata.get("pattern")
        if pattern and not any(part in pattern for part, _ in _JAVA) and not re.search(pattern, value):
            yield f"{at}: {value} does not match {pattern}"
        if shape.enum and value not in shape.enum:
            yield f"{at}: {value} is none of {shape.enum}"
    elif shape.type_name in ("integer", "long", "double"):
        yield from _size(shape, value, at)


def _size(shape: Any, size: float, at: str) -> Iterator[str]:
    if size < shape.metadata.get("min", size) or size > shape.metadata.get("max", size):
        yield f"{at} has {size}, which is not {shape.metadata}"
