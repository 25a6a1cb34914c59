"""What the change costs a month, from the target branch to this one."""

from __future__ import annotations

import click

from generator.cli.comment.context import GatherContext
from generator.comment.data import first_rows, shortened
from generator.comment.sections.cost import CostResults, EnvironmentCost, KindCost
from generator.cost.change import CostChange
from generator.cost.estimate import Estimate

_MOST_ENVIRONMENTS = 50


def gather(context: GatherContext) -> CostResults | None:
    """The cost of every environment; None where it does not change, or nothing can be compared: the diff says why."""
    built = context.compiled
    if built is None or not context.base:
        return None
    try:
        changes = {difference.environment: difference.cost for difference in context.differences(built)}
    except click.ClickException:
        return None
    if not any(changes.values()):
        return None
    environments = [_environment(name, built.costs.get(name), change) for name, change in changes.items()]
    return CostResults(environments=tuple(environments[:_MOST_ENVIRONMENTS]))


def _environment(name: str, estimate: Estimate | None, change: CostChange | None) -> EnvironmentCost:
    total = estimate.total if estimate else None
    return EnvironmentCost(
        environment=shortened(name),
        usd=round(total.usd, 2) if total else 0.0,
        is_at_least=bool(total and total.is_at_least),
        is_about=bool(total and total.is_assumed),
        change_usd=change.usd if change else 0.0,
        accounts=change.accounts if change else 0,
        kinds=first_rows([KindCost(kind=str(kind.kind), usd=kind.usd) for kind in change.kinds] if change else []),
        unknown=first_rows([shortened(reason) for reason in change.unknown] if change else []),
        each_unnamed_usd=change.each_unnamed if change else 0.0,
    )
