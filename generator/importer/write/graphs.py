"""Graphs of a dashboard's body as widgets of the language.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.aws.metrics import lookup
from generator.importer.dashboards.bodies import USUAL_PERIOD, USUAL_STATISTIC, UnreadableRow, graph_rows
from generator.importer.dashboards.expressions import ids_in, is_query, searches
from generator.importer.values import items, mapping
from generator.importer.write.graph_styles import style
from generator.importer.write.placeholders import escaped
from generator.importer.write.places import HUB
from generator.importer.write.quantities import Unwritable, duration

_VIEWS = ("timeSeries", "singleValue", "gauge", "bar", "pie", "table")
_OPTIONS = frozenset(
    {"id", "label", "region", "accountId", "stat", "period", "visible", "color", "yAxis", "expression"}
)
_PERIOD_OF_WIDGETS = 60
_ID = re.compile(r"(?!(?:true|false)$)[a-z][A-Za-z0-9_]*", re.ASCII)
_COLOR = re.compile("#[0-9A-Fa-f]{6}")
_AUTO = "auto"
# With more accounts, a graph by account has no line for each.
_MOST_LINES = 100


@dataclass(frozen=True, slots=True)
class GraphPlace:
    """Where the graphs of a dashboard look: its account and Region, the hub's account, the names of accounts by ID.

    placed: a text of dimensions as the language has it. members: the names of all members of this Region, in order.
    """

    account: str
    region: str
    hub: str
    accounts: Mapping[str, str]
    placed: Callable[[str], str]
    members: tuple[str, ...] = ()

    @property
    def is_hub(self) -> bool:
        """True if its searches find the metrics of every linked account."""
        return self.account == self.hub

    def name(self, account: str) -> str:
        """What the language calls an account. Raises Unwritable."""
        name = HUB if account == self.hub else self.accounts.get(account)
        if name is None:
            raise Unwritable(f"it shows the account {account[:40]}, which is neither the hub nor a member")
        return name


def graph(properties: Mapping[str, Any], place: GraphPlace) -> dict[str, Any]:
    """A metric widget. Raises Unwritable."""
    view = str(properties.get("view") or "timeSeries")
    if view not in _VIEWS:
        raise Unwritable(f"its view is {view[:40]}")
    drawing = _Drawing(properties, place)
    try:
        drawing.read()
    except UnreadableRow as error:
        raise Unwritable(str(error)) from None
    widget: dict[str, Any] = {"type": "metric", "title": str(properties.get("title") or ""), **drawing.keys()}
    if view != "timeSeries":
        widget["view"] = view
    if properties.get("stacked") is True and view != "singleValue":
        widget["stacked"] = True
    period = properties.get("period") or USUAL_PERIOD
    if period != _PERIOD_OF_WIDGETS:
        widget["period"] = duration(period)
    styled = style(properties, view)
    if drawing.is_percentage and not {"min", "max"} & styled.keys():
        styled["percent_axis"] = False
    return {**widget, **styled}


@dataclass(slots=True)
class _Row:
    """A row with its name in the graph. account: of its metric, or of its search; empty for every account."""

    words: list[str]
    options: Mapping[str, Any]
    account: str
    name: str = ""


@dataclass(slots=True)
class _Drawing:
    properties: Mapping[str, Any]
    place: GraphPlace
    rows: list[_Row] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def read(self) -> None:
        """The rows with their names. Raises Unwritable and UnreadableRow."""
        for words, options in graph_rows(self.properties.get("metrics")):
            unknown = sorted(set(options) - _OPTIONS)
            if unknown:
                raise Unwritable(f"a line of it has `{unknown[0][:40]}`")
            self.rows.append(_Row(words, options, self._account(words, options)))
        if not self.rows:
            raise Unwritable("it draws no metric itself")
        self.used = {id_ for row in self.rows for id_ in ids_in(str(row.options.get("expression", "")))}
        names: set[str] = set()
        for row in sorted(self.rows, key=lambda row: not self._is_used(row)):
            row.name = _free(self._name(row), names)
            names.add(row.name)

    def _account(self, words: list[str], options: Mapping[str, Any]) -> str:
        account = str(options.get("accountId") or self.properties.get("accountId") or "")
        if words:
            return account or self.place.account
        text = str(options.get("expression", ""))
        if not text:
            raise Unwritable("one of its lines has neither a metric nor an expression")
        if is_query(text):
            raise Unwritable("it draws a Metrics Insights query")
        return account or ("" if self.place.is_hub else self.place.account)

    def _is_used(self, row: _Row) -> bool:
        return str(row.options.get("id", "")) in self.used

    def _name(self, row: _Row) -> str:
        id_, label = str(row.options.get("id") or ""), str(row.options.get("label") or "")
        if self._is_used(row):
            if not _ID.fullmatch(id_):
                raise Unwritable(f"the ID {id_[:40]} is none of metric math")
            return id_
        if row.options.get("visible") is False:
            raise Unwritable("it hides a line that no expression uses")
        # A label with ${PROP('…')} names what is found, and not the line.
        return (id_ if "${" in label else "") or label or (self._difference(row) if row.words else id_ or "line")

    def _difference(self, row: _Row) -> str:
        """The words of a metric that tell it from the others of the graph; its name where none does."""
        alike = [other.words for other in self.rows if other.words and other.words[2::2] == row.words[2::2]]
        values = (1, *range(3, len(row.words), 2))
        differing = [row.words[index] for index in values if len({words[index] for words in alike}) > 1]
        return " ".join(differing) or row.words[1]

    def keys(self) -> dict[str, Any]:
        """The keys of the lines and expressions. Raises Unwritable."""
        metric = self._metric_of_each_account()
        if metric:
            return {"metric": metric, "by": "account", "statistic": self._statistic(self.rows[0])}
        common = self._common_account()
        parts: dict[str, Any] = {"account": common} if common else {}
        parts |= {"lines": {}, "expressions": {}, "hidden": [], "right": [], "colors": {}}
        for row in self.rows:
            if row.words:
                parts["lines"][row.name] = self._line(row, common)
            else:
                parts["expressions"][row.name] = self._expression(row, common)
            if row.options.get("yAxis") == "right":
                parts["right"].append(row.name)
            if row.options.get("visible") is False:
                parts["hidden"].append(row.name)
            color = row.options.get("color")
            if color:
                if not _COLOR.fullmatch(str(color)):
                    raise Unwritable(f"a line of it has the color {str(color)[:40]}")
                parts["colors"][row.name] = str(color)
        return {key: value for key, value in parts.items() if value}

    def _metric_of_each_account(self) -> dict[str, Any]:
        """The one metric of which the graph has a line for each member, by its name; empty for other graphs."""
        first = self.rows[0]
        names = [self.place.accounts.get(row.account, "") for row in self.rows]
        is_alike = all(
            row.words == first.words
            and set(row.options) <= {"accountId", "label", "stat"}
            and row.options.get("label") == name
            and self._statistic(row) == self._statistic(first)
            for row, name in zip(self.rows, names, strict=True)
        )
        if not (first.words and is_alike and tuple(names) == self.place.members and 1 < len(names) <= _MOST_LINES):
            return {}
        metric = self._metric(first)
        # A placeholder would be of each member, and these are of one account.
        return {} if any("{" in value for value in metric.get("dimensions", {}).values()) else metric

    def _statistic(self, row: _Row) -> str:
        return str(row.options.get("stat") or self.properties.get("stat") or USUAL_STATISTIC)

    def _metric(self, row: _Row) -> dict[str, Any]:
        pairs = zip(row.words[2::2], row.words[3::2], strict=True)
        dimensions = {name: self.place.placed(value) for name, value in pairs}
        metric: dict[str, Any] = {"namespace": escaped(row.words[0]), "name": escaped(row.words[1])}
        return {**metric, "dimensions": dimensions} if dimensions else metric

    def _common_account(self) -> str:
        """The name of the one member that all rows are of; empty where there is none."""
        accounts = {row.account for row in self.rows if row.words or searches(str(row.options["expression"]))}
        name = self.place.name(next(iter(accounts))) if len(accounts) == 1 and "" not in accounts else ""
        return "" if name == HUB else name

    def _line(self, row: _Row, common: str) -> dict[str, Any]:
        line: dict[str, Any] = {**self._metric(row), "statistic": self._statistic(row)}
        if not common:
            line["account"] = self.place.name(row.account)
        region = row.options.get("region")
        if region and region != (self.properties.get("region") or self.place.region):
            line["region"] = str(region)
        return {**line, **self._own(row)}

    def _expression(self, row: _Row, common: str) -> str | dict[str, Any]:
        text = str(row.options["expression"])
        if searches(text):
            if row.account and not common:
                raise Unwritable("it searches in another account than that of its lines")
            region = row.options.get("region")
            if region and region != (self.properties.get("region") or self.place.region):
                raise Unwritable("it searches in another Region than that of the graph")
        own = self._own(row)
        return {"expression": text, **own} if own else text

    def _own(self, row: _Row) -> dict[str, Any]:
        """The label and the period of a row, where they are not its name and that of the graph."""
        own: dict[str, Any] = {}
        label = row.options.get("label")
        if row.options.get("visible") is not False:
            if label in (None, ""):
                own["label"] = _AUTO
            elif label != row.name:
                own["label"] = str(label)
        period = row.options.get("period")
        if period and period != (self.properties.get("period") or USUAL_PERIOD):
            own["period"] = duration(period)
        return own

    @property
    def is_percentage(self) -> bool:
        """True if everything on the left axis lies between 0 and 100, so that the language would say so."""
        drawn = [row for row in self.rows if row.options.get("visible") is not False]
        left = [row for row in drawn if row.options.get("yAxis") != "right"]
        return bool(left) and all(row.words and _is_percentage(row, self.properties) for row in left)


def _is_percentage(row: _Row, properties: Mapping[str, Any]) -> bool:
    space = lookup(row.words[0])
    known = space.metrics.get(row.words[1]) if space else None
    statistic = str(row.options.get("stat") or properties.get("stat") or USUAL_STATISTIC)
    return known is not None and known.unit == "Percent" and statistic not in ("Sum", "SampleCount")


def _free(name: str, names: set[str]) -> str:
    free, count = name, 2
    while free in names:
        free, count = f"{name} {count}", count + 1
    return free


def alarms_of(properties: Mapping[str, Any]) -> Iterator[str]:
    """The ARNs of the alarms that a graph is of."""
    yield from map(str, items(mapping(properties.get("annotations")).get("alarms")))
