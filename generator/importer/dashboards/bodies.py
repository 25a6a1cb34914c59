"""Bodies of dashboards: their widgets with places, the rows of their graphs, the log groups of their queries.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generator.importer.values import items, mapping

COLUMNS = 24
USUAL_PERIOD = 300
USUAL_STATISTIC = "Average"
USUAL_START = "-PT3H"
_USUAL_SIZE = 6
_SOURCE = re.compile(r"\s*SOURCE\s+'([^']+)'\s*\|\s*")
_LOG_GROUP = re.compile(r"arn:[^:]+:logs:([^:]*):([^:]*):log-group:([^:]+)(?::\*)?")


class UnreadableRow(ValueError):
    """A row of a graph that CloudWatch could not read; the text is the reason."""


@dataclass(frozen=True, slots=True)
class BodyWidget:
    """A widget of a body. number: its place in the list of the body, from 0."""

    number: int
    type: str
    properties: Mapping[str, Any]
    x: int
    y: int
    width: int
    height: int


def parsed_body(body: Any) -> Mapping[str, Any] | None:
    """The body of a dashboard; None where it is not a JSON object. Line breaks in its texts are taken, as bodies that
    CloudFormation joins of lines have them.
    """
    if isinstance(body, str):
        try:
            body = json.loads(body, strict=False)
        except (ValueError, RecursionError):
            return None
    return body if isinstance(body, Mapping) else None


def body_widgets(body: Mapping[str, Any]) -> list[BodyWidget]:
    """The widgets from top left to bottom right. One without a place is at the next free one, in rows."""
    widgets = []
    x = y = tallest = 0
    for number, widget in enumerate(items(body.get("widgets"))):
        if not isinstance(widget, Mapping):
            continue
        width, height = _size(widget, "width", _USUAL_SIZE), _size(widget, "height", _USUAL_SIZE)
        if "x" in widget and "y" in widget:
            place = _size(widget, "x", 0), _size(widget, "y", 0)
            x, y, tallest = COLUMNS, max(y + tallest, place[1] + height), 0
        else:
            if x + width > COLUMNS:
                x, y, tallest = 0, y + tallest, 0
            place = x, y
            x, tallest = x + width, max(tallest, height)
        kind = str(widget.get("type"))
        widgets.append(BodyWidget(number, kind, mapping(widget.get("properties")), *place, width, height))
    return sorted(widgets, key=lambda placed: (placed.y, placed.x, placed.number))


def _size(widget: Mapping[str, Any], name: str, default: int) -> int:
    value = widget.get(name)
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else default


def log_group_of(source: str, account: str, region: str) -> tuple[str, str, str]:
    """Account, Region and name of a log group that a query names; account, region: of a name without these."""
    match = _LOG_GROUP.fullmatch(source)
    return (match[2] or account, match[1] or region, match[3]) if match else (account, region, source)


def log_groups_read(body: Mapping[str, Any], account: str, region: str) -> list[tuple[str, str, str]]:
    """The log groups that the queries of a dashboard read."""
    groups = []
    for widget in body_widgets(body):
        if widget.type == "log":
            own = str(widget.properties.get("accountId") or account), str(widget.properties.get("region") or region)
            groups += [log_group_of(name, *own) for name in sources(str(widget.properties.get("query", "")))[1]]
    return list(dict.fromkeys(groups))


def sources(query: str) -> tuple[str, list[str]]:
    """A query without its log groups, and these."""
    names = []
    while match := _SOURCE.match(query):
        names.append(match[1])
        query = query[match.end() :]
    return query.strip(), names


def graph_rows(metrics: Any) -> Iterator[tuple[list[str], Mapping[str, Any]]]:
    """The metrics of a graph, with `.` and `...` written out, each with its options. Raises UnreadableRow."""
    before: list[str] = []
    for row in items(metrics):
        if not isinstance(row, list):
            raise UnreadableRow("its metrics are not lists")
        options = row[-1] if row and isinstance(row[-1], Mapping) else {}
        words = [str(word) for word in row if not isinstance(word, Mapping)]
        if words:
            words = _written_out(words, before)
            before = words
            if len(words) < 2 or len(words) % 2:
                raise UnreadableRow("one of its metrics has a dimension without a value")
        yield words, options


def _written_out(words: list[str], before: Sequence[str]) -> list[str]:
    if "..." in words:
        at = words.index("...")
        rest = words[at + 1 :]
        words = [*words[:at], *before[at : len(before) - len(rest)], *rest]
    if any(word == "." and index >= len(before) for index, word in enumerate(words)):
        raise UnreadableRow("it repeats a word of a metric that is not there")
    return [before[index] if word == "." else word for index, word in enumerate(words)]
