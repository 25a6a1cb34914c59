"""Filter patterns over log lines that are JSON, all of the line: `{ $.level = "ERROR" && $.latency > 500 }`.

A selector that leads nowhere makes every comparison false, `!=` included; only `NOT EXISTS` holds there. That
and the array rule (neither `=` nor `!=` holds for an array or object) are the two surprises of this family.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html (JSON log events)
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, NoReturn

from generator.evaluate.patterns.guess import has_field, has_field_with, has_text_value
from generator.evaluate.patterns.logic import guess_all, read_expression, unexpected
from generator.evaluate.patterns.reader import BLANKS, FieldCondition, Guess, Reader, Rejected, Test
from generator.evaluate.patterns.values import at_operator, read_comparison

_WILDCARDS_PER_PATTERN = 3
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_INDEX = re.compile(r"\[([0-9]{1,9})\]")
_BRACKETED_NAME = re.compile(r"\['([^']*)'\]")

_MISSING: Final = object()
_NOT_JSON: Final = object()

_IS: dict[str, object] = {"NULL": None, "TRUE": True, "FALSE": False}


class _Wildcard(Enum):
    """A step to every child at once."""

    FIELDS = ".*"
    ELEMENTS = "[*]"


_Step = str | int | _Wildcard


@dataclass(frozen=True, slots=True)
class _Selector:
    """The way from the root of a document to a value: field names, array indexes and at most one wildcard."""

    steps: tuple[_Step, ...]

    @property
    def wildcards(self) -> int:
        """How many of the steps are wildcards; CloudWatch allows one."""
        return sum(isinstance(step, _Wildcard) for step in self.steps)


def compile_json(pattern: str) -> tuple[Callable[[str], bool], int]:
    """Compile a JSON pattern to a test of one log line; and the number of regexes in it."""
    family = _JsonPattern(pattern)
    condition = family.read()
    holds, guess = condition.holds, condition.guess

    def matches(line: str) -> bool:
        latest, document = _latest
        if latest is not line:
            if guess and "\\" not in line and not guess(line):
                return False
            document = _decoded(line)
        return document is not _NOT_JSON and holds(document)

    return matches, family.regexes


def compile_value(expression: str) -> Callable[[str], object] | None:
    """Compile a selector that stands alone, as in a metric value, to what finds its value in a line: None for no value.

    None if it is no selector, or one with a wildcard: which of its values would be the metric's?
    """
    reader = Reader(expression)
    try:
        selector = _read_selector(reader)
    except Rejected:
        return None
    if reader.next() or selector.wildcards:
        return None
    find = _single(selector)

    def value(line: str) -> object:
        selected = find(_decoded(line))
        return None if selected is _MISSING else selected

    return value


def decode_ahead(line: str) -> None:
    """Decode a line that several patterns are about to be tried on, so that none of them has to guess."""
    _decoded(line)


def _read_selector(reader: Reader) -> _Selector:
    """Read `$` and the steps behind it."""
    start = reader.at
    if not reader.accept("$"):
        raise Rejected("a property selector is missing here", start, "it begins with $. as in $.errorCode")
    steps: list[_Step] = []
    while reader.next() and reader.next() in ".[":
        steps.append(_read_step(reader))
    if not steps:
        hint = "write $.name, or $.['a.name'] for special characters"
        raise Rejected("this selector names no property", start, hint)
    selector = _Selector(tuple(steps))
    if selector.wildcards > 1:
        hint = "name the other step, or compare elements in separate conditions"
        raise Rejected("a selector holds at most one wildcard", start, hint)
    return selector


def _read_step(reader: Reader) -> _Step:
    dotted = reader.accept(".")
    if dotted and reader.accept("*"):
        return _Wildcard.FIELDS
    if not dotted and reader.accept("[*]"):
        return _Wildcard.ELEMENTS
    bracketed = _BRACKETED_NAME.match(reader.text, reader.at)  # the guide writes $.['a.b'], with the point
    index = None if dotted else _INDEX.match(reader.text, reader.at)
    step = bracketed or index
    if step:
        reader.at = step.end()
        return step[1] if bracketed else int(step[1])
    name = reader.take(_NAME) if dotted else ""
    if not name:
        hint = "a step is .name (letters, digits, - and _), ['any name'], [0], [*] or .*"
        raise Rejected("this step of the selector can not be read", reader.at, hint)
    return name


class _JsonPattern:
    """One reading of a pattern: the cursor, and the count of wildcards that the whole pattern shares."""

    def __init__(self, pattern: str) -> None:
        self._reader = Reader(pattern)
        self._wildcards = 0

    @property
    def regexes(self) -> int:
        return self._reader.regexes

    def read(self) -> FieldCondition:
        reader = self._reader
        reader.skip_blanks()
        reader.accept("{")
        condition = read_expression(reader, self._condition)
        if not reader.next():
            raise Rejected('a pattern that begins with "{" ends with "}"', reader.at, 'add "}" at the end')
        if not reader.accept("}"):
            raise unexpected(reader, '"&&", "||" or "}"')
        reader.skip_blanks()
        if reader.next():
            hint = 'join conditions inside, with "&&" or "||"'
            raise Rejected('nothing may follow the closing "}"', reader.at, hint)
        return condition

    def _condition(self, reader: Reader) -> FieldCondition:
        start = reader.at
        selector = _read_selector(reader)
        self._wildcards += selector.wildcards
        if self._wildcards > _WILDCARDS_PER_PATTERN:
            raise Rejected(f"a pattern holds at most {_WILDCARDS_PER_PATTERN} wildcard selectors", start)
        if reader.next() and reader.next() not in BLANKS + "=!<>)}&|":
            hint = "other characters need brackets: $.['a name']"
            raise Rejected(f'"{reader.next()}" is not allowed in a selector', reader.at, hint)
        reader.skip_blanks()
        if at_operator(reader):
            comparison = read_comparison(reader)
            guess = _guess(selector, comparison.holds, comparison.texts)
            return FieldCondition(_on_some_node(selector, comparison.holds), guess)
        position = reader.at
        keyword = reader.word()
        if keyword.upper() == "IS":
            is_constant = _is(reader)
            return FieldCondition(_on_some_node(selector, is_constant), _guess(selector, is_constant))
        if keyword == "NOT":
            return FieldCondition(_not_exists(reader, selector))
        raise _no_condition(keyword, position)


def _is(reader: Reader) -> Test:
    """The operand of IS. The guide has capitals; in any other case it is deployed as well (`is true`)."""
    reader.skip_blanks()
    position = reader.at
    keyword = reader.word().upper()
    if keyword not in _IS:
        hint = "IS knows NULL, TRUE and FALSE; IS NOT is not supported"
        raise Rejected("IS is followed by something that CloudWatch Logs does not support", position, hint)
    constant = _IS[keyword]
    return lambda value: value is constant


def _not_exists(reader: Reader, selector: _Selector) -> Test:
    reader.skip_blanks()
    position = reader.at
    if reader.word() != "EXISTS":
        raise Rejected("NOT stands only before EXISTS", position, "write $.field NOT EXISTS, or use !=")
    exists = _on_some_node(selector, lambda value: value is not _MISSING)
    return lambda document: not exists(document)


def _no_condition(keyword: str, position: int) -> Rejected:
    if keyword == "EXISTS":
        hint = "for any string or number write $.field = *"
        return Rejected("EXISTS is only supported as NOT EXISTS", position, hint)
    if keyword.upper() in ("NOT", "EXISTS"):
        return Rejected("keywords are written in capitals", position, f"write {keyword.upper()}")
    hint = "continue with = != < > <= >=, IS NULL, IS TRUE, IS FALSE or NOT EXISTS"
    return Rejected("the selector before this is compared with nothing", position, hint)


def _on_some_node(selector: _Selector, test: Test) -> Test:
    """The test on the selected value; with a wildcard, some value has to pass, not every one.

    AWS says "any array element", which leaves open what `!=` means there; here it is not special.
    """
    if selector.wildcards:
        every = _several(selector)
        return lambda document: any(map(test, every(document)))
    only = _single(selector)
    return lambda document: test(only(document))


def _guess(selector: _Selector, test: Test, texts: Sequence[str] = ()) -> Guess | None:
    """What can be said of a condition without decoding a line; texts: one of them is in every value that passes."""
    names = [step for step in selector.steps if isinstance(step, str)]
    last = has_field_with(names.pop(), test) if isinstance(selector.steps[-1], str) else None
    return guess_all([has_text_value(texts), *map(has_field, names), last])


def _single(selector: _Selector) -> Callable[[object], object]:
    steps = selector.steps
    if len(steps) == 1 and isinstance(steps[0], str):
        (name,) = steps
        return lambda document: document.get(name, _MISSING) if type(document) is dict else _MISSING

    def walk(node: object) -> object:
        for step in steps:
            if isinstance(step, str) and isinstance(node, dict):
                node = node.get(step, _MISSING)
            elif isinstance(step, int) and isinstance(node, list) and step < len(node):
                node = node[step]
            else:
                return _MISSING
        return node

    return walk


def _several(selector: _Selector) -> Callable[[object], Iterator[object]]:
    at = next(at for at, step in enumerate(selector.steps) if isinstance(step, _Wildcard))
    to_parent = _single(_Selector(selector.steps[:at]))
    from_child = _single(_Selector(selector.steps[at + 1 :]))
    takes_fields = selector.steps[at] is _Wildcard.FIELDS

    def walk(document: object) -> Iterator[object]:
        parent = to_parent(document)
        if takes_fields and isinstance(parent, dict):
            return map(from_child, parent.values())
        if not takes_fields and isinstance(parent, list):
            return map(from_child, parent)
        return iter(())

    return walk


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is valid in Python's JSON only")


_decoder = json.JSONDecoder(parse_constant=_refuse_constant)


_latest: tuple[str, object] = ("", _NOT_JSON)
"""The line that was decoded last: the filters of a log group are tried on a line one after the other."""


def _decoded(line: str) -> object:
    """The line as a JSON object or array, or the mark that it is none.

    A Lambda text line (time, tab, request id, tab, object) is none, and neither is a bare number or string.
    """
    global _latest
    latest, document = _latest
    if latest is not line:
        document = _read(line)
        _latest = line, document
    return document


def _read(line: str) -> object:
    text = line.strip(BLANKS)
    if not text.startswith(("{", "[")):
        return _NOT_JSON
    try:
        document, end = _decoder.raw_decode(text)
    except (ValueError, RecursionError):  # no JSON, or nested deeper than Python can read
        return _NOT_JSON
    return document if end == len(text) else _NOT_JSON
