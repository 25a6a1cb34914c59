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
from generator.resolve.dashboards.series import MOST_LINES, GraphContext, GraphSource, lines
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
    """A graph for each objective that can be drawn, and whose metrics the links do not leave out.

    chosen: the account that the reader has chosen, on a dashboard where there is one to choose.
    """
    for objective in objectives:
        operands = (*objective.counted.operands, *objective.total.operands)
        is_seen = objective.of_hub or not any(watched.leaves_out(operand.metric) for operand in operands)
        if is_seen and not _obstacle(objective, watched, chosen):
            yield _graph(objective, watched, path, chosen)


def budgets_named(
    spec: ErrorBudgetsWidget, path: Path, watched: DashboardInputs, chosen: Account | None, findings: list[Finding]
) -> Iterator[Widget]:
    """The graphs of a widget: of the objectives that it names, or of all that can be drawn."""
    known = watched.scope.document.slos
    by_key = {objective.key: objective for objective in watched.objectives}
    if not known and not spec.slos:
        hint = "remove it, or add an objective to `slos`"
        findings.append(Finding("R07", "there is no objective whose budget could be drawn", path, hint=hint))
    graphs = [] if spec.slos else [*budgets(by_key.values(), watched, path, chosen)]
    for index, name in enumerate(spec.slos):
        at: Path = (*path, "slos", index)
        obstacle = _obstacle(by_key[name], watched, chosen) if name in by_key else ""
        if name not in known:
            findings.append(unknown_reference("R02", "objective", name, known, at))
        elif obstacle:
            findings.append(Finding("R07", f"`{name}` {obstacle}", at, hint="remove it"))
        elif name in by_key:
            graphs.append(_graph(by_key[name], watched, path, chosen))
    if spec.width:
        yield from (replace(graph, width=spec.width, height=spec.height) for graph in graphs)
    else:
        yield from in_rows(graphs, _SIDE_BY_SIDE, spec.height)


def _obstacle(objective: Objective, watched: DashboardInputs, chosen: Account | None) -> str:
    """Why a budget cannot be drawn; empty if it can."""
    accounts = _accounts(objective, watched)
    operands = (*objective.counted.operands, *objective.total.operands)
    if objective.of_hub:
        return ""
    if not accounts:
        return "is in no account that the file names and the hub sees"
    if chosen and objective.together:
        return "has one budget for all accounts, but this dashboard shows the account that the reader chooses"
    if len(accounts) > MOST_LINES and not chosen and any(operand.statistic not in _COUNTS for operand in operands):
        return f"counts shares, which do not add up over more than {MOST_LINES} accounts"
    return ""


def _accounts(objective: Objective, watched: DashboardInputs) -> tuple[Account, ...]:
    """The named accounts that have the objective, or that it is over."""
    return tuple(account for account in watched.scope.accounts if has(objective.placement, account.name))


def _graph(objective: Objective, watched: DashboardInputs, path: Path, chosen: Account | None) -> MetricWidget:
    accounts, period = _accounts(objective, watched), _period(objective.window)
    signal = budget_signal(objective, accounts, watched.scope.hub)
    source = GraphSource(signal, (), objective.key, in_hub=objective.of_hub or objective.together)
    context = GraphContext(watched.scope, period, "account", None if objective.of_hub else chosen, accounts)
    return MetricWidget(
        f"{objective.key}, {TITLE}",
        tuple(_labelled(line) for line in lines(source, context)),
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
