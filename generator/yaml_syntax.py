"""PyYAML with a limit of depth that is ours, and what it says about text that is not YAML, in words for the writer.

The loader is a parameter only so that tests can hold PyYAML's two parsers against each other; obsgen uses the C one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import yaml

from generator.findings import Finding, Mark

# The libyaml of PyYAML 6.0.4 (0.2.6) refuses the 1,000th level. Its scanner reads ahead, so the error can come before
# the events of the first levels.
_LIBYAML_LIMIT = "exceeded maximum nesting depth"


class NestingError(Exception):
    """A text is nested more deeply than allowed. mark: of the first collection that is too deep."""

    def __init__(self, mark: Mark) -> None:
        super().__init__(mark)
        self.mark = mark


def nesting_finding(limit: int, mark: Mark) -> Finding:
    """The finding (Y05) for nesting of more than `limit` levels."""
    return Finding("Y05", f"nested more than {limit} levels deep", mark=mark)


def mark_of(node: yaml.Node | yaml.Event) -> Mark:
    """The beginning of a node or an event, counted from 1."""
    start = node.start_mark
    return Mark(start.line + 1, start.column + 1) if start else Mark(1, 1)


def compose(text: str, limit: int, loader: Any = yaml.CSafeLoader) -> yaml.Node | None:
    """The node tree of a text; None for an empty one. limit: how many collections may be around another, the
    document's own not counted.

    Raises NestingError at the first value within a collection that is nested more deeply, and yaml.YAMLError where the
    text is not YAML. No tag of the text is ever turned into an object.
    """
    # PyYAML's composers recurse for each level, so the depth is bounded while they run, not afterwards.
    bounded = type("Bounded", (_Bounded, loader), {"limit": limit})
    try:
        return _root(bounded(text))
    except yaml.MarkedYAMLError as error:
        _root(bounded(_text_before(error, text)))
        raise


def events(text: str, loader: Any = yaml.CSafeLoader) -> Iterator[yaml.Event]:
    """The parser's events. Where libyaml refuses the depth, first all that come before; then what it raised."""
    count = 0
    try:
        for event in yaml.parse(text, Loader=loader):
            count += 1
            yield event
    except yaml.MarkedYAMLError as error:
        for number, event in enumerate(yaml.parse(_text_before(error, text), Loader=loader)):
            if number >= count:
                yield event
        raise


def _root(reader: Any) -> yaml.Node | None:
    try:
        root: yaml.Node | None = reader.get_single_node()
        return root
    finally:
        reader.dispose()


def _text_before(error: yaml.MarkedYAMLError, text: str) -> str:
    """The text before the level that libyaml refused. Raises the error where it is another."""
    if _LIBYAML_LIMIT not in str(error.problem) or error.problem_mark is None:
        raise error
    return text[: error.problem_mark.index]


class _Bounded:
    """Mixed into a loader: counts the collections around a node, and stops past the limit.

    Both of PyYAML's composers call the two methods before and after each node.
    """

    limit: int
    depth = -1

    def descend_resolver(self, parent: yaml.Node | None, index: Any) -> None:
        del index
        self.depth += 1
        if parent is not None and self.depth > self.limit + 1:
            raise NestingError(mark_of(parent))

    def ascend_resolver(self) -> None:
        self.depth -= 1


# libyaml stops a few lines after the marker of a conflict.
_NEAR = 3


def syntax_error(line_of: Callable[[int], str], error: yaml.MarkedYAMLError) -> Finding:
    """The finding for text that the parser could not read (Y02). `line_of`: the text of a line, counted from 1."""
    problem, context = str(error.problem or ""), str(error.context or "")
    never_closed = "flow" in context and "did not find expected ','" in problem
    place = error.context_mark if never_closed else error.problem_mark or error.context_mark
    mark = Mark(place.line + 1, place.column + 1) if place else Mark(1, 1)
    if never_closed:
        return Finding("Y02", "not YAML: this bracket is not closed, or a comma is missing in it", mark=mark)
    if "another document" in problem:
        return Finding(
            "Y02", "a second YAML document starts here", mark=mark, hint="one file, one document: remove ---"
        )
    near = [(number, line_of(number)) for number in range(max(1, mark.line - _NEAR), mark.line + 2)]
    conflict = next((number for number, line in near if re.match(r"(<{7}|={7}|>{7})( |$)", line)), 0)
    if conflict:
        message = "not YAML: a marker of a merge conflict"
        return Finding(
            "Y02", message, mark=Mark(conflict, 1), hint="settle the conflict, and remove <<<<<<<, ======= and >>>>>>>"
        )
    alias = re.search(r"undefined alias", problem) and re.search(
        r"\*([^\s,\]}]+)", line_of(mark.line)[mark.column - 1 :]
    )
    if alias:
        message = f"not YAML: no anchor `&{alias[1]}` before this"
        return Finding(
            "Y02", message, mark=mark, hint=f"define it with &{alias[1]} further up, or quote the text: '*{alias[1]}'"
        )
    hint = _hint(line_of(mark.line))
    return Finding("Y02", f"not YAML: {problem or context}", mark=mark, hint=hint)


def _hint(line: str) -> str:
    """The hint for usual values that YAML cannot read without quotes."""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "indent with spaces; YAML forbids tabs"
    comparison = re.search(r":\s*([<>]=?\s*[\d.]+)", line)
    if comparison:
        return f'quote it: "{comparison.group(1)}" (a bare > starts a block of text in YAML)'
    special = re.search(r":\s+([%@`*&!\[{\"'].*)$", line)
    if special:
        return f"quote the value: '{special.group(1).strip()}'"
    return ""
