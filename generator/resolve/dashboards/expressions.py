"""Metric math of a graph over its own lines: one line for each account, or one over all of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from generator.evaluate.math.graph import ids_used, inlined
from generator.evaluate.math.rename import renamed
from generator.findings import Finding, Path, suggest, unknown_reference
from generator.model.accounts import Account
from generator.model.dashboards import Formula, GraphExpression, Search
from generator.model.signals import Metric, Operand
from generator.resolve.alarms.fleet_query import combining
from generator.resolve.dashboards.contributors import reads_nothing
from generator.resolve.dashboards.inputs import DashboardInputs
from generator.resolve.dashboards.searches import of_account, terms_of
from generator.resolve.dashboards.series import AUTO_LABEL, GraphContext, labelled
from generator.resolve.names import resource_name
from generator.spec.dashboard_graphs import GraphExpressionSpec, MetricWidgetSpec

_ID = re.compile(r"(?!(?:true|false)$)[a-z][A-Za-z0-9_]*", re.ASCII)
_SEARCH = re.compile(r"(\bSEARCH\(\s*)('[^']*'|\"[^\"]*\")")
_RULE = re.compile(r"(\bINSIGHT_RULE_METRIC\(\s*)(['\"])([^'\"]*)\2(?:(\s*,\s*)(['\"])([^'\"]*)\5)?")
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/ContributorInsights-GraphReportData.html
_RULE_METRICS = ("UniqueContributors", "MaxContributorValue", "SampleCount", "Sum", "Minimum", "Maximum", "Average")


@dataclass(frozen=True, slots=True)
class MathLine:
    """A line that expressions may use, by its name. context: its accounts and its Region."""

    metric: Metric
    statistic: str
    path: Path
    context: GraphContext
    in_hub: bool = False
    region: str = ""
    period: int = 0

    @property
    def account(self) -> Account | None:
        """The one account that it is of, whatever the graph shows; None where it is of several, or the hub's."""
        return None if self.in_hub else self.context.chosen

    @property
    def is_of_many(self) -> bool:
        """True if it is drawn for each account, or over all of them."""
        return not self.in_hub and self.context.chosen is None


def is_combined(context: GraphContext) -> bool:
    """True if the lines of a graph are one each over all accounts."""
    return context.chosen is None and (context.by != "account" or not context.accounts)


def _present(spec: MetricWidgetSpec, lines: Mapping[str, MathLine], watched: DashboardInputs) -> dict[str, str]:
    """The expressions without those that use a line or a rule which this environment does not have."""
    absent = spec.lines.keys() - lines.keys()
    rules = watched.scope.document.contributor_insights
    present = {}
    texts = _texts(spec)
    for name, whole in inlined(texts).items():
        used_rules = {match[3] for match in _RULE.finditer(whole)} & rules.keys()
        if not ids_used({name: whole}) & absent and not any(reads_nothing(rule, watched) for rule in used_rules):
            present[name] = texts[name]
    return present


def expressions_of(
    spec: MetricWidgetSpec,
    lines: Mapping[str, MathLine],
    context: GraphContext,
    path: Path,
    watched: DashboardInputs,
) -> tuple[GraphExpression, ...]:
    """The expressions as the file has them, for checks."""
    ids = tuple(name for name in lines if _ID.fullmatch(name))
    combined = is_combined(context) and any(line.is_of_many for line in lines.values())
    return tuple(
        GraphExpression(name, source, _path_of(spec, name, path), ids, combined)
        for name, source in _present(spec, lines, watched).items()
    )


def _texts(spec: MetricWidgetSpec) -> dict[str, str]:
    """The expressions of a graph by name."""
    return {name: entry if isinstance(entry, str) else entry.expression for name, entry in spec.expressions.items()}


def _path_of(spec: MetricWidgetSpec, name: str, path: Path) -> Path:
    """The path of an expression's text."""
    whole: Path = (*path, "expressions", name)
    return whole if isinstance(spec.expressions[name], str) else (*whole, "expression")


def drawn_expressions(
    spec: MetricWidgetSpec,
    lines: Mapping[str, MathLine],
    context: GraphContext,
    path: Path,
    watched: DashboardInputs,
    findings: list[Finding],
) -> Iterator[tuple[str, Formula | Search]]:
    """Each line of each expression that is not hidden, with the expression's name."""
    sources = {
        name: _with_rules(_filled(source, context), _path_of(spec, name, path), watched, findings)
        for name, source in _present(spec, lines, watched).items()
    }
    for name, source in inlined(sources).items():
        if name in spec.hidden:
            continue
        used = {id_: lines[id_] for id_ in sorted(ids_used({name: source}) & lines.keys())}
        at: Path = (*path, "expressions", name)
        entry = spec.expressions[name]
        own = entry if isinstance(entry, GraphExpressionSpec) else GraphExpressionSpec(expression=source)
        auto = own.label == AUTO_LABEL
        label = name if own.label is None or auto else own.label
        for line in _lines(label, source, used, context, name in spec.right, at, findings):
            yield name, replace(line, label="" if auto else line.label, period=own.period or 0)


