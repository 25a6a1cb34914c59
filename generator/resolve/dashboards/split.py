"""A dashboard that CloudWatch would not take whole, as several that lead to one another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from generator.model.accounts import Hub
from generator.model.dashboards import (
    AlarmWidget,
    Dashboard,
    MetricWidget,
    RawWidget,
    TextWidget,
    Widget,
    console_address,
)

WIDGETS = 500
METRICS = 2500


def parts(whole: Dashboard, hub: Hub, environment: str) -> tuple[Dashboard, ...]:
    """The dashboard itself, or as few as hold its widgets in order, without their places; the first keeps its name.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
    """
    shares = _shares(whole.widgets)
    if len(shares) == 1:
        return (whole,)
    numbered = [_numbered(whole, number, environment) for number in range(1, len(shares) + 1)]
    return tuple(
        replace(part, widgets=(_signpost(part, numbered, hub), *(replace(widget, place=None) for widget in share)))
        for part, share in zip(numbered, shares, strict=True)
    )


def _shares(widgets: Sequence[Widget]) -> list[list[Widget]]:
    """All in one where that fits; otherwise each as full as it can be, with room for the signpost."""
    if len(widgets) <= WIDGETS and sum(map(_metrics, widgets)) <= METRICS:
        return [list(widgets)]
    shares: list[list[Widget]] = [[]]
    metrics = 0
    for row in _rows(widgets):
        more = sum(map(_metrics, row))
        if shares[-1] and (len(shares[-1]) + len(row) >= WIDGETS or metrics + more > METRICS):
            shares.append([])
            metrics = 0
        shares[-1] += row
        metrics += more
    return shares


def _rows(widgets: Sequence[Widget]) -> list[list[Widget]]:
    """Each widget with those that stay beside it."""
    rows: list[list[Widget]] = []
    for widget in widgets:
        if rows and isinstance(widget, AlarmWidget | TextWidget) and widget.joined:
            rows[-1].append(widget)
        else:
            rows.append([widget])
    return rows


def _metrics(widget: Widget) -> int:
    return widget.metrics if isinstance(widget, MetricWidget | RawWidget) else 0


def _numbered(whole: Dashboard, part: int, environment: str) -> Dashboard:
    """Part 2 of `team-dashboard-prod` is `team-dashboard-2-prod`, with a logical id that no key can give."""
    if part == 1:
        return whole
    name = f"{whole.name}-{part}" if whole.own_name else f"{whole.name.removesuffix(environment)}{part}-{environment}"
    numbered = re.sub(r"^Dashboards?", rf"\g<0>{part}", whole.logical_id)
    return replace(whole, name=name, logical_id=numbered, part=part)


def _signpost(current: Dashboard, numbered: Sequence[Dashboard], hub: Hub) -> TextWidget:
    steps = [
        f"**{part.part}**" if part is current else f"[{part.part}]({console_address(hub, part.name)})"
        for part in numbered
    ]
    return TextWidget(f"Part {current.part} of {len(numbered)}: {' · '.join(steps)}", width=24, height=1)
