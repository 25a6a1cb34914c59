"""The option `--prices`, the price list with the file that it names, and estimates at these prices."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.exit import BAD_INPUT, colour, out_of, usage_error
from generator.manifest import MANIFEST
from generator.reading import content, shown

if TYPE_CHECKING:
    from generator.build import Built
    from generator.cost.estimate import Estimate
    from generator.cost.price_list import PriceList

prices_option = click.option(
    "--prices",
    type=click.Path(path_type=Path),
    help="A YAML file of your own prices, over the list prices of AWS.",
)


def prices_of(file: Path | None) -> PriceList:
    """AWS's list prices with those of a file over them; a message and exit 2 where it cannot be read."""
    from generator.cost.price_list import price_list

    if file is None:
        return price_list()
    from generator.findings import has_errors
    from generator.render.findings import render
    from generator.spec.own_prices import own_prices

    try:
        text = content(file)
    except FileNotFoundError:
        raise usage_error(f"{file}: file not found", "`obsgen cost --list-prices` shows the items") from None
    except OSError as error:
        raise usage_error(f"{file}: {error.strerror or error}") from None
    rows, source, findings = own_prices(text, shown(file))
    if has_errors(findings):
        click.echo(render(findings, source, "text", "", colour(out_of("err"))), err=True, nl=False)
        raise click.exceptions.Exit(BAD_INPUT)
    return price_list(rows)


def estimate_of(built: Built, environment: str, prices: PriceList, accounts: Collection[str] = ()) -> Estimate:
    """The cost of an environment of a build, which knows it at AWS's prices. accounts: only these, by name or ID."""
    if not prices.own and not accounts:
        return built.costs[environment]
    import yaml

    from generator.cost.estimate import estimate

    manifest = yaml.load(built.artifacts[f"{environment}/{MANIFEST}"], Loader=yaml.CSafeLoader)
    return estimate(manifest, built.stacks(environment), prices, accounts)
