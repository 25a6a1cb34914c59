"""The registry of rules: one rule is one file of `rules/`, found by directory.

A rule has RULE (its stable id), TITLE (one sentence: what a sound alarm does), LEVEL, WHY, and `judge`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from generator.hygiene import rules
from generator.hygiene.subjects import Subject
from generator.hygiene.types import Level, NotJudged, Verdict

Judge = Callable[[Subject], Verdict | NotJudged | None]


@dataclass(frozen=True, slots=True)
class HygieneRule:
    """A rule as its module defines it. judge: None where the rule holds."""

    name: str
    title: str
    level: Level
    why: str
    judge: Judge


@cache
def registry() -> tuple[HygieneRule, ...]:
    """Every rule, by name. Raises AssertionError for a name that two modules have."""
    found: dict[str, HygieneRule] = {}
    for info in pkgutil.iter_modules(rules.__path__):
        module = importlib.import_module(f"{rules.__name__}.{info.name}")
        assert module.RULE not in found, f"two rules are called {module.RULE}"
        found[module.RULE] = HygieneRule(module.RULE, module.TITLE, module.LEVEL, module.WHY, module.judge)
    return tuple(found[name] for name in sorted(found))
