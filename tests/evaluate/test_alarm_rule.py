"""Rules of composites: the guide's examples in our own names, what is refused and where, and that nothing crashes.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from generator.evaluate.alarms.rule import Rule, RuleProblem, parse

A, O, I = "ALARM", "OK", "INSUFFICIENT_DATA"  # noqa: E741
SHARED = Path(__file__).parents[3] / "shared" / "vectors" / "composite.yaml"


def holds(rule: str, **states: str) -> bool:
    parsed = parse(rule)
    assert isinstance(parsed, Rule), parsed
    return parsed.holds(states)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "states", "expected"),
    [
        ("ALARM(cpu) AND ALARM(disk)", {"cpu": A, "disk": A}, True),
        ("ALARM(cpu) AND ALARM(disk)", {"cpu": A, "disk": I}, False),
        ("ALARM(cpu) AND NOT ALARM(deploying)", {"cpu": A, "deploying": O}, True),
        ("NOT ALARM(cpu)", {"cpu": I}, True),
        ("NOT OK(cpu)", {"cpu": I}, True),
        ("INSUFFICIENT_DATA(cpu)", {"cpu": I}, True),
        ("(ALARM(a) OR ALARM(b)) AND OK(c)", {"a": O, "b": A, "c": O}, True),
        ("(ALARM(a) OR ALARM(b)) AND OK(c)", {"a": A, "b": A, "c": A}, False),
        ("ALARM(a) OR ALARM(b) AND ALARM(c)", {"a": A, "b": O, "c": O}, True),
        ("NOT ALARM(a) AND ALARM(b)", {"a": O, "b": O}, False),
        ("NOT NOT ALARM(a)", {"a": A}, True),
        ("AT_LEAST(2, ALARM, (a, b, c))", {"a": A, "b": A, "c": O}, True),
        ("AT_LEAST(2, ALARM, (a, b, c))", {"a": A, "b": I, "c": I}, False),
        ("AT_LEAST(2, NOT ALARM, (a, b, c))", {"a": A, "b": I, "c": O}, True),
        ("AT_LEAST(50%, OK, (a, b, c))", {"a": O, "b": A, "c": A}, False),
        ("AT_LEAST(50%, OK, (a, b, c))", {"a": O, "b": O, "c": A}, True),
        ("AT_LEAST(1, ALARM, (a)) AND NOT ALARM(b)", {"a": A, "b": O}, True),
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html
        ("AT_LEAST(2, ALARM, (w1, w2, w3, w4))", {"w1": A, "w2": A, "w3": O, "w4": O}, True),
        ("AT_LEAST(2, ALARM, (w1, w2, w3, w4))", {"w1": A, "w2": O, "w3": O, "w4": O}, False),
        ("AT_LEAST(50%, OK, (d1, d2, d3, d4))", {"d1": O, "d2": O, "d3": A, "d4": A}, True),
        ("AT_LEAST(50%, OK, (d1, d2, d3, d4))", {"d1": O, "d2": A, "d3": A, "d4": A}, False),
        ('AT_LEAST(2, ALARM, ("z 1", "z 2")) AND NOT ALARM(m)', {"z 1": A, "z 2": A, "m": A}, False),
        ("TRUE", {}, True),
        ("false", {}, False),
    ],
)
def test_rules_hold_as_the_guide_says(rule: str, states: dict[str, str], expected: bool) -> None:
    assert holds(rule, **states) is expected


def test_names_with_brackets_quotes_and_arns() -> None:
    rule = parse(r'ALARM("a (b), c") OR OK("say \"hi\"") OR ALARM(arn:aws:cloudwatch:us-east-1:1:alarm:x)')
    assert isinstance(rule, Rule)
    assert rule.children == ("a (b), c", 'say "hi"', "arn:aws:cloudwatch:us-east-1:1:alarm:x")


@pytest.mark.parametrize(
    ("rule", "position", "says"),
    [
        ("", 0, "the rule is incomplete"),
        ("cpu", 0, "expected a state before `cpu`"),
        ("BREACHING(a)", 0, "unknown state `BREACHING`"),
        ("ALARM(a) ALARM(b)", 9, "expected AND, OR or the end before `ALARM`"),
        ("ALARM(a) AND", 12, "the rule is incomplete"),
        ("(ALARM(a)", 0, "is not closed"),
        ("ALARM(a))", 8, "has no opening counterpart"),
        ("ALARM()", 6, "the name of an alarm is missing"),
        ("ALARM(a", 7, "`)` is missing"),
        ('ALARM("a)', 6, "a quotation mark has no counterpart"),
        ("AT_LEAST(x, ALARM, (a))", 9, "neither a number nor a percentage"),
        ("AT_LEAST(3, ALARM, (a, b))", 9, "AT_LEAST 3 of 2 alarms is always true or always false"),
        ("AT_LEAST(1, RED, (a))", 12, "unknown state `RED`"),
        (" OR ".join(f"ALARM(a{n})" for n in range(101)), 0, "at most 100 alarms"),
        (" OR ".join(["ALARM(a)"] * 600), 0, "at most 500 elements"),
        (" OR ".join(["AT_LEAST(1, ALARM, (a, b))"] * 126), 0, "at most 500 elements"),
        (f'ALARM("{"x" * 10_240}")', 10_240, "at most 10240 characters"),
    ],
)
def test_what_is_refused_and_where(rule: str, position: int, says: str) -> None:
    found = parse(rule)
    assert isinstance(found, RuleProblem)
    assert (found.position, says in found.message) == (position, True), found


def shared() -> list[dict[str, Any]]:
    rows = yaml.safe_load(SHARED.read_text()) if SHARED.exists() else []
    return [row for row in rows if row["kind"] in ("rule", "invalid")]


@pytest.mark.skipif(not SHARED.exists(), reason="the shared vectors are not here")
@pytest.mark.parametrize("row", shared(), ids=lambda row: row["name"])
def test_the_shared_vectors(row: dict[str, Any]) -> None:
    made = row.get("generate")
    found = parse(row["rule"] if not made else made["prefix"] + made["char"] * made["count"] + made["suffix"])
    assert isinstance(found, RuleProblem) is (row["kind"] == "invalid")
    for case in row.get("cases", []):
        assert isinstance(found, Rule)
        assert found.holds(case["states"]) is (case["expect"] == A)


TREES = st.recursive(
    st.sampled_from(["a", "b", "c", True, False]),
    lambda inner: st.tuples(st.just("NOT"), inner) | st.tuples(inner, st.sampled_from(["AND", "OR"]), inner),
    max_leaves=20,
)


def written(tree: Any) -> str:
    if isinstance(tree, bool):
        return str(tree).upper()
    if isinstance(tree, str):
        return f"ALARM({tree})"
    return f"({' '.join(part if part in ('NOT', 'AND', 'OR') else written(part) for part in tree)})"


def truth(tree: Any, states: dict[str, str]) -> bool:
    if isinstance(tree, bool):
        return tree
    if isinstance(tree, str):
        return states[tree] == A
    if tree[0] == "NOT":
        return not truth(tree[1], states)
    left, right = truth(tree[0], states), truth(tree[2], states)
    return left and right if tree[1] == "AND" else left or right


@given(TREES)
def test_any_rule_holds_as_logic_does(tree: Any) -> None:
    for a, b, c in itertools.product((A, O), repeat=3):
        states = {"a": a, "b": b, "c": c}
        assert holds(written(tree), **states) is truth(tree, states)


@given(st.text(alphabet='ALRMOKND()", \\%12ab_ET', max_size=200))
def test_no_text_makes_it_crash(text: str) -> None:
    assert isinstance(parse(text), Rule | RuleProblem)


def test_depth_costs_nothing() -> None:
    assert isinstance(parse("(" * 4_000 + "ALARM(a)" + ")" * 4_000), RuleProblem)
    assert isinstance(parse("NOT " * 2_000 + "ALARM(a)"), Rule)
