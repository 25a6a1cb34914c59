"""Alarms on a PromQL query of the metrics that CloudWatch receives by OpenTelemetry."""

from __future__ import annotations

from pydantic import Field

from generator.spec.quantities import Seconds
from generator.spec.strict import Strict


class PromqlSpec(Strict):
    """A PromQL query that runs at an interval; each series that it finds breaches."""

    query: str = Field(
        description="the query with its comparison, such as sum by (service) (rate(errors[5m])) > 5",
        min_length=1,
        max_length=10_000,
    )
    every: Seconds = Field(default=60, description="the interval of evaluations: 10s, 20s, 30s, or minutes up to 1h")
    pending: Seconds | None = Field(
        default=None, description="pending period: how long a series has to be found until the alarm fires"
    )
    recovery: Seconds | None = Field(
        default=None, description="recovery period: how long no series may be found until the alarm is OK"
    )
