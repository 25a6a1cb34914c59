"""The lines of a graph: a metric in each account, one line over all of them, what a search finds, an error rate."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, assert_never

from generator.findings import Path
from generator.model.accounts import Account, Side
from generator.model.alarms import Alarm, Composite
from generator.model.dashboards import Count, Formula, Line, Search, Series
from generator.model.logs import MetricFilter
from generator.model.placement import Placement
from generator.model.signals import (
    AccountSignal,
    AnomalySignal,
    FleetSignal,
    LocalSignal,
    LogSignal,
    MathSignal,
    Metric,
    PromqlSignal,
    QuerySignal,
    Signal,
)
from generator.resolve.alarms.fleet_query import by_account, combining, fleet_query
from generator.resolve.dashboards.formulas import whole_formula
from generator.resolve.dashboards.searches import in_account, of_account, terms_of
from generator.resolve.scope import Scope

PERCENT = "Percent"
# With more accounts, a graph with a line for each is not readable: only the worst are drawn.
MOST_LINES = 100
WORST = 25
# A search finds at most so many series.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
MOST_FOUND = 500
_COUNTING = ("Sum", "SampleCount")
AUTO_LABEL = "auto"


@dataclass(frozen=True, slots=True)
class GraphContext:
    """From where, and how, a graph looks. period: seconds.

    chosen: the account that the reader has chosen, on a dashboard where there is one to choose. by: what gets a line
    of its own; None is one line over all accounts. within: the named accounts that are drawn; None is all.
    """

    scope: Scope
    period: int
    by: Literal["account", "series"] | None = None
    chosen: Account | None = None
    within: tuple[Account, ...] | None = None

    @property
    def named(self) -> tuple[Account, ...]:
        """The accounts of the YAML that are drawn."""
        return self.scope.accounts if self.within is None else self.within

    @property
    def accounts(self) -> tuple[Account, ...]:
        """The accounts with a line of their own; none where units bring some that the YAML cannot name, or in many."""
        return () if self.scope.organizational_units or self.is_of_many else self.named

    @property
    def is_of_many(self) -> bool:
        """True if there are too many accounts for a line each."""
        return len(self.named) > MOST_LINES


@dataclass(frozen=True, slots=True)
class GraphSource:
    """A metric to be drawn, with a line for each statistic; or what an expression or a query makes of several.

    name: what it is called; labelled: whether its lines are called so. right: names and statistics on the right axis.
    in_hub: whether it is the hub's own. path: where it is named, if it is by no alarm. placement: the members that have
    it; None for all. region: its own; empty for that of the graph. account: the one account that it is of; None for
    those of the graph. label: its own; empty for its name, `auto` for CloudWatch's. period: in seconds; 0 for that of
    the graph.
    """

    source: Metric | MathSignal | QuerySignal
    statistics: tuple[str, ...]
    name: str
    labelled: bool = False
    right: frozenset[str] = frozenset()
    in_hub: bool = False
    path: Path = ()
    placement: Placement | None = None
    region: str = ""
    account: Account | None = None
    label: str = ""
    period: int = 0

    def on_the_right(self, statistic: str) -> bool:
        """True if a line belongs to the right axis: all of the thing, or this statistic."""
        return bool(self.right & {self.name, statistic})


def source_of_alarm(
    alarm: Alarm, statistics: tuple[str, ...] = (), of_key: Iterable[Alarm | Composite] = ()
) -> GraphSource:
    """The source of an alarm's graph, with its own statistic or with others. of_key: the alarms of its key, of which
    the hub has one for each account.
    """
    placement = alarm.placement or _monitored(alarm, of_key)
    match alarm.signal:
        case LocalSignal(metric) | AccountSignal(metric) | FleetSignal(metric) | AnomalySignal(metric):
            drawn = statistics or (alarm.statistic,)
            return GraphSource(metric, drawn, alarm.key, in_hub=alarm.is_of_hub, placement=placement)
        case MathSignal():
            in_hub = alarm.is_of_hub or is_of_many_accounts(alarm)
            return GraphSource(alarm.signal, (), alarm.key, in_hub=in_hub, placement=placement)
        case QuerySignal():
            return GraphSource(alarm.signal, (), alarm.key)
        case LogSignal() | PromqlSignal():
            raise AssertionError("a query of logs is drawn as a table, and one of PromQL not at all")
        case _:
            assert_never(alarm.signal)


def _monitored(alarm: Alarm, of_key: Iterable[Alarm | Composite]) -> Placement | None:
    """The accounts that an alarm of the hub monitors; None where it does not name them."""
    if alarm.side is not Side.HUB or alarm.is_of_hub:
        return None
    if isinstance(alarm.signal, FleetSignal):
        names = [account.name for account in alarm.signal.accounts]
    else:
        enabled = (a for a in of_key if isinstance(a, Alarm) and a.tuning.enabled)
        names = [account for a in enabled if (account := a.account)]
    return Placement(tuple(sorted(names)), later=False) if names else None


def is_of_many_accounts(alarm: Alarm) -> bool:
    """True if it makes one line of what it counts in several accounts, as an objective of the hub does, which may
    count in one only.
    """
    return over_accounts(alarm.signal) or bool(alarm.objective) and alarm.side is Side.HUB and not alarm.is_of_hub


def lines(graphed: GraphSource, context: GraphContext) -> Iterator[Line]:
    """Every line of a thing."""
    name = graphed.name if graphed.labelled else ""
    right = graphed.name in graphed.right
    match graphed.source:
        case Metric():
            yield from _of_metric(graphed, graphed.source, context)
        case MathSignal() if graphed.in_hub or over_accounts(graphed.source):
            yield Formula(
                whole_formula(graphed.source), graphed.source.operands, graphed.source.title or graphed.name, right
            )
        case MathSignal() if context.is_of_many and not context.chosen:
            yield Search(_over_all(graphed.source, context.period), graphed.source.title or graphed.name, right)
        case MathSignal():
            for account in (context.chosen,) if context.chosen else context.named:
                operands = tuple(
                    replace(operand, metric=operand.metric.of(account, context.scope.hub), account=account)
                    for operand in graphed.source.operands
                )
                label = graphed.name if context.chosen else labelled(account.name, name)
                yield Formula(whole_formula(graphed.source), operands, label, right)
        case QuerySignal():
            # In a monitoring account a query finds the metrics of every linked account.
            yield Search(graphed.source.query, graphed.name, right)
        case _:
            assert_never(graphed.source)


def on_the_right(line: Line) -> bool:
    """True if a line belongs to the right axis; counts never do."""
    return not isinstance(line, Count) and line.right


def over_accounts(signal: Signal) -> bool:
    """True if it is of several accounts at once, so that it cannot be drawn for one of them."""
    if isinstance(signal, MathSignal):
        return len({operand.account for operand in signal.operands}) > 1
    return isinstance(signal, QuerySignal)


def _of_metric(graphed: GraphSource, metric: Metric, context: GraphContext) -> Iterator[Line]:
    """A line for each statistic, and where asked for each account; where units bring accounts, whatever is found."""
    own_label = "" if graphed.label == AUTO_LABEL else graphed.label
    name, hub = (own_label or graphed.name) if graphed.labelled else "", context.scope.hub
    for statistic in graphed.statistics:
        right = graphed.on_the_right(statistic)
        suffix = statistic if len(graphed.statistics) > 1 else ""
        search = f"SEARCH('{terms_of(metric)}', '{statistic}', {context.period})"
        if graphed.in_hub:
            yield Series(metric, statistic, None, labelled(own_label or graphed.name, suffix), right)
        elif context.chosen:
            label = labelled(name, suffix) or statistic
            yield Series(metric.of(context.chosen, hub), statistic, context.chosen, label, right)
        elif context.by != "account":
            query = _query(graphed, metric, statistic, context) if len(context.named) > MOST_FOUND else ""
            yield Search(query or f"{combining(statistic)}({search})", labelled(name, suffix) or statistic, right)
        elif context.is_of_many:
            yield _worst(graphed, metric, statistic, context, labelled(name, suffix))
        elif context.scope.organizational_units:
            yield Search(search, labelled("${PROP('AccountLabel')}", name, suffix), right)
        else:
            for account in context.accounts:
                label = labelled(account.name, name, suffix)
                yield Series(metric.of(account, hub), statistic, account, label, right)


def _worst(graphed: GraphSource, metric: Metric, statistic: str, context: GraphContext, name: str) -> Search:
    """The accounts with the highest value, or the lowest of a minimum; by a query where one is possible."""
    order: Literal["ASC", "DESC"] = "ASC" if combining(statistic) == "MIN" else "DESC"
    right = graphed.on_the_right(statistic)
    query = _query(graphed, metric, statistic, context)
    if query:
        return Search(by_account(query, order, WORST), labelled("${LABEL}", name), right)
    search = f"SORT(SEARCH('{terms_of(metric)}', '{statistic}', {context.period}), MAX, {order}, {WORST})"
    return Search(search, labelled("${PROP('AccountLabel')}", name), right)


def _query(graphed: GraphSource, metric: Metric, statistic: str, context: GraphContext) -> str:
    """The Metrics Insights query over all results of a search; empty where there is none, or room for none.

    A graph may have one, so only a source that is alone in its graph has a query.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-limits.html
    """
    is_alone = not graphed.labelled and len(graphed.statistics) == 1
    if not is_alone or any("${" in value for _, value in metric.dimensions):
        return ""
    names = [account.name for account in context.named]
    return fleet_query(metric, statistic, combining(statistic), names, context.scope)


def _over_all(signal: MathSignal, period: int) -> str:
    """The expression over all accounts together: of each metric in it what a search makes of every account's."""
    searches = {
        operand.id: (
            f"{combining(operand.statistic)}(SEARCH('{terms_of(operand.metric)}', '{operand.statistic}', {period}))"
        )
        for operand in signal.operands
    }
    return re.sub(r"\b[a-z][A-Za-z0-9_]*\b", lambda word: searches.get(word[0], word[0]), whole_formula(signal))


