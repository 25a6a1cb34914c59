"""Lines with an account, a label or a period of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from generator.findings import Finding, Path, unknown_reference
from generator.model.accounts import Account
from generator.resolve.dashboards.inputs import DashboardInputs
from generator.resolve.dashboards.series import GraphSource
from generator.resolve.scope import Scope
from generator.spec.dashboard_graphs import GraphLineSpec, MetricWidgetSpec

HUB = "hub"


def of_line(
    source: GraphSource, spec: GraphLineSpec, watched: DashboardInputs, findings: list[Finding]
) -> GraphSource | None:
    """The source of a line with what is its own; nothing where this environment does not have its account."""
    source = replace(source, region=spec.region or "", label=spec.label or "", period=spec.period or 0)
    if spec.account is None:
        return source
    path: Path = (*source.path, "account")
    if source.in_hub and spec.account != HUB:
        message = "this metric is of the hub, because its filter is"
        findings.append(Finding("R07", message, path, hint="remove `account`"))
    if spec.account == HUB:
        return replace(source, in_hub=True)
    account = account_named(spec.account, path, watched.scope, findings, f"write `{HUB}` for the hub's own")
    return replace(source, account=account) if account else None


def account_named(
    name: str, path: Path, scope: Scope, findings: list[Finding], hint: str = "add it to accounts"
) -> Account | None:
    """The account of this name; None where only another environment has it. R02 for an unknown name."""
    known = {account.name: account for account in scope.accounts}
    if name not in known and name not in scope.document.accounts:
        findings.append(unknown_reference("R02", "account", name, scope.document.accounts, path, hint))
    return known.get(name)


def in_one_account(spec: MetricWidgetSpec, path: Path) -> Iterator[Finding]:
    """Findings for what a graph of one account cannot have (R07)."""
    if spec.by == "account":
        message = "`by: account` draws every account, but the graph has an `account`"
        yield Finding("R07", message, (*path, "by"), hint="remove one of them")
    for name in (name for name, line in spec.lines.items() if line.account):
        message = "this graph has an `account` too"
        yield Finding("R07", message, (*path, "lines", name, "account"), hint="remove it, or set it on each line")
