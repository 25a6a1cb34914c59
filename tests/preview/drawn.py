"""Dashboards drawn for tests: a body with an estate, and what every fragment has to be."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from functools import cache
from typing import Any

from generator.model.estate import Estate
from generator.preview.dashboards.bodies import dashboard_bodies
from generator.preview.dashboards.context import WidgetContext
from generator.preview.dashboards.dashboard import dashboard_html
from generator.preview.data.sample import SampleSource
from tests.support import BASE, built

METRIC = ["Shop", "Errors", {"stat": "Sum"}]
# Elements that a fragment consists of; none of them loads or runs anything.
_ELEMENTS = {
    *("a", "article", "b", "blockquote", "br", "code", "details", "div", "em", "figcaption", "figure", "h5", "h6"),
    *("header", "hr", "i", "li", "ol", "p", "pre", "small", "span", "strong", "summary", "ul"),
    *("table", "tbody", "td", "th", "thead", "tr", "svg", "circle", "line", "path", "rect", "text", "title"),
}


@cache
def estate(text: str = BASE, environment: str = "prod") -> Estate:
    """The estate of a spec."""
    return built(text).estates[environment]


def context(**keys: Any) -> WidgetContext:
    """What dashboards of the small spec are drawn with."""
    return WidgetContext(**{"estate": estate(), "source": SampleSource(), **keys})


def graph(**properties: Any) -> dict[str, Any]:
    """A metric widget of Errors."""
    return {"type": "metric", "properties": {"metrics": [METRIC], "title": "Errors", **properties}}


def drawn(*widgets: Mapping[str, Any], body: Mapping[str, Any] | None = None, **keys: Any) -> ET.Element:
    """A dashboard of widgets, as a tree. Raises ParseError where it is not well-formed."""
    return tree(dashboard_html({"widgets": list(widgets), **(body or {})}, context(**keys)))


def tree(html: str) -> ET.Element:
    """A fragment as a tree: well-formed, and of nothing that loads, runs, or names an element twice."""
    root = ET.fromstring(html)
    for element in root.iter():
        assert element.tag in _ELEMENTS, element.tag
        for name, value in element.attrib.items():
            assert name not in ("style", "id", "src", "srcset") and not name.startswith("on"), name
            if name == "href":
                assert re.match(r"https?://|#", value), value
    return root


def classed(root: ET.Element, name: str) -> list[ET.Element]:
    """The elements with a class, in their order."""
    return [element for element in root.iter() if name in element.get("class", "").split()]


def words(element: ET.Element) -> str:
    """All text of an element."""
    return " ".join("".join(element.itertext()).split())


@cache
def bodies(text: str, environment: str) -> tuple[Estate, Mapping[str, Mapping[str, Any]]]:
    """The estate of a spec, and the bodies of its dashboards by their names."""
    build = built(text)
    found: dict[str, Mapping[str, Any]] = {}
    for template in build.templates[environment].values():
        found |= dashboard_bodies(template, build.estates[environment])
    return build.estates[environment], found
