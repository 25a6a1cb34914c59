"""Filter patterns: our own vectors row by row, the shared ones where present, and what holds for any text."""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from generator.evaluate.patterns.automaton import Automaton
from generator.evaluate.patterns.pattern import Match, Pattern, PatternError, parse, value_of
from generator.evaluate.patterns.regex import compile_regex, read_alternatives

OWN = Path(__file__).with_name("patterns.yaml")
SHARED = Path(__file__).parents[3] / "shared" / "vectors" / "filters.yaml"

KEYS = {
    *("id", "source", "pattern", "pattern-repeated", "kind", "match", "no_match", "extracted", "values"),
    *("names", "numbered", "conditions", "regexes", "says", "at", "hint"),
}
AS_LAW = ("doc", "doc-derived", "field")
# Rows graded as somebody's reading and not as law, which we read alike. A row missing here we read otherwise.
READ_ALIKE = {
    "unquoted-bracket",
    "json-not-exists-null",
    "json-prefix-text",
    "sd-no-blank-indicator",
    "sd-too-few",
    "conflict-2020-w1",
    "conflict-2020-w1-or",
    "conflict-2020-w1-not",
}
KIND_OF_SHARED = {"space": "fields", "terms": "terms", "regex": "regex", "json": "json"}


def rows(path: Path) -> list[Any]:
    """The vectors of a file as parameters; one that is skipped where the file is not."""
    if not path.exists():
        return [pytest.param({}, id="absent", marks=pytest.mark.skip(reason=f"no {path}"))]
    return [pytest.param(row, id=row["id"]) for row in yaml.safe_load(path.read_text("utf-8"))]


def text_of(row: dict[str, Any]) -> str:
    character, count = row.get("pattern-repeated", ("", 0))
    return str(row.get("pattern", character * count))


def accepted(pattern: str) -> Pattern:
    parsed = parse(pattern)
    assert isinstance(parsed, Pattern), parsed
    return parsed


def refused(pattern: str) -> PatternError:
    parsed = parse(pattern)
    assert isinstance(parsed, PatternError), f"{pattern} was accepted as {parsed}"
    return parsed


def assert_lines(pattern: Pattern, row: dict[str, Any]) -> None:
    for line in row.get("match", []):
        assert pattern.match(line) is not None, f"{pattern.source} should match {line!r}"
    for line in row.get("no_match", []):
        assert pattern.match(line) is None, f"{pattern.source} should not match {line!r}"
    for line, extracted in zip(row.get("match", []), row.get("extracted", []), strict=False):
        assert pattern.match(line) == Match(extracted)


# --- our own vectors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", rows(OWN))
def test_own_vector(row: dict[str, Any]) -> None:
    assert set(row) <= KEYS, "a misspelt key would be a rule that nobody checks"
    if "says" in row:
        error = refused(text_of(row))
        assert row["says"] in error.message
        assert error.position == row["at"]
        assert row.get("hint", "") in error.hint
        return
    assert row.get("match") or row.get("no_match"), "a row without lines checks nothing"
    pattern = accepted(text_of(row))
    assert_lines(pattern, row)
    told = {
        "kind": pattern.kind,
        "names": list(pattern.names),
        "numbered": pattern.numbered,
        "conditions": pattern.conditions,
        "regexes": pattern.regex_count,
    }
    assert told == told | {key: row[key] for key in told if key in row}
    for expression, value in row.get("values", {}).items():
        assert value_of(pattern, row["match"][0], expression) == value, expression


def test_own_vectors_have_distinct_ids_and_a_source() -> None:
    own = yaml.safe_load(OWN.read_text("utf-8"))
    assert len({row["id"] for row in own}) == len(own)
    assert all(row["source"] for row in own)


# --- shared vectors -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", rows(SHARED))
def test_shared_vector(row: dict[str, Any]) -> None:
    if row["confidence"] not in AS_LAW and row["id"] not in READ_ALIKE:
        pytest.skip(f"graded {row['confidence']}, and we read it otherwise")
    if row.get("invalid"):
        error = refused(row["pattern"])
        assert 0 <= error.position <= len(row["pattern"])
        return
    pattern = accepted(row["pattern"])
    assert pattern.kind == KIND_OF_SHARED[row["kind"]]
    assert_lines(pattern, row)
    if "metric_value" in row:
        value = value_of(pattern, row["match"][0], row["metric_value"]["expr"])
        assert value == row["metric_value"]["value"]


