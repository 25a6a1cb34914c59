"""Graphs of a dashboard's body as widgets of the language.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from generator.importer.write.placeholders import escaped
from generator.importer.write.quantities import Unwritable, duration, number

_ID = re.compile(r"(?!(?:true|false)$)[a-z][A-Za-z0-9_]{0,254}")
_VIEWS = ("timeSeries", "singleValue", "gauge", "bar", "pie", "table")
_UNSAID = ("accountId", "region")
_SEARCH = re.compile(r"SEARCH\s*\(", re.IGNORECASE)
KeyOf = Callable[[str], str]


def graph(properties: Mapping[str, Any], account: str, placed: Callable[[str], str], key_of: KeyOf) -> dict[str, Any]:
    """A metric widget. key_of: the key of an alarm by its ARN. Raises Unwritable."""
    annotations = _mapping(properties.get("annotations"))
    if annotations.get("alarms") and not properties.get("metrics"):
        keys = [key_of(str(arn)) for arn in annotations["alarms"]]
        return {"type": "metric", "title": str(properties.get("title") or keys[0]), "metrics": keys}
    widget: dict[str, Any] = {"type": "metric", "title": str(properties.get("title") or "Metrics")}
    lines: dict[str, Any] = {}
    expressions: dict[str, str] = {}
    right: list[str] = []
    hidden: list[str] = []
    usual = str(properties.get("stat", "Average"))
    for row, options in _rows(properties.get("metrics")):
        if any(options.get(name) not in (None, account, properties.get("region")) for name in _UNSAID):
            raise Unwritable("a line of it is of another account or Region")
        label = str(options.get("label") or "")
        name = str(options.get("id") or label or (row[1] if len(row) > 1 else options.get("expression", "line")))
        if not row:
            _add(expressions, _id_of(options, name), _expression(options))
            name = _id_of(options, name)
        else:
            name = _free(name, lines)
            _add(lines, name, _line(row, str(options.get("stat", usual)), placed))
        if options.get("yAxis") == "right":
            right.append(name)
        if options.get("visible") is False:
            hidden.append(name)
    if not lines and not expressions:
        raise Unwritable("it draws nothing")
    widget |= {"lines": lines} if lines else {}
    if expressions:
        widget["expressions"] = expressions
    if hidden:
        widget["hidden"] = hidden
    view = str(properties.get("view", "timeSeries"))
    if view not in _VIEWS:
        raise Unwritable(f"its view is {view[:40]}")
    if view != "timeSeries":
        widget["view"] = view
    if properties.get("stacked") is True:
        widget["stacked"] = True
    if properties.get("period"):
        widget["period"] = duration(properties["period"])
    if right:
        widget["right"] = right
    axis = _mapping(_mapping(properties.get("yAxis")).get("left"))
    widget |= {name: number(axis[name]) for name in ("min", "max") if axis.get(name) is not None}
    values = [
        {"value": number(line["value"]), **({"label": str(line["label"])} if line.get("label") else {})}
        for line in annotations.get("horizontal") or ()
        if isinstance(line, Mapping) and "value" in line
    ]
    if values:
        widget["annotations"] = {"horizontal": values}
    return widget


def _rows(metrics: Any) -> Iterator[tuple[list[str], Mapping[str, Any]]]:
    """The metrics of a widget, with `.` and `...` written out, each with its options."""
    before: list[str] = []
    for row in metrics if isinstance(metrics, list) else ():
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


def _id_of(options: Mapping[str, Any], name: str) -> str:
    if options.get("id") and not _ID.fullmatch(str(options["id"])):
        raise Unwritable(f"{str(options['id'])[:40]} is not an ID of metric math")
    return name


def _add(parts: dict[str, Any], name: str, value: Any) -> None:
    parts[_free(name, parts)] = value


def _free(name: str, parts: Mapping[str, Any]) -> str:
    free, count = name, 2
    while free in parts:
        free, count = f"{name} {count}", count + 1
    return free


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
