"""flapping: an alarm that fires again and again within a day."""

from __future__ import annotations

import math
from statistics import median

from generator.hygiene.conditions import ThresholdCondition
from generator.hygiene.history import judged_timeline, rounded_length, window_evidence
from generator.hygiene.subjects import JudgedAlarm
from generator.hygiene.types import FindingLevel, NotJudged, RuleVerdict, SettingChange
from generator.wording import format_utc, pluralize

RULE = "flapping"
TITLE = "An alarm fires a few times a day at most."
LEVEL = FindingLevel.PROBLEM
WHY = (
    "Every change of an alarm that flaps is a message. People mute what flaps, and miss the time when it stays. More "
    "datapoints to alarm wait until a breach lasts."
)
# Evaluation takes at most a day in all, and no one wants to wait this long.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
_LONGEST_WAIT_S = 3600


def judge(subject: JudgedAlarm) -> RuleVerdict | NotJudged | None:
    """A verdict where so many firings began within 24 hours."""
    line = judged_timeline(subject)
    if isinstance(line, NotJudged):
        return line
    most, start = line.busiest_day()
    if most < subject.thresholds.flaps:
        return None
    lengths = [span.to_ms - span.from_ms for span in line.firings if not span.is_open] or [0]
    middle = int(median(lengths))
    evidence = {
        **window_evidence(line),
        "firings": len(line.firings),
        "most_in_24_hours": most,
        "busiest_from": format_utc(start),
        "median_minutes": round(middle / 60_000, 1),
    }
    message = (
        f"{pluralize(most, 'firing')} within 24 hours from {format_utc(start)}, {len(line.firings):,} in all; "
        f"half of them lasted less than {rounded_length(middle + 60_000)}"
    )
    change = _waiting(subject.condition, middle) if subject.condition else None
    return RuleVerdict(message, evidence, "let it wait for more datapoints, or give it another threshold", change)


def _waiting(condition: ThresholdCondition, length_ms: int) -> SettingChange | None:
    """More datapoints to alarm, so that half of the firings would not have been; None where that is a long wait."""
    period_ms = 1000 * condition.stat.period_s
    # It fires when `needed` datapoints breach, and recovers once the window has fewer.
    needed = condition.needed + max(1, math.ceil(length_ms / period_ms))
    of = needed + condition.of - condition.needed
    if of * condition.stat.period_s > _LONGEST_WAIT_S:
        return None
    return SettingChange("datapoints", f"{needed} of {of}")
