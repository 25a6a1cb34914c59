"""How often each action may be called in an account and Region: half of AWS's default quota.

The other half is left to dashboards, consoles and other tools of the account. A quota may be lower than the default:
calls that AWS throttles are made again after longer and longer pauses, and the pace of their action is halved.
Of DescribeAlarmHistory, older pages have 3 a second.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event, Lock

SHARE = 0.5
# Calls a second. The tagging API publishes none.
QUOTAS = {
    "cloudwatch:DescribeAlarmHistory": 20.0,
    "cloudwatch:DescribeAlarms": 9.0,
    "cloudwatch:DescribeAnomalyDetectors": 10.0,
    "cloudwatch:DescribeInsightRules": 20.0,
    "cloudwatch:GetDashboard": 10.0,
    "cloudwatch:ListDashboards": 10.0,
    "cloudwatch:ListMetrics": 25.0,
    "cloudwatch:ListTagsForResource": 10.0,
    # https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListStreams.html
    "kinesis:ListStreams": 5.0,
    "logs:DescribeLogGroups": 10.0,
    "logs:DescribeMetricFilters": 5.0,
    "tag:GetResources": 10.0,
}
# Calls a second of every other action: few services publish a quota for calls that list.
OTHER_QUOTA = 10.0
DATA = "cloudwatch:GetMetricData"
# Data points a second, of requests that begin more than three hours ago.
DATAPOINTS_QUOTA = 396_000.0


class Stopped(Exception):
    """The capture was interrupted."""


class Pace:
    """A token bucket that fills within a second and may be overdrawn, so that a cost can be known afterwards.

    rate: tokens a second. clock, wait: of seconds; wait(seconds) is True where the capture was interrupted.
    """

    def __init__(self, rate: float, wait: Callable[[float], bool], clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock, self._wait = rate, clock, wait
        self._tokens, self._at = max(1.0, rate), clock()
        self._lock = Lock()

    def take(self, tokens: float = 1.0) -> None:
        """Wait until there is a token, and take so many. Raises Stopped."""
        with self._lock:
            now = self._clock()
            self._tokens = min(max(1.0, self._rate), self._tokens + (now - self._at) * self._rate)
            self._at = now
            pause = max(0.0, (1.0 - self._tokens) / self._rate)
            self._tokens -= tokens
        if self._wait(pause):
            raise Stopped

    def slow_down(self) -> None:
        """Halve the rate: the quota seems to be lower, or others use it."""
        with self._lock:
            self._rate /= 2

    def spend(self, tokens: float) -> None:
        """Take tokens for what was called already."""
        with self._lock:
            self._tokens -= tokens


class Paces:
    """The pace of each action in each account and Region. stop: set when the capture is interrupted."""

    def __init__(self, stop: Event) -> None:
        self._stop = stop
        self._paces: dict[tuple[str, str, str], Pace] = {}
        self._lock = Lock()

    def of(self, account: str, region: str, action: str) -> Pace:
        """The pace of an action; data points are `cloudwatch:GetMetricData`."""
        quota = DATAPOINTS_QUOTA if action == DATA else QUOTAS.get(action, OTHER_QUOTA)
        with self._lock:
            return self._paces.setdefault((account, region, action), Pace(SHARE * quota, self._pause))

    def _pause(self, seconds: float) -> bool:
        return self._stop.wait(seconds) if seconds > 0 else self._stop.is_set()
