"""An expression with other ids: several may then stand in one graph, where each id is used once."""

from __future__ import annotations

from collections.abc import Mapping

from generator.evaluate.math.request import parse
from generator.evaluate.math.steps import Expression, Name


def renamed(source: str, ids: Mapping[str, str]) -> str:
    """The same expression over metrics called otherwise; unchanged where it is none that can be read."""
    parsed = parse(source)
    if not isinstance(parsed, Expression):
        return source
    text = source
    for step in sorted((s for s in parsed.steps if isinstance(s, Name)), key=lambda s: s.position, reverse=True):
        text = text[: step.position] + ids.get(step.id, step.id) + text[step.position + len(step.id) :]
    return text