def _lines(
    name: str,
    source: str,
    used: Mapping[str, MathLine],
    context: GraphContext,
    right: bool,
    path: Path,
    findings: list[Finding],
) -> Iterator[Formula | Search]:
    if is_combined(context):
        findings += _only_of_this_region(used, path)
        yield _over_accounts(name, source, used, right)
    elif not any(line.is_of_many for line in used.values()) and not _SEARCH.search(source):
        # The same for every account.
        yield _formula(source, used, None, name, right)
    else:
        for account in (context.chosen,) if context.chosen else _accounts(used.values(), context):
            label = name if context.chosen else labelled(account.name, name)
            yield _formula(_searching(source, account), used, account, label, right)


def _accounts(used: Iterable[MathLine], context: GraphContext) -> tuple[Account, ...]:
    """The accounts that have all lines of an expression, in the order of the file."""
    having = [line.context.named for line in used if line.is_of_many]
    return tuple(account for account in context.named if all(account in accounts for accounts in having))


def _formula(source: str, used: Mapping[str, MathLine], account: Account | None, label: str, right: bool) -> Formula:
    operands = tuple(_operand(id_, line, account) for id_, line in used.items())
    regions = tuple((id_, line.region) for id_, line in used.items() if line.region)
    periods = tuple((id_, line.period) for id_, line in used.items() if line.period)
    return Formula(source, operands, label, right, regions=regions, periods=periods)


def _operand(id_: str, line: MathLine, account: Account | None) -> Operand:
    account = line.account or account
    if account is None or line.in_hub:
        return Operand(id_, line.metric, line.statistic, line.path)
    return Operand(id_, line.metric.of(account, line.context.scope.hub), line.statistic, line.path, account)


def _over_accounts(name: str, source: str, used: Mapping[str, MathLine], right: bool) -> Formula | Search:
    """Each metric of the members is what a search makes of every account's."""
    searches = {id_: _search_of(line) for id_, line in used.items() if line.is_of_many}
    whole = renamed(source, searches)
    single = {id_: line for id_, line in used.items() if not line.is_of_many}
    return _formula(whole, single, None, name, right) if single else Search(whole, name, right)


def _search_of(line: MathLine) -> str:
    """The line over all accounts."""
    search = f"SEARCH('{terms_of(line.metric)}', '{line.statistic}', {line.context.period})"
    return f"{combining(line.statistic)}({search})"


def _only_of_this_region(used: Mapping[str, MathLine], path: Path) -> Iterator[Finding]:
    """A search is in the Region of its expression, which is one."""
    for id_, line in used.items():
        if line.region and line.is_of_many:
            message = f"`{id_}` is of {line.region}, and one expression over all accounts searches one Region"
            yield Finding("R07", message, path, hint="set `by: account`, or remove its `region`")


def _searching(source: str, account: Account) -> str:
    """The searches of an expression, of one account."""

    def searching(match: re.Match[str]) -> str:
        if ":aws.AccountId" in match[2]:
            return match[0]
        # The account is in double quotes, so the search is in single ones.
        return f"{match[1]}'{of_account(match[2][1:-1], account)}'"

    return _SEARCH.sub(searching, source)


def _filled(source: str, context: GraphContext) -> str:
    """The expression with known placeholders filled in; a search has braces of its own."""
    values = {"environment": context.scope.environment, "project": context.scope.document.project}
    return re.sub(r"\{(environment|project)\}", lambda match: values[match[1]], source)


def _with_rules(source: str, path: Path, watched: DashboardInputs, findings: list[Finding]) -> str:
    """The expression with the names that CloudWatch has for Contributor Insights rules (R02, R05)."""
    scope = watched.scope

    def with_name(match: re.Match[str]) -> str:
        opening, _, key, comma, _, metric = match.groups()
        if key not in scope.document.contributor_insights:
            kind, rules = "Contributor Insights rule", scope.document.contributor_insights
            findings.append(unknown_reference("R02", kind, key, rules, path, "add it to contributor_insights"))
        if metric is not None and metric not in _RULE_METRICS:
            message = f"a Contributor Insights rule has no metric `{metric}`"
            hint = suggest(metric, _RULE_METRICS, f"write one of {', '.join(_RULE_METRICS)}")
            findings.append(Finding("R05", message, path, hint=hint))
        rest = f'{comma}"{metric}"' if comma else ""
        return f'{opening}"{resource_name(key, "insights", scope.environment)}"{rest}'

    return _RULE.sub(with_name, source)


def unused(spec: MetricWidgetSpec, path: Path) -> Iterator[Finding]:
    """Findings for names of `hidden` that the graph does not have, or that no expression uses (R02, R07)."""
    known = {*spec.lines, *spec.expressions}
    used = ids_used(_texts(spec))
    for index, name in enumerate(spec.hidden):
        at: Path = (*path, "hidden", index)
        if name not in known:
            message = f"no line and no expression of this graph has the name `{name}`"
            yield Finding("R02", message, at, hint=suggest(name, known))
        elif name not in used:
            yield Finding("R07", f"`{name}` is hidden, and no expression uses it", at, hint="remove it, or draw it")
    for name in spec.expressions:
        if name in spec.lines:
            message = f"a line of this graph has the name `{name}` too"
            yield Finding("R07", message, (*path, "expressions", name), hint="rename one of them", on="key")