def searched(terms: str, statistics: Sequence[str], context: GraphContext, right: frozenset[str]) -> Iterator[Search]:
    """The result of a search of the file: a line over all, for each account, or for each series."""
    for statistic in statistics:
        suffix = statistic if len(statistics) > 1 else ""
        all_terms = of_account(terms, context.chosen) if context.chosen else terms
        search = f"SEARCH('{all_terms}', '{statistic}', {context.period})"
        if context.by == "series":
            owner = "" if context.chosen else "${PROP('AccountLabel')}"
            yield Search(search, labelled(owner, "${LABEL}", suffix), statistic in right)
        elif context.by == "account" and not context.accounts:
            yield Search(search, labelled("${PROP('AccountLabel')}", "${LABEL}", suffix), statistic in right)
        elif context.by == "account":
            for account in context.accounts:
                own = f"SEARCH('{of_account(terms, account)}', '{statistic}', {context.period})"
                yield Search(f"{combining(statistic)}({own})", labelled(account.name, suffix), statistic in right)
        else:
            yield Search(f"{combining(statistic)}({search})", statistic, statistic in right)


def rate(name: str, errors: Metric, requests: Metric, context: GraphContext, right: bool) -> Iterator[Search]:
    """Errors in a hundred requests: over all accounts, in each of them, or in the one that is chosen."""
    places: Iterable[Account | None] = [context.chosen]
    if context.by == "account":
        places = context.accounts or [None]
    for account in places:
        where = in_account(account) if account else ""
        parts = [f"SUM(SEARCH('{terms_of(m)}{where}', 'Sum', {context.period}))" for m in (errors, requests)]
        owner = account.name if account and not context.chosen else ""
        yield Search(f"100 * {parts[0]} / {parts[1]}", labelled(owner, name), right)


