"""The parameters that a test gives to a template, as CloudFormation would take or refuse them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from generator.findings import Finding, Path, suggest
from generator.spec.bounded_pattern import problem_of
from generator.spec.pattern_parts import LONGEST_VALUE
from generator.wording import pluralize

_LISTS = ("CommaDelimitedList", "List<")


def refused(template: Mapping[str, Any], parameters: Mapping[str, str], path: Path) -> list[Finding]:
    """Findings about the values of parameters. path: of the test. Parameters without a value have defaults or none."""
    section = template.get("Parameters")
    declared: Mapping[str, Any] = section if isinstance(section, Mapping) else {}
    findings: list[Finding] = []
    for name, value in parameters.items():
        where = (*path, "parameters", name)
        if name not in declared:
            otherwise = "" if declared else "remove it: the template has no parameters"
            hint = suggest(name, list(map(str, declared)), otherwise)
            findings.append(Finding("R02", f"the template has no parameter `{name}`", where, hint=hint, on="key"))
        elif isinstance(declared[name], Mapping):
            findings += _of_one(name, value, declared[name], where)
    return findings


def _of_one(name: str, value: str, declared: Mapping[str, Any], where: Path) -> list[Finding]:
    kind = str(declared.get("Type"))
    allowed_values = declared.get("AllowedValues")
    allowed = [_text(part) for part in allowed_values] if isinstance(allowed_values, list) else []
    parts = [part.strip() for part in value.split(",")] if kind.startswith(_LISTS) else [value]
    refused_ = next((part for part in parts if allowed and part not in allowed), None)
    if refused_ is not None:
        hint = suggest(refused_, allowed, f"use one of {', '.join(allowed)}")
        return [Finding("R05", f"`{name}` does not allow `{refused_}`", where, hint=hint)]
    if kind == "Number" and not _is_number(value):
        return [Finding("R05", f"`{name}`: expected a number, got `{value}`", where, hint="use a number such as 5")]
    if kind == "List<Number>" and not all(map(_is_number, parts)):
        message = f"`{name}`: expected a list of numbers, got `{value}`"
        return [Finding("R05", message, where, hint="use a list such as [5, 10]")]
    limits = _number_limits(float(value), declared) if kind == "Number" else _text_limits(value, parts, declared)
    description = declared.get("ConstraintDescription")
    hint = description if isinstance(description, str) else ""
    return [Finding("R05", f"`{name}`: expected {wrong}, got `{value}`", where, hint=hint) for wrong in limits]


def _number_limits(number: float, declared: Mapping[str, Any]) -> Iterator[str]:
    least, most = _limit(declared, "MinValue"), _limit(declared, "MaxValue")
    if least is not None and number < least:
        yield f"at least {least:g}"
    if most is not None and number > most:
        yield f"at most {most:g}"


def _text_limits(value: str, parts: Sequence[str], declared: Mapping[str, Any]) -> Iterator[str]:
    least, most = _limit(declared, "MinLength"), _limit(declared, "MaxLength")
    if least is not None and len(value) < least:
        yield f"at least {pluralize(int(least), 'character')}"
    if most is not None and len(value) > most:
        yield f"at most {pluralize(int(most), 'character')}"
    pattern = declared.get("AllowedPattern")
    if isinstance(pattern, str) and not all(_may_match(pattern, part) for part in parts):
        yield f"a value that matches {pattern}"


def _may_match(pattern: str, value: str) -> bool:
    """Whether a value matches as a whole; so, too, where the pattern is of a kind that is not tried here.

    CloudFormation's are Java's. What both read alike, and what no value makes slow, is tried.
    """
    bare = pattern.removeprefix("^").removesuffix("$")
    if problem_of(bare) or len(value) > LONGEST_VALUE:
        return True
    return re.fullmatch(bare, value) is not None


def _limit(declared: Mapping[str, Any], name: str) -> float | None:
    limit = _text(declared.get(name, ""))
    return float(limit) if _is_number(limit) else None


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
