"""T42: every sampling rule can come to decide."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding
from generator.model.tracing import SamplingRule

CODE = "T42"
NAME = "sampling-rule-decides"
TITLE = "Every sampling rule can come to decide: none stands behind one that takes all its requests."
WHY = (
    "Services go through the rules in the order of priority, and the first that matches decides. A rule behind one"
    " that matches all the same requests never does; of two that match the same request at one priority nobody"
    " says which. And Lambda functions ask for no rule at all: theirs is one request a second and five percent."
)
SOURCE = "https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html"
BAD = """\
tracing: {sampling: {everything: {priority: 100}, checkout: {priority: 200, path: /checkout/*, rate: 1}}}
"""
GOOD = """\
tracing: {sampling: {everything: {priority: 900}, checkout: {priority: 200, path: /checkout/*, rate: 1}}}
"""
_LAMBDA = ("AWS::Lambda", "AWS::Lambda::Function")


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each rule that nobody asks, that never decides, or of which nobody knows whether it does."""
    rules = sorted(subject.estate.tracing.sampling, key=lambda rule: (rule.priority, rule.key))
    for index, rule in enumerate(rules):
        if rule.service_type in _LAMBDA:
            message = f"no Lambda function asks for a sampling rule; `{rule.key}` never decides"
            hint = "sample where the trace begins, such as at the gateway in front of it"
            yield Finding(CODE, message, (*rule.path, "service_type"), hint=hint)
            continue
        for other in rules[:index]:
            finding = _beside(rule, other)
            if finding:
                yield finding
                break


def _meet(rule: SamplingRule, other: SamplingRule) -> bool:
    """Whether some request matches both: attributes that only one of them names say nothing against it."""
    texts, other_attributes = zip(rule.patterns, other.patterns, strict=True), dict(other.attributes)
    return all(overlap(ours, theirs) for ours, theirs in texts) and all(
        overlap(ours, other_attributes[name]) for name, ours in rule.attributes if name in other_attributes
    )


def _takes_all(other: SamplingRule, rule: SamplingRule) -> bool:
    """Whether the other rule matches all that the rule matches; it asks for no attribute that the rule leaves out."""
    texts, attributes = zip(rule.patterns, other.patterns, strict=True), dict(rule.attributes)
    return all(covers(theirs, ours) for ours, theirs in texts) and all(
        name in attributes and covers(theirs, attributes[name]) for name, theirs in other.attributes
    )


def _beside(rule: SamplingRule, other: SamplingRule) -> Finding | None:
    """What is wrong with a rule that comes after another, or at the same time."""
    also = ((other.path, f"priority {other.priority}"),)
    if rule.priority == other.priority:
        if _meet(rule, other):
            message = f"`{rule.key}` and `{other.key}` match the same requests at one priority: either may decide"
            return Finding(CODE, message, rule.path, hint="give them a priority each", on="key", also=also)
    elif _takes_all(other, rule):
        message = f"`{rule.key}` never decides: `{other.key}` matches all its requests, and before it"
        hint = f"give `{other.key}` a priority above {rule.priority}"
        return Finding(CODE, message, rule.path, hint=hint, on="key", also=also)
    return None


def covers(wide: str, narrow: str) -> bool:
    """Whether a pattern with * and ? matches whatever the other matches."""
    states = _closed({0}, wide)
    for character in narrow:
        if character == "*":
            # Any run of anything: only a state that stands on a star of its own is sure to survive it.
            states = {at for at in states if at < len(wide) and wide[at] == "*"}
        else:
            states = {at + (wide[at] != "*") for at in states if at < len(wide) and _takes(wide[at], character)}
        states = _closed(states, wide)
    return len(wide) in states


def overlap(first: str, second: str) -> bool:
    """Whether some text matches both patterns."""
    visited: set[tuple[int, int]] = set()
    todo = [(0, 0)]
    while todo:
        left, right = pair = todo.pop()
        if pair in visited:
            continue
        visited.add(pair)
        if pair == (len(first), len(second)):
            return True
        star_left = left < len(first) and first[left] == "*"
        star_right = right < len(second) and second[right] == "*"
        if star_left:
            todo += [(left + 1, right), *([(left, right + 1)] if right < len(second) else [])]
        if star_right:
            todo += [(left, right + 1), *([(left + 1, right)] if left < len(first) else [])]
        if not star_left and not star_right and left < len(first) and right < len(second):
            a, b = first[left], second[right]
            if a == b or "?" in (a, b):
                todo.append((left + 1, right + 1))
    return False


def _closed(states: set[int], pattern: str) -> set[int]:
    """The states, and those that a star which takes nothing leads to."""
    closed = set(states)
    for at in sorted(states):
        step = at
        while step < len(pattern) and pattern[step] == "*":
            step += 1
            closed.add(step)
    return closed


def _takes(pattern: str, character: str) -> bool:
    return pattern in ("*", "?") or pattern == character
