"""always-firing: an alarm that is in ALARM nearly all the time."""

from __future__ import annotations

import math

from generator.hygiene.conditions import ThresholdCondition
from generator.hygiene.history import began_at, judged_timeline, percent, time_in_words, window_evidence
from generator.hygiene.metric_values import Observed
from generator.hygiene.subjects import JudgedAlarm
from generator.hygiene.timeline import ALARM
from generator.hygiene.types import FindingLevel, NotJudged, RuleVerdict, SettingChange

RULE = "always-firing"
TITLE = "An alarm is in ALARM for hours, not for weeks."
LEVEL = FindingLevel.PROBLEM
WHY = (
    "An alarm that is always in ALARM notifies no one of anything: its state does not change when something happens, "
    "and people who read the list of alarms learn to look past red."
)
# The share of windows that may breach the threshold that is proposed, and the days of data that it takes.
_MAY_BREACH, _DAYS_OF_DATA = 0.01, 7.0


def judge(subject: JudgedAlarm) -> RuleVerdict | NotJudged | None:
    """A verdict where the share of the time in ALARM reaches the threshold of the rule."""
    line = judged_timeline(subject)
    if isinstance(line, NotJudged):
        return line
    share = line.share_in(ALARM)
    if share < subject.thresholds.firing_share:
        return None
    evidence = {
        **window_evidence(line),
        "alarm_percent": percent(share),
        "firings": len(line.firings),
        "in_alarm_since": began_at(line, ALARM),
    }
    message = time_in_words(line, ALARM)
    advice = "repair what it reports; if that is normal, change its threshold or remove it"
    condition, values = subject.condition, subject.observed
    if condition is None or values is None or values.days < _DAYS_OF_DATA:
        return RuleVerdict(message, evidence, advice)
    if values.share(condition.compare, condition.threshold) <= _MAY_BREACH:
        advice = "its values do not breach its threshold: check what it makes of missing data, and who set its state"
        return RuleVerdict(message, evidence, advice)
    threshold = _proposed(condition, values)
    share = values.share(condition.compare, threshold)
    evidence |= {"proposed_threshold": threshold, "proposed_breaching_percent": round(100 * share, 2)}
    advice = f"repair what it reports; if that is normal, `{condition.comparison} {threshold:g}` is what it exceeds in "
    advice += f"{100 * share:.1f} % of the windows"
    return RuleVerdict(
        message, evidence, advice, SettingChange("threshold", f"{condition.comparison} {threshold:.15g}")
    )


def _proposed(condition: ThresholdCondition, values: Observed) -> float:
    """A threshold of two digits that one in a hundred of the windows breaches at most."""
    if condition.is_upper:
        return _two_digits(values.quantile(1 - _MAY_BREACH), up=True, strict=condition.comparison == ">=")
    return _two_digits(values.quantile(_MAY_BREACH), up=False, strict=condition.comparison == "<=")


def _two_digits(value: float, *, up: bool, strict: bool) -> float:
    if value == 0:
        return (1.0 if up else -1.0) if strict else 0.0
    unit = 10.0 ** (math.floor(math.log10(abs(value))) - 1)
    rounded = (math.ceil if up else math.floor)(round(value / unit, 9)) * unit
    if strict and rounded == value:
        rounded += unit if up else -unit
    return float(f"{rounded:.6g}")
