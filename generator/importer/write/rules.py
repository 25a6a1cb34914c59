"""Rules of composites in the language: keys instead of names, and no more parentheses than needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from generator.evaluate.alarms.rule import BINDS, AtLeast, Rule, RuleProblem, parse
from generator.importer.write.quantities import Unwritable

KeyOf = Callable[[str], str]
_STATES = {"ALARM": "alarm", "OK": "ok", "INSUFFICIENT_DATA": "no-data"}
_HIGHEST = 4


class _RuleText(NamedTuple):
    """A part of a rule. binds: the precedence of its operator. value: what it always is, if that is so."""

    text: str
    binds: int = _HIGHEST
    value: bool | None = None


def rule_text(text: str, key_of: KeyOf) -> str:
    """A rule of CloudWatch in the language. key_of: the key of an alarm by its name or ARN. Raises Unwritable."""
    rule = _parsed(text)
    parts: list[_RuleText] = []
    for step in rule.steps:
        if isinstance(step, bool):
            parts.append(_RuleText("", value=step))
        elif isinstance(step, AtLeast):
            parts.append(_counting_rule(step, key_of))
        elif step == "NOT":
            parts.append(_negated(parts.pop()))
        else:
            right, left = parts.pop(), parts.pop()
            parts.append(_joined(step, left, right))
    if parts[0].value is not None:
        raise Unwritable(f"its rule is always {'true' if parts[0].value else 'false'}")
    return parts[0].text


def children(text: str) -> tuple[str, ...]:
    """The names and ARNs in a rule. Raises Unwritable."""
    return _parsed(text).children


def _parsed(text: str) -> Rule:
    rule = parse(text.strip())
    if isinstance(rule, RuleProblem):
        raise Unwritable(f"its rule cannot be read: {rule.message}")
    return rule


def _counting_rule(step: AtLeast, key_of: KeyOf) -> _RuleText:
    keys = list(dict.fromkeys(key_of(child) for child in step.children))
    if len(keys) != len(step.children):
        raise Unwritable("its rule counts alarms that are one entry")
    state = _STATES[step.state]
    if len(keys) == 1:
        single = _RuleText(keys[0] if state == "alarm" else f"{state}({keys[0]})")
        return _negated(single) if step.negated else single
    if state == "alarm" and not step.negated:
        return _RuleText(f"at_least({step.needed}, {', '.join(keys)})")
    return _RuleText(f"at_least({step.needed}, {'not ' if step.negated else ''}{state}, ({', '.join(keys)}))")


def _negated(part: _RuleText) -> _RuleText:
    if part.value is not None:
        return _RuleText("", value=not part.value)
    return _RuleText(f"not {_within(part, BINDS['NOT'])}", BINDS["NOT"])


def _joined(operator: str, left: _RuleText, right: _RuleText) -> _RuleText:
    decides = operator == "OR"
    for part, other in ((left, right), (right, left)):
        if part.value is not None:
            return part if part.value is decides else other
    binds = BINDS[operator]
    return _RuleText(f"{_within(left, binds)} {operator.lower()} {_within(right, binds)}", binds)


def _within(part: _RuleText, binds: int) -> str:
    return part.text if part.binds >= binds else f"({part.text})"
