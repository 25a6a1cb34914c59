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

FUNCTIONS = ("AVG", "COUNT", "MAX", "MIN", "SUM")
MOST_SERIES = 500

_TOKEN = re.compile(
    r"""(?P<word>[A-Za-z0-9_]+)
      | (?P<name>"(?:[^"\\]|\\.)*")
      | (?P<text>'(?:[^'\\]|\\.)*')
      | (?P<symbol>!=|[=(),.])
      | (?P<other>\S)""",
    re.ASCII | re.DOTALL | re.VERBOSE,
)
_BEGINNING = re.compile(r"[ \t\r\n]*(?:SELECT\b|(?i:select)[ \t\r\n]+[A-Za-z]+[ \t\r\n]*\()", re.ASCII)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
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


@dataclass(frozen=True, slots=True)
class _Token:
    """A piece of a query; kind: word, name (in double quotes), text (in single quotes), symbol, other or end."""

    kind: str
    text: str
    position: int


def is_query(source: str) -> bool:
    """Whether an expression is a Metrics Insights query and not metric math."""
    return _BEGINNING.match(source) is not None


def read_query(source: str) -> Selection:
    """Read a whole query; raises Refused."""
    return _Reading(source).selection()


def _tokens(source: str) -> list[_Token]:
    found: list[_Token] = []
    for match in _TOKEN.finditer(source):
        kind, text = str(match.lastgroup), match.group()
        if kind == "other":
            raise _unreadable(text, match.start())
        quoted = kind in ("name", "text")
        found.append(_Token(kind, _ESCAPE.sub(r"\1", text[1:-1]) if quoted else text, match.start()))
    return [*found, _Token("end", "the end of the query", len(source))]


def _unreadable(text: str, position: int) -> UnreadableExpression:
    if text in "\"'":
        return UnreadableExpression("this quote is never closed", position, f"close it with another {text}")
    hints = {"<": 'the operators are "=" and "!="', ">": 'the operators are "=" and "!="'}
    hint = hints.get(text, "put names with other characters in double quotes, values in single quotes")
    return UnreadableExpression(f'"{text}" is not part of a query', position, hint)


