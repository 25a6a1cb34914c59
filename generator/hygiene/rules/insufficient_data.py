"""insufficient-data: an alarm that mostly has no data."""

from __future__ import annotations

from generator.hygiene.history import began_at, judged_timeline, percent, time_in_words, window_evidence
from generator.hygiene.subjects import JudgedAlarm
from generator.hygiene.timeline import MISSING
from generator.hygiene.types import FindingLevel, NotJudged, RuleVerdict, SettingChange

RULE = "insufficient-data"
TITLE = "An alarm has data, or says what missing data means."
LEVEL = FindingLevel.PROBLEM
WHY = (
    "INSUFFICIENT_DATA is neither good nor bad, and no one is notified of it. Where missing data is normal, such as "
    "errors that are only published when there are some, it should count as good; elsewhere it should count as bad."
)


def judge(subject: JudgedAlarm) -> RuleVerdict | NotJudged | None:
    """A verdict where the share of the time without data reaches the threshold of the rule."""
    line = judged_timeline(subject)
    if isinstance(line, NotJudged):
        return line
    share = line.share_in(MISSING)
    if share < subject.thresholds.missing_share:
        return None
    treatment = str(subject.definition.get("TreatMissingData") or "missing")
    evidence = {
        **window_evidence(line),
        "insufficient_data_percent": percent(share),
        "since": began_at(line, MISSING),
        "treat_missing_data": treatment,
    }
    message = time_in_words(line, MISSING)
    values = subject.observed
    if share == 1.0 or values is None or subject.condition is None:
        advice = "compare namespace, name and all dimensions with what is published"
        return RuleVerdict(message, evidence, advice)
    evidence |= {"windows_with_data": values.windows}
    # Where low values are bad, silence is the lowest; where high ones are, silence is none of them.
    if subject.condition.is_upper:
        advice = "it has data at times: let missing data be good"
        return RuleVerdict(message, evidence, advice, SettingChange("missing_data", "not-breaching"))
    return RuleVerdict(message, evidence, "let missing data be bad", SettingChange("missing_data", "breaching"))
