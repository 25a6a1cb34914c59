"""The time from which CloudWatch evaluates an alarm that is created in the simulated time.

While it warms up, an alarm is INSUFFICIENT_DATA and runs no actions. It is warm when its time is over, or before that
as soon as its window is full: as long as all its periods since the first data point, with one in the newest period.
Data from before the alarm was made fills the window too. A warm-up comes once, when the alarm is made: no update of
the alarm, and no gap in its data, begins it anew.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-warm-up.html
"""

from __future__ import annotations

import numpy as np

from generator.evaluate.alarms.outcomes import Flags
from generator.evaluate.alarms.points import Points
from generator.evaluate.template.contents import MetricAlarm

MOST_MINUTES = 2880


def asleep(alarm: MetricAlarm, points: Points, missing: Flags, created: int) -> int:
    """How many evaluations of the span, the first ones, are none because the alarm is not there yet or warms up.

    missing: of each data point, those before the first evaluation included. created: seconds since 1970.
    """
    schedule = points.schedule
    ends = points.first + schedule.step * np.arange(missing.size)
    is_evaluated = ends >= created + alarm.warm_up_seconds
    present = np.flatnonzero(~missing)
    if present.size and not alarm.waits_whole_warm_up:
        # The first data point came within the last step of the first period that has one.
        full = ends[present[0]] - schedule.step + alarm.periods * schedule.period
        is_evaluated |= ~missing & (ends >= max(full, created))
    back = (points.lookback - 1) * schedule.stride
    awake = np.flatnonzero(is_evaluated[back:])
    return int(awake[0]) if awake.size else max(0, missing.size - back)