def unit_of(metric: Metric, filters: Mapping[str, MetricFilter]) -> str:
    """The unit that a metric is published in, where that is known."""
    from generator.aws.metrics import lookup

    if metric.filter:
        return filters[metric.filter].unit or ""
    space = lookup(metric.namespace)
    known = space.metrics.get(metric.name) if space else None
    return known.unit if known else ""


def sought(terms: str) -> Metric | None:
    """The metric that a search names, if it names one; its dimensions have no values."""
    match = re.fullmatch(r'\{([^}]+)\}.*?\bMetricName\s*=\s*"([^"]+)".*', terms)
    if match is None:
        return None
    namespace, *dimensions = (name.strip().strip('"') for name in match.group(1).split(","))
    return Metric(namespace, match.group(2), tuple((name, "") for name in dimensions))


def is_percentage(unit: str, statistics: Iterable[str]) -> bool:
    """True if lines of this unit lie between 0 and 100; a sum of percentages does not."""
    return unit == PERCENT and not any(statistic in _COUNTING for statistic in statistics)


def usual_statistic(unit: str) -> str:
    """The statistic of a graph without one: counts add up, percentages have a mean."""
    return "Average" if unit == PERCENT else "Sum"


def labelled(*parts: str) -> str:
    """The label of a line, of the parts that are not empty."""
    return " ".join(part for part in parts if part)
