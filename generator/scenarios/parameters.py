"""The parameters that a test gives to a template, as CloudFormation would take or refuse them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from generator.findings import Finding, Path, did_you_mean


def refused(template: Mapping[str, Any], parameters: Mapping[str, str], path: Path) -> list[Finding]:
    """What is wrong with the values. path: of the test; those that it leaves out have their defaults or none."""
    section = template.get("Parameters")
    declared: Mapping[str, Any] = section if isinstance(section, Mapping) else {}
    found: list[Finding] = []
    for name, value in parameters.items():
        where = (*path, "parameters", name)
        if name not in declared:
            names = sorted(map(str, declared))
            hint = did_you_mean(name, names).strip() or (f"it has {', '.join(names)}" if names else "it has none")
            found.append(Finding("R02", f"the template has no parameter `{name}`", where, hint=hint, on="key"))
        elif isinstance(declared[name], Mapping):
            found += _of_one(name, value, declared[name], where)
    return found


def _of_one(name: str, value: str, declared: Mapping[str, Any], where: Path) -> list[Finding]:
    several = declared.get("AllowedValues")
    allowed = [_text(one) for one in several] if isinstance(several, list) else []
    if allowed and value not in allowed:
        hint = did_you_mean(value, allowed).strip() or f"one of {', '.join(allowed)}"
        return [Finding("R05", f"`{name}` may not be `{value}`", where, hint=hint)]
    kind = declared.get("Type")
    if kind == "Number" and not _is_number(value):
        return [Finding("R05", f"`{name}` is a number, not `{value}`", where, hint="such as 5")]
    if kind == "List<Number>" and not all(_is_number(one) for one in value.split(",")):
        return [Finding("R05", f"`{name}` is a list of numbers, not `{value}`", where, hint="such as [5, 10]")]
    return []


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
