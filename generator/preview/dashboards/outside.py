"""Series for what only AWS can answer in an expression: searches, values of rules, queries."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from generator.evaluate.math.functions import FUNCTIONS
from generator.evaluate.math.grid import Grid
from generator.evaluate.math.series import Series, Value
from generator.evaluate.math.steps import Call, Name, Number, Step, TextLiteral, Word
from generator.evaluate.types import MetricId
from generator.preview.dashboards.context import WidgetContext
from generator.preview.dashboards.searches import SearchTerms, search_terms
from generator.preview.data.chart_source import DrawnLimit, MetricSearch, PlottedMetric

_QUOTA = 1_000.0
_Matches = list[tuple[MetricId, Series]]


class OutsideValues:
    """Series from the source of a page's data. region: the one that searches are in."""

    def __init__(self, context: WidgetContext, region: str) -> None:
        self._context = context
        self._region = region

    def query(self, grid: Grid, limit: DrawnLimit | None) -> tuple[Value | None, tuple[()], str]:
        """Of a Metrics Insights query: its value, or the reason why there is none."""
        if self._context.source.kind != "sample":
            return None, (), "CloudWatch alone answers a Metrics Insights query"
        return self._sample("query", "", grid, limit), (), ""

    def replaced(
        self, given_steps: Sequence[Step], grid: Grid, limit: DrawnLimit | None
    ) -> tuple[tuple[Step, ...], dict[str, Value], _Matches]:
        """The steps with names in place of such calls, the values of these names, and what searches found."""
        steps: list[Step] = []
        values: dict[str, Value] = {}
        matches: _Matches = []
        for step in given_steps:
            start = len(steps) - step.count if isinstance(step, Call) else len(steps)
            value = self._called(step, steps[start:], grid, limit, matches)
            if value is None:
                steps.append(step)
                continue
            del steps[start:]
            # No ID of a row begins with a space.
            name = f" {len(values)}"
            values[name] = value
            steps.append(Name(name, step.position))
        return tuple(steps), values, matches

    def _called(
        self, step: Step, arguments: Sequence[Step], grid: Grid, limit: DrawnLimit | None, matches: _Matches
    ) -> Value | None:
        """The value of a call that only AWS answers; None for every other step, and where there is none."""
        if not isinstance(step, Call) or not FUNCTIONS[step.function].outside:
            return None
        # An argument of several steps is no text, and these are in a row.
        if not all(isinstance(argument, TextLiteral | Number | Word | Name) for argument in arguments):
            return None
        texts = [argument.value for argument in arguments if isinstance(argument, TextLiteral)]
        if step.function == "SEARCH" and texts:
            return self._matching(
                search_terms(texts[0]), texts[1] if len(texts) > 1 else "Average", grid, limit, matches
            )
        if self._context.source.kind != "sample":
            return None
        if step.function == "SERVICE_QUOTA":
            return np.full(grid.count, _QUOTA)
        return self._sample(step.function, " ".join(texts), grid, limit)

    def _sample(self, namespace: str, name: str, grid: Grid, limit: DrawnLimit | None) -> Series | None:
        metric = MetricId(self._context.estate.hub.account, self._region, namespace, name)
        return self._context.source.series(PlottedMetric(metric, "Average", "", limit), grid)

    def _matching(
        self, search: SearchTerms, statistic: str, grid: Grid, limit: DrawnLimit | None, matches: _Matches
    ) -> tuple[Series, ...]:
        """A series of each metric that a search finds."""
        accounts = search.accounts if search.accounts and "LOCAL" not in search.accounts else self._context.account_ids
        search_ = MetricSearch(search.namespace, search.dimensions, self._region, accounts, search.terms)
        metrics = self._context.source.matches(search_)
        own = DrawnLimit(limit.value / max(1, len(metrics)), limit.is_upper) if limit else None
        plotted = [PlottedMetric(metric, statistic, "", own) for metric in metrics]
        rows = [(metric.metric, self._context.source.series(metric, grid)) for metric in plotted]
        known = [(metric, series) for metric, series in rows if series is not None]
        matches += known
        return tuple(series for _, series in known)
