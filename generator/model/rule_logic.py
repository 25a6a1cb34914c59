"""Possible values of a composite's rule where some of its alarms do not exist."""

from __future__ import annotations

from collections.abc import Collection

from generator.model.alarm_rules import AllOf, AnyOf, AtLeastOf, InState, Not, Rule, children


def possible(rule: Rule, absent: Collection[str]) -> tuple[bool, bool]:
    """The two answers: can the rule be true, and can it be false. An alarm that is absent counts as FALSE."""
    match rule:
        case InState():
            return rule.alarm not in absent, True
        case Not():
            can_be_true, can_be_false = possible(rule.rule, absent)
            return can_be_false, can_be_true
        case AllOf():
            parts = [possible(part, absent) for part in rule.rules]
            return all(true for true, _ in parts), any(false for _, false in parts)
        case AnyOf():
            parts = [possible(part, absent) for part in rule.rules]
            return any(true for true, _ in parts), all(false for _, false in parts)
        case AtLeastOf():
            existing = [part for part in rule.rules if not any(alarm in absent for alarm in children(part))]
            return 1 <= rule.needed(len(existing)) <= len(existing), True
