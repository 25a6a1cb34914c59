"""Names of what event rules take, where an alarm's name stands otherwise: `event/<rule>/<subject>`; pure."""

from __future__ import annotations

EVENT = "event"


def event_name(rule: str, subject: str) -> str:
    """The name of a rule's subject."""
    return f"{EVENT}/{rule}/{subject}"


def rule_of(name: str) -> str:
    """The event rule that a name belongs to; empty for an alarm's or a check's."""
    kind, _, rest = name.partition("/")
    rule, slash, _ = rest.partition("/")
    return rule if kind == EVENT and slash else ""


def plain_name(name: str) -> str:
    """A name as a list shows it: `spot: i-0abc` for `event/spot/i-0abc`; others as they are."""
    rule = rule_of(name)
    return f"{rule}: {name.removeprefix(f'{EVENT}/{rule}/')}" if rule else name
