"""T42: every sampling rule can apply to a request."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding
from generator.model.tracing import SamplingRule

CODE = "T42"
NAME = "sampling-rule-decides"
TITLE = "Every sampling rule can apply: no rule with a higher priority matches all its requests."
SUMMARY = "No sampling rule is hidden by one with a higher priority."
WHY = (
    "X-Ray evaluates the rules in the order of priority, and the first that matches decides. A rule after one that"
    " matches all its requests never applies. Between two rules of one priority that match the same request, X-Ray"
    " documents no order. Lambda functions use no sampling rules: they sample one request a second and five percent of"
    " the others."
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
    """A finding for each rule that never applies, or that applies by chance."""
    rules = sorted(subject.estate.tracing.sampling, key=lambda rule: (rule.priority, rule.key))
    for index, rule in enumerate(rules):
        if rule.service_type in _LAMBDA:
            message = f"`{rule.key}` never applies: Lambda functions use no sampling rules"
            hint = "set the rule for the service that begins the trace, such as the API gateway of the function"
            yield Finding(CODE, message, (*rule.path, "service_type"), hint=hint)
            continue
        for other in rules[:index]:
            finding = _conflict(rule, other)
            if finding:
                yield finding
                break


def _meet(rule: SamplingRule, other: SamplingRule) -> bool:
    """True if some request matches both rules; attributes that only one of them names do not prevent that."""
    texts, other_attributes = zip(rule.patterns, other.patterns, strict=True), dict(other.attributes)
    return all(overlap(ours, theirs) for ours, theirs in texts) and all(
        overlap(ours, other_attributes[name]) for name, ours in rule.attributes if name in other_attributes
    )


def _matches_all(other: SamplingRule, rule: SamplingRule) -> bool:
    """True if the other rule matches every request of the rule: it requires no further attribute."""
    texts, attributes = zip(rule.patterns, other.patterns, strict=True), dict(rule.attributes)
    return all(covers(theirs, ours) for ours, theirs in texts) and all(
        name in attributes and covers(theirs, attributes[name]) for name, theirs in other.attributes
    )


def _conflict(rule: SamplingRule, other: SamplingRule) -> Finding | None:
    """A finding for a rule with the same priority as another, or a lower one; None if both can apply."""
    also = ((other.path, f"priority {other.priority}"),)
    if rule.priority == other.priority:
        if _meet(rule, other):
            message = f"`{rule.key}` and `{other.key}` match the same requests with one priority: either may apply"
            return Finding(CODE, message, rule.path, hint="use different priorities", on="key", also=also)
    elif _matches_all(other, rule):
        message = f"`{rule.key}` never applies: `{other.key}` matches all its requests first"
        hint = f"set a priority above {rule.priority} for `{other.key}`"
        return Finding(CODE, message, rule.path, hint=hint, on="key", also=also)
    return None


def covers(wide: str, narrow: str) -> bool:
    """True if a pattern with * and ? matches every text that the other matches."""
    states = _closed({0}, wide)
    for character in narrow:
        if character == "*":
            # Any text: only a state at a star of its own is certain to match it.
            states = {at for at in states if at < len(wide) and wide[at] == "*"}
        else:
            states = {at + (wide[at] != "*") for at in states if at < len(wide) and _matches(wide[at], character)}
        states = _closed(states, wide)
    return len(wide) in states


def overlap(first: str, second: str) -> bool:
    """True if some text matches both patterns."""
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
    """The states, and those that follow if a star matches the empty text."""
    closed = set(states)
    for at in sorted(states):
        step = at
        while step < len(pattern) and pattern[step] == "*":
            step += 1
            closed.add(step)
    return closed


def _matches(pattern: str, character: str) -> bool:
    return pattern in ("*", "?") or pattern == character
