"""Metrics Insights queries read: `SELECT AVG(CPUUtilization) FROM "AWS/EC2" WHERE InstanceType != 't3.nano'`.

Keywords may be written small, names may not. What the language has and a computer without AWS can not know (tags
of resources, accounts of metrics) is read as well, and remembered as a reason for having no value.

The list of reserved words, which want double quotes as names, is not followed: it has Class, Resource and
Service, and the guide's own queries use them without.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from generator.evaluate.math.tokens import CannotEvaluate, UnreadableExpression
from generator.findings import did_you_mean
from generator.token_reader import END, TokenReader, tokenize

FUNCTIONS = ("AVG", "COUNT", "MAX", "MIN", "SUM")
MOST_SERIES = 500

_TOKEN = re.compile(
    r"""(?P<word>[A-Za-z0-9_]+)
      | (?P<name>"(?:[^"\\]|\\.)*")
      | (?P<text>'(?:[^'\\]|\\.)*')
      | (?P<symbol>!=|[=(),.])""",
    re.ASCII | re.DOTALL | re.VERBOSE,
)
_BEGINNING = re.compile(r"[ \t\r\n]*(?:SELECT\b|(?i:select)[ \t\r\n]+[A-Za-z]+[ \t\r\n]*\()", re.ASCII)
_BLANKS = re.compile(r"\s+", re.ASCII)
_LONGEST_GUESS = 60


@dataclass(frozen=True, slots=True)
class LabelCondition:
    """A label that has to have a value, or has to have another one."""

    label: str
    is_equal: bool
    value: str
    position: int


@dataclass(frozen=True, slots=True)
class Selection:
    """A query that has been read.

    labels: of SCHEMA, all the dimensions that a metric has to have; None without SCHEMA. groups: the labels
    of GROUP BY. order: the function of ORDER BY, or nothing. outside: what it needs AWS for.
    """

    source: str
    function: str
    metric: str
    namespace: str
    labels: frozenset[str] | None = None
    conditions: tuple[LabelCondition, ...] = ()
    groups: tuple[str, ...] = ()
    order: str = ""
    is_descending: bool = False
    limit: int = MOST_SERIES
    outside: CannotEvaluate | None = None


def is_query(source: str) -> bool:
    """Whether an expression is a Metrics Insights query and not metric math."""
    return _BEGINNING.match(source) is not None


def read_query(source: str) -> Selection:
    """Read a whole query; raises Refused."""
    return _QueryReader(source).selection()


def _unknown_character(source: str, position: int) -> UnreadableExpression:
    character = source[position]
    if character in "\"'":
        return UnreadableExpression("this quote is never closed", position, f"close it with another {character}")
    hints = dict.fromkeys("<>", 'compare with "=" or "!="')
    hint = hints.get(character, "put names with other characters in double quotes, values in single quotes")
    return UnreadableExpression(f'"{character}" is not part of a query', position, hint)


class _QueryReader(TokenReader):
    """One pass through a query: its clauses in their order."""

    def __init__(self, source: str) -> None:
        super().__init__(tokenize(source, _TOKEN, _unknown_character, _BLANKS))
        self._source = source
        self._outside: CannotEvaluate | None = None

    def selection(self) -> Selection:
        self._keyword("SELECT")
        function = self._function("AVG, COUNT, MAX, MIN or SUM of a metric")
        self._symbol("(")
        metric = self._name("the name of a metric")
        self._symbol(")")
        self._keyword("FROM")
        has_schema = self.follows(("word", "schema"), ("symbol", "("))
        namespace, labels = self._schema() if has_schema else (self._name("a namespace"), None)
        conditions = self._conditions() if self.accept("word", "where") else ()
        groups = self._groups() if self.accept("word", "group") else ()
        order, is_descending = self._order() if self.accept("word", "order") else ("", False)
        limit = self._limit() if self.accept("word", "limit") else MOST_SERIES
        if self.current.kind != END:
            raise self._unexpected("WHERE, GROUP BY, ORDER BY, LIMIT (in this order) or the end")
        clauses = (conditions, groups, order, is_descending, limit, self._outside)
        return Selection(self._source, function, metric, namespace, labels, *clauses)

    def _keyword(self, word: str) -> None:
        if not self.accept("word", word.lower()):
            raise self._unexpected(word)

    def _symbol(self, symbol: str) -> None:
        if not self.accept("symbol", symbol):
            raise self._unexpected(f'"{symbol}"')

    def _unexpected(self, expected: str, hint: str = "") -> UnreadableExpression:
        token = self.current
        if token.kind == "word" and token.text.upper() in ("OR", "NOT", "IN", "LIKE"):
            hint = "use only =, != and AND in WHERE"
        if token.kind == "word" and not hint:
            hint = did_you_mean(token.text[:_LONGEST_GUESS], ("FROM", "WHERE", "GROUP", "ORDER", "LIMIT")).strip()
        actual = "the end of the query" if token.kind == END else f'"{token.value}"'
        return UnreadableExpression(f"expected {expected}, got {actual}", token.position, hint)

    def _function(self, expected: str) -> str:
        function = self.current.text.upper()
        if self.current.kind != "word" or function not in FUNCTIONS:
            hint = "percentiles and other statistics are not in Metrics Insights" if self.current.kind == "word" else ""
            raise self._unexpected(expected, hint)
        self.step()
        return function

    def _name(self, expected: str) -> str:
        if self.current.kind not in ("word", "name"):
            hint = "put names in double quotes, values in single quotes" if self.current.kind == "text" else ""
            raise self._unexpected(expected, hint)
        return self.step().value

    def _schema(self) -> tuple[str, frozenset[str]]:
        self.step()
        self.step()
        namespace = self._name("a namespace")
        labels: list[str] = []
        while self.accept("symbol", ","):
            labels.append(self._name("the name of a dimension"))
        self._symbol(")")
        return namespace, frozenset(labels)

    def _label(self) -> str:
        """A dimension, or `tag.name` or `AWS.AccountId`, which are known to AWS only."""
        start = self.current
        label = self._name("the name of a dimension")
        if start.kind != "word" or not self.accept("symbol", "."):
            return label
        rest = self._name("a name behind the point")
        reasons = {
            "TAG": "the tags of resources are known to AWS only",
            "AWS": "which account a metric is of is not known",
        }
        if start.text.upper() not in reasons:
            raise UnreadableExpression(
                "a name with a point needs double quotes", start.position, f'write "{label}.{rest}"'
            )
        self._outside = self._outside or CannotEvaluate(reasons[start.text.upper()], start.position)
        return f"{label}.{rest}"

    def _conditions(self) -> tuple[LabelCondition, ...]:
        conditions = [self._condition()]
        while self.accept("word", "and"):
            conditions.append(self._condition())
        return tuple(conditions)

    def _condition(self) -> LabelCondition:
        position = self.current.position
        label = self._label()
        is_equal = self.accept("symbol", "=")
        if not is_equal and not self.accept("symbol", "!="):
            raise self._unexpected('"=" or "!="')
        return LabelCondition(label, is_equal, self._value(label), position)

    def _value(self, label: str) -> str:
        token = self.current
        if label.upper() == "AWS.ACCOUNTID" and token.kind == "word":  # CURRENT_ACCOUNT_ID(), or a bare number
            self.step()
            if self.accept("symbol", "("):
                self._symbol(")")
            return token.text
        if token.kind != "text":
            raise self._unexpected("a value", f"put values in single quotes: '{token.value}'")
        return self.step().value

    def _groups(self) -> tuple[str, ...]:
        self._keyword("BY")
        groups = [self._label()]
        while self.accept("symbol", ","):
            groups.append(self._label())
        return tuple(groups)

    def _order(self) -> tuple[str, bool]:
        self._keyword("BY")
        function = self._function("AVG(), COUNT(), MAX(), MIN() or SUM()")
        self._symbol("(")
        self._symbol(")")
        is_descending = self.accept("word", "desc")
        if not is_descending:
            self.accept("word", "asc")
        return function, is_descending

    def _limit(self) -> int:
        token = self.current
        number = int(token.text) if token.kind == "word" and token.text.isdecimal() and len(token.text) < 9 else 0
        if not 1 <= number <= MOST_SERIES:
            raise self._unexpected(f"a number from 1 to {MOST_SERIES}")
        self.step()
        return number
