"""What is left of the error budget of objectives, as graphs over each objective's own window.

The graph looks back exactly one window, whatever range the reader chooses, so that RUNNING_SUM and SUM of a series are
over the window: the line starts at 100 %, and its last value is what is left now. Without any event nothing is drawn,
since a division by zero has no value.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from generator.findings import Finding, Path, unknown_reference
from generator.model.accounts import Account, Hub
from generator.model.dashboard_style import GraphStyle
from generator.model.dashboards import Formula, Level, Line, MetricWidget, Search, Widget
from generator.model.objectives import Objective
from generator.model.placement import has
from generator.model.signals import MathSignal
from generator.resolve.alarms.slo_counts import EventCount, once_each, renamed
from generator.resolve.dashboards.inputs import DashboardInputs
from generator.resolve.dashboards.layout import in_rows
from generator.resolve.dashboards.series import GraphContext, GraphSource, lines
from generator.spec.dashboard_widgets import ErrorBudgetsWidget

_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60
_STEPS = (5 * _MINUTE, 15 * _MINUTE, _HOUR, 6 * _HOUR, _DAY)
# Points of a line that a graph of half a screen can show; so a line of 30 days has one an hour.
_MOST_POINTS = 750
_SIDE_BY_SIDE = 3
TITLE = "budget left"
_COUNTS = ("Sum", "SampleCount")
# Data older than this is kept by the hour only.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
_FINE_DAYS = 63


def budgets(
    objectives: Iterable[Objective], watched: DashboardInputs, path: Path, chosen: Account | None = None
) -> Iterator[MetricWidget]:
    """A graph for each objective that can be drawn."""
    for objective in objectives:
        graph = budget(objective, watched, path, chosen)
        if graph:
            yield graph


def budgets_named(
    spec: ErrorBudgetsWidget, path: Path, watched: DashboardInputs, chosen: Account | None, findings: list[Finding]
) -> Iterator[Widget]:
    """The graphs of a widget: of the objectives that it names, or of all."""
    known = watched.scope.document.slos
    for index, name in enumerate(spec.slos):
        if name not in known:
            findings.append(unknown_reference("R02", "objective", name, known, (*path, "slos", index)))
    if not known and not spec.slos:
        hint = "remove it, or add an objective to `slos`"
        findings.append(Finding("R07", "there is no objective whose budget could be drawn", path, hint=hint))
    objectives = [slo for slo in watched.objectives if not spec.slos or slo.key in spec.slos]
    if chosen:
        together = [slo.key for slo in objectives if slo.together and not slo.of_hub and slo.key in spec.slos]
        message = "has one budget for all accounts, but this dashboard shows the account that the reader chooses"
        hint = "draw it on another dashboard"
        findings += [Finding("R07", f"`{key}` {message}", (*path, "slos"), hint=hint) for key in together]
    graphs = [replace(graph, height=spec.height) for graph in budgets(objectives, watched, path, chosen)]
    if spec.width:
        yield from (replace(graph, width=spec.width) for graph in graphs)
    else:
        yield from in_rows(graphs, _SIDE_BY_SIDE, spec.height)


def budget(
    objective: Objective, watched: DashboardInputs, path: Path, chosen: Account | None = None
) -> MetricWidget | None:
    """The graph of one objective; None where the hub sees none of its metrics, or cannot add them up.

    chosen: the account that the reader has chosen, on a dashboard where there is one to choose.
    """
    accounts = tuple(account for account in watched.scope.accounts if has(objective.placement, account.name))
    operands = (*objective.counted.operands, *objective.total.operands)
    if not objective.of_hub and any(watched.leaves_out(operand.metric) for operand in operands):
        return None
    if objective.together and not objective.of_hub and (chosen or not accounts):
        return None
    period = _period(objective.window)
    context = GraphContext(watched.scope, period, "account", None if objective.of_hub else chosen, accounts)
    if context.is_of_many and not chosen and any(operand.statistic not in _COUNTS for operand in operands):
        return None
    signal = budget_signal(objective, accounts, watched.scope.hub)
    source = GraphSource(signal, (), objective.key, in_hub=objective.of_hub or objective.together)
    drawn = tuple(_labelled(line) for line in lines(source, context))
    if not drawn:
        return None
    return MetricWidget(
        f"{objective.key}, {TITLE}",
        drawn,
        period,
        levels=(Level(0, "nothing left"),),
        path=path,
        max=100,
        # The newest period is drawn too: what fails now counts.
        style=GraphStyle(live=True),
        start=_start(objective.window),
    )


def budget_signal(objective: Objective, accounts: tuple[Account, ...], hub: Hub) -> MathSignal:
    """The percentage of the budget that is left, at each time of the window. accounts: that have one budget."""
    kind = "bad" if objective.counts_bad else "good"
    events = EventCount(kind, objective.counted.operands, objective.counted.expression)
    total = EventCount("total", objective.total.operands, objective.total.expression)
    if objective.together and not objective.of_hub:
        events, total = events.in_accounts(accounts, hub), total.in_accounts(accounts, hub)
    ids, operands = once_each(events.operands, total.operands)
    bad = events.filled if objective.counts_bad else f"{total.filled} - {events.filled}"
    allowed = f"({objective.budget.normalize():f} * SUM({total.filled}))"
    return MathSignal(renamed(f"100 - 100 * RUNNING_SUM({bad}) / {allowed}", ids), operands, title=TITLE)


def objectives_of(key: str, watched: DashboardInputs) -> tuple[Objective, ...]:
    """The objectives that belong to an entry of `services`."""
    return tuple(objective for objective in watched.objectives if objective.service == key)


def _labelled(line: Line) -> Line:
    """With the last value, which is the number that people look for."""
    return replace(line, label=f"{line.label} ${{LAST}} %") if isinstance(line, Formula | Search) else line


def _start(window: int) -> str:
    """The beginning of a window, such as -P30D."""
    days, rest = divmod(window, _DAY)
    return f"-PT{window // _MINUTE}M" if rest else f"-P{days}D"


def _period(window: int) -> int:
    """Seconds of one point: an hour over 30 days."""
    least = max(-(-window // _MOST_POINTS), _HOUR if window > _FINE_DAYS * _DAY else 0)
    return next((step for step in _STEPS if step >= least), _DAY)
