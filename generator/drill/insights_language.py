"""As much of the query language of Logs Insights as agents ask in, played: fields, filter, display, sort, limit, stats.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

Fields = dict[str, Any]
Value = Callable[[Fields], Any]
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)|"(?P<string>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)'"""
    r"""|/(?P<pattern>(?:[^/\\]|\\.)+)/|(?P<name>[@A-Za-z_][\w.]*)|(?P<sign><=|>=|!=|=~|[<>=(),*]))"""
)
MOST_RESULTS = 10_000


class Malformed(Exception):
    """A query that Logs Insights would not take."""


@dataclass
class Program:
    """A query, ready to run. chosen: which lines match. made: fields that are made of others, in their order."""

    steps: list[Callable[[Fields], bool]] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    sort: tuple[str, bool] | None = None
    limit: int = 1_000
    stats: list[tuple[str, str, Value]] = field(default_factory=list)
    by: list[str] = field(default_factory=list)

    def run(self, lines: Iterable[Fields]) -> tuple[list[Fields], int]:
        """The rows, and how many lines matched."""
        matched = [line for line in lines if all(step(line) for step in self.steps)]
        rows = self._grouped(matched) if self.stats else matched
        if self.sort:
            rows.sort(key=lambda row: row.get(self.sort[0], 0) if self.sort else 0, reverse=self.sort[1])
        shown = [name for name, _, _ in self.stats] + self.by if self.stats else self.shown
        return [{name: row[name] for name in shown if name in row} for row in rows[: self.limit]], len(matched)

    def _grouped(self, matched: list[Fields]) -> list[Fields]:
        groups: dict[tuple[Any, ...], list[Fields]] = {}
        for line in matched:
            groups.setdefault(tuple(line.get(name) for name in self.by), []).append(line)
        return [
            {**dict(zip(self.by, key, strict=True)), **{name: _folded(how, of, lines) for name, how, of in self.stats}}
            for key, lines in groups.items()
        ]


def parse(text: str, limit: int | None = None) -> Program:
    """The program of a query. limit: of the request; one in the text is stronger. Raises Malformed."""
    program = Program(limit=min(limit or 1_000, MOST_RESULTS))
    for command in _commands(text):
        tokens = _Tokens(command)
        name = tokens.take("name").lower()
        if name not in _COMMANDS:
            raise Malformed(f"mismatched input '{name}' expecting {{K_PARSE, K_FIELDS, K_DISPLAY, K_FILTER, K_STATS}}")
        _COMMANDS[name](program, tokens)
        tokens.end()
    return program


def _fields(program: Program, tokens: _Tokens) -> None:
    while True:
        at = tokens.at
        value = _either(tokens)
        if tokens.is_next("name", "as"):
            tokens.take("name")
            name = tokens.take("name")
            program.steps.append(_assign(name, value))
        else:
            name = tokens.tokens[at][1]
        if name not in program.shown:
            program.shown.append(name)
        if not tokens.is_next("sign", ","):
            return
        tokens.take("sign")


def _assign(name: str, value: Value) -> Callable[[Fields], bool]:
    def step(line: Fields) -> bool:
        line[name] = value(line)
        return True

    return step


def _filter(program: Program, tokens: _Tokens) -> None:
    value = _either(tokens)
    program.steps.append(lambda line: bool(value(line)))


def _display(program: Program, tokens: _Tokens) -> None:
    program.shown = []
    _fields(program, tokens)


def _sort(program: Program, tokens: _Tokens) -> None:
    name = tokens.take("name")
    order = tokens.take("name") if not tokens.is_done else "asc"
    program.sort = (name, order == "desc")


def _limit(program: Program, tokens: _Tokens) -> None:
    program.limit = min(int(tokens.take("number")), MOST_RESULTS)


def _stats(program: Program, tokens: _Tokens) -> None:
    while True:
        how = tokens.take("name")
        tokens.take("sign", "(")
        if tokens.is_next("sign", "*"):
            tokens.take("sign")
            value: Value = _one
        else:
            value = _either(tokens)
        tokens.take("sign", ")")
        tokens.take("name", "as")
        program.stats.append((tokens.take("name"), how, value))
        if not tokens.is_next("sign", ","):
            break
        tokens.take("sign")
    if tokens.is_next("name", "by"):
        tokens.take("name")
        program.by.append(tokens.take("name"))
        while tokens.is_next("sign", ","):
            tokens.take("sign")
            program.by.append(tokens.take("name"))


_COMMANDS: dict[str, Callable[[Program, _Tokens], None]] = {
    "fields": _fields,
    "filter": _filter,
    "display": _display,
    "sort": _sort,
    "limit": _limit,
    "stats": _stats,
}


def _one(_line: Fields) -> int:
    return 1


def _folded(how: str, of: Value, lines: list[Fields]) -> int:
    values = [of(line) for line in lines]
    if how == "count":
        return len(values)
    if how == "sum":
        return int(sum(values))
    return int(min(values) if how == "min" else max(values))


