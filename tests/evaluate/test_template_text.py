"""Templates as text: what CloudFormation takes is read, what it does not take is told with its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.evaluate.template.text import DEEPEST, template_text
from generator.findings import Mark
from generator.render.findings import render
from generator.render.yaml_text import parse_template, yaml_text
from tests.support import ROOT


def read(text: str) -> Any:
    found = template_text(text.encode(), "template.yaml")
    assert found.findings == ()
    return found.template


def resources(text: str) -> Any:
    """What `Resources: {A: …}` has below A."""
    return read(f"Resources:\n  A:\n{text}")["Resources"]["A"]


def wrong(text: str | bytes) -> list[tuple[str, str, Mark | None]]:
    found = template_text(text if isinstance(text, bytes) else text.encode(), "template.yaml")
    assert found.template is None
    return [(one.code, one.message, one.mark) for one in found.findings]


# --- what is read ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("!Ref P", {"Ref": "P"}),
        ("!Condition C", {"Condition": "C"}),
        ("!GetAtt Queue.QueueName", {"Fn::GetAtt": ["Queue", "QueueName"]}),
        ("!GetAtt Nested.Outputs.Name", {"Fn::GetAtt": ["Nested", "Outputs.Name"]}),
        ("!GetAtt [Queue, Arn]", {"Fn::GetAtt": ["Queue", "Arn"]}),
        ("!Sub '${A}-1'", {"Fn::Sub": "${A}-1"}),
        ("!Sub ['${x}', {x: !Ref P}]", {"Fn::Sub": ["${x}", {"x": {"Ref": "P"}}]}),
        ("!Join ['-', [a, !Ref P, 3]]", {"Fn::Join": ["-", ["a", {"Ref": "P"}, 3]]}),
        ("!FindInMap [M, !Ref P, Errors]", {"Fn::FindInMap": ["M", {"Ref": "P"}, "Errors"]}),
        ("!If [C, 5, !Ref 'AWS::NoValue']", {"Fn::If": ["C", 5, {"Ref": "AWS::NoValue"}]}),
        ("!Select [0, !Split [',', 'a,b']]", {"Fn::Select": [0, {"Fn::Split": [",", "a,b"]}]}),
        ("!ImportValue shared", {"Fn::ImportValue": "shared"}),
        ("!GetAZs ''", {"Fn::GetAZs": ""}),
        ("!Transform {Name: Macro}", {"Fn::Transform": {"Name": "Macro"}}),
        ("!Sub 5", {"Fn::Sub": "5"}),
        ("Fn::Sub: a", {"Fn::Sub": "a"}),
    ],
)
def test_a_short_form_is_read_as_the_long_one(short: str, long: Any) -> None:
    assert resources(f"    {short}") == long


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("5", 5),
        ("-0.5", -0.5),
        ("0x1F", 31),
        ("010", 8),
        ("123456789012", 123_456_789_012),
        ("yes", True),
        ("'yes'", "yes"),
        ("~", None),
        ("", None),
        ("2010-09-09", "2010-09-09"),
        ("2026-11-21T08:00:00Z", "2026-11-21T08:00:00Z"),
        ("1e5", "1e5"),
        ("=", "="),
        ("!!str 5", "5"),
        ("!!int '5'", 5),
        ("|\n      several\n      lines", "several\nlines"),
    ],
)
def test_a_value_is_what_cloudformation_takes_it_for(written: str, value: Any) -> None:
    """YAML 1.1, with dates as text: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html"""
    assert resources(f"    x: {written}") == {"x": value}


def test_keys_are_text_whatever_they_look_like() -> None:
    assert resources("    on: 1\n    5: 2\n    2010-09-09: 3\n    'null': 4") == {
        "on": 1,
        "5": 2,
        "2010-09-09": 3,
        "null": 4,
    }


def test_anchors_and_merged_mappings_are_followed() -> None:
    found = read("Resources:\n  A: &a {x: 1, y: [1]}\n  B: {<<: *a, x: 2}\n  C: {<<: [*a, {z: 3}]}\n  D: *a")

    assert found["Resources"]["B"] == {"x": 2, "y": [1]}
    assert found["Resources"]["C"] == {"x": 1, "y": [1], "z": 3}
    assert found["Resources"]["D"] == {"x": 1, "y": [1]}


@pytest.mark.parametrize(
    "text", ['{"Resources": {"A": {"x": "\\ud83d\\ude00\\/", "y": 1e5}}}', '\ufeff{\n\t"Resources": {}}']
)
def test_json_is_read_as_json(text: str) -> None:
    assert read(text) == json.loads(text.removeprefix("\ufeff"))


def test_yaml_may_begin_with_a_brace() -> None:
    assert read("{Resources: {A: !Ref B}}") == {"Resources": {"A": {"Ref": "B"}}}


@pytest.mark.parametrize("path", sorted((ROOT / "out").rglob("*.template.yaml")), ids=lambda path: path.name)
def test_our_own_templates_are_read_as_they_were_written(path: Any) -> None:
    text = path.read_text(encoding="utf-8")

    assert read(text) == parse_template(text)


_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(min_size=1), inner, max_size=3)),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.dictionaries(st.text(min_size=1), _JSON, max_size=4), st.sampled_from([None, 1, "\t"]))
def test_what_json_says_is_what_is_read(data: dict[str, Any], indent: Any) -> None:
    assert read(json.dumps({"Resources": data}, indent=indent)) == {"Resources": data}


_FUNCTIONS = st.recursive(
    st.one_of(st.booleans(), st.integers(-9999, 9999), st.text("ab:-${}'\"#", max_size=6)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text("ab:-", min_size=1, max_size=4), inner, max_size=3),
        st.builds(
            lambda name, value: {name: value}, st.sampled_from(["Fn::Join", "Fn::If", "Fn::Sub"]), st.lists(inner)
        ),
        st.builds(lambda name: {"Ref": name}, st.text("ab:", min_size=1)),
        st.builds(lambda name: {"Fn::GetAtt": ["A", name]}, st.text("ab.", min_size=1)),
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.dictionaries(st.text("abAB", min_size=1), _FUNCTIONS, max_size=4))
def test_what_is_written_with_short_forms_is_read_back(data: dict[str, Any]) -> None:
    assert read(yaml_text({"Resources": data})) == {"Resources": data}


# --- what is not -----------------------------------------------------------------------------------------------

DEEP_BRACKETS = "Resources: " + "[" * 50_000
BOMB = "Resources:\n  a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"  {after}: &{after} [{', '.join([f'*{before}'] * 10)}]\n"
    for before, after in zip("abcdefg", "bcdefgh", strict=True)
)


@pytest.mark.parametrize(
    ("text", "code", "message", "mark"),
    [
        (b"Resources:\n  A: \xff", "Y01", "not UTF-8: byte 0xff cannot be read", Mark(2, 6)),
        ("Resources:\n\tA: 1", "Y02", "not YAML: found character", Mark(2, 1)),
        ("Resources: {A: 1", "Y02", "not YAML: this bracket is not closed, or a comma is missing in it", Mark(1, 12)),
        ("Resources: {}\n---\nResources: {}", "Y02", "a second YAML document starts here", Mark(2, 1)),
        ("Resources:\n  A: \x07", "Y02", "a character that YAML does not allow", Mark(2, 1)),
        ("Resources:\n  A: *b", "Y05", "there is no anchor b before this", Mark(2, 6)),
        ('{"Resources": {"A": 1}', "Y02", "not JSON: Expecting ',' delimiter", Mark(1, 23)),
        (
            "Resources: {}\nOutputs: {}\nResources: {}",
            "Y03",
            "`Resources` stands here a second time; the first is on line 1",
            Mark(3, 1),
        ),
        (
            '{"Resources": {},\n\t"Resources": {}}',
            "Y03",
            "`Resources` stands here a second time; the first is on line 1",
            Mark(2, 2),
        ),
        ('{"Resources": {"A": "\\ud83d\\ude00", "A": 2}}', "", "", None),
        ("", "Y04", "the template is empty", Mark(1, 1)),
        ("# nothing", "Y04", "the template is empty", Mark(1, 1)),
        ("- Resources", "Y04", "a template is a mapping of sections (`Resources: …`)", Mark(1, 1)),
        ("Parameters: {}", "Y04", "a template has a mapping of Resources; this has none", Mark(1, 1)),
        ("Resources: &a\n  A: *a", "Y05", "an anchor contains itself", Mark(2, 6)),
        (BOMB, "Y05", "anchors expand to more than 500,000 values", None),
        (DEEP_BRACKETS, "Y05", f"nested more than {DEEPEST} levels deep", Mark(1, 111)),
        ('{"Resources": ' + "[" * 100_000, "Y05", f"nested more than {DEEPEST} levels deep", Mark(1, 114)),
        ("Resources:\n  A: !Reff B", "Y06", "the tag !Reff means nothing in a template", Mark(2, 6)),
        (
            "Resources:\n  A: !!python/object:os.system x",
            "Y06",
            "the tag python/object:os.system means nothing",
            Mark(2, 6),
        ),
        ("Resources:\n  ? [a]\n  : 1", "Y06", "a key must be plain text", Mark(2, 5)),
    ],
)
def test_what_can_not_be_read_is_told_with_its_place(
    text: str | bytes, code: str, message: str, mark: Mark | None
) -> None:
    ((found_code, found_message, found_mark), *_) = wrong(text)

    assert found_message.startswith(message)
    assert (found_code, found_mark) == (code or found_code, mark or found_mark)


def test_a_file_that_is_called_json_is_held_to_json() -> None:
    text = b'{"Resources": {"A": 1,}}'

    assert template_text(text, "shop.template").template == {"Resources": {"A": 1}}
    (wrong_here,) = template_text(text, "shop.template.json").findings
    assert (wrong_here.code, wrong_here.mark) == ("Y02", Mark(1, 22 if "Illegal" in wrong_here.message else 23))


def test_a_section_that_is_misspelt_is_recognised() -> None:
    (found,) = template_text(b"Resource: {A: 1}", "x").findings

    assert found.hint == "write Resources for `Resource`"


def test_every_mistake_is_told_at_once_with_a_caret_below_it() -> None:
    text = "Resources:\n  A: !Reff B\nResources: !GetAttr C.D\n"

    found = template_text(text.encode(), "shop.yaml")

    assert render(found.findings, found, "text", "", False) == (
        "shop.yaml:2:6: error Y06: the tag !Reff means nothing in a template\n"
        "2 |   A: !Reff B\n"
        "  |      ^\n"
        "  = help: did you mean `!Ref`?\n"
        "shop.yaml:3:1: error Y03: `Resources` stands here a second time; the first is on line 1\n"
        "3 | Resources: !GetAttr C.D\n"
        "  | ^\n"
        "  = help: keep one of the two\n"
        "shop.yaml:3:12: error Y06: the tag !GetAttr means nothing in a template\n"
        "3 | Resources: !GetAttr C.D\n"
        "  |            ^\n"
        "  = help: did you mean `!GetAtt`?\n"
        "3 errors\n"
    )


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=60), st.text("{}[]:,-&*!<> \n\t'\"aR1~|#%?@", max_size=60).map(str.encode)))
def test_whatever_stands_in_a_file_is_read_without_an_exception(content: bytes) -> None:
    found = template_text(b"Resources:\n  A: " + content, "x")

    assert (found.template is None) == bool(found.findings)
    assert all(one.mark and one.code.startswith("Y") for one in found.findings)
