"""One look of CloudWatch at a metric alarm: the data points it reads, and the state they make.

CloudWatch looks at more points than the alarm's evaluation periods, so that missing ones can be made up by older
ones. How many more is not published; its example is five for three, and so we take two more, and five at least.
Where the guide's prose ("the oldest breaching point, no matter the value of M") contradicts its tables, the tables
hold: a point that does not breach, anywhere among them, keeps an alarm from going to ALARM prematurely.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from generator.evaluate.types import State

Missing = Literal["missing", "ignore", "breaching", "notBreaching"]
Comparison = Literal[
    "GreaterThanThreshold",
    "GreaterThanOrEqualToThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
    "GreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "LessThanLowerOrGreaterThanUpperThreshold",
]
BEYOND, AT_LEAST = 2, 5


@dataclass(frozen=True, slots=True)
class AlarmCondition:
    """When a metric alarm is in ALARM: needed of the last `of` periods breach. missing: TreatMissingData."""

    needed: int
    of: int
    missing: Missing = "missing"


def lookback(of: int) -> int:
    """The number of periods that CloudWatch reads for an alarm of so many evaluation periods; our interpretation."""
    return max(of + BEYOND, AT_LEAST)


def breaches(comparison: Comparison, value: float, lower: float, upper: float) -> bool:
    """Whether a value breaches. lower, upper: an anomaly band's; both are the threshold where there is no band."""
    match comparison:
        case "GreaterThanThreshold" | "GreaterThanUpperThreshold":
            return value > upper
        case "GreaterThanOrEqualToThreshold":
            return value >= upper
        case "LessThanThreshold" | "LessThanLowerThreshold":
            return value < lower
        case "LessThanOrEqualToThreshold":
            return value <= lower
        case "LessThanLowerOrGreaterThanUpperThreshold":
            return value < lower or value > upper


def decide(condition: AlarmCondition, points: Sequence[bool | None], before: State) -> State:
    """The state after an evaluation.

    points: whether each breaches, None where it is missing, newest last, as many as `lookback` says.

    before: kept where TreatMissingData is `ignore` and says to.
    """
    real = [point for point in points if point is not None]
    if len(real) >= condition.of:
        return "ALARM" if sum(real[-condition.of :]) >= condition.needed else "OK"
    match condition.missing:
        case "breaching":
            filled = condition.of - len(real)
            return "ALARM" if sum(real) + filled >= condition.needed else "OK"
        case "notBreaching":
            return "ALARM" if sum(real) >= condition.needed else "OK"
        case "missing" | "ignore":
            return _without_filling(condition, points, real, before)


def _without_filling(
    condition: AlarmCondition, points: Sequence[bool | None], real: Sequence[bool], before: State
) -> State:
    """Missing stays missing: the points that are there decide, and one breach that has grown old is enough."""
    unknown: State = "INSUFFICIENT_DATA" if condition.missing == "missing" else before
    if not real:
        return unknown
    if sum(real) >= condition.needed:
        return "ALARM"
    if not all(real):
        return "OK"
    oldest = len(points) - list(points).index(True)
    if oldest >= condition.needed:
        return "ALARM" if condition.missing == "missing" else before
    # The guide leaves this cell out but for "not ALARM"; its revision of 2019 printed these.
    return unknown
