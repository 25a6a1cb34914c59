"""Graphs of a dashboard's body as widgets of the language.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from generator.importer.write.placeholders import escaped
from generator.importer.write.quantities import Unwritable, duration, number
from generator.importer.write.values import items, mapping, mappings

_VIEWS = ("timeSeries", "singleValue", "gauge", "bar", "pie", "table")
_UNSAID = ("accountId", "region")
_SEARCH = re.compile(r"SEARCH\s*\(", re.IGNORECASE)
KeyOf = Callable[[str], str]


def graph(properties: Mapping[str, Any], account: str, placed: Callable[[str], str], key_of: KeyOf) -> dict[str, Any]:
    """A metric widget. key_of: the key of an alarm by its ARN. Raises Unwritable."""
    annotations = mapping(properties.get("annotations"))
    alarms = [key_of(str(arn)) for arn in items(annotations.get("alarms"))]
    title = str(properties.get("title") or (alarms[0] if alarms else "Metrics"))
    widget: dict[str, Any] = {"type": "metric", "title": title}
    if alarms and not properties.get("metrics"):
        return {**widget, "metrics": alarms}
    view = str(properties.get("view", "timeSeries"))
    if view not in _VIEWS:
        raise Unwritable(f"its view is {view[:40]}")
    widget |= _drawn(properties, account, placed)
    if view != "timeSeries":
        widget["view"] = view
    if properties.get("stacked") is True:
        widget["stacked"] = True
    if properties.get("period"):
        widget["period"] = duration(properties["period"])
    legend = mapping(properties.get("legend")).get("position")
    if legend in ("right", "hidden"):
        widget["legend"] = legend
    for key, name in (("live", "liveData"), ("sparkline", "sparkline")):
        if properties.get(name) is True:
            widget[key] = True
    axis = mapping(mapping(properties.get("yAxis")).get("left"))
    widget |= {name: number(axis[name]) for name in ("min", "max") if axis.get(name) is not None}
    values = [
        {"value": number(line["value"]), **({"label": str(line["label"])} if line.get("label") else {})}
        for line in mappings(annotations.get("horizontal"))
        if "value" in line
    ]
    return {**widget, "annotations": {"horizontal": values}} if values else widget


def _drawn(properties: Mapping[str, Any], account: str, placed: Callable[[str], str]) -> dict[str, Any]:
    """The lines and expressions of a graph, and which of them are on the right, or hidden."""
    parts: dict[str, Any] = {"lines": {}, "expressions": {}, "hidden": [], "right": []}
    usual = str(properties.get("stat", "Average"))
    for row, options in _rows(properties.get("metrics")):
        if any(options.get(name) not in (None, account, properties.get("region")) for name in _UNSAID):
            raise Unwritable("a line of it is of another account or Region")
        name = str(options.get("id") or options.get("label") or (row[1] if len(row) > 1 else options.get("expression")))
        name = _free(name, {**parts["lines"], **parts["expressions"]})
        if row:
            parts["lines"][name] = _line(row, str(options.get("stat", usual)), placed)
        else:
            parts["expressions"][name] = _expression(options)
        if options.get("yAxis") == "right":
            parts["right"].append(name)
        if options.get("visible") is False:
            parts["hidden"].append(name)
    if not parts["lines"] and not parts["expressions"]:
        raise Unwritable("it draws nothing")
    return {key: value for key, value in parts.items() if value}


def _rows(metrics: Any) -> Iterator[tuple[list[str], Mapping[str, Any]]]:
    """The metrics of a widget, with `.` and `...` written out, each with its options."""
    before: list[str] = []
    for row in items(metrics):
        if not isinstance(row, list):
            raise Unwritable("its metrics are not lists")
        options = row[-1] if row and isinstance(row[-1], Mapping) else {}
        words = [str(word) for word in row if not isinstance(word, Mapping)]
        if words:
            words = _written_out(words, before)
            before = words
        yield words, options


def _written_out(words: list[str], before: Sequence[str]) -> list[str]:
    if "..." in words:
        at = words.index("...")
        rest = words[at + 1 :]
        words = [*words[:at], *before[at : len(before) - len(rest)], *rest]
    if any(word == "." and index >= len(before) for index, word in enumerate(words)):
        raise Unwritable("it repeats a word of a metric that is not there")
    return [before[index] if word == "." else word for index, word in enumerate(words)]


def _line(row: list[str], statistic: str, placed: Callable[[str], str]) -> dict[str, Any]:
    if len(row) < 2 or len(row) % 2:
        raise Unwritable("one of its metrics has a dimension without a value")
    line: dict[str, Any] = {"namespace": escaped(row[0]), "name": escaped(row[1])}
    dimensions = {name: placed(value) for name, value in zip(row[2::2], row[3::2], strict=True)}
    if dimensions:
        line["dimensions"] = dimensions
    return {**line, "statistic": statistic}


def _expression(options: Mapping[str, Any]) -> str:
    expression = str(options.get("expression", ""))
    if not expression:
        raise Unwritable("one of its lines has neither a metric nor an expression")
    if _SEARCH.search(expression):
        raise Unwritable("it draws a SEARCH expression, which the language has as `search` over all accounts")
    return expression


def _free(name: str, parts: Mapping[str, Any]) -> str:
    free, count = name, 2
    while free in parts:
        free, count = f"{name} {count}", count + 1
    return free
