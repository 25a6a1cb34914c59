"""Lines that a pattern is done with early: never one that it matches, however the line is written.

A backslash in a JSON line makes nobody guess, so a line with every character escaped tells what the others have to.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from generator.evaluate.patterns.fields import split_ahead
from generator.evaluate.patterns.json_patterns import decode_ahead
from generator.evaluate.patterns.pattern import Pattern, parse
from generator.evaluate.patterns.reader import Reader
from generator.evaluate.patterns.regex import compile_regex
from generator.evaluate.patterns.values import read_comparison


def accepted(pattern: str) -> Pattern:
    parsed = parse(pattern)
    assert isinstance(parsed, Pattern), parsed
    return parsed


# --- JSON ------------------------------------------------------------------------------------------------------

NUMBERS = ("400", "4e2", "400.0", "-0", "0", "0.5", "1E+1", "5", "1e999", "9" * 401, "-" + "9" * 401, "9" * 4400)
OPERANDS = ("400", "0", "-0.5", "1e999", "x", "4*", "*0", "*nf*", '"*"', '""', '"e"', "%^[45]%", "%x|0$%", "%x+y%")


class Written(str):
    """A number as it stands in the line."""


VALUES = st.one_of(
    st.sampled_from([None, True, False]),
    st.sampled_from(["", "x", "xy", "400", "4e2", "inf", "e", "true", ': "', "a"]),
    st.sampled_from(NUMBERS).map(Written),
)
DOCUMENTS = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "a b"]), inner, max_size=3),
    max_leaves=9,
)


def written(document: Any, string: Any, blank: str = "") -> str:
    """A document as JSON, with a way to write strings and something between all its parts."""
    if isinstance(document, Written):
        return str(document)
    if isinstance(document, list):
        return f"[{blank}{f'{blank},{blank}'.join(written(one, string, blank) for one in document)}{blank}]"
    if isinstance(document, dict):
        fields = [f"{string(key)}{blank}:{blank}{written(one, string, blank)}" for key, one in document.items()]
        return f"{{{blank}{f'{blank},{blank}'.join(fields)}{blank}}}"
    return string(document) if isinstance(document, str) else json.dumps(document)


def escaped(text: str) -> str:
    return '"' + "".join(f"\\u{ord(char):04x}" for char in text) + '"'


@st.composite
def json_conditions(draw: st.DrawFn) -> str:
    selector = "$" + "".join(draw(st.lists(st.sampled_from([".a", ".b", "['a b']", "[0]"]), min_size=1, max_size=3)))
    kind = draw(st.sampled_from(["=", "!=", "<", ">=", "IS", "NOT EXISTS"]))
    if kind == "IS":
        return f"{selector} IS {draw(st.sampled_from(['TRUE', 'FALSE', 'NULL']))}"
    if kind == "NOT EXISTS":
        return f"{selector} NOT EXISTS"
    operands = OPERANDS if kind in ("=", "!=") else OPERANDS[:4]
    return f"{selector} {kind} {draw(st.sampled_from(operands))}"


@st.composite
def json_patterns(draw: st.DrawFn) -> str:
    first, second, third = draw(json_conditions()), draw(json_conditions()), draw(json_conditions())
    shapes = ["{0}", "{0}", "{0} && {1}", "{0} || {1}", "({0} || {1}) && {2}", "{0} && {1} || {2}"]
    pattern = "{ " + draw(st.sampled_from(shapes)).format(first, second, third) + " }"
    return pattern.replace("$.a.", "$.*.", 1) if draw(st.integers(0, 4)) == 0 else pattern


@settings(max_examples=2 * settings.default.max_examples)
@given(json_patterns(), DOCUMENTS.filter(lambda one: isinstance(one, dict)))
@example('{ $.a = "4*" }', {"a": Written("4e2")})
@example('{ $.a = "*0" }', {"a": Written("4e2")})
@example("{ $.a < 1e999 }", {"a": Written("9" * 401)})
@example("{ $.a = 5 }", {"b": "a", "a": "5"})
def test_how_a_document_is_written_means_nothing(pattern: str, document: dict[str, Any]) -> None:
    if pattern.count("%") > 4:
        return
    matches = accepted(pattern).match
    found = matches(written(document, escaped)) if document else matches("{} ")

    assert matches(written(document, json.dumps)) == found
    assert matches(written(document, json.dumps, " \t")) == found
    line = written(document, json.dumps)
    decode_ahead(line)
    assert matches(line) == found


@pytest.mark.parametrize(
    "line",
    ['{"a": 5', '{"a": 5} x', '{"a": 05}', '{"a": 5,}', '"a": 5', '["a": 5]', '{"a": 5, "b": NaN}', 'x {"a": 5}'],
)
def test_a_line_that_looks_as_if_and_is_no_json_does_not_match(line: str) -> None:
    assert accepted("{ $.a = 5 }").match(line) is None


def test_the_last_of_two_fields_of_a_name_counts_and_a_deeper_one_does_not() -> None:
    matches = accepted("{ $.a = 5 }").match

    assert [matches(line) is not None for line in ('{"a": 4, "a": 5}', '{"a": 5, "a": 4}', '{"b": {"a": 5}}')] == [
        True,
        False,
        False,
    ]


# --- space-delimited -------------------------------------------------------------------------------------------

FIELDS = st.lists(
    st.sampled_from(["x", "400", "4e2", '"a b"', "[x]", "[400] ", '"x', 'x"y z"', "[]", '""', '"[x]"', "[a b", "]"]),
    max_size=7,
)


@settings(max_examples=2 * settings.default.max_examples)
@given(
    st.lists(
        st.sampled_from(["...", "", "= x", "!= x", "= 4*", ">= 400", '= "*]"', "= %^[x4]%", '= ""', "= *b*"]),
        max_size=6,
    ),
    FIELDS,
    st.sampled_from([" ", "\t", "  ", " \v"]),
    st.sampled_from(["", " "]),
)
@example(["", "...", "= x"], ["x"], " ", "")
@example(["", "= x"], ["x", "x", '"a b"'], " ", " ")
def test_fields_are_asked_as_if_all_had_been_taken_first(
    asked: list[str], fields: list[str], blank: str, around: str
) -> None:
    if asked.count("...") > 1 or sum("%" in one for one in asked) > 2:
        return
    names = ["..." if one == "..." else f"f{number}" for number, one in enumerate(asked)]
    conditions = [name if one in ("", "...") else f"{name} {one}" for name, one in zip(names, asked, strict=True)]
    line = around + blank.join(fields) + around

    every = accepted(f"[{', '.join(names)}]").match(line)
    tests = [
        read_comparison(Reader(one)).holds(every.extracted[f"${name}"])
        for name, one in zip(names, asked, strict=True)
        if every and one not in ("", "...")
    ]

    match, expected = accepted(f"[{', '.join(conditions)}]").match, every if all(tests) else None
    split_ahead("another")
    assert match(line) == expected
    split_ahead(line)
    assert match(line) == expected


# --- regular expressions ---------------------------------------------------------------------------------------


@st.composite
def expressions(draw: st.DrawFn) -> str:
    """Pieces with anything between them, over so few letters that lines match them often."""
    atom = st.tuples(
        st.sampled_from(["a", "b", "[ab]", "[^a]", "\\d", "1", " "]),
        st.sampled_from(["", "", "", "+", "*", "{2}", "{1,2}"]),
    ).map("".join)
    piece = st.lists(atom, min_size=1, max_size=4).map("".join)
    gap = st.sampled_from([".*", ".+", ".{2,}", ".*.*", "a*.*"])
    parts = [draw(st.sampled_from(["", "^"])), draw(piece)]
    for _ in range(draw(st.integers(0, 3))):
        parts += [draw(gap), draw(piece)]
    return "".join(parts) + draw(st.sampled_from(["", "$"]))


@settings(max_examples=2 * settings.default.max_examples)
@given(
    st.lists(expressions(), min_size=1, max_size=2).map("|".join),
    st.text("ab1 \nü", max_size=40),
    st.sampled_from([0, 50, 400, 3000, 10**9]),
)
@example("1.{1,2}a.*ab", "11aab", 30)
def test_a_line_that_is_searched_in_pieces_is_found_as_python_finds_it(expression: str, line: str, budget: int) -> None:
    theirs = re.sub(r"\$(?=\||$)", r"\\Z", expression)

    assert compile_regex(expression, 0, budget)(line) is (re.search(theirs, line, re.ASCII | re.DOTALL) is not None)
