"""Draws the shipped dashboards of prod into docs/dashboards/: `python -m tests.draw_dashboards`.

Places, titles, lines and thresholds are those of the bodies; the values are samples. A test tells
when it has to be run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.pictures.kinds import Box, widget
from tests.pictures.svg import COLUMN, GAP, MARGIN, ROW, document, text, written
from tests.support import ROOT, built

FOLDER = ROOT / "docs" / "dashboards"
_NOTE = "Sample data. Places, titles, lines and thresholds are those of the dashboard."


def picture(name: str, body: Mapping[str, Any]) -> str:
    """One dashboard as SVG."""
    widgets = body["widgets"]
    height = max(one["y"] + one["height"] for one in widgets) * ROW + 2 * MARGIN + 14
    width = 24 * COLUMN + 2 * MARGIN
    root = document(width, height, f"Dashboard {name}")
    for one in widgets:
        x, y = MARGIN + one["x"] * COLUMN, MARGIN + one["y"] * ROW
        box = Box(x, y, one["width"] * COLUMN - GAP, one["height"] * ROW - GAP)
        widget(root, one["type"], one["properties"], box)
    text(root, MARGIN, height - 8, _NOTE, "s")
    return written(root)


def pictures() -> dict[str, str]:
    """File name to picture, for every shipped dashboard of prod."""
    templates = built((ROOT / "observability.yaml").read_text(encoding="utf-8")).templates["prod"]
    found = {}
    for resource in templates["hub.template.yaml"]["Resources"].values():
        if resource["Type"] == "AWS::CloudWatch::Dashboard":
            properties = resource["Properties"]
            name = properties["DashboardName"]
            found[f"{name.removesuffix('-prod')}.svg"] = picture(name, json.loads(properties["DashboardBody"]))
    return found


def main() -> None:
    """Write every picture, and remove those of dashboards that are gone."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = pictures()
    for path in FOLDER.glob("*.svg"):
        if path.name not in wanted:
            path.unlink()
    for name, content in wanted.items():
        (FOLDER / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
