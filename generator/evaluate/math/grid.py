"""The periods over which an expression is evaluated: a row without gaps, as CloudWatch fetches one.

Every metric of an alarm's expression has the same period, so one grid does for all of them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-data-queries.html (Metric math)
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Grid:
    """`count` periods. start: of the first, in seconds since 1970 in UTC. period: their length in seconds."""

    start: int
    period: int
    count: int
