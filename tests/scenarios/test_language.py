"""tests.yaml as a text: whatever it holds, it is read or refused with places, never with an exception."""

from __future__ import annotations

import json

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.scenarios.language import read, schema
from generator.scenarios.scalars import TimeWindow, moment, window
from tests.support import ROOT

WORDS = st.sampled_from(
    ["version", "tests", "name", "given", "expect", "at", "alarm", "state", "metric", "series", "lines", "log_group"]
    + ["incident", "is", "channels", "template", "parameters", "interval", "account", "1m", "OK", "ALARM", "opened"]
    + ["event", "contributor", "subject", "source", "detail-type", "detail"]
)
SCALARS = st.one_of(WORDS, st.integers(-5, 5), st.booleans(), st.none(), st.text(max_size=6))
ANYTHING = st.recursive(
    SCALARS, lambda one: st.lists(one, max_size=3) | st.dictionaries(WORDS, one, max_size=5), max_leaves=30
)


@given(data=ANYTHING)
@settings(max_examples=300, deadline=None)
def test_anything_is_read_or_refused(data: object) -> None:
    found = read(json.dumps({"version": 1, "tests": data}).encode(), "tests.yaml")
    assert found.tests or found.findings


@given(content=st.binary(max_size=200))
def test_bytes_are_read_or_refused(content: bytes) -> None:
    found = read(content, "tests.yaml")
    assert found.tests or found.findings


@pytest.mark.parametrize(
    ("text", "seconds"), [("0m", 0), ("90s", 90), ("5m", 300), ("1h30m", 5400), ("1d", 86_400), ("2m59s", 179)]
)
def test_moments(text: str, seconds: int) -> None:
    assert moment(text) == seconds
    assert window(text) == TimeWindow(seconds, seconds)


def test_windows() -> None:
    assert window("2m to 10m59s") == TimeWindow(120, 659)


def said(test: str) -> list[str]:
    return [one.message for one in read(f"version: 1\ntests:\n  - {test}\n".encode(), "tests.yaml").findings]


@pytest.mark.parametrize(
    ("test", "message"),
    [
        ("{name: x, expect: []}", "expected at least one entry"),
        (
            "{name: x, expect: [{at: 5, alarm: a, state: OK}]}",
            "expected a time since the start of the test, got `5`",
        ),
        ("{name: x, expect: [{at: 101d, alarm: a, state: OK}]}", "above the limit of 100 days"),
        (
            "{name: x, interval: 999999999999999999999999s, expect: [{at: 1m, alarm: a, state: OK}]}",
            "above the limit of 100 days",
        ),
        ("{name: x, expct: [], expect: [{at: 1m, alarm: a, state: OK}]}", "unknown key `expct`"),
        ("{name: x, expect: [{at: 1m, alarm: a, state: Alarm}]}", "`Alarm`"),
        ("{name: x, region: us-east-1, expect: [{at: 1m, alarm: a, state: OK}]}", "`region` requires `template`"),
        (
            "{name: x, template: t, environment: prod, expect: [{at: 1m, alarm: a, state: OK}]}",
            "`environment` cannot be combined with `template`",
        ),
        (
            "{name: x, given: [{metric: {namespace: n, name: m}, series: [1]}], expect: [{at: 1m, alarm: a}]}",
            "expected a series as text",
        ),
    ],
)
def test_what_is_refused(test: str, message: str) -> None:
    assert any(message in one for one in said(test)), said(test)


def test_the_schema_knows_the_shipped_tests_and_refuses_a_slip() -> None:
    data = yaml.safe_load((ROOT / "tests.yaml").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema())
    check = jsonschema.Draft202012Validator(schema())
    assert list(check.iter_errors(data)) == []
    data["tests"][0]["expct"] = []
    assert [error.validator for error in check.iter_errors(data)] == ["additionalProperties"]


def test_a_name_given_twice() -> None:
    one = "{name: x, expect: [{at: 1m, alarm: a, state: OK}]}"
    assert said(f"{one}\n  - {one}") == ["two tests have the name `x`"]
