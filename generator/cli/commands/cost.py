"""obsgen cost"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.exit import usage_error
from generator.cli.options import build_target, compiled_or_exit, target_options
from generator.cli.own_prices import estimate_of, prices_of, prices_option

if TYPE_CHECKING:
    from generator.build import Built
    from generator.cost.estimate import Estimate
    from generator.cost.price_list import PriceList


@click.command(name="cost")
@target_options
@click.option("--account", "-a", multiple=True, help="Name or ID of an account, or hub. Repeatable.  [default: all]")
@click.option(
    "--by",
    type=click.Choice(["account", "kind", "alarm"]),
    help="Show this table only, in full.  [default: all three, shortened]",
)
@prices_option
@click.option("--list-prices", is_flag=True, help="Print the prices with their dates and sources, and end.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
)
def command(
    file: Path,
    out: Path | None,
    environment: tuple[str, ...],
    account: tuple[str, ...],
    by: str | None,
    prices: Path | None,
    list_prices: bool,
    form: str,
) -> None:
    """Show what the resources cost a month.

    By account, kind and alarm, at list prices of AWS without free tiers. What only its use decides is not counted
    unless `cost` in the spec declares it.

    \b
    Examples:
      obsgen cost -e prod
      obsgen cost -e prod --account ledger
      obsgen cost --by alarm --prices our-prices.yaml
      obsgen cost --format json

    \b
    Exit codes:
      0  shown
      2  bad usage or input
    """
    from generator.render.cost import cost_json, cost_text
    from generator.render.cost_prices import prices_text

    of_prices = prices_of(prices)
    if list_prices:
        click.echo("\n".join(prices_text(of_prices)))
        return
    built = compiled_or_exit(build_target(file, out, environment))
    estimates = _estimates(built, of_prices, account)
    text = cost_json(estimates) if form == "json" else "\n".join(cost_text(estimates, by, own=prices is not None))
    click.echo(text)


def _estimates(built: Built, prices: PriceList, accounts: Sequence[str]) -> dict[str, Estimate]:
    """By environment; those without any of the accounts are left out."""
    estimates, known = {}, set()
    for name in built.estates:
        result = estimate_of(built, name, prices, accounts)
        if result.accounts:
            estimates[name] = result
        known |= {of for cost in built.costs[name].accounts for of in (*cost.names, cost.account)}
    for name in accounts:
        if name not in known:
            from generator.findings import suggest

            raise usage_error(f"there is no account `{name}`", suggest(name, sorted(known)))
    return estimates
