"""The rollout of a change to the members: order, concurrency, failure tolerance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

RegionConcurrency = Literal["sequential", "parallel"]


class Share(NamedTuple):
    """Some of the accounts: a count, or a percentage of them."""

    number: int
    percent: bool


@dataclass(frozen=True, slots=True)
class Rollout:
    """first, first_units: accounts by name, and units, that get a change before all others.

    failure_tolerance, concurrency: for each Region, as CloudFormation counts them.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackSetOperationPreferences.html
    """

    first: tuple[str, ...]
    first_units: tuple[str, ...]
    failure_tolerance: Share
    concurrency: Share
    region_concurrency: RegionConcurrency
    termination_protection: bool
