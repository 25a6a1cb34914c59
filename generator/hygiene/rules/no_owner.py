"""no-owner: an alarm whose owner is not known."""

from __future__ import annotations

from generator.hygiene.subjects import JudgedAlarm
from generator.hygiene.types import FindingLevel, NotJudged, RuleVerdict, SettingChange

RULE = "no-owner"
TITLE = "An alarm has an owner."
LEVEL = FindingLevel.NOTICE
WHY = "An alarm without an owner is never changed, and escalated to the wrong team."


def judge(subject: JudgedAlarm) -> RuleVerdict | NotJudged | None:
    """A verdict without a tag, a line of the description or an entry of the YAML that names a team."""
    if subject.owner:
        return None
    if subject.alarm.tags is None:
        return NotJudged("its tags could not be read")
    change = None
    if subject.owned:
        # Alarms of one service have one owner; so have those of a file in which only one team is named.
        index = subject.owned.index
        owners = index.owners.get(subject.owned.alarm.service) or index.owners[""]
        change = SettingChange("owner", min(owners)) if len(owners) == 1 else None
    evidence = {"tags": sorted(subject.alarm.tags)}
    return RuleVerdict("no tag `owner` or `team`, and no owner in its description", evidence, "name its team", change)
