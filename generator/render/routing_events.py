"""The event rules in the routing table."""

from __future__ import annotations

from generator.model.estate import Estate
from generator.model.event_rules import EventRule
from generator.render.routing_table import EventRuleEntry
from generator.render.routing_texts import add_texts


def event_rules(estate: Estate) -> dict[str, EventRuleEntry]:
    """The entry of each rule, by its name in messages."""
    return {rule.name: _entry(rule) for rule in estate.event_rules}


def _entry(rule: EventRule) -> EventRuleEntry:
    entry: EventRuleEntry = {
        "severity": rule.severity,
        "title": rule.title,
        "subject": list(rule.subject),
        "facts": [list(fact) for fact in rule.facts],
        "ends": {"by": rule.end.by, "after_seconds": rule.end.after_seconds},
    }
    if rule.end.subject and rule.end.subject != rule.subject:
        entry["end_subject"] = list(rule.end.subject)
    if rule.account_from:
        entry["account_from"] = rule.account_from
    if rule.end.by == "none":
        # A message has no end that anybody waits for.
        entry["ok"] = False
    if rule.action:
        entry["action"] = rule.action
    add_texts(entry, rule)
    return entry
