"""Keys that widgets of several types have."""

from __future__ import annotations

from pydantic import Field

from generator.spec.scalars import EnvironmentName, RegionName, Statistic
from generator.spec.signals import MetricSpec
from generator.spec.strict import Strict


class OfEnvironments(Strict):
    """Dashboards and widgets that only some environments have."""

    environments: list[EnvironmentName] = Field(
        default_factory=list, description="environments that have it, such as [prod] (default: all)"
    )


class Sized(OfEnvironments):
    """Every widget may say how large it is, on a grid of 24 columns; what is left out is chosen."""

    width: int | None = Field(default=None, ge=1, le=24, description="width in columns, of 24")
    height: int | None = Field(default=None, ge=1, le=1000, description="rows")


class PlacedOnGrid(Sized):
    """A widget that may say where it is; otherwise it is beside the one before it, or below."""

    x: int | None = Field(default=None, ge=0, le=23, description="column of its left edge, from 0; with `y`")
    y: int | None = Field(default=None, ge=0, le=100_000, description="row of its upper edge, from 0; with `x`")


class OfRegion(Strict):
    """A Region other than the hub's, for widgets that show members."""

    region: RegionName | None = Field(
        default=None, description="the Region it shows, which needs a sink (default: the Region of the hub)"
    )


class LineSpec(MetricSpec):
    """A metric with a name of its own in the graph."""

    statistic: Statistic | None = Field(default=None, description="the statistic, such as p99")
