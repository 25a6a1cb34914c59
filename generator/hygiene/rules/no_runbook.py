"""no-runbook: an alarm that does not say what to do."""

from __future__ import annotations

from generator.hygiene.subjects import JudgedAlarm
from generator.hygiene.types import FindingLevel, NotJudged, RuleVerdict, SettingChange

RULE = "no-runbook"
TITLE = "An alarm has a runbook."
LEVEL = FindingLevel.NOTICE
WHY = "Who is called at night reads the alarm first. A link saves the search for what to do."


def judge(subject: JudgedAlarm) -> RuleVerdict | NotJudged | None:
    """A verdict without a URL in a tag, the description or the YAML."""
    if subject.runbook:
        return None
    if subject.alarm.tags is None and not subject.owned:
        return NotJudged("its tags could not be read")
    description = str(subject.definition.get("AlarmDescription") or "")
    evidence = {"description_characters": len(description)}
    owned = subject.owned
    advice = "add a link to its description"
    if owned:
        advice = "set `runbook`, or `runbooks` of its owner for all of a team"
        runbooks = owned.index.runbooks.get(owned.alarm.service, ()) if owned.alarm.service else ()
        if len(runbooks) == 1:
            return RuleVerdict("no URL in its description", evidence, advice, SettingChange("runbook", min(runbooks)))
    return RuleVerdict("no URL in its description", evidence, advice)
