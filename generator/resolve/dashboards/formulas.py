"""The expression of an alarm as a graph has it: one formula, because ids have to differ within a graph."""

from __future__ import annotations

from generator.evaluate.math.rename import renamed
from generator.model.signals import MathSignal


def whole_formula(signal: MathSignal) -> str:
    """The formula with its parts in place of their ids. Parts that need each other stay as they are (T30)."""
    formula, texts = signal.formula, {id_: f"({part})" for id_, part in signal.parts}
    for _ in signal.parts:
        formula = renamed(formula, texts)
    return formula
