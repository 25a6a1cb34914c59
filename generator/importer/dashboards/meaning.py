"""What the widgets of a dashboard show, in a form in which what looks the same to a reader is the same text.

Defaults, IDs, the order of options and the way in which rows repeat each other make no difference.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.importer.dashboards.bodies import (
    USUAL_PERIOD,
    USUAL_START,
    USUAL_STATISTIC,
    BodyWidget,
    UnreadableRow,
    body_widgets,
    graph_rows,
    log_group_of,
    sources,
)
from generator.importer.dashboards.expressions import EVERY_ACCOUNT, ids_in, meaning
from generator.importer.values import items, mapping

_ALARM_ARN = re.compile(r"arn:[^:]+:cloudwatch:([^:]*):([^:]*):alarm:(.*)", re.DOTALL)
# What a graph is drawn like where its properties do not say it.
_USUAL: Mapping[str, Any] = {
    "view": "timeSeries",
    "stacked": False,
    "title": "",
    "liveData": False,
    "sparkline": False,
    "setPeriodToTimeRange": False,
    "singleValueFullPrecision": False,
    "timezone": "+0000",
    "legend": {"position": "bottom"},
    "background": "solid",
    "queryLanguage": "CWLI",
    "sortBy": "default",
    "states": [],
    "trend": True,
    "labels": {"visible": False},
}
_ROWS = ("metrics", "region", "accountId", "stat", "period", "annotations", "yAxis", "table")
_DRAWN_STACKED, _DRAWN_WITH_SPARKLINE = ("timeSeries", "bar", "pie", "table", "gauge"), ("singleValue",)
AlarmName = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """From where a dashboard looks. is_hub: whether searches find the metrics of every linked account.

    alarm_name: what both sides of a comparison call an alarm, by its ARN.
    """

    account: str
    region: str
    is_hub: bool
    alarm_name: AlarmName = str


def dashboard_meaning(body: Mapping[str, Any], viewpoint: Viewpoint) -> dict[str, str]:
    """What a dashboard shows: each widget, from top left to bottom right, and what holds for all."""
    texts = widget_meanings(body, viewpoint)
    values = {f"widget {count}": text for count, (_, text) in enumerate(texts, 1)}
    values["variables"] = _json([_variable(mapping(item)) for item in items(body.get("variables"))])
    values["time range"] = f"{body.get('start') or USUAL_START} to {body.get('end') or 'now'}"
    values["periods"] = str(body.get("periodOverride") or "auto")
    return values


def _variable(variable: Mapping[str, Any]) -> dict[str, Any]:
    choice = {
        name: value for name, value in variable.items() if value not in ("", []) and (name, value) != ("visible", True)
    }
    if "values" in choice:
        choice["values"] = [
            {**value, "label": value.get("label", value.get("value"))}
            for value in map(mapping, items(choice["values"]))
        ]
    return choice


def widget_meanings(body: Mapping[str, Any], viewpoint: Viewpoint) -> list[tuple[int, str]]:
    """What each widget shows, with its number in the body."""
    return [(widget.number, _widget(widget, viewpoint)) for widget in body_widgets(body)]


def _widget(widget: BodyWidget, viewpoint: Viewpoint) -> str:
    properties = widget.properties
    match widget.type:
        case "metric":
            content = _graph(properties, viewpoint)
        case "log":
            content = _table(properties, viewpoint)
        case "alarm":
            alarms = sorted({viewpoint.alarm_name(str(arn)) for arn in items(properties.get("alarms"))})
            content = {**_without_usual(properties, _USUAL), "alarms": alarms}
        case "explorer":
            # It finds the resources of the account whose console shows it.
            content = {**_without_usual(properties, _USUAL), "resources of": viewpoint.account}
        case _:
            content = _without_usual(properties, _USUAL)
    place = f"{widget.type} at x {widget.x}, y {widget.y}, width {widget.width}, height {widget.height}"
    return f"{place}: {_json(content)}"


def _without_usual(properties: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in properties.items() if value is not None and (name, value) not in [*usual.items()]
    }


def _table(properties: Mapping[str, Any], viewpoint: Viewpoint) -> dict[str, Any]:
    account = str(properties.get("accountId") or viewpoint.account)
    region = str(properties.get("region") or viewpoint.region)
    query, names = sources(str(properties.get("query", "")))
    rest = {key: value for key, value in properties.items() if key not in ("accountId", "region", "query")}
    usual = {**_USUAL, "view": "table"}
    groups = sorted({" ".join(log_group_of(name, account, region)) for name in names})
    return {**_without_usual(rest, usual), "region": region, "query": query, "log groups": groups or [account]}


def _graph(properties: Mapping[str, Any], viewpoint: Viewpoint) -> dict[str, Any]:
    content = _without_usual({key: value for key, value in properties.items() if key not in _ROWS}, _USUAL)
    view = properties.get("view") or "timeSeries"
    if view not in _DRAWN_WITH_SPARKLINE:
        content.pop("sparkline", None)
    if view not in _DRAWN_STACKED:
        content.pop("stacked", None)
    if view == "table":
        usual = {"layout": "horizontal", "stickySummary": False, "showTimeSeriesData": True}
        content["table"] = _without_usual(mapping(properties.get("table")), usual)
    region = str(properties.get("region") or viewpoint.region)
    try:
        rows = [*graph_rows(properties.get("metrics"))]
    except UnreadableRow:
        content["lines"] = properties.get("metrics")
    else:
        content["lines"] = [*_Graph(rows, properties, viewpoint, region).lines()]
    if not items(properties.get("metrics")):
        content["region"] = region
    content["axes"] = {
        side: axis
        for side, values in mapping(properties.get("yAxis")).items()
        if (axis := _numbers(_without_usual(mapping(values), {"showUnits": True, "label": ""})))
    }
    annotations = mapping(properties.get("annotations"))
    content["annotations"] = {
        "alarms": [viewpoint.alarm_name(str(arn)) for arn in items(annotations.get("alarms"))],
        **{kind: [*map(_annotation, items(annotations.get(kind)))] for kind in ("horizontal", "vertical")},
    }
    content["period"] = properties.get("period") or USUAL_PERIOD
    return {name: value for name, value in content.items() if value not in ({}, [], "")}


@dataclass(frozen=True, slots=True)
class _Graph:
    rows: list[tuple[list[str], Mapping[str, Any]]]
    properties: Mapping[str, Any]
    viewpoint: Viewpoint
    region: str

    def lines(self) -> Iterator[str]:
        """What is drawn, and what is hidden and not used, in the order of the graph."""
        contents = self._contents()
        used = {id_ for _, options in self.rows for id_ in ids_in(str(options.get("expression", "")))}
        for number, (words, options) in enumerate(self.rows):
            id_ = str(options.get("id", ""))
            is_hidden = options.get("visible") is False
            if is_hidden and id_ in used:
                continue
            text = self._metric(words, options) if words else contents.get(f"#{number}", "")
            appearance = {name: options[name] for name in ("label", "color", "yAxis") if options.get(name)}
            appearance = _without_usual(appearance, {"yAxis": "left"})
            if not words and options.get("period"):
                appearance["period"] = options["period"]
            yield f"{text} {_json(appearance)}{' hidden' if is_hidden else ''}"

    def _contents(self) -> dict[str, str]:
        """What each ID is: a metric in brackets, an expression in parentheses; of expressions also by number."""
        contents = {
            str(options["id"]): f"[{self._metric(words, options)}]"
            for words, options in self.rows
            if words and "id" in options
        }
        waiting = {
            number: (str(options.get("id", "")), str(options.get("expression", "")), options)
            for number, (words, options) in enumerate(self.rows)
            if not words
        }
        while waiting:
            ids = {id_ for id_, _, _ in waiting.values() if id_}
            ready = [number for number, (_, text, _) in waiting.items() if not (ids_in(text) & ids)] or [*waiting]
            for number in ready:
                id_, text, options = waiting.pop(number)
                account = str(options.get("accountId") or self.properties.get("accountId") or "")
                account = account or (EVERY_ACCOUNT if self.viewpoint.is_hub else self.viewpoint.account)
                region = str(options.get("region") or self.region)
                contents[f"#{number}"] = meaning(text, contents, account, region)
                if id_:
                    contents[id_] = f"({contents[f'#{number}']})"
        return contents

    def _metric(self, words: list[str], options: Mapping[str, Any]) -> str:
        account = str(options.get("accountId") or self.properties.get("accountId") or self.viewpoint.account)
        statistic = str(options.get("stat") or self.properties.get("stat") or USUAL_STATISTIC)
        period = options.get("period") or self.properties.get("period") or USUAL_PERIOD
        dimensions = sorted(zip(words[2::2], words[3::2], strict=True))
        text = " ".join(f"{name}={value}" for name, value in dimensions)
        region = str(options.get("region") or self.region)
        return f"{statistic} of {words[0]}/{words[1]} {text} in {period} s of {account} in {region}"


def _annotation(value: Any) -> Any:
    """An annotation without what is usual. Of a band, the ends may be in any order, and no shade is used."""
    if isinstance(value, list):
        ends = [_annotation(item) for item in value]
        values = sorted((end.pop("value", None) for end in ends if isinstance(end, dict)), key=str)
        for end in ends:
            if isinstance(end, dict):
                end.pop("fill", None)
        return [values, *ends]
    usual = {"visible": True, "yAxis": "left", "fill": "none", "label": ""}
    content = _without_usual(mapping(value), usual)
    if isinstance(content.get("value"), str):
        content["value"] = _time(content["value"])
    return _numbers(content)


def _time(text: str) -> str:
    try:
        read = datetime.datetime.fromisoformat(text)
        return (read if read.tzinfo else read.replace(tzinfo=datetime.UTC)).astimezone(datetime.UTC).isoformat()
    except (ValueError, OverflowError):
        return text


def _numbers(value: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers as numbers of one kind."""
    return {
        name: float(item) if isinstance(item, int | float) and not isinstance(item, bool) else item
        for name, item in value.items()
    }


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def alarm_of(arn: str) -> tuple[str, str, str] | None:
    """Account, Region and name of the alarm of an ARN."""
    match = _ALARM_ARN.fullmatch(arn)
    return (match[2], match[1], match[3]) if match else None
