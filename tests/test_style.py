"""Texts and names: docs/style.md bans words in both, and their counts in tests/style.txt may only fall.

`python -m tests.test_style` records counts that fell; it never records more.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from generator.cli.collector import without_collector
from tests.support import ROOT

COUNTS = ROOT / "tests" / "style.txt"
BANNED = {
    "tell": r"tells?|told|telling",
    "hear": r"hears?|heard",
    "nobody": r"nobody|somebody|everybody|whoever|whomever",
    "stand": r"stands?(?!-ins?)|stood",
    "mend": r"mends?|mended|mending",
    "anew": r"anew",
    "for ever": r"for ever",
    "in vain": r"in vain",
    "look at": r"look(?:s|ed|ing)? at",
    "lie": r"lies? in",
    "simply": r"simply|easily|easy",
}
PATTERNS = {word: re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE) for word, pattern in BANNED.items()}
STYLE_PAGE = ROOT / "docs" / "style.md"
# The page has the names in one sentence, after "are counted, too".
_NAMES = STYLE_PAGE.read_text(encoding="utf-8").partition("are counted, too:")[2].partition(".")[0]
BANNED_NAMES = frozenset(re.findall(r"`(\w+)`", _NAMES))
PLUG_INS = {"Sink", "Vendor"}
NOT_COUNTED = {
    STYLE_PAGE,
    ROOT / "docs" / "cli.md",
    ROOT / "docs" / "wake-up.md",
}  # the last two are made from the code


def is_command(node: ast.AST) -> bool:
    """Whether a function's docstring is help that click prints."""
    return isinstance(node, ast.FunctionDef) and any(
        isinstance(part, ast.Attribute) and part.attr in {"command", "group"}
        for decorator in node.decorator_list
        for part in ast.walk(decorator)
    )


def texts(nodes: list[ast.AST]) -> Iterator[str]:
    """The strings of a module that people may read: those of several words, and the help of commands."""
    docstrings = {id(docstring) for docstring in _docstrings(nodes)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            is_prose = " " in node.value.strip() and id(node) not in docstrings
            yield from [node.value] if is_prose else []


def _docstrings(nodes: list[ast.AST]) -> Iterator[ast.expr]:
    for node in nodes:
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and node.body and not is_command(node):
            first = node.body[0]
            if isinstance(first, ast.Expr):
                yield first.value


@cache
def modules(folder: str) -> dict[Path, list[ast.AST]]:
    """The nodes of each module of a folder."""
    paths = sorted((ROOT / folder).rglob("*.py"))
    return {path: list(_walk(ast.parse(path.read_text(encoding="utf-8")))) for path in paths}


def _walk(tree: ast.Module) -> Iterator[ast.AST]:
    """As ast.walk, without what says only how a name is used, and without operators: half of all nodes."""
    nodes: list[ast.AST] = [tree]
    for node in nodes:
        for field in node._fields:
            value = getattr(node, field, None)
            if type(value) is list:
                nodes += [part for part in value if isinstance(part, ast.AST)]
            elif isinstance(value, ast.AST) and field not in ("ctx", "op"):
                nodes.append(value)
    yield from nodes


def areas() -> Iterator[tuple[str, str]]:
    """Each area with each of its texts."""
    for folder in ("generator", "handlers"):
        yield from ((folder, text) for nodes in modules(folder).values() for text in texts(nodes))
        for path in sorted((ROOT / folder).rglob("*.yaml")):
            yield folder, path.read_text(encoding="utf-8")
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        if path not in NOT_COUNTED and path.parent.name not in {"decisions", "checks"}:
            yield "docs", path.read_text(encoding="utf-8")


def names(nodes: list[ast.AST]) -> Iterator[str]:
    """The names that a module gives: of functions, classes, parameters and variables."""
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs)):
            yield node.name or ""


@cache
def counts() -> dict[str, int]:
    """`area: word` to how often it is there."""
    # Millions of nodes, all of which stay: the collector would go through them again and again.
    with without_collector():
        return _counts()


def _counts() -> dict[str, int]:
    counter: Counter[str] = Counter(
        {f"{area}: {word}": 0 for area in ("docs", "generator", "handlers") for word in BANNED}
    )
    for area, text in areas():
        for word, pattern in PATTERNS.items():
            counter[f"{area}: {word}"] += len(pattern.findall(text))
    for folder in ("generator", "handlers"):
        bound = [name.lower().strip("_") for nodes in modules(folder).values() for name in names(nodes)]
        counter[f"{folder}: banned names"] = sum(name in BANNED_NAMES for name in bound)
    classes = Counter(
        node.name
        for path, nodes in modules("generator").items()
        if path.name != "openapi_models.py"  # these names are those of the API's schemas
        for node in nodes[0].body  # type: ignore[attr-defined]
        if isinstance(node, ast.ClassDef)
    )
    shared = [
        name for name, count in classes.items() if count > 1 and not name.startswith("_") and name not in PLUG_INS
    ]
    counter["generator: class names of several classes"] = len(shared)
    return dict(sorted(counter.items()))


def recorded() -> dict[str, int]:
    """The counts as they were written down."""
    lines = COUNTS.read_text(encoding="utf-8").splitlines()
    return {key: int(count) for key, _, count in (line.rpartition(" ") for line in lines)}


def test_no_text_has_more_banned_words_than_were_recorded() -> None:
    before = recorded()
    more = {key: f"{before[key]} -> {count}" for key, count in counts().items() if count > before[key]}
    assert not more, "docs/style.md says what to write instead"


def test_a_text_that_became_better_is_recorded() -> None:
    now = counts()
    assert {key: count for key, count in recorded().items() if count > now[key]} == {}, "python -m tests.test_style"


def test_the_words_of_the_page_are_those_that_are_counted() -> None:
    page = STYLE_PAGE.read_text(encoding="utf-8")
    for word, pattern in PATTERNS.items():
        assert pattern.search(page), word
    assert {"told", "one", "wanted"} < BANNED_NAMES


if __name__ == "__main__":
    before = recorded()
    lines = [f"{key} {min(count, before.get(key, count))}\n" for key, count in counts().items()]
    COUNTS.write_text("".join(lines), encoding="utf-8")
