"""The writer of YAML gives PyYAML's bytes, for whatever a template or a manifest may have."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.render.yaml_text import _SHORT, dumped, parse_template, yaml_text
from tests.support import ROOT

# Words that YAML reads as something else, indicators, quotes, lines, spaces at ends, digits, what is not ASCII.
WORDS = st.sampled_from(
    ["yes", "On", "null", "~", "", "1", "1e3", "0x1f", "1:30", "2026-01-01", "=", "<<", "-", "- a", "a: b", "a:", ": a"]
    + ["#", "a #b", "@a", "`a", "%a", "!a", "&a", "*a", "{a}", "[a]", "a,b", "'", '"', "it's", "|", ">", "?", "? a"]
    + ["a\nb", "a\nb\n", "\na", "a\n\n", "a \nb", " a", "a ", "\ta", "a\tb", "  a\nb", "é", "a\u2028b", "😀", "a\\b"]
    + ["AWS::SNS::Topic", "arn:aws:sns:us-east-1:111111111111:x", "${AWS::Region}", "Sum", "/app/x", "y", "N", ".5"]
    + [
        "...",
        "---",
        "--- a",
        "a\x7fb",
        "\ufeffa",
        "x" * 130,
        "a\rb",
        "a\r\nb",
        "+1",
        "1_000",
        ".inf",
        "0o7",
        "1.",
        "null ",
    ]
)
TEXTS = WORDS | st.text("ab:#-'\"\n ,[]{}!&*%@`|>?~=0123456789.éé\t", max_size=12)
SCALARS = TEXTS | st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False)
FUNCTIONS = st.sampled_from(sorted(_SHORT))
# Mostly such as there are, since whatever is no plain key makes the whole PyYAML's.
KEYS = st.sampled_from(["Name", "Type", "Fn::Transform", "a-b", "a b", "1", "yes", "${x}", "", "a: b", "#"]) | TEXTS
PAIRS = st.fixed_dictionaries({"Key": TEXTS, "Value": TEXTS | st.integers()})
VALUES = st.recursive(
    SCALARS | PAIRS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(KEYS, inner, max_size=4)
        | st.builds(lambda name, value: {name: value}, FUNCTIONS, st.lists(inner, max_size=3) | TEXTS)
    ),
    max_leaves=12,
)


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=4), st.booleans())
def test_it_writes_what_pyyaml_writes(value: dict[str, Any], allow_unicode: bool) -> None:
    assert _text(value, allow_unicode) == _pyyaml(value, allow_unicode)


def test_equal_numbers_are_written_as_they_are() -> None:
    value = {"a": [0.0, -0.0, 0], "b": {"Fn::Join": ["", [-0.0, 0.0]]}, "c": 1.0, "d": 1, "e": True}
    assert yaml_text(value) == dumped(value)


@pytest.mark.parametrize("text", ["012345678901", "089", "1e3", "12e4567", ".5e3", "0o17", "-08", "+1.e2"])
def test_text_that_other_readers_take_for_a_number_is_quoted(text: str) -> None:
    """CloudFormation and PyYAML read YAML 1.1; yq and Node's libraries 1.2 (chapter 10.3.2), with other numbers."""
    value = {"k": text, text: [text], "f": {"Fn::Equals": [{"Ref": "AWS::AccountId"}, text]}}
    expected = f"k: '{text}'\n'{text}':\n- '{text}'\nf: !Equals [!Ref 'AWS::AccountId', '{text}']\n"
    assert yaml_text(value) == dumped(value) == expected
    assert parse_template(expected) == value


def _text(value: Any, allow_unicode: bool) -> str:
    try:
        return yaml_text(value, allow_unicode=allow_unicode)
    except TypeError:
        return "refused"


def _pyyaml(value: Any, allow_unicode: bool) -> str:
    try:
        return dumped(value, allow_unicode=allow_unicode)
    except TypeError:
        return "refused"


@pytest.mark.parametrize("name", ["hub.template.yaml", "member.template.yaml", "manifest.yaml"])
def test_it_writes_the_shipped_files(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    template = parse_template((ROOT / "out/prod" / name).read_text(encoding="utf-8"))
    expected = dumped(template)
    # None of it is left to PyYAML but single texts.
    monkeypatch.setattr("generator.render.yaml_text.dumped", _one_only)
    assert yaml_text(template) == expected


def _one_only(value: Any, **options: Any) -> str:
    assert len(value) == 1
    return dumped(value, **options)
