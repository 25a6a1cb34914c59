"""Expressions with a guard, as the language writes them for `minimum_traffic`: IF(FILL(calls, 0) >= 100, value, 0)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from generator.importer.write.quantities import Unwritable, number
from generator.spec.quantities import Threshold, quiet_value, threshold

_GUARD = re.compile(
    r"\s*IF\(\s*FILL\(\s*([a-z]\w*)\s*,\s*0\s*\)\s*>=\s*([0-9.]+)\s*,(.+),\s*(-?[0-9.]+)\s*\)\s*", re.DOTALL
)
_WORD = re.compile(r"[A-Za-z_]\w*")


def with_minimum_traffic(values: dict[str, Any]) -> dict[str, Any]:
    """The values of an entry with the guard of its expression as `minimum_traffic`, if it is one of the language.

    The traffic has to be a metric that only the guard uses: the language adds it to those of the value.
    """
    match = _GUARD.fullmatch(str(values.get("expression", "")))
    metrics = dict(values.get("metrics", {}))
    if not match or match[1] not in metrics or not _is_closed(match[3]):
        return values
    traffic, least, value = metrics.pop(match[1]), number(match[2]), match[3].strip()
    used = {word for text in (value, *values.get("expressions", {}).values()) for word in _WORD.findall(text)}
    if match[1] in used or not metrics or least <= 0 or _quiet(values) != number(match[4]):
        return values
    rest = {key: item for key, item in values.items() if key not in ("expression", "metrics")}
    guard = {"metric": traffic, "at_least": least}
    if value in metrics and len(metrics) == 1 and "expressions" not in values:
        metric = dict(metrics[value])
        return {**rest, "statistic": metric.pop("statistic"), "metric": metric, "minimum_traffic": guard}
    return {**rest, "expression": value, "metrics": metrics, "minimum_traffic": guard}


def _is_closed(text: str) -> bool:
    """Whether a text is one argument: its parentheses match, and no comma is outside of them."""
    depth = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if depth < 0 or (character == "," and depth == 0):
            return False
    return depth == 0


def _quiet(values: Mapping[str, Any]) -> float | None:
    """The value that crosses none of the thresholds, as the language chooses it; None where they are not known."""
    try:
        return quiet_value([*_thresholds(values)])
    except (ValueError, Unwritable):
        return None


def _thresholds(values: Mapping[str, Any]) -> Iterator[Threshold]:
    for part in (values, *values.get("overrides", ())):
        if "threshold" in part:
            yield threshold(part["threshold"])
