"""no-route: an alarm that notifies no one."""

from __future__ import annotations

from generator.hygiene.subjects import JudgedAlarm
from generator.hygiene.types import FindingLevel, RuleVerdict, SettingChange

RULE = "no-route"
TITLE = "An alarm notifies a channel or a topic, or is part of one that does."
LEVEL = FindingLevel.PROBLEM
WHY = (
    "An alarm without actions changes its state and nothing else happens. EventBridge rules, which may carry its "
    "events elsewhere, are not captured; those of obsgen are known from the YAML."
)


def judge(subject: JudgedAlarm) -> RuleVerdict | None:
    """A verdict where neither channels nor actions are notified, nor those of a composite above it."""
    around, name = subject.around, subject.ref.name
    above = _above(subject)
    if name in around.acting or above & around.acting:
        return None
    owned = subject.owned
    if owned and (owned.channels or above):
        return None
    disabled = subject.definition.get("ActionsEnabled") is False
    actions = subject.definition.get("AlarmActions") or []
    evidence = {"actions": list(actions), "actions_enabled": not disabled, "composites": sorted(above)}
    if owned:
        evidence |= {"severity": owned.severity, "channels": []}
        message = f"severity `{owned.severity}` has no channel, and it has no actions"
        nearest = owned.nearest_routed
        return RuleVerdict(message, evidence, "give it a severity that has channels", _severity(nearest))
    if disabled and actions:
        return RuleVerdict("its actions are disabled", evidence, "enable its actions, or delete it")
    return RuleVerdict("it has no action for ALARM", evidence, "add an action, or let EventBridge carry its events")


def _severity(nearest: str) -> SettingChange | None:
    return SettingChange("severity", nearest) if nearest else None


def _above(subject: JudgedAlarm) -> frozenset[str]:
    """The composites that an alarm is part of, directly or by others."""
    above: set[str] = set()
    pending = [subject.ref.name]
    while pending:
        for parent in subject.around.parents.get(pending.pop(), ()):
            if parent not in above:
                above.add(parent)
                pending.append(parent)
    return frozenset(above)
