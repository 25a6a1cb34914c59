"""Event patterns: each row is what EventBridge documents, or what its own matcher (aws/event-ruler) tests.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
"""

from __future__ import annotations

from typing import Any

import pytest

from generator.evaluate.events.paths import paths_in, value_at
from generator.evaluate.events.pattern import MOST_ALTERNATIVES, EventPattern, parse

# A text, so that the names of tests are the same in every process.
ABSENT = "(absent)"


def of(values: list[Any]) -> EventPattern:
    parsed = parse({"source": ["shop"], "detail": {"x": values}})
    assert isinstance(parsed, EventPattern), parsed
    return parsed


def event(value: Any) -> dict[str, Any]:
    return {"source": "shop", "detail": {} if value is ABSENT else {"x": value}}


MATCHES = [
    # Equality: text, numbers by their value, true and null by themselves; case counts.
    (["a", "b"], "b"),
    (["a"], ["z", "a"]),
    ([300], 300),
    ([300], 3.0e2),
    ([True], True),
    ([None], None),
    ([""], ""),
    (["10.0.0.1"], "10.0.0.1"),
    (["2001:db8::1"], "2001:0db8:0:0:0:0:0:1"),
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-prefix-matching
    ([{"prefix": "us-"}], "us-east-1"),
    ([{"prefix": {"equals-ignore-case": "EventB"}}], "eventbridge"),
    ([{"suffix": ".png"}], "a.png"),
    ([{"suffix": {"equals-ignore-case": ".PNG"}}], "a.png"),
    ([{"equals-ignore-case": "alice"}], "Alice"),
    # Anything but: of any type, and of one value of a list.
    ([{"anything-but": "initializing"}], "running"),
    ([{"anything-but": "initializing"}], ["initializing", "running"]),
    ([{"anything-but": "initializing"}], 5),
    ([{"anything-but": "initializing"}], None),
    ([{"anything-but": [100, 200]}], 300),
    ([{"anything-but": [100, 200]}], "100"),
    ([{"anything-but": {"prefix": "init"}}], "running"),
    ([{"anything-but": {"prefix": ["init", "error"]}}], "running"),
    ([{"anything-but": {"suffix": ".png"}}], "a.txt"),
    ([{"anything-but": {"equals-ignore-case": ["Stopped", "Lost"]}}], "running"),
    ([{"anything-but": {"wildcard": "*/lib/*"}}], "/bin/x"),
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#filtering-numeric-matching
    ([{"numeric": [">", 0, "<=", 5]}], 5),
    ([{"numeric": ["<", 10]}], 9.9),
    ([{"numeric": ["=", 3.018e2]}], 301.8),
    ([{"numeric": [">=", 7]}], [1, 8]),
    ([{"cidr": "10.0.0.0/24"}], "10.0.0.255"),
    ([{"cidr": "2001:db8::/32"}], "2001:db8::9"),
    ([{"exists": True}], 0),
    ([{"exists": True}], None),
    ([{"exists": False}], ABSENT),
    # Exists is about leaves: a mapping with fields, an empty list and an empty mapping are none.
    ([{"exists": False}], {"y": 1}),
    ([{"exists": False}], []),
    ([{"exists": False}, "a"], "a"),
    ([{"wildcard": "Simple*Service"}], "SimpleQueueService"),
    ([{"wildcard": "*"}], ""),
    ([{"wildcard": "a*b*c"}], "aXbYc"),
    ([{"wildcard": "*ab*ab"}], "abab"),
    ([{"wildcard": r"a\*b\\*"}], "a*b\\x"),
]
MISSES = [
    (["a"], "A"),
    (["a"], ABSENT),
    (["a"], {"y": "a"}),
    ([300], "300"),
    (["300"], 300),
    ([1], True),
    ([True], 1),
    ([None], ABSENT),
    ([None], ""),
    ([{"prefix": "us-"}], "eu-us-"),
    ([{"prefix": "1"}], 12),
    ([{"suffix": ".png"}], ".pngx"),
    ([{"equals-ignore-case": "alice"}], "alicia"),
    ([{"anything-but": "initializing"}], "initializing"),
    ([{"anything-but": "initializing"}], ABSENT),
    ([{"anything-but": [100, 200]}], 100),
    ([{"anything-but": {"prefix": ["init", "error"]}}], "errors"),
    ([{"anything-but": {"equals-ignore-case": "Stopped"}}], "STOPPED"),
    ([{"anything-but": {"wildcard": "*/lib/*"}}], "/usr/lib/x"),
    ([{"numeric": [">", 0, "<=", 5]}], 0),
    ([{"numeric": [">", 0]}], "5"),
    ([{"numeric": [">", 0]}], True),
    ([{"cidr": "10.0.0.0/24"}], "10.0.1.0"),
    ([{"cidr": "10.0.0.0/24"}], "::ffff:10.0.0.1"),
    ([{"exists": False}], None),
    ([{"exists": True}], []),
    ([{"exists": True}], {"y": 1}),
    ([{"wildcard": "a*a"}], "a"),
    ([{"wildcard": "a*b*b"}], "ab"),
]


