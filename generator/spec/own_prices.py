"""A file of one's own prices, for `obsgen cost --prices` and `obsgen diff --prices`."""

from __future__ import annotations

import re
from typing import Annotated, TypeAlias

from pydantic import Field, ValidationError

from generator.cost.items import ITEMS
from generator.cost.price_list import ANY_REGION
from generator.findings import Finding, has_errors
from generator.spec.load import Source, load
from generator.spec.other_files import of_another_file
from generator.spec.scalars import Scalar, one_of, region, show, wrong
from generator.spec.strict import Strict, findings_of

OwnPrice: TypeAlias = tuple[str, str, float]
"""Item, Region (`*` for all without a price of their own) and USD."""
_NUMBER = re.compile(r"\d{1,20}(?:\.\d{1,20})?")
_WHOLE = "write `prices:` and below it, for example, `dashboard: 2.40`"
_EXAMPLE = "write a price in USD such as 0.085, or {us-east-1: 0.085, eu-west-1: 0.09}"


def _usd(value: object) -> float:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        raise wrong(f"expected a price in USD, got the text {show(value)}", "remove the quotes")
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise wrong(f"expected a price in USD, got {show(value)}", _EXAMPLE)
    return float(value)


def _price(value: object) -> dict[str, float]:
    """One price for all Regions, or one for each."""
    if isinstance(value, dict):
        return {region(key): _usd(usd) for key, usd in value.items()}
    return {ANY_REGION: _usd(value)}


_Item = Annotated[str, Scalar(one_of(tuple(ITEMS), "an item with a price"))]
_Prices = Annotated[dict[str, float], Scalar(_price)]


class OwnPricesFile(Strict):
    """The whole file."""

    prices: dict[_Item, _Prices] = Field(description="item to USD, or to USD by Region", min_length=1)


def own_prices(content: bytes, name: str) -> tuple[list[OwnPrice], Source, list[Finding]]:
    """The prices of a file, or what is wrong with it."""
    loaded = load(content, name)
    findings = [of_another_file(finding, "a mapping of `prices`", _WHOLE) for finding in loaded.findings]
    if loaded.data is None or has_errors(findings):
        return [], loaded.source, findings
    try:
        file = OwnPricesFile.model_validate(loaded.data)
    except ValidationError as error:
        return [], loaded.source, [*findings, *findings_of(error, OwnPricesFile, loaded.data)]
    rows = [(item, in_region, usd) for item, prices in file.prices.items() for in_region, usd in prices.items()]
    return rows, loaded.source, findings
