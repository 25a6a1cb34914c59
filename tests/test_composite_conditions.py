"""Children that exist wherever their composite does need no condition in its rule."""

from __future__ import annotations

import json

import pytest

from tests.support import built, spec

METRIC = "metric: {namespace: AWS/SQS, name: ApproximateAgeOfOldestMessage, dimensions: {QueueName: jobs}}"
AGE = f"{METRIC}, statistic: Maximum, threshold: '> 60', severity: high"
RULE = "composites: {down: {rule: age or errors, severity: critical, %s}}"


def rule_of(change: str) -> tuple[str, list[str]]:
    made = built(spec(change))
    resources = made.templates["prod"]["member.template.yaml"]["Resources"]
    found = [finding.message for finding in made.findings]
    return json.dumps(resources["CompositeDown"]["Properties"]["AlarmRule"]), found


@pytest.mark.parametrize(
    ("child", "composite", "has_condition"),
    [
        ("accounts: [alpha]", "accounts: [alpha], regions: [us-east-1]", False),
        ("accounts: [alpha, beta]", "accounts: [alpha]", False),
        ("regions: [us-east-1]", "accounts: [alpha], regions: [us-east-1]", False),
        ("accounts: [alpha]", "accounts: [alpha, beta]", True),
        ("regions: [us-east-1]", "accounts: [alpha]", True),
    ],
)
def test_a_child_of_at_least_the_places_of_its_composite_has_no_condition(
    child: str, composite: str, has_condition: bool
) -> None:
    change = f"regions: [us-east-1, eu-west-1]\nalarms: {{age: {{{AGE}, {child}}}}}\n{RULE % composite}"
    rule, found = rule_of(change)
    assert ("Fn::If" in rule) is has_condition
    assert not [message for message in found if "W1028" in message]


def test_an_account_with_some_of_the_regions_has_no_unreachable_branch() -> None:
    accounts = "regions: [us-east-1, eu-west-1]\naccounts: {alpha: {regions: [us-east-1]}}\n"
    alarms = f"alarms: {{age: {{{AGE}, accounts: [alpha]}}, errors: {{accounts: [alpha]}}}}\n"
    rule, found = rule_of(accounts + alarms + "composites: {down: {rule: age and errors, severity: critical}}")
    assert "Fn::If" not in rule and not [message for message in found if "W1028" in message]


def test_a_child_of_accounts_that_join_later_covers_no_composite_of_them_unless_it_is_with_them() -> None:
    units = "organizational_units: [ou-ab12-cdefgh34]\n"
    rule, _ = rule_of(f"{units}alarms: {{age: {{{AGE}, accounts: [alpha, beta, gamma]}}}}\n{RULE % 'owner: shop'}")
    assert "Fn::If" in rule