def _either(tokens: _Tokens) -> Value:
    value = _both(tokens)
    while tokens.is_next("name", "or"):
        tokens.take("name")
        value = _joined(value, _both(tokens), is_or=True)
    return value


def _both(tokens: _Tokens) -> Value:
    value = _negated(tokens)
    while tokens.is_next("name", "and"):
        tokens.take("name")
        value = _joined(value, _negated(tokens), is_or=False)
    return value


def _joined(left: Value, right: Value, *, is_or: bool) -> Value:
    if is_or:
        return lambda line: left(line) or right(line)
    return lambda line: left(line) and right(line)


def _negated(tokens: _Tokens) -> Value:
    if tokens.is_next("name", "not"):
        tokens.take("name")
        value = _negated(tokens)
        return lambda line: not value(line)
    return _compared(tokens)


def _compared(tokens: _Tokens) -> Value:
    left = _operand(tokens)
    if tokens.is_next("name", "like") or tokens.is_next("sign", "=~"):
        tokens.advance()
        return _like(left, tokens)
    for sign, compare in _COMPARISONS.items():
        if tokens.is_next("sign", sign):
            tokens.advance()
            return _comparison(compare, left, _operand(tokens))
    return left


def _comparison(compare: Callable[[Any, Any], bool], left: Value, right: Value) -> Value:
    return lambda line: compare(left(line), right(line))


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "=": lambda a, b: a == b,
}


def _like(left: Value, tokens: _Tokens) -> Value:
    """A pattern, remembered by the text: lines of a storm are the same."""
    kind, text = tokens.advance()
    pattern = re.compile(text if kind == "pattern" else re.escape(text))
    known: dict[str, bool] = {}

    def value(line: Fields) -> bool:
        looked = str(left(line))
        position = known.get(looked)
        if position is None:
            position = known[looked] = pattern.search(looked) is not None
        return position

    return value


def _operand(tokens: _Tokens) -> Value:
    kind, text = tokens.advance()
    if kind == "number":
        number = float(text) if "." in text else int(text)
        return lambda _line: number
    if kind in ("string", "single"):
        return lambda _line: text
    if kind == "sign" and text == "(":
        value = _either(tokens)
        tokens.take("sign", ")")
        return value
    if kind != "name":
        raise Malformed(f"unexpected '{text}'")
    if not tokens.is_next("sign", "("):
        return lambda line: line.get(text, "")
    tokens.take("sign")
    arguments = [_either(tokens)]
    while tokens.is_next("sign", ","):
        tokens.take("sign")
        arguments.append(_either(tokens))
    tokens.take("sign", ")")
    return _call(text, arguments)


def _call(name: str, arguments: list[Value]) -> Value:
    """toMillis: of a time, which is milliseconds in here. substr: from, length. strcontains: 1 or 0."""
    first = arguments[0]
    if name == "toMillis":
        return first
    if name == "substr":
        start, length = arguments[1], arguments[2]
        return lambda line: str(first(line))[start(line) : start(line) + length(line)]
    if name == "strcontains":
        part = arguments[1]
        return lambda line: int(part(line) in str(first(line)))
    raise Malformed(f"unknown function {name}")


@dataclass
class _Tokens:
    text: str
    tokens: list[tuple[str, str]] = field(default_factory=list)
    at: int = 0

    def __post_init__(self) -> None:
        at = 0
        while self.text[at:].strip():
            token = _TOKEN.match(self.text, at)
            if token is None:
                raise Malformed(f"unexpected '{self.text[at : at + 20]}'")
            self.tokens.append((str(token.lastgroup), token[str(token.lastgroup)]))
            at = token.end()

    @property
    def is_done(self) -> bool:
        """True if nothing is left."""
        return self.at >= len(self.tokens)

    def is_next(self, kind: str, text: str) -> bool:
        """True if this comes next."""
        return not self.is_done and self.tokens[self.at] == (kind, text)

    def advance(self) -> tuple[str, str]:
        """The next token, which is consumed."""
        if self.is_done:
            raise Malformed("unexpected end of the query")
        self.at += 1
        return self.tokens[self.at - 1]

    def take(self, kind: str, text: str = "") -> str:
        """The text of the next token, which has to be this."""
        token = self.advance()
        if token[0] != kind or (text and token[1] != text):
            raise Malformed(f"unexpected '{token[1]}'")
        return token[1]

    def end(self) -> None:
        """Nothing may be left."""
        if not self.is_done:
            raise Malformed(f"unexpected '{self.tokens[self.at][1]}'")


def _commands(text: str) -> Iterator[str]:
    """The commands between the pipes outside strings and patterns; without comments."""
    part = r"""(?:#[^\n]*|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|/(?:[^/\\]|\\.)+/|[^|"'/#])"""
    for command in re.findall(rf"(?:{part})+", text):
        bare = re.sub(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|/(?:[^/\\]|\\.)+/)|#[^\n]*""", r"\1", command)
        if bare.strip():
            yield bare.strip()
