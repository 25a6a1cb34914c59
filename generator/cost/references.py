"""Which parameters and pseudo parameters a part of a template depends on, through its conditions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_PLACEHOLDER = re.compile(r"\$\{([^!}.][^}.]*)\}")


def dependencies(template: Mapping[str, Any], part: Any, condition: Any = None) -> tuple[str, ...]:
    """The names, sorted: of parameters, `AWS::AccountId` and `AWS::Region`. condition: a condition's name."""
    conditions, parameters = template.get("Conditions", {}), template.get("Parameters", {})
    references: set[str] = set()
    followed: set[str] = set()
    waiting: list[Any] = [part]
    if condition is not None:
        waiting.append({"Condition": condition})
    while waiting:
        value = waiting.pop()
        if isinstance(value, list | tuple):
            waiting += value
        elif isinstance(value, Mapping):
            for key, inner in value.items():
                if key == "Ref":
                    references.add(str(inner))
                elif key == "Condition" and isinstance(inner, str):
                    _follow(inner, conditions, followed, waiting)
                elif key == "Fn::If" and isinstance(inner, list) and inner:
                    _follow(str(inner[0]), conditions, followed, waiting)
                    waiting += inner[1:]
                else:
                    waiting.append(inner)
        elif isinstance(value, str) and "${" in value:
            references |= set(_PLACEHOLDER.findall(value))
    return tuple(sorted(name for name in references if name in parameters or name in ("AWS::AccountId", "AWS::Region")))


def _follow(name: str, conditions: Mapping[str, Any], followed: set[str], waiting: list[Any]) -> None:
    if name not in followed:
        followed.add(name)
        waiting.append(conditions.get(name))
