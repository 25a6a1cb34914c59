"""Kinds of widgets and views of graphs, found by directory."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from types import ModuleType
from typing import Any

from generator.preview.dashboards import views, widgets
from generator.preview.dashboards.context import WidgetContext
from generator.preview.dashboards.fragment import WidgetContent, WidgetSize
from generator.preview.dashboards.graph import MetricGraph

WidgetHtml = Callable[[Mapping[str, Any], WidgetSize, WidgetContext], WidgetContent]
ViewHtml = Callable[[MetricGraph, WidgetSize], str]


@cache
def widget_kinds() -> Mapping[str, WidgetHtml]:
    """How each kind of widget is drawn, by its type in a body."""
    return {module.KIND: module.widget_html for module in _modules(widgets)}


@cache
def graph_views() -> Mapping[str, ViewHtml]:
    """How each view of a metric widget is drawn, by its name in a body."""
    return {module.VIEW: module.view_html for module in _modules(views)}


def _modules(package: ModuleType) -> list[ModuleType]:
    names = sorted(info.name for info in pkgutil.iter_modules(package.__path__))
    return [importlib.import_module(f"{package.__name__}.{name}") for name in names]
