"""Findings as values: one shape for every fault, whatever part of obsgen found it.

A finding knows the *path* of the value it is about (``alarms.ledger-errors.threshold``), never a line: lines are
looked up in the source only when somebody reads the finding, so nothing downstream has to carry them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

Path = tuple[str | int, ...]
_MOST_MEANT = 3


class Severity(StrEnum):
    """The severity of a finding: an error stops the build, a warning should be checked, info is for information."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a text that has no path, such as a YAML syntax error. Line and column count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Span:
    """The place of a value in the text, counted from 1; `end` is the column after its last character."""

    line: int
    column: int
    end: int


class SourceText(Protocol):
    """The text with the cause of a finding, for its printer."""

    @property
    def name(self) -> str:
        """The name of the file, as the user gave it."""

    def span(self, path: Path, on: str = "value") -> Span | None:
        """The place of a key or a value."""

    def line(self, number: int) -> str:
        """The text of a line, counted from 1."""

    def of(self, file: str) -> SourceText:
        """The places of another file that belongs to the spec; its own where the name is empty."""

    def at(self, path: Path) -> SourceText:
        """The places of the file in which the value at a path is, where a document is in several."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One piece of bad news.

    code: stable name of the rule (``T04``); its page is ``docs/checks/T04.md`` where a check found it.
    path: where in the YAML; ``on`` says whether the key or the value there is meant.
    message: what is wrong, in one sentence. hint: what to write instead.
    also: further places that belong to it (the first of two duplicates), each with a note.
    where: the generated resource it was found in (``prod/member.template.yaml: AlarmX``), if any.
    file: the name of the file that `path` is in, where that is not observability.yaml but one that belongs to it.
    """

    code: str
    message: str
    path: Path = ()
    severity: Severity = Severity.ERROR
    hint: str = ""
    on: Literal["key", "value"] = "value"
    also: tuple[tuple[Path, str], ...] = ()
    mark: Mark | None = None
    where: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class NotRun:
    """Checks that were not run, so that their silence says nothing.

    checks: which, in words. where: over what, such as an environment; empty where it is everything. because: why.
    """

    checks: str
    because: str
    where: str = ""

    def __str__(self) -> str:
        over = f" over {self.where}" if self.where else ""
        return f"not run{over}: {self.checks}, because {self.because}"


def dotted(path: Path) -> str:
    """A path as people write it: ``alarms.x.overrides[0].threshold``."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


def parse_path(text: str) -> Path:
    """The path that `dotted` made; no error is possible, a strange text is one strange step."""
    steps: list[str | int] = []
    for piece in text.replace("[", ".[").split("."):
        index = piece[1:-1]
        is_index = piece.startswith("[") and piece.endswith("]") and index.isdigit()
        steps += [int(index) if is_index else piece] if piece else []
    return tuple(steps)


def without_duplicates(findings: Iterable[Finding]) -> list[Finding]:
    """Findings without the second one of a misspelt key: `where` is not missing if it was written `were`."""
    all_findings = list(findings)
    meant_paths = {
        (*finding.path[:-1], word)
        for finding in all_findings
        if finding.code == "S01"
        for word in re.findall("`([^`]+)`", finding.hint)
    }
    return [finding for finding in all_findings if finding.code != "S02" or finding.path not in meant_paths]


def suggest(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """The hint for a word that is not known: the nearest known ones, else `otherwise`, else the list of all known ones.

    Names of a set are sorted, all others keep their order. Empty where nothing is known.
    """
    names = sorted(known) if isinstance(known, Set) else list(known)
    listed = f"use {'one of ' if len(names) > 1 else ''}{', '.join(names)}" if names else ""
    return did_you_mean(word, names).strip() or otherwise or listed


def unknown_reference(
    code: str,
    kind: str,
    name: str,
    known: Iterable[str],
    path: Path,
    otherwise: str = "",
    on: Literal["key", "value"] = "value",
) -> Finding:
    """The finding for a name that refers to nothing.

    kind: of what there is none, such as "account". known: the names that exist; the hint has the nearest of them.
    otherwise: the hint where none is near, such as "add it to accounts"; without it the hint lists all that exist.
    """
    return Finding(code, f"there is no {kind} `{name}`", path, hint=suggest(name, known, otherwise), on=on)


def has_errors(findings: Iterable[Finding]) -> bool:
    """True if anything here stops a build."""
    return any(f.severity is Severity.ERROR for f in findings)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`` did you mean `x`?`` with a leading space, or nothing when no known word is near.

    Of several that are equally near the first three are named: which was meant, only the reader knows.
    """
    import difflib

    candidates: Sequence[str] = sorted(known)
    folded = {name.lower().replace("_", "-"): name for name in candidates}
    folded_word = word.lower().replace("_", "-")
    near = difflib.get_close_matches(folded_word, sorted(folded), n=len(folded) or 1, cutoff=0.6)
    if not near:
        return ""
    # The order of the two matters to the measure: it is the one by which the nearest were found.
    best = difflib.SequenceMatcher(None, near[0], folded_word).ratio()
    alike = sorted(name for name in near if difflib.SequenceMatcher(None, name, folded_word).ratio() == best)
    # Two letters in the wrong order leave the letters what they are.
    alike = [name for name in alike if sorted(name) == sorted(folded_word)] or alike
    *earlier, last = [f"`{folded[name]}`" for name in alike[:_MOST_MEANT]]
    return f" did you mean {', '.join(earlier)} or {last}?" if earlier else f" did you mean {last}?"
