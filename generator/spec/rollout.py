"""The section `rollout`: how a change reaches the members."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from generator.model.rollout import RegionConcurrency, Share
from generator.spec.quantities import ShareText
from generator.spec.scalars import EnumScalar
from generator.spec.strict import Strict

RegionConcurrencyName = Annotated[RegionConcurrency, EnumScalar("an order of Regions", "sequential", "parallel")]


class RolloutSpec(Strict):
    """The order of a rollout: the first accounts, how many at once, and the failure tolerance."""

    first: list[str] = Field(default_factory=list, description="accounts and units that are updated before all others")
    failure_tolerance: ShareText = Field(
        default=Share(10, True), description="number of accounts that may fail in a Region before the operation stops"
    )
    concurrency: ShareText = Field(
        default=Share(10, True), description="number of accounts that are updated at the same time in a Region"
    )
    region_concurrency: RegionConcurrencyName = Field(
        default="sequential",
        description="sequential: one Region after the other, in the order of `regions`; or parallel",
    )
    termination_protection: bool = Field(default=False, description="enable termination protection of the hub stack")