# --- directed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "error"),
    [
        pytest.param(
            "ERROR: disk",
            PatternError(
                '":" is not allowed in an unquoted term, which has letters, digits and "_" only',
                5,
                'put the term in double quotes: "ERROR:"',
            ),
            id="terms",
        ),
        pytest.param(
            "%stop!%",
            PatternError(
                '"!" is not supported in a regular expression',
                5,
                "write \\x21 for the character itself",
            ),
            id="regex",
        ),
        pytest.param(
            "{ $.level IS NOT NULL }",
            PatternError(
                "IS is followed by something that CloudWatch Logs does not support",
                13,
                "IS knows NULL, TRUE and FALSE; IS NOT is not supported",
            ),
            id="json",
        ),
        pytest.param(
            "[status = 4* && bytes > 1000, bytes]",
            PatternError(
                '"bytes" is compared within the field "status"',
                16,
                'move this condition to the field "bytes"; conditions of different fields all have to hold',
            ),
            id="fields",
        ),
    ],
)
def test_error_says_what_is_wrong_where_and_what_would_be_right(pattern: str, error: PatternError) -> None:
    assert parse(pattern) == error


def test_quoting_is_all_that_separates_a_count_of_errors_from_a_count_of_lines() -> None:
    line = "12:00 [INFO] all is well"
    assert accepted('"[ERROR]"').match(line) is None
    unquoted = accepted("[ERROR]")
    assert unquoted.match(line) is not None
    assert (unquoted.names, unquoted.conditions) == (("ERROR",), False)


def test_patterns_compare_and_print_by_what_they_are_not_by_their_closures() -> None:
    assert parse("disk full") == parse("disk full")
    assert parse("disk full") != parse("disk")
    assert repr(parse("disk")) == (
        "Pattern(source='disk', kind='terms', names=(), numbered=False, regex_count=0, conditions=True)"
    )


def test_value_is_nothing_where_the_line_does_not_match() -> None:
    assert value_of(accepted("{ $.ms > 10 }"), '{"ms": 5}', "$.ms") is None
    assert value_of(accepted("disk"), "memory", "1") is None


def test_value_of_an_integer_beyond_every_float_is_nothing() -> None:
    assert value_of(accepted("{ $.n > 0 }"), '{"n": 1' + "0" * 400 + "}", "$.n") is None


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param("(" * 1024, id="terms"),
        pytest.param("{" + "(" * 1023, id="json"),
        pytest.param("{" + "($.a=1||" * 127, id="json-conditions"),
        pytest.param("[" + "(" * 1023, id="fields"),
    ],
)
def test_nesting_does_not_exhaust_the_stack(pattern: str) -> None:
    assert refused(pattern).message


def test_deepest_accepted_nesting_is_evaluated() -> None:
    pattern = accepted("{" + "($.a=1||$.b=2&&" * 60 + "$.c=3" + ")" * 60 + "}")
    assert pattern.match('{"b": 2, "c": 3}') is not None
    assert pattern.match('{"b": 2}') is None


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        pytest.param("%a.*b.*c.*d.*e.*f%", "fedc" + "ba" * 50_000, id="many-choices"),
        pytest.param("%x" + "a*" * 200 + "b%", "bx" + "a" * 100_000, id="same-letter"),
        pytest.param("%x" + "a*" * 200 + "b%", "bx" + "a" * 150, id="same-letter-short-line"),
        pytest.param("%x[0-9]+y%", "y" + "x1" * 100_000, id="many-starts"),
        pytest.param("%c[ab]*a[ab]{500}d%", "dc" + "abbabaab" * 5_000, id="many-states"),
        pytest.param("{ $.a NOT EXISTS }", "[" * 200_000, id="deep-json"),
        pytest.param("[..., a = 1]", "[ " * 100_000, id="unclosed-brackets"),
        pytest.param("[a = 1, b]", '"' * 100_001, id="quotes"),
    ],
)
def test_hostile_lines_take_no_more_than_a_moment(pattern: str, line: str) -> None:
    """Each of these would take minutes or more if the time grew with the square of the line."""
    assert accepted(pattern).match(line) is None


def test_automaton_that_forgets_its_states_still_finds() -> None:
    """Ten thousand letters without order make it see thousands of states, and it keeps five hundred."""
    line = "".join(Random(7).choices("ab", k=10_000))
    search = compile_regex("^[ab]*a[ab]{40}c$", 0)
    assert search(line + "a" + "b" * 40 + "c")
    assert not search(line + "b" + "a" * 40 + "c")
    assert bool(search(line + "c")) is (line[-41] == "a")


def test_long_line_is_found_by_the_automaton_as_by_the_backtracking_engine() -> None:
    search = compile_regex("job [0-9]+ .*failed.* after [0-9]+ s$", 0)
    noise = "job 1 ok, job 2 failed after a while; " * 500
    assert search(noise + "job 77 has failed again after 31 s")
    assert not search(noise + "job 77 has failed again after 31 m")


# --- for any text at all ------------------------------------------------------------------------------------

