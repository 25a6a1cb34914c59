"""Widgets of alarm states: a tile for each alarm.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
(Properties of an Alarm Status Widget Object)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.evaluate.types import State
from generator.preview.dashboards.context import WidgetContext
from generator.preview.dashboards.fragment import WidgetContent, WidgetSize, scrolling
from generator.preview.markup import text

KIND = "alarm"
_STATES: Mapping[str, tuple[str, str]] = {
    "ALARM": ("alarm", "In alarm"),
    "INSUFFICIENT_DATA": ("insufficient", "Insufficient data"),
    "OK": ("ok", "OK"),
}
_UNKNOWN = ("unknown", "Unknown")
_MOST_ALARMS = 100


def widget_html(properties: Mapping[str, Any], size: WidgetSize, context: WidgetContext) -> WidgetContent:
    """The tiles of the alarms whose states are to be shown, by name or by state."""
    arns = properties.get("alarms")
    alarms = [str(arn) for arn in arns][:_MOST_ALARMS] if isinstance(arns, list) else []
    own = properties.get("states")
    listed = own if isinstance(own, list) and own else [*_STATES, None]
    states = [(arn, _state(arn, context)) for arn in alarms]
    # Since when an alarm has its state is not known: then alarms are in the order of their names.
    drawn = sorted((tile for tile in states if tile[1] in listed), key=lambda tile: tile[0].rpartition(":")[2])
    if properties.get("sortBy") == "stateUpdatedTimestamp":
        drawn.sort(key=lambda tile: [*_STATES, None].index(tile[1]))
    tiles = "".join(_tile(arn, state, context) for arn, state in drawn)
    hidden = len(states) - len(drawn)
    rest = f'<p class="w-remark">{hidden} in other states</p>' if hidden else ""
    title = str(properties.get("title", ""))
    is_long = len(drawn) > max(1, size.columns // 3) * max(1, size.rows - 1)
    html = f'<ul class="w-tiles"{scrolling(is_long, title or "Alarms")}>{tiles}</ul>{rest}' if tiles else rest
    return WidgetContent(title, html, bool(states), KIND)


def _state(arn: str, context: WidgetContext) -> State | None:
    fields = arn.split(":", 6)
    return context.source.state(fields[4], fields[3], fields[6]) if len(fields) == 7 else None


def _tile(arn: str, state: State | None, context: WidgetContext) -> str:
    kind, words = _STATES.get(state or "", _UNKNOWN)
    fields = arn.split(":", 6)
    name = fields[6] if len(fields) == 7 else arn
    account = fields[4] if len(fields) == 7 else ""
    where = f" · {text(context.account_name(account))}" if account != context.estate.hub.account and account else ""
    return f'<li class="w-tile w-is-{kind}"><b>{text(name)}</b><span>{words}{where}</span></li>'
