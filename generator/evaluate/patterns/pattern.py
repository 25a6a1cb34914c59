"""CloudWatch Logs filter patterns, read and tried on log lines without CloudWatch.

A metric filter that never matches is the quietest way to have no monitoring at all, and the one way AWS has
to try it (TestMetricFilter) needs an account. So patterns are parsed here by the documented grammar, refused
where the service would refuse them, and compiled once to closures, so that the build can try every filter on
its own example lines.

The first character that is not blank decides the kind: `{` JSON, `[` space-delimited, `%` a regular
expression, anything else terms. Where AWS documents nothing, the module of that kind says what we decided.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from generator.evaluate.patterns.fields import compile_fields
from generator.evaluate.patterns.json_patterns import compile_json, compile_value
from generator.evaluate.patterns.reader import BLANKS, PatternError, Reader, Rejected
from generator.evaluate.patterns.regex import compile_regex
from generator.evaluate.patterns.terms import compile_terms, ignored_terms
from generator.evaluate.patterns.values import number_of, read_number

__all__ = ["Match", "Pattern", "PatternError", "parse", "value_of"]

Kind = Literal["everything", "terms", "regex", "json", "fields"]

_LONGEST_PATTERN = 1024
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_COMPARED = re.compile(r'=\s*(?:"((?:[^"\\]|\\.)*)"|([A-Za-z0-9_.*]+))')
_REGEX = re.compile(r"%[^%]*%")


@dataclass(frozen=True, slots=True)
class Match:
    """A line that matched, and what TestMetricFilter would call its extracted values.

    extracted: `$name` or `$2` to the text of the field, for space-delimited patterns; empty for all others.
    """

    extracted: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A filter pattern that CloudWatch Logs accepts.

    names: the fields of a space-delimited pattern, `$2` for an unnamed one. numbered: its lines may have
    fields beyond those, known by number only (`[]`, `...`). regex_count: a log group may have five filters
    with any. conditions: whether anything is compared at all; `[ERROR]` only names a field and compares
    nothing.
    """

    source: str
    kind: Kind
    names: tuple[str, ...] = ()
    numbered: bool = False
    regex_count: int = 0
    conditions: bool = True
    _extract: Callable[[str], Mapping[str, str] | None] = field(kw_only=True, repr=False, compare=False)

    @property
    def ignored_terms(self) -> tuple[str, ...]:
        """The terms with `?` that CloudWatch Logs ignores, as there are others beside them; as they are written."""
        return ignored_terms(self.source) if self.kind == "terms" else ()

    @property
    def literal_stars(self) -> tuple[str, ...]:
        """The texts in which a `*` is only a star: within a compared text, and anywhere in a phrase among terms."""
        if self.kind == "terms":
            return tuple(text for text in _QUOTED.findall(self.source) if "*" in text)
        if self.kind not in ("json", "fields"):
            return ()
        compared = (quoted or bare for quoted, bare in _COMPARED.findall(_REGEX.sub("", self.source)))
        return tuple(text for text in compared if "*" in text.strip("*"))

    def match(self, line: str) -> Match | None:
        """Try one log line; nothing if it does not match."""
        extracted = self._extract(line)
        if extracted is None:
            return None
        return _MATCHED if extracted is _NOTHING else Match(extracted)


_NOTHING: Mapping[str, str] = MappingProxyType({})
_MATCHED = Match(_NOTHING)


@lru_cache(maxsize=20_000)
def parse(pattern: str) -> Pattern | PatternError:
    """Read a filter pattern, or say why CloudWatch Logs would not take it. Never raises.

    Kept, as several checks ask for each of thousands of filters.
    """
    if len(pattern) > _LONGEST_PATTERN:
        message = f"a pattern has at most {_LONGEST_PATTERN} characters, this one {len(pattern)}"
        return PatternError(message, _LONGEST_PATTERN, "shorten it, or split it into two filters")
    try:
        return _parse(pattern)
    except Rejected as rejected:
        return rejected.error


def value_of(pattern: Pattern, line: str, expression: str) -> float | None:
    """What a filter adds to its metric for this line; nothing if the line does not match or holds no number.

    expression: a number, `$.latency` (JSON), `$bytes` or `$7` (space-delimited).
    """
    match = pattern.match(line)
    if match is None:
        return None
    number = read_number(expression)
    if number is None:
        number = number_of(_value_found(pattern, line, expression, match))
    return float(number) if number is not None and _is_publishable(number) else None


def _parse(pattern: str) -> Pattern:
    stripped = pattern.strip(BLANKS)
    if _matches_everything(stripped):
        return Pattern(pattern, "everything", conditions=False, _extract=_without_values(_anything))
    if stripped.startswith("["):
        fields = compile_fields(pattern)
        return Pattern(
            pattern,
            "fields",
            names=fields.names,
            numbered=fields.numbered,
            regex_count=fields.regexes,
            conditions=fields.conditions,
            _extract=fields.extract,
        )
    if stripped.startswith("{"):
        test, regexes = compile_json(pattern)
        return Pattern(pattern, "json", regex_count=regexes, _extract=_without_values(test))
    if stripped.startswith("%"):
        return Pattern(pattern, "regex", regex_count=1, _extract=_without_values(_whole_regex(pattern)))
    return Pattern(pattern, "terms", _extract=_without_values(compile_terms(pattern)))


def _anything(_line: str) -> bool:
    return True


def _matches_everything(stripped: str) -> bool:
    """Nothing at all, or a quoted phrase of nothing but blanks."""
    is_quoted = len(stripped) > 1 and stripped[0] == stripped[-1] == '"'
    return not stripped or (is_quoted and not stripped[1:-1].strip(BLANKS))


def _whole_regex(pattern: str) -> Callable[[str], object]:
    reader = Reader(pattern)
    reader.skip_blanks()
    search = compile_regex(*reader.regex())
    reader.skip_blanks()
    if reader.next():
        # Whether a regular expression may stand beside terms is not documented; alone it may.
        hint = "join alternatives inside one expression: %this|that%; a percent sign is written \\x25"
        raise Rejected("nothing may follow a regular expression that stands alone", reader.at, hint)
    return search


def _without_values(test: Callable[[str], object]) -> Callable[[str], Mapping[str, str] | None]:
    return lambda line: _NOTHING if test(line) else None


def _value_found(pattern: Pattern, line: str, expression: str, match: Match) -> object:
    if pattern.kind != "json":
        return match.extracted.get(expression)
    find = _finder(expression)
    return None if find is None else find(line)


_finder = lru_cache(maxsize=64)(compile_value)


def _is_publishable(number: float) -> bool:
    """CloudWatch takes no infinities, and `float` no integers beyond them."""
    try:
        return math.isfinite(number)
    except OverflowError:
        return False