@pytest.mark.parametrize(("values", "value"), MATCHES, ids=str)
def test_it_matches(values: list[Any], value: Any) -> None:
    assert of(values).matches(event(value))


@pytest.mark.parametrize(("values", "value"), MISSES, ids=str)
def test_it_does_not_match(values: list[Any], value: Any) -> None:
    assert not of(values).matches(event(value))


EITHER = {"source": ["shop"], "$or": [{"detail": {"a": [1]}}, {"detail": {"$or": [{"b": [2]}, {"c": [3], "d": [4]}]}}]}


@pytest.mark.parametrize(
    ("detail", "expected"),
    [({"a": 1}, True), ({"b": 2}, True), ({"c": 3}, False), ({"c": 3, "d": 4}, True), ({"d": 4}, False), ({}, False)],
)
def test_alternatives_of_fields(detail: dict[str, Any], expected: bool) -> None:
    parsed = parse(EITHER)
    assert isinstance(parsed, EventPattern)
    assert parsed.matches({"source": "shop", "detail": detail}) is expected
    assert not parsed.matches({"source": "other", "detail": detail})


def test_fields_of_a_list_match_in_one_element() -> None:
    """As in the README of aws/event-ruler, "JSON Array Matching": no match across elements."""
    parsed = parse({"detail": {"employees": {"firstName": ["Anna"], "lastName": ["Jones"]}, "tags": ["x"]}})
    assert isinstance(parsed, EventPattern)
    people = [{"firstName": "Anna", "lastName": "Smith"}, {"firstName": "Peter", "lastName": "Jones"}]
    assert not parsed.matches({"detail": {"employees": people, "tags": ["x", "y"]}})
    both = [*people, {"firstName": "Anna", "lastName": "Jones"}]
    assert parsed.matches({"detail": {"employees": both, "tags": ["x", "y"]}})


def test_lists_beside_each_other_and_in_each_other() -> None:
    parsed = parse({"detail": {"a": {"x": [1]}, "b": {"c": {"y": [2], "z": [3]}, "w": [4]}}})
    assert isinstance(parsed, EventPattern)

    def found(b: list[Any]) -> bool:
        return parsed.matches({"detail": {"a": [{"x": 0}, {"x": 1}], "b": b}})

    assert found([{"c": [{"y": 0}, {"y": 2, "z": 3}], "w": 4}])
    assert found([{"c": {"y": 2, "z": 3}, "w": 4}])
    assert not found([{"c": [{"y": 2}, {"z": 3}], "w": 4}])
    assert not found([{"c": [{"y": 2, "z": 3}], "w": 0}, {"c": [], "w": 4}])
    assert found([[{"c": [{"y": 2, "z": 3}], "w": 4}]])


def test_an_event_of_many_lists_is_matched_at_once() -> None:
    """Ten lists of a thousand elements, where the last one has no element that fits: not 1,000 to the power of ten."""
    parsed = parse({"detail": {f"l{n}": {"a": [1], "b": [1]} for n in range(10)}})
    assert isinstance(parsed, EventPattern)
    fits, misses = [{"a": 1, "b": 1}] * 1_000, [{"a": 1}, {"b": 1}] * 500
    lists = {f"l{n}": fits for n in range(9)}
    assert parsed.matches({"detail": {**lists, "l9": fits}})
    assert not parsed.matches({"detail": {**lists, "l9": misses}})


