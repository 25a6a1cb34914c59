"""What a section of a comment is; each is a module of `generator/comment/sections/`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any

from generator.comment.blocks import Block
from generator.comment.data import StrictData

PACKAGE = "generator.comment.sections"


class State(Enum):
    """The judgement of a section, and its sign in a comment."""

    PASSED = "✅"
    WARNING = "⚠️"
    FAILED = "❌"
    INFO = "ℹ️"
    SKIPPED = "⏭️"


@dataclass(frozen=True, slots=True)
class SectionSummary:
    """A section in one line. text: Markdown without names that could be long, at most some 200 characters.

    is_quiet: the section has nothing that a reviewer has to read. A comment of quiet sections is one line.
    """

    state: State
    text: str
    is_quiet: bool = False


@dataclass(frozen=True, slots=True)
class CommentSection:
    """A section of a comment.

    rank: its place. results: the model of its part of the results document. summary, blocks: functions of these
    results; their strings are a stranger's, and become Markdown by `generator.comment.text` and `Fence` only.
    """

    title: str
    rank: int
    results: type[StrictData]
    summary: Callable[[Any], SectionSummary]
    blocks: Callable[[Any], Iterable[Block]]


@cache
def comment_sections() -> Mapping[str, CommentSection]:
    """The sections by the names of their modules, in the order of a comment."""
    names = [module.name for module in pkgutil.iter_modules(importlib.import_module(PACKAGE).__path__)]
    sections = {name: importlib.import_module(f"{PACKAGE}.{name}").SECTION for name in names}
    return dict(sorted(sections.items(), key=lambda item: (item[1].rank, item[0])))
