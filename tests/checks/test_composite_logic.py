"""Rules of composites that no state of their alarms makes true, or every one, or only one that suppresses them."""

from __future__ import annotations

import pytest

from generator.checks.composite_logic import can_be_true
from generator.findings import dotted
from generator.model.alarm_rules import AllOf, AnyOf, InState, Not
from tests.support import built, spec

LAG = "alarms: {lag: {metric: {namespace: Shop, name: Lag}, statistic: Maximum, threshold: '> 1'}}"
MANY = [f"a{number}" for number in range(60)]


def told(composites: str) -> list[str]:
    findings = built(spec(f"{LAG}\ncomposites: {composites}")).findings
    return [f"{dotted(f.path)}: {f.message}" for f in findings if f.code == "T12"]


@pytest.mark.parametrize(
    ("composites", "place", "words"),
    [
        ("{down: {rule: errors and not errors and lag}}", "down.rule", "contradicts itself"),
        ("{down: {rule: ok(errors) and errors and lag}}", "down.rule", "contradicts itself"),
        ("{down: {rule: errors or not errors or lag}}", "down.rule", "always in ALARM"),
        ("{a: {rule: errors and lag}, b: {rule: a and not errors}}", "b.rule", "contradicts itself"),
        ("{down: {rule: errors and lag, suppressed_by: errors}}", "down.suppressed_by", "only while `errors`"),
        (
            "{a: {rule: errors or lag}, b: {rule: errors and lag, suppressed_by: a}}",
            "b.suppressed_by",
            "only while `a`",
        ),
    ],
)
def test_a_rule_that_decides_by_itself_is_refused(composites: str, place: str, words: str) -> None:
    (message,) = told(composites)
    assert message.startswith(f"composites.{place}: ")
    assert words in message


@pytest.mark.parametrize(
    "composites",
    [
        "{down: {rule: errors and lag}}",
        "{down: {rule: errors or lag, suppressed_by: errors}}",
        "{a: {rule: errors and lag}, b: {rule: errors and not a}}",
        "{down: {rule: errors and not ok(lag)}}",
    ],
)
def test_a_rule_that_leans_on_its_alarms_is_taken(composites: str) -> None:
    assert told(composites) == []


def test_neither_ok_nor_in_alarm_is_a_state() -> None:
    neither = AllOf((Not(InState("a", "ALARM")), Not(InState("a", "OK"))))
    assert can_be_true(neither)
    assert not can_be_true(AllOf((neither, Not(InState("a", "INSUFFICIENT_DATA")))))


def test_a_hundred_alarms_are_not_every_combination_of_them() -> None:
    alarms = tuple(InState(name, "ALARM") for name in MANY)
    assert can_be_true(AllOf((*alarms, AnyOf(alarms))))
    assert not can_be_true(AllOf((*alarms, Not(alarms[-1]))))
    assert not can_be_true(AllOf((AllOf(alarms), Not(AnyOf(alarms)))))
