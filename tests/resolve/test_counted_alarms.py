"""Rules that count alarms: what each account's template has, whose incident it is, and what texts say of it."""

from __future__ import annotations

import json

import pytest

from generator.checks.composite_logic import can_be_true
from generator.evaluate.template.template import read
from generator.evaluate.types import Deployed
from generator.model.alarm_rules import AllOf, Not, Rule
from generator.render.catalogue import rule_in_words
from generator.render.diff import DiffSide, as_data, difference, render_diff
from generator.render.routing import routing_json
from generator.spec.composites import RuleError, parse_rule
from tests.support import built, spec

ALARMS = """
alarms:
  lag: &like {metric: {filter: errors}, statistic: Sum, threshold: "> 9", severity: medium}
  depth: {<<: *like, accounts: [beta]}
  slow: {<<: *like, overrides: [{where: {account: gamma}, enabled: false}]}
  fleet: {<<: *like, in: hub}
"""


def rules(composites: str, account: str | None = None) -> dict[str, str]:
    """The rules that CloudFormation makes in an account, by default in the hub."""
    made = built(spec(f"{ALARMS}composites: {composites}"))
    assert made.artifacts, made.findings
    estate = made.estates["prod"]
    file = "member.template.yaml" if account else "hub.template.yaml"
    ids = {found.name: found.id for found in estate.accounts}
    parameters = (("AlarmSlowEnabled", "false"),) if account == "gamma" else ()
    hub = "111111111111"
    contents = read(Deployed(made.templates["prod"][file], ids.get(account or "", hub), "us-east-1", "", parameters))
    return {found.alarm.name.removesuffix("-alarm-prod"): found.rule for found in contents.composites}


@pytest.mark.parametrize(
    ("rule", "by_account"),
    [
        (
            "at_least(2, errors, lag, depth)",
            {
                "alpha": 'AT_LEAST(2, ALARM, ("errors-alarm-prod", "lag-alarm-prod"))',
                "beta": 'AT_LEAST(2, ALARM, ("errors-alarm-prod", "lag-alarm-prod", "depth-alarm-prod"))',
            },
        ),
        (
            "errors and at_least(50%, ok, (lag, depth, slow))",
            {
                "alpha": 'ALARM("errors-alarm-prod") AND AT_LEAST(1, OK, ("lag-alarm-prod", "slow-alarm-prod"))',
                "beta": 'ALARM("errors-alarm-prod") AND AT_LEAST(2, OK, ("lag-alarm-prod", "depth-alarm-prod",'
                ' "slow-alarm-prod"))',
                "gamma": 'ALARM("errors-alarm-prod") AND AT_LEAST(1, OK, ("lag-alarm-prod"))',
            },
        ),
        # Two alarms that only beta has make no composite elsewhere, and too few of them are FALSE.
        (
            "at_least(2, depth, slow)",
            {"alpha": None, "beta": 'AT_LEAST(2, ALARM, ("depth-alarm-prod", "slow-alarm-prod"))'},
        ),
        ("errors or at_least(2, depth, slow)", {"alpha": 'ALARM("errors-alarm-prod") OR FALSE'}),
    ],
)
def test_an_account_counts_the_alarms_that_it_has(rule: str, by_account: dict[str, str | None]) -> None:
    for account, expected in by_account.items():
        assert rules(f'{{many: {{rule: "{rule}"}}}}', account).get("many") == expected


def test_a_hub_alarm_over_each_account_counts_once_for_each_account() -> None:
    expected = 'AT_LEAST(2, ALARM, ("fleet-alpha-alarm-prod", "fleet-beta-alarm-prod", "fleet-gamma-alarm-prod"))'
    assert rules('{most: {in: hub, rule: "at_least(50%, fleet)"}}') == {"most": expected}


@pytest.mark.parametrize(
    ("rule", "members"),
    [
        ("at_least(2, errors, lag, slow)", {"errors", "lag", "slow"}),
        ("not at_least(2, ok, (errors, lag))", {"errors", "lag"}),
        ("errors and at_least(1, not ok, (lag, slow))", {"errors", "lag", "slow"}),
        ("errors and at_least(1, ok, (lag, slow))", {"errors"}),
        ("errors and at_least(1, no-data, (lag, slow))", {"errors"}),
    ],
)
def test_alarms_that_are_counted_in_alarm_join_the_incident(rule: str, members: set[str]) -> None:
    made = built(spec(f'{ALARMS}composites: {{down: {{rule: "{rule}", severity: high}}}}'))
    data = json.loads(routing_json(made.estates["prod"]))["alarms"]
    parts = {name for name, entry in data.items() if entry.get("parts_of") == ["down-alarm-prod"]}
    assert {name.removesuffix("-alarm-prod") for name in parts} - {"down"} == members


def parsed(text: str) -> Rule:
    rule = parse_rule(text)
    assert not isinstance(rule, RuleError), rule
    return rule


@pytest.mark.parametrize(
    ("rule", "off", "possible"),
    [
        ("at_least(2, a, b, c)", "", (True, True)),
        ("at_least(3, a, b, c) and ok(b)", "", (False, True)),
        ("at_least(2, a, b, c) and ok(b)", "", (True, True)),
        ("at_least(1, not alarm, (a, b)) or at_least(2, a, b)", "", (True, False)),
        ("at_least(2, a, b)", "b", (False, True)),
        ("at_least(50%, a, b)", "b", (True, True)),
        ("at_least(1, not ok, (a, b)) and ok(a)", "b", (False, True)),
        ("at_least(100%, a, b)", "ab", (False, True)),
    ],
)
def test_whether_a_count_can_be_true_and_can_be_false(rule: str, off: str, possible: tuple[bool, bool]) -> None:
    counted = parsed(rule)
    assert (can_be_true(counted, {*off}), can_be_true(Not(counted), {*off})) == possible
    assert can_be_true(AllOf((counted, Not(counted))), {*off}) is False


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("at_least(2, a, b, c)", "at least 2 of a, b and c"),
        ("a or AT_LEAST(50%, NOT OK, (b, c))", "a or at least 50% of b and c are not OK"),
        ("at_least(1, no-data, (a, b))", "at least 1 of a and b are without data"),
        ("at_least(1, ok, alarm)", "at least 1 of ok and alarm"),
    ],
)
def test_what_a_count_is_called(rule: str, words: str) -> None:
    assert rule_in_words(parsed(rule)) == words


def test_a_diff_says_what_is_counted_now() -> None:
    both = []
    for rule in ("at_least(2, errors, lag, slow)", "at_least(60%, not ok, (errors, lag))"):
        made = built(spec(f'{ALARMS}composites: {{many: {{rule: "{rule}"}}}}'))
        both.append(DiffSide(as_data(made.artifacts["prod/estate.json"]), made.templates["prod"]))
    text = " ".join(render_diff([difference("prod", *both)], "text", coloured=False).split())
    assert "fires when at least 60% of errors and lag are not OK instead of at least 2 of errors, lag and slow" in text
