"""unreachable-threshold: an alarm whose metric cannot have the values at which it fires."""

from __future__ import annotations

import math
import operator

from generator.aws.metric_ranges import value_range
from generator.hygiene.subjects import JudgedAlarm
from generator.hygiene.types import FindingLevel, RuleVerdict, SettingChange

RULE = "unreachable-threshold"
TITLE = "A metric can have the values at which its alarm fires."
LEVEL = FindingLevel.PROBLEM
WHY = (
    "A percentage is never above 100 and a count never below 0: such an alarm looks like protection and is none. The "
    "ranges are those of AWS's pages; of a metric without one nothing is said."
)

# The share of windows that may breach the threshold that is proposed.
_MAY_BREACH = 0.01


def judge(subject: JudgedAlarm) -> RuleVerdict | None:
    """A verdict where the range of the statistic ends before the threshold."""
    condition = subject.condition
    if condition is None:
        return None
    key = condition.stat.key
    least, most = value_range(key.namespace, key.name, condition.stat.statistic)
    extreme = most if condition.is_upper else least
    if math.isinf(extreme) or condition.compare(extreme, condition.threshold):
        return None
    evidence = {
        "threshold": condition.threshold,
        "comparison": condition.comparison,
        "least": None if math.isinf(least) else least,
        "most": None if math.isinf(most) else most,
    }
    word = "above" if condition.is_upper else "below"
    message = f"it fires at {condition.comparison} {condition.threshold:g}, but {key.name} is never {word} {extreme:g}"
    values = subject.observed
    if values:
        evidence |= {"lowest": values.lowest, "highest": values.highest}
    # The nearest threshold that can be reached: what was meant, as far as the metric has it.
    threshold = f"{'>=' if condition.is_upper else '<='} {extreme:g}"
    advice = f"use `{threshold}`, or a threshold within the range"
    compare = operator.ge if condition.is_upper else operator.le
    if values and values.share(compare, extreme) > _MAY_BREACH:
        # Such as a queue below 0 messages: at 0 it would fire whenever the queue is empty.
        return RuleVerdict(message, evidence, f"use a threshold within the range; `{threshold}` would fire often")
    return RuleVerdict(message, evidence, advice, SettingChange("threshold", threshold))
