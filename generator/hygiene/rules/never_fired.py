"""never-fired: an alarm that was not in ALARM once."""

from __future__ import annotations

from generator.hygiene.history import days_in_words, judged_timeline, window_evidence
from generator.hygiene.subjects import JudgedAlarm
from generator.hygiene.timeline import ALARM, MISSING
from generator.hygiene.types import FindingLevel, NotJudged, RuleVerdict
from generator.wording import pluralize

RULE = "never-fired"
TITLE = "An alarm fires now and then, or is known to be able to."
LEVEL = FindingLevel.NOTICE
WHY = (
    "An alarm that never fires may guard something that never happens, or may not be able to fire. The values of its "
    "metric separate the two: one that came close to the threshold works."
)


def judge(subject: JudgedAlarm) -> RuleVerdict | NotJudged | None:
    """A verdict without any firing; an alarm that had no data at all is another rule's."""
    line = judged_timeline(subject)
    if isinstance(line, NotJudged):
        return line
    if any(span.state == ALARM for span in line.spans) or all(span.state == MISSING for span in line.spans):
        return None
    message = f"not in ALARM once in {days_in_words(int(line.days))}"
    evidence = {**window_evidence(line), "firings": 0}
    condition, values = subject.condition, subject.observed
    if condition and values:
        worst = values.highest if condition.is_upper else values.lowest
        word = "highest" if condition.is_upper else "lowest"
        evidence |= {"threshold": condition.threshold, word: worst, "windows": values.windows}
        message += f"; the {word} {condition.stat.statistic} was {worst:g}, it fires at {condition.comparison} "
        message += f"{condition.threshold:g}"
        share = values.share(condition.compare, condition.threshold)
        breaching = round(share * values.windows)
        evidence["breaching_windows"] = breaching
        if breaching:
            message += f" ({pluralize(breaching, 'window')} did, too few in a row)"
    tool = "`obsgen drill`" if subject.owned else "`aws cloudwatch set-alarm-state`"
    advice = f"try it with {tool}, and remove it if no one would act on it"
    return RuleVerdict(message, evidence, advice)
