"""DynamoDB's expressions: conditions, key conditions, filters, updates, projections.

Grammar: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html and
Expressions.UpdateExpressions.html. Items and values are as the API has them, `{"S": "text"}`. An expression is compiled
once; tests/simulation/test_expressions.py compares the results with moto's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

from tests.simulation.values import (
    Invalid,
    Item,
    Path,
    Value,
    begins_with,
    comparable,
    contains,
    content_of,
    equal,
    has_type,
    size_of,
    value_at,
)

Values = Mapping[str, Value]
Operand = Callable[[Item, Values], Value | None]
Condition = Callable[[Item, Values], bool]

_TOKEN = re.compile(r"\s*(?:([A-Za-z_][\w-]*|#[\w]+|:[\w]+)|(\d+)|(<>|<=|>=|[=<>()\[\],.+\-]))")
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
_RESERVED = frozenset(ReservedKeywords.get_reserved_keywords())
_KEYWORDS = {"AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE"}
_COMPARATORS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


@dataclass(frozen=True, slots=True)
class Compiled:
    """An expression, and which placeholders it uses: DynamoDB refuses those that nothing uses."""

    result: Any
    names: frozenset[str]
    values: frozenset[str]


def condition(text: str, names: Mapping[str, str] | None = None) -> Compiled:
    """A ConditionExpression, KeyConditionExpression or FilterExpression; `result` is a Condition."""
    return _compiled("condition", text, tuple(sorted((names or {}).items())))


def projection(text: str, names: Mapping[str, str] | None = None) -> Compiled:
    """A ProjectionExpression; `result` is a tuple of top-level attribute names."""
    return _compiled("projection", text, tuple(sorted((names or {}).items())))


@lru_cache(maxsize=2_000)
def _compiled(kind: str, text: str, names: tuple[tuple[str, str], ...]) -> Compiled:
    parser = Parser(text, dict(names))
    return parser.compiled(getattr(parser, kind)())


class Parser:
    """Of one text. used_names, used_values: the placeholders in it."""

    def __init__(self, text: str, names: Mapping[str, str]) -> None:
        self.text, self.names = text, names
        self.tokens: list[str] = []
        self.used_names: set[str] = set()
        self.used_values: set[str] = set()
        self.index = 0
        position = 0
        text = text.rstrip()
        while position < len(text):
            found = _TOKEN.match(text, position)
            if not found:
                raise Invalid(f"Syntax error at {text[position:]!r} in {text!r}")
            self.tokens.append(found.group(0).strip())
            position = found.end()

    def compiled(self, result: Any) -> Compiled:
        """The result, after which nothing may be left of the text."""
        if self.peek():
            raise Invalid(f"Syntax error; token: {self.peek()!r} in {self.text!r}")
        return Compiled(result, frozenset(self.used_names), frozenset(self.used_values))

    def peek(self, ahead: int = 0) -> str:
        place = self.index + ahead
        return self.tokens[place] if place < len(self.tokens) else ""

    def take(self, expected: str | None = None) -> str:
        token = self.peek()
        if not token or (expected and token.upper() != expected):
            raise Invalid(f"Syntax error; token: {token!r}, expected {expected!r} in {self.text!r}")
        self.index += 1
        return token

    def keyword(self, word: str) -> bool:
        if self.peek().upper() == word:
            self.index += 1
            return True
        return False

    def condition(self) -> Condition:
        left = self.conjunction()
        while self.keyword("OR"):
            left = _either(left, self.conjunction())
        return left

    def conjunction(self) -> Condition:
        left = self.negation()
        while self.keyword("AND"):
            left = _both(left, self.negation())
        return left

    def negation(self) -> Condition:
        if self.keyword("NOT"):
            inner = self.negation()
            return lambda item, values: not inner(item, values)
        return self.primary()

    def primary(self) -> Condition:
        if self.peek() == "(":
            self.take("(")
            inner = self.condition()
            self.take(")")
            return inner
        if self.peek(1) == "(" and self.peek().lower() != "size":
            return self.function()
        left = self.operand()
        if self.keyword("BETWEEN"):
            low = self.operand()
            self.take("AND")
            high = self.operand()
            return _both(_compare(">=", left, low), _compare("<=", left, high))
        if self.keyword("IN"):
            return self.membership(left)
        sign = self.take()
        if sign not in ("=", "<>", *_COMPARATORS):
            raise Invalid(f"Syntax error; token: {sign!r} in {self.text!r}")
        return _compare(sign, left, self.operand())

    def membership(self, left: Operand) -> Condition:
        self.take("(")
        options = [self.operand()]
        while self.peek() == ",":
            self.take(",")
            options.append(self.operand())
        self.take(")")
        tests = [_compare("=", left, option) for option in options]
        return lambda item, values: any(test(item, values) for test in tests)

    def function(self) -> Condition:
        name = self.take().lower()
        self.take("(")
        path = self.path()
        if name in ("attribute_exists", "attribute_not_exists"):
            self.take(")")
            wanted = name == "attribute_exists"
            return lambda item, _values: (value_at(item, path) is not None) is wanted
        if name not in ("begins_with", "contains", "attribute_type"):
            raise Invalid(f"Invalid function name; function: {name}")
        self.take(",")
        argument = self.operand()
        self.take(")")
        test = {"begins_with": begins_with, "contains": contains, "attribute_type": has_type}[name]
        return lambda item, values: test(value_at(item, path), argument(item, values))

    def operand(self) -> Operand:
        token = self.peek()
        if token.startswith(":"):
            return self.placeholder()
        if token.lower() == "size" and self.peek(1) == "(":
            self.take()
            self.take("(")
            measured = self.path()
            self.take(")")
            return lambda item, _values: size_of(value_at(item, measured))
        path = self.path()
        return lambda item, _values: value_at(item, path)

    def placeholder(self) -> Operand:
        token = self.take()
        if not token.startswith(":"):
            raise Invalid(f"Syntax error; token: {token!r} in {self.text!r}")
        self.used_values.add(token)
        return lambda _item, values: values[token]

    def path(self) -> Path:
        parts: list[str | int] = [self.name()]
        while self.peek() in (".", "["):
            if self.take() == ".":
                parts.append(self.name())
            else:
                parts.append(int(self.take()))
                self.take("]")
        return tuple(parts)

    def name(self) -> str:
        token = self.take()
        if token.startswith("#"):
            self.used_names.add(token)
            if token not in self.names:
                raise Invalid(f"An expression attribute name used in the document path is not defined: {token}")
            return self.names[token]
        if token.upper() in _KEYWORDS or not (token[0].isalpha() or token[0] == "_"):
            raise Invalid(f"Syntax error; token: {token!r} in {self.text!r}")
        if token.upper() in _RESERVED:
            raise Invalid(f"Attribute name is a reserved keyword; reserved keyword: {token}")
        return token

    def projection(self) -> tuple[str, ...]:
        paths = [self.path()]
        while self.peek() == ",":
            self.take(",")
            paths.append(self.path())
        return tuple(str(path[0]) for path in paths)


def _either(left: Condition, right: Condition) -> Condition:
    return lambda item, values: left(item, values) or right(item, values)


def _both(left: Condition, right: Condition) -> Condition:
    return lambda item, values: left(item, values) and right(item, values)


def _compare(sign: str, left: Operand, right: Operand) -> Condition:
    if sign in ("=", "<>"):
        wanted = sign == "="
        return lambda item, values: equal(left(item, values), right(item, values)) is wanted
    compare = _COMPARATORS[sign]

    def test(item: Item, values: Values) -> bool:
        a, b = left(item, values), right(item, values)
        if a is None or b is None:
            return False
        (kind, x), (other, y) = content_of(a), content_of(b)
        return kind == other and kind in ("S", "N", "B") and compare(comparable(kind, x), comparable(kind, y))

    return test
