"""Sampling rules beside each other, and what is said of tracing as a whole."""

from __future__ import annotations

from fnmatch import fnmatchcase
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.checks.truth.t42_sampling_rules import covers, overlap
from generator.findings import Finding, Severity
from tests.support import built, spec

PATTERNS = st.text(alphabet="ab*?", max_size=5)
WORDS = ["".join(letters) for length in range(7) for letters in product("abc", repeat=length)]


def errors(change: str) -> list[Finding]:
    return [f for f in built(spec(f"tracing: {change}")).findings if f.severity is Severity.ERROR]


def told(change: str) -> list[tuple[str, str]]:
    return [(finding.code, finding.message) for finding in errors(change)]


@given(PATTERNS, PATTERNS)
def test_patterns_overlap_where_a_word_matches_both(one: str, other: str) -> None:
    assert overlap(one, other) == any(fnmatchcase(word, one) and fnmatchcase(word, other) for word in WORDS)


@given(PATTERNS, PATTERNS)
def test_a_pattern_that_covers_another_matches_all_its_words(wide: str, narrow: str) -> None:
    if covers(wide, narrow):
        assert all(fnmatchcase(word, wide) for word in WORDS if fnmatchcase(word, narrow))


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        ("*", "/pay/*", True),
        ("/pay*", "/pay/*", True),
        ("*", "*", True),
        ("/pay/?", "/pay/*", False),
        ("/pay/*", "*", False),
        ("*/x", "/pay/*", False),
        ("/pay/*/x", "/pay/a*/x", True),
    ],
)
def test_what_covers_what(wide: str, narrow: str, expected: bool) -> None:
    assert covers(wide, narrow) is expected


def test_the_lower_priority_decides_first_and_hides_what_it_covers() -> None:
    assert told("{sampling: {all: {priority: 5}, pay: {priority: 6, path: /pay/*}}}") == [
        ("T42", "`pay` never applies: `all` matches all its requests first")
    ]
    assert told("{sampling: {all: {priority: 6}, pay: {priority: 5, path: /pay/*}}}") == []
    assert told("{sampling: {api: {priority: 5, service: api}, pay: {priority: 6, path: /pay/*}}}") == []


def test_two_rules_of_one_priority_must_not_meet() -> None:
    assert told("{sampling: {gets: {method: GET}, pay: {path: /pay/*}}}") == [
        ("T42", "`pay` and `gets` match the same requests with one priority: either may apply")
    ]
    assert told("{sampling: {gets: {method: GET}, posts: {method: POST}}}") == []


@pytest.mark.parametrize(
    ("first", "second", "hidden"),
    [
        ("{}", "{tenant: gold}", True),
        ("{tenant: gold}", "{}", False),
        ("{tenant: gold}", "{tenant: gold}", True),
        ("{tenant: '*'}", "{tenant: gold}", True),
        ("{tenant: gold}", "{tenant: 'gold-*'}", False),
        ("{tenant: 'gold-*'}", "{tenant: gold-1, kind: refund}", True),
        ("{tenant: gold, kind: refund}", "{tenant: gold}", False),
        ("{kind: refund}", "{tenant: gold}", False),
    ],
)
def test_a_rule_hides_another_whose_attributes_it_asks_for_too(first: str, second: str, hidden: bool) -> None:
    found = told(f"{{sampling: {{a: {{priority: 1, attributes: {first}}}, b: {{priority: 2, attributes: {second}}}}}}}")
    assert found == ([("T42", "`b` never applies: `a` matches all its requests first")] if hidden else [])


@pytest.mark.parametrize(
    ("first", "second", "meet"),
    [
        ("{tenant: gold}", "{tenant: silver}", False),
        ("{tenant: 'g*'}", "{tenant: '*d'}", True),
        ("{tenant: gold}", "{kind: refund}", True),
        ("{tenant: gold}", "{}", True),
    ],
)
def test_rules_of_one_priority_meet_unless_an_attribute_tells_them_apart(first: str, second: str, meet: bool) -> None:
    found = told(f"{{sampling: {{a: {{attributes: {first}}}, b: {{attributes: {second}}}}}}}")
    assert [code for code, _ in found] == (["T42"] if meet else [])


