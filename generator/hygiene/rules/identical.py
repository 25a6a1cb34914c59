"""identical: two alarms that fire at the same times."""

from __future__ import annotations

from generator.hygiene.subjects import Subject, condition_text
from generator.hygiene.types import Change, Level, Verdict
from generator.wording import first_of

RULE = "identical"
TITLE = "No two alarms of an account and Region have the same condition."
LEVEL = Level.PROBLEM
WHY = "Two alarms with one condition fire together: two messages for one thing, and two places to change."
_MOST_NAMES = 3


def judge(subject: Subject) -> Verdict | None:
    """A verdict for each alarm of a group but the first, so that what remains after all patches is one."""
    group = subject.around.by_condition.get(condition_text(subject.alarm), ())
    if len(group) < 2:
        return None
    kept = _kept(subject, group)
    if subject.ref.name == kept:
        return None
    evidence = {"identical_to": [name for name in group if name != subject.ref.name], "kept": kept}
    message = f"the same metric, threshold and periods as {first_of([kept], _MOST_NAMES)}"
    is_needed = subject.ref.name in subject.around.parents
    change = Change("enabled", False) if subject.owned and not is_needed and not subject.is_composite else None
    advice = "name the other in the composites, and remove it" if is_needed else "remove one of the two"
    return Verdict(message, evidence, advice, change)


def _kept(subject: Subject, group: tuple[str, ...]) -> str:
    """The one to keep: one that a composite needs, else one with receivers, else the first by name."""
    around = subject.around
    return min(group, key=lambda name: (name not in around.parents, name not in around.acting, name))
