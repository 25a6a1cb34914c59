"""The section `rollout`: how a change reaches the members."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from generator.model.rollout import RegionConcurrency, Share
from generator.spec.scalars import EnumScalar, ShareText
from generator.spec.strict import Strict

RegionConcurrencyName = Annotated[RegionConcurrency, EnumScalar("a way through the Regions", "sequential", "parallel")]


class RolloutSpec(Strict):
    """Who gets a change first, how many at once, and how much may fail."""

    first: list[str] = Field(default_factory=list, description="accounts and units that get every change before others")
    failure_tolerance: ShareText = Field(
        default=Share(10, True), description="accounts that may fail in a Region before the operation stops"
    )
    concurrency: ShareText = Field(default=Share(10, True), description="accounts that are changed at once in a Region")
    region_concurrency: RegionConcurrencyName = Field(
        default="sequential", description="one Region after the other, in the order of `regions`, or all at once"
    )
    termination_protection: bool = Field(default=False, description="refuse to delete the hub's stack")