ALPHABET = "{}[]()$.*%?-&|=!<>\"'\\ ,:_0159aEeNxdszISULOTXR\n\tü"
FRAGMENTS = (
    *("{ ", " }", "[", "]", "(", ")", ", ", "&&", "||", " = ", " != ", " >= ", " IS NULL", " NOT EXISTS"),
    *("$.a", "$.a[*]", "$['b']", ".*", "w1", "...", '"x*"', "4*", "1e3", "%a+%", "%", "{2,3}", '"'),
    *("?", "-", "ERROR"),
)
patterns = st.one_of(
    st.text(max_size=40),
    st.text(ALPHABET, max_size=60),
    st.lists(st.sampled_from(FRAGMENTS), max_size=14).map("".join),
)
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(ALPHABET, max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("ab0x"), inner, max_size=4),
    max_leaves=8,
)
lines = st.one_of(st.text(max_size=60), st.text(ALPHABET, max_size=60), documents.map(json.dumps))


@settings(max_examples=250, deadline=None)
@given(pattern=patterns, line=lines)
@example(pattern="{ $.a = 1 }", line='{"a": ' + "9" * 5000 + "}")
@example(pattern="{ $.a = 1 }", line='{"a": "\\ud800"}')
@example(pattern="[a = 1, b]", line="9" * 5000 + " x")
@example(pattern="%a%", line="\ud800a")
def test_parse_and_match_never_raise_and_always_agree_with_themselves(pattern: str, line: str) -> None:
    parsed = parse(pattern)
    if isinstance(parsed, PatternError):
        assert parsed.message
        assert 0 <= parsed.position <= len(pattern)
        return
    first = parsed.match(line)
    assert parsed.match(line) == first
    assert accepted(pattern).match(line) == first
    assert first is None or parsed.kind == "fields" or not first.extracted
    value = value_of(parsed, line, "2.5")
    assert value == (None if first is None else 2.5)


@st.composite
def expressions(draw: st.DrawFn) -> str:
    """Expressions that CloudWatch accepts, over so few letters that lines match them often."""
    character = st.sampled_from(["a", "b", "c", ".", "[ab]", "[^a]", "\\w", "\\D", "\\x61", " "])
    repetition = st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,2}", "{,2}", "{2,}", "{0}"])
    atoms = st.tuples(character, repetition).map("".join)
    sides = st.tuples(
        st.sampled_from(["", "", "^"]),
        st.lists(atoms, min_size=1, max_size=5),
        st.sampled_from(["", "", "$"]),
    ).map(lambda parts: parts[0] + "".join(parts[1]) + parts[2])
    return "|".join(draw(st.lists(sides, min_size=1, max_size=3)))


@settings(max_examples=300, deadline=None)
@given(expression=expressions(), line=st.text("abc1 \nü", max_size=12))
@example(expression="^a{2}b", line="aaab")
@example(expression="^a{1,2}b", line="aaab")
@example(expression="^ab", line="aab")
@example(expression="a*b$", line="")
@example(expression="\\wa{1,2}b{1,2}c{1,2}.", line="aabbca")
def test_our_search_and_our_automaton_agree_with_python(expression: str, line: str) -> None:
    theirs = re.sub(r"\$(?=\||$)", r"\\Z", expression)
    found = re.search(theirs, line, re.ASCII | re.DOTALL) is not None
    assert bool(compile_regex(expression, 0)(line)) is found
    assert bool(compile_regex(expression, 0, budget=0)(line)) is found
    assert Automaton(read_alternatives(expression, 0)).search(line) is found


@settings(max_examples=200, deadline=None)
@given(phrase=st.text(min_size=1, max_size=12).filter(str.strip), before=st.text(), after=st.text())
def test_any_phrase_in_quotes_is_found_wherever_it_stands(phrase: str, before: str, after: str) -> None:
    quoted = '"' + phrase.replace("\\", "\\\\").replace('"', '\\"') + '"'
    pattern = accepted(quoted)
    assert pattern.match(before + phrase + after) is not None
    assert (pattern.match(before) is not None) is (phrase in before)


@settings(max_examples=200, deadline=None)
@given(fields=st.lists(st.text("ab1.-/", min_size=1, max_size=5), min_size=1, max_size=8), data=st.data())
def test_a_pattern_with_a_name_for_each_field_extracts_each(fields: list[str], data: st.DataObject) -> None:
    count = len(fields)
    blanks = data.draw(st.lists(st.sampled_from([" ", "\t", "  "]), min_size=count, max_size=count))
    line = "".join(blank + field for blank, field in zip(blanks, fields, strict=True))
    names = [f"f{number}" for number in range(count)]
    found = accepted(f"[{','.join(names)}]").match(line)
    assert found == Match({f"${name}": field for name, field in zip(names, fields, strict=True)})
    assert accepted(f"[{','.join([*names, 'more'])}]").match(line) is None
    assert accepted("[]").match(line) == Match({f"${n}": field for n, field in enumerate(fields, 1)})
