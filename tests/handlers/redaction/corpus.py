"""Lines with what has to go and what has to stay, and how redaction did on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent
# Keeps a token's prefix and its rest apart in the files, so that no secret scanner stops at them.
SPLIT = "{{}}"
SETS = ("given", "own", "later")


@dataclass(frozen=True)
class Line:
    """gone: no part of it may be left. kept: has to be left. optional: the option without which it stays."""

    text: str
    gone: tuple[str, ...]
    kept: tuple[str, ...]
    optional: str = ""


@dataclass(frozen=True)
class Score:
    """leaks: of what had to go. harm: of what had to stay. Each with how many there were, and in words."""

    leaks: tuple[str, ...]
    gone: int
    harm: tuple[str, ...]
    kept: int

    def __str__(self) -> str:
        return f"{len(self.leaks)} of {self.gone} | {len(self.harm)} of {self.kept}"


def lines(name: str) -> tuple[Line, ...]:
    """The lines of a set, as they would be logged."""
    entries = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))["lines"]
    return tuple(
        Line(
            entry["text"].replace(SPLIT, ""),
            tuple(part.replace(SPLIT, "") for part in entry["gone"]),
            tuple(part.replace(SPLIT, "") for part in entry["kept"]),
            entry.get("optional", ""),
        )
        for entry in entries
    )


def score(name: str, redact: Callable[[str], str], *, options: bool) -> Score:
    """How `redact` does on a set. options: count what goes only with an option on, too."""
    leaks, harm, gone, kept = [], [], 0, 0
    for line in lines(name):
        shown = redact(line.text)
        if options or not line.optional:
            gone += len(line.gone)
            leaks += [f"{part!r} in {shown!r}" for part in line.gone if part in shown]
        kept += len(line.kept)
        harm += [f"{part!r} not in {shown!r}" for part in line.kept if part not in shown]
    return Score(tuple(leaks), gone, tuple(harm), kept)
