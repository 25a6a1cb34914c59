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
from generator.hygiene.subjects import JudgedAlarm
from generator.hygiene.types import FindingLevel, NotJudged, RuleVerdict

Judge = Callable[[JudgedAlarm], RuleVerdict | NotJudged | None]


@dataclass(frozen=True, slots=True)
class HygieneRule:
    """A rule as its module defines it. judge: None where the rule holds."""

    name: str
    title: str
    level: FindingLevel
    why: str
    judge: Judge


@cache
def registry() -> tuple[HygieneRule, ...]:
    """Every rule, by name. Raises AssertionError for a name that two modules have."""
    rules_by_name: dict[str, HygieneRule] = {}
    for info in pkgutil.iter_modules(rules.__path__):
        module = importlib.import_module(f"{rules.__name__}.{info.name}")
        assert module.RULE not in rules_by_name, f"two rules are called {module.RULE}"
        rules_by_name[module.RULE] = HygieneRule(module.RULE, module.TITLE, module.LEVEL, module.WHY, module.judge)
    return tuple(rules_by_name[name] for name in sorted(rules_by_name))