class _Reading:
    """One way through a query: its clauses in their order."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._tokens = _tokens(source)
        self._at = 0
        self._outside: CannotEvaluate | None = None

    def selection(self) -> Selection:
        self._keyword("SELECT")
        function = self._function("AVG, COUNT, MAX, MIN or SUM of a metric")
        self._symbol("(")
        metric = self._name("the name of a metric")
        self._symbol(")")
        self._keyword("FROM")
        namespace, labels = self._schema() if self._follows("SCHEMA", "(") else (self._name("a namespace"), None)
        conditions = self._conditions() if self._accept("WHERE") else ()
        groups = self._groups() if self._accept("GROUP") else ()
        order, is_descending = self._order() if self._accept("ORDER") else ("", False)
        limit = self._limit() if self._accept("LIMIT") else MOST_SERIES
        if self._token.kind != "end":
            raise self._unexpected("WHERE, GROUP BY, ORDER BY, LIMIT (in this order) or the end")
        found = (conditions, groups, order, is_descending, limit, self._outside)
        return Selection(self._source, function, metric, namespace, labels, *found)

    @property
    def _token(self) -> _Token:
        return self._tokens[self._at]

    def _is(self, token: _Token, word: str) -> bool:
        return token.kind in ("word", "symbol") and token.text.upper() == word

    def _accept(self, word: str) -> bool:
        """Step over a keyword or sign if it stands here."""
        accepted = self._is(self._token, word)
        self._at += accepted
        return accepted

    def _follows(self, *words: str) -> bool:
        following = self._tokens[self._at : self._at + len(words)]
        return len(following) == len(words) and all(map(self._is, following, words))

    def _keyword(self, word: str) -> None:
        if not self._accept(word):
            raise self._unexpected(word)

    def _symbol(self, symbol: str) -> None:
        if not self._accept(symbol):
            raise self._unexpected(f'"{symbol}"')

    def _unexpected(self, wanted: str, hint: str = "") -> UnreadableExpression:
        token = self._token
        if token.kind == "word" and token.text.upper() in ("OR", "NOT", "IN", "LIKE"):
            hint = "WHERE knows =, != and AND only"
        if token.kind == "word" and not hint:
            hint = did_you_mean(token.text[:_LONGEST_GUESS], ("FROM", "WHERE", "GROUP", "ORDER", "LIMIT")).strip()
        found = token.text if token.kind == "end" else f'"{token.text}"'
        return UnreadableExpression(f"expected {wanted} here, found {found}", token.position, hint)

    def _function(self, wanted: str) -> str:
        function = self._token.text.upper()
        if self._token.kind != "word" or function not in FUNCTIONS:
            hint = "percentiles and other statistics are not in Metrics Insights" if self._token.kind == "word" else ""
            raise self._unexpected(wanted, hint)
        self._at += 1
        return function

    def _name(self, wanted: str) -> str:
        if self._token.kind not in ("word", "name"):
            hint = "names stand in double quotes, values in single quotes" if self._token.kind == "text" else ""
            raise self._unexpected(wanted, hint)
        name = self._token.text
        self._at += 1
        return name

    def _schema(self) -> tuple[str, frozenset[str]]:
        self._at += 2
        namespace = self._name("a namespace")
        labels: list[str] = []
        while self._accept(","):
            labels.append(self._name("the name of a dimension"))
        self._symbol(")")
        return namespace, frozenset(labels)

    def _label(self) -> str:
        """A dimension, or `tag.name` or `AWS.AccountId`, which are known to AWS only."""
        start = self._token
        label = self._name("the name of a dimension")
        if start.kind != "word" or not self._accept("."):
            return label
        rest = self._name("a name behind the point")
        reasons = {
            "TAG": "the tags of resources are known to AWS only",
            "AWS": "which account a metric is of is not known",
        }
        if start.text.upper() not in reasons:
            raise UnreadableExpression(
                "a name with a point stands in double quotes", start.position, f'write "{label}.{rest}"'
            )
        self._outside = self._outside or CannotEvaluate(reasons[start.text.upper()], start.position)
        return f"{label}.{rest}"

    def _conditions(self) -> tuple[LabelCondition, ...]:
        conditions = [self._condition()]
        while self._accept("AND"):
            conditions.append(self._condition())
        return tuple(conditions)

    def _condition(self) -> LabelCondition:
        position = self._token.position
        label = self._label()
        is_equal = self._accept("=")
        if not is_equal and not self._accept("!="):
            raise self._unexpected('"=" or "!="')
        return LabelCondition(label, is_equal, self._value(label), position)

    def _value(self, label: str) -> str:
        token = self._token
        if label.upper() == "AWS.ACCOUNTID" and token.kind == "word":  # CURRENT_ACCOUNT_ID(), or a bare number
            self._at += 1
            if self._accept("("):
                self._symbol(")")
            return token.text
        if token.kind != "text":
            raise self._unexpected("a value", f"values stand in single quotes: '{token.text}'")
        self._at += 1
        return token.text

    def _groups(self) -> tuple[str, ...]:
        self._keyword("BY")
        groups = [self._label()]
        while self._accept(","):
            groups.append(self._label())
        return tuple(groups)

    def _order(self) -> tuple[str, bool]:
        self._keyword("BY")
        function = self._function("AVG(), COUNT(), MAX(), MIN() or SUM()")
        self._symbol("(")
        self._symbol(")")
        is_descending = self._accept("DESC")
        if not is_descending:
            self._accept("ASC")
        return function, is_descending

    def _limit(self) -> int:
        token = self._token
        number = int(token.text) if token.kind == "word" and token.text.isdecimal() and len(token.text) < 9 else 0
        if not 1 <= number <= MOST_SERIES:
            raise self._unexpected(f"a number from 1 to {MOST_SERIES}")
        self._at += 1
        return number
