"""The explicit widgets of a dashboard, in their order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import assert_never

from generator.findings import Finding, Path
from generator.model.accounts import Account
from generator.model.dashboards import Place, RawWidget, TextWidget, Widget
from generator.resolve.dashboards.contributors import contributors
from generator.resolve.dashboards.error_budgets import budgets_named
from generator.resolve.dashboards.graphs import graph
from generator.resolve.dashboards.inputs import COLUMNS, DashboardInputs
from generator.resolve.dashboards.log_tables import table
from generator.resolve.dashboards.matrix import matrix
from generator.resolve.dashboards.other_regions import inputs_in, of_region
from generator.resolve.dashboards.rows import GraphOptions, graph_sources, row, service_row
from generator.resolve.dashboards.tiles import tiles
from generator.resolve.scope import unknown_environments
from generator.spec.dashboard_base import OfRegion, PlacedOnGrid
from generator.spec.dashboard_graphs import MetricWidgetSpec
from generator.spec.dashboard_raw import RawWidgetSpec
from generator.spec.dashboard_widgets import (
    AlarmMatrixWidget,
    AlarmsWidget,
    ContributorsWidgetSpec,
    ErrorBudgetsWidget,
    LogsWidget,
    RowSpec,
    ServiceWidget,
    TextWidgetSpec,
)
from generator.spec.dashboards import DashboardSpec, WidgetSpec

# What a dashboard of an account that the reader chooses may always have.
_OF_ANY_ACCOUNT = (TextWidgetSpec, ServiceWidget, ContributorsWidgetSpec, ErrorBudgetsWidget, RawWidgetSpec)


def widgets(
    spec: DashboardSpec, path: Path, watched: DashboardInputs, chosen: Account | None, findings: list[Finding]
) -> Iterator[Widget]:
    """The widgets of an explicit dashboard, in order. chosen: the account that the reader has chosen, where that is
    possible.
    """
    for index, widget in enumerate(spec.widgets):
        at: Path = (*path, "widgets", index)
        findings += unknown_environments(widget.environments, at, watched.scope.document)
        if widget.environments and watched.scope.environment not in widget.environments:
            continue
        if chosen and not isinstance(widget, _OF_ANY_ACCOUNT):
            findings += _not_with_accounts_to_choose(widget, at)
        region = widget.region if isinstance(widget, OfRegion) else None
        if isinstance(widget, MetricWidgetSpec):
            findings += _of_one_region(widget, "region" in spec.variables, at)
        if region is None:
            yield from _on_grid(widget, [*_shown(widget, at, watched, chosen, findings)], at, findings)
            continue
        region_path: Path = (*at, "region")
        if "region" in spec.variables:
            message = "the Region of this dashboard is chosen by the reader"
            findings.append(Finding("R07", message, region_path, hint="remove it, or remove `region` from variables"))
        inputs = inputs_in(region, region_path, watched, findings)
        drawn = _shown(widget, at, inputs, chosen, findings) if inputs else ()
        of_that_region = [
            of_region(drawn_widget, region, region_path, watched.scope.hub.region, findings) for drawn_widget in drawn
        ]
        yield from _on_grid(widget, of_that_region, at, findings)


def _on_grid(spec: WidgetSpec, drawn: list[Widget], path: Path, findings: list[Finding]) -> Iterator[Widget]:
    """The widgets of an entry, at the place that it gives (R05, R06, R07)."""
    if not isinstance(spec, PlacedOnGrid) or (spec.x is None and spec.y is None):
        yield from drawn
        return
    if spec.x is None or spec.y is None:
        key, other = ("x", "y") if spec.y is None else ("y", "x")
        findings.append(Finding("R06", f"`{key}` requires `{other}`", (*path, key), hint=f"add `{other}`"))
        return
    if len(drawn) > 1:
        message = f"this entry becomes {len(drawn)} widgets, which cannot all be at one place"
        findings.append(Finding("R07", message, (*path, "x"), hint="remove `x` and `y`"))
    for widget in drawn:
        right = spec.x + (widget.width or 1)
        if right > COLUMNS:
            message = f"this widget would end in column {right} of {COLUMNS}"
            findings.append(Finding("R05", message, (*path, "x"), hint=f"use `x: {COLUMNS - right + spec.x}` or less"))
        yield replace(widget, place=Place(spec.x, spec.y))


def _of_one_region(widget: MetricWidgetSpec, is_chosen: bool, path: Path) -> Iterator[Finding]:
    """Findings for lines with a Region of their own, where the graph or the reader has one for all of them."""
    for name in (name for name, line in widget.lines.items() if line.region and (widget.region or is_chosen)):
        message = (
            "the Region of this dashboard is chosen by the reader" if is_chosen else "this graph has a `region` too"
        )
        hint = "remove it, or " + ("remove `region` from variables" if is_chosen else "set it on each line")
        yield Finding("R07", message, (*path, "lines", name, "region"), hint=hint)


def _shown(
    widget: WidgetSpec, at: Path, watched: DashboardInputs, chosen: Account | None, findings: list[Finding]
) -> Iterator[Widget]:
    match widget:
        case AlarmsWidget():
            yield from tiles(widget, at, watched, chosen, findings)
        case AlarmMatrixWidget():
            yield from matrix(widget, at, watched, findings)
        case MetricWidgetSpec():
            if widget.account in watched.scope.document.accounts and not any(
                account.name == widget.account for account in watched.scope.accounts
            ):
                # Only another environment has its account.
                return
            before = len(findings)
            drawn = graph(widget, at, watched, chosen, findings)
            # Nothing is left where this environment has none of the Regions of its lines.
            yield from [drawn] if drawn.series or len(findings) > before else []
        case RowSpec():
            options = GraphOptions(at, widget.by == "account", chosen)
            sources = graph_sources(widget, at, watched, chosen, findings)
            # Nothing is left where this environment has none of the accounts.
            yield from row(widget.title, sources, watched, options) if sources else ()
        case ServiceWidget():
            yield from service_row(widget, watched, GraphOptions(at, chosen is None, chosen), findings)
        case LogsWidget():
            yield from table(widget, at, watched, chosen, findings)
        case ErrorBudgetsWidget():
            yield from budgets_named(widget, at, watched, chosen, findings)
        case ContributorsWidgetSpec():
            yield from contributors(widget, at, watched, findings)
        case TextWidgetSpec():
            yield TextWidget(
                widget.markdown, widget.width, widget.height, transparent=widget.background == "transparent"
            )
        case RawWidgetSpec():
            metrics = widget.properties.get("metrics")
            count = len(metrics) if widget.widget == "metric" and isinstance(metrics, list) else 0
            text = json.dumps(widget.properties, sort_keys=True)
            yield RawWidget(widget.widget, text, widget.width, widget.height, at, metrics=count)
        case _:
            assert_never(widget)


def _not_with_accounts_to_choose(
    widget: AlarmsWidget | AlarmMatrixWidget | MetricWidgetSpec | RowSpec | LogsWidget, path: Path
) -> list[Finding]:
    if isinstance(widget, AlarmMatrixWidget):
        message = "an alarm matrix has all accounts, but the account of this dashboard is chosen by the reader"
        return [Finding("R07", message, (*path, "type"), hint="use `type: alarms`, or another dashboard")]
    if isinstance(widget, MetricWidgetSpec) and (widget.account or any(line.account for line in widget.lines.values())):
        message = "the account of this dashboard is chosen by the reader"
        return [Finding("R07", message, path, hint="remove `account`, or remove `account` from variables")]
    names_accounts = isinstance(widget, LogsWidget | AlarmsWidget) and bool(widget.accounts)
    by_account = not isinstance(widget, LogsWidget) and widget.by == "account"
    if not names_accounts and not by_account:
        return []
    key = "accounts" if names_accounts else "by"
    message = "the account of this dashboard is chosen by the reader, one at a time"
    return [Finding("R07", message, (*path, key), hint=f"remove `{key}`, or remove `account` from variables")]
