"""identical: two alarms that fire at the same times."""

from __future__ import annotations

from generator.hygiene.subjects import JudgedAlarm
from generator.hygiene.types import FindingLevel, RuleVerdict, SettingChange
from generator.model.routing import SEVERITIES
from generator.wording import first_of

RULE = "identical"
TITLE = "No two alarms of an account and Region have the same condition."
LEVEL = FindingLevel.PROBLEM
WHY = "Two alarms with one condition fire together: two messages for one thing, and two places to change."
_MOST_NAMES = 3


def judge(subject: JudgedAlarm) -> RuleVerdict | None:
    """A verdict for each alarm of a group but the first, so that what remains after all patches is one."""
    group = subject.around.identical.get(subject.ref.name)
    if group is None or subject.ref.name == group.preferred:
        return None
    identical = [name for name in group.names if name != subject.ref.name]
    evidence = {"identical_to": identical[:_MOST_NAMES], "identical": len(identical), "kept": group.preferred}
    message = f"the same metric, threshold and periods as {first_of(_preferred_first(identical, group.preferred), 1)}"
    is_needed = subject.ref.name in subject.around.parents
    is_replaced = not is_needed and not subject.is_composite and _is_replaced(subject, group.preferred)
    change = SettingChange("enabled", False) if is_replaced else None
    advice = "name the other in the composites, and remove it" if is_needed else "remove one of the two"
    return RuleVerdict(message, evidence, advice, change)


def _is_replaced(subject: JudgedAlarm, preferred: str) -> bool:
    """Whether the alarm that is kept is one of the file, notifies every channel of this one, and is as severe."""
    own, other = subject.owned, subject.around.owned.get(preferred)
    if own is None or other is None:
        return False
    is_as_severe = SEVERITIES.index(other.severity) <= SEVERITIES.index(own.severity)
    return is_as_severe and set(own.channels) <= set(other.channels) and own.alarm.owner == other.alarm.owner


def _preferred_first(names: list[str], preferred: str) -> list[str]:
    return [preferred, *(name for name in names if name != preferred)]