def test_a_text_is_measured_with_its_environment() -> None:
    """At most 32 characters of an attribute, 64 of a name: botocore's model of X-Ray has them as limits."""
    fits, over = "x" * 28, "x" * 19 + "{environment}"
    assert told(f"{{sampling: {{a: {{attributes: {{tenant: '{fits[:19]}{{environment}}'}}}}}}}}") == []
    change = f"environments: [a-longer-environment]\ntracing: {{sampling: {{a: {{attributes: {{tenant: '{over}'}}}}}}}}"
    (found,) = [f for f in built(spec(change)).findings if f.severity is Severity.ERROR]
    assert (found.code, found.path[-2:]) == ("R05", ("attributes", "tenant"))
    assert "39 characters, and the X-Ray limit is 32" in found.message


def test_an_attribute_tells_the_environments_of_one_account_apart() -> None:
    more = "environments: [dev, prod]\naccess: {owned_by: prod}"
    for value, warnings in (("'{environment}-*'", 0), ("gold", 1)):
        change = f"{more}\ntracing: {{sampling: {{pay: {{attributes: {{tenant: {value}}}}}}}}}"
        assert len([f for f in built(spec(change)).findings if f.path[:1] == ("tracing",)]) == warnings


def test_a_functions_rule_is_refused_at_its_type() -> None:
    (found,) = errors('{sampling: {pay: {service_type: "AWS::Lambda::Function"}}}')
    assert (found.code, found.path) == ("T42", ("tracing", "sampling", "pay", "service_type"))


def test_names_have_thirty_two_characters_with_their_environment() -> None:
    key = "a" * 27
    assert told(f"{{sampling: {{{key}: {{}}}}, groups: {{{key}: fault}}}}") == []
    assert [code for code, _ in told(f"{{sampling: {{{key}a: {{}}}}, groups: {{{key}a: fault}}}}")] == ["Q05", "Q05"]


def test_placeholders_stand_in_texts_and_braces_stay() -> None:
    filters = "{groups: {failing: 'service(\"pay-{environment}\") {fault}'}}"
    (group,) = built(spec(f"tracing: {filters}")).estates["prod"].tracing.groups
    assert group.filter == 'service("pay-prod") {fault}'
    assert [code for code, _ in told(filters.replace("{environment}", "{envir}"))] == ["R01"]


def test_the_twenty_fifth_rule_is_warned_of_and_the_next_refused() -> None:
    rules = ", ".join(f"r{n}: {{priority: {n}, path: /{n}}}" for n in range(1, 26))
    severities = [f.severity for f in built(spec(f"tracing: {{sampling: {{{rules}}}}}")).findings]
    assert severities == [Severity.WARNING]
    assert [code for code, _ in told(f"{{sampling: {{{rules}, r26: {{priority: 26, path: /26}}}}}}")] == ["Q40"]


@pytest.mark.parametrize(
    ("service", "environments", "told"),
    [
        ("api", "[dev, prod]", [("R10", Severity.WARNING)]),
        ("'api-{environment}'", "[dev, prod]", []),
        ("api", "{dev: {accounts: [alpha]}, prod: {accounts: [beta, gamma]}}", []),
    ],
)
def test_environments_in_one_account_tell_their_requests_apart(
    service: str, environments: str, told: list[tuple[str, Severity]]
) -> None:
    more = f"environments: {environments}\naccess: {{owned_by: prod}}"
    findings = built(spec(f"{more}\ntracing: {{sampling: {{pay: {{service: {service}}}}}}}")).findings
    assert [(finding.code, finding.severity) for finding in findings if finding.path[:1] == ("tracing",)] == told
