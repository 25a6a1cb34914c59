"""The texts of one section in a diff and in the catalogue, as its module in `generator/render/sections/` declares it.

Functions of a diff work on the data of estate.json, so that the older side needs no older compiler.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeAlias

from generator.model.estate import Estate

PACKAGE = "generator.render.sections"
# The order of the headings. A section that is not listed comes after these.
ORDER = (
    "alarms",
    "composites",
    "slos",
    "probes",
    "event_rules",
    "maintenance",
    "compliance",
    "events",
    "routes",
    "channels",
    "incidents",
    "accounts",
    "sharing",
    "agent",
    "filters",
    "subscription_filters",
    "moved",
)
Data: TypeAlias = Mapping[str, Any]
Kind: TypeAlias = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Change:
    """One sentence about one thing. area: the section's module. subject: empty where the sentence has it."""

    kind: Kind
    area: str
    subject: str
    sentence: str


def _no_changes(_before: Data, _after: Data) -> Iterable[tuple[Kind, str, str]]:
    return ()


def _no_lines(_estate: Estate) -> Iterable[str]:
    return ()


@dataclass(frozen=True, slots=True)
class SectionWords:
    """The words of one section.

    title: the heading in a diff. changes: kind, subject and sentence of each difference of two estates' data.
    begins_with_subject: whether a diff prints the subject before the sentence. catalogue: lines of Markdown.
    """

    title: str
    changes: Callable[[Data, Data], Iterable[tuple[Kind, str, str]]] = _no_changes
    begins_with_subject: bool = False
    catalogue: Callable[[Estate], Iterable[str]] = _no_lines


def without_subject(
    differences: Callable[[Data, Data], Iterable[tuple[Kind, str]]],
) -> Callable[[Data, Data], Iterable[tuple[Kind, str, str]]]:
    """The changes of a section whose sentences name what they are about."""
    return lambda before, after: ((kind, "", sentence) for kind, sentence in differences(before, after))


@cache
def section_words() -> Mapping[str, SectionWords]:
    """The words of every section of the folder by the name of its module, in the order of the headings."""
    rank = {name: index for index, name in enumerate(ORDER)}
    modules = [module.name for module in pkgutil.iter_modules(importlib.import_module(PACKAGE).__path__)]
    in_order = sorted(modules, key=lambda name: (rank.get(name, len(rank)), name))
    return {name: importlib.import_module(f"{PACKAGE}.{name}").WORDS for name in in_order}


def changes_of(before: Data, after: Data) -> list[Change]:
    """Every difference of two estates' data that a section has words for, in the order of the headings."""
    return [
        Change(kind, area, subject, sentence)
        for area, words in section_words().items()
        for kind, subject, sentence in words.changes(before, after)
    ]