def faults(pattern: dict[str, Any]) -> dict[str, str]:
    parsed = parse(pattern)
    assert not isinstance(parsed, EventPattern)
    return {".".join(map(str, fault.path)): fault.message for fault in parsed}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([{"prefix": 5}], "`prefix` expects text"),
        ([{"prefix": {"suffix": "x"}}], "or {equals-ignore-case: …}"),
        ([{"prefix": "a", "suffix": "b"}], "exactly one key, got 2"),
        ([["a"]], "got a list"),
        ([{"numeric": [">"]}], "list of operators and numbers"),
        ([{"numeric": [">", "5"]}], "expects a number"),
        ([{"numeric": ["!", 5]}], "unknown operator `!`"),
        ([{"numeric": ["<", 5, ">", 3]}], "a lower bound and then an upper bound"),
        ([{"numeric": [">", 5, "<", 5]}], "no number is"),
        ([{"numeric": [">", 6e9]}], "-5,000,000,000 to 5,000,000,000"),
        ([{"cidr": "10.0.0.0/33"}], "not a range"),
        ([{"cidr": "10.0.0.1"}], "no length of the prefix"),
        ([{"exists": "true"}], "true or false"),
        ([{"anything-but": []}], "expects text or numbers"),
        ([{"anything-but": {"prefix": ""}}], "not empty"),
        ([{"anything-but": {"numeric": [">", 5]}}], "does not support `numeric`"),
        ([{"wildcard": r"a\b"}], "escapes only"),
        ([{"exsts": True}], "unknown filter `exsts`"),
    ],
    ids=str,
)
def test_what_eventbridge_refuses(values: list[Any], words: str) -> None:
    assert words in faults({"source": ["shop"], "detail": {"x": values}})["detail.x.0"]


def test_structures_that_eventbridge_refuses() -> None:
    assert faults({}) == {"": "expected a mapping with at least one field"}
    assert "at least two mappings" in faults({"$or": [{"source": ["a"]}]})["$or"]
    assert "`prefix` is a filter" in faults({"$or": [{"source": ["a"]}, {"prefix": ["b"]}]})["$or.1.prefix"]
    assert "uses only the last" in faults({"source": ["a"], "$or": [{"source": ["b"]}, {"id": ["c"]}]})["$or.0.source"]
    four = [{f"a{n}": [1]} for n in range(4)]
    many = {"detail": {f"f{n}": {"$or": four} for n in range(5)}}
    assert f"EventBridge allows {MOST_ALTERNATIVES:,}" in next(iter(faults(many).values()))
    assert faults({"source": ["a" * 3_000]})[""].startswith("a pattern has at most 2,048 characters, got 3,0")


def test_paths() -> None:
    data = {"detail": {"a b": {"c": [{"d": 0}]}, "n": None}, "resources": []}
    assert value_at(data, "$.detail['a b'].c[0].d") == 0
    assert not any(value_at(data, path) for path in ("$.detail.n", "$.resources[0]", "$.detail.a", "$.detail.n.x[0]"))
    assert paths_in("$.detail-type") == ["$.detail-type"]
    assert paths_in("{$.a} of {$.b[0]} {other}") == ["$.a", "$.b[0]"]


def test_a_key_with_dots_is_several_keys() -> None:
    """EventBridge joins the keys of a path by dots, in patterns and in events.
    https://github.com/aws/event-ruler/blob/main/src/main/software/amazon/event/ruler/Path.java
    """
    for detail in ({"a.b": ["x"]}, {"a": {"b": ["x"]}}):
        parsed = parse({"source": ["shop"], "detail": detail})
        assert isinstance(parsed, EventPattern), parsed
        assert parsed.matches({"source": "shop", "detail": {"a": {"b": "x"}}})
        assert parsed.matches({"source": "shop", "detail": {"a.b": "x"}})
        assert not parsed.matches({"source": "shop", "detail": {"a": {"c": "x"}}})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"numeric": ["=", float("nan")]}])
def test_json_has_no_such_number(value: Any) -> None:
    faults = parse({"source": ["shop"], "detail": {"x": [value]}})
    assert isinstance(faults, list)
    assert "JSON has no number" in faults[0].message
