"""Buttons at the top of the overview, to every other dashboard; and of its sections, back and to one another.

`[button:Text](address)` is the console's own Markdown.
https://docs.aws.amazon.com/general/latest/gr/aws-markdown.html
"""

from __future__ import annotations

from dataclasses import replace

from generator.model.dashboards import Dashboard, TextWidget, console_address
from generator.model.estate import Estate


def with_links(estate: Estate) -> Estate:
    """The estate, with links below the headings of the overview and of its sections."""
    firsts = [dashboard for dashboard in estate.dashboards if dashboard.part == 1]
    linked = []
    for dashboard in estate.dashboards:
        if dashboard.overview:
            dashboard = _with(dashboard, [other for other in firsts if other.name != dashboard.name], estate)
        elif dashboard.section:
            family = [other for other in firsts if other.path == dashboard.path and other.name != dashboard.name]
            dashboard = _with(dashboard, family, estate)
        linked.append(dashboard)
    return replace(estate, dashboards=tuple(linked))


def _with(dashboard: Dashboard, other_dashboards: list[Dashboard], estate: Estate) -> Dashboard:
    """The first heading of the first level, with its links; those of the overview's own sections first."""
    ordered = sorted(other_dashboards, key=lambda other: other.path != dashboard.path)
    buttons = " ".join(_button(other, other.path == dashboard.path, estate) for other in ordered)
    widgets = list(dashboard.widgets)
    index = next(
        (n for n, widget in enumerate(widgets) if isinstance(widget, TextWidget) and widget.markdown[:2] == "# "), None
    )
    if buttons and index is not None and isinstance(widget := widgets[index], TextWidget):
        height = (widget.height or 1) + 1
        widgets[index] = replace(widget, markdown=f"{widget.markdown}\n\n{buttons}", height=height)
    return replace(dashboard, widgets=tuple(widgets))


def _button(dashboard: Dashboard, own: bool, estate: Estate) -> str:
    """The label of a button: the part for dashboards of the overview, and the console's name for all others."""
    text = (dashboard.section or "overview").capitalize() if own else dashboard.name
    kind = "button:primary" if own else "button"
    return f"[{kind}:{text}]({console_address(estate.hub, dashboard.name)})"
