"""Alarms of the hub whose metrics have an account: built, played per account, and in words. Actions by state, keys."""

from __future__ import annotations

import json

import pytest

from generator.model.alarm_locations import severity_locations
from generator.render.section_words import changes_of
from generator.render.words import signal_in_words
from tests.played import ALPHA, BETA, HUB_ACCOUNT, MINUTE, changes, deployed, played, published
from tests.support import built, spec

GAP = """
access: {sharing: [metrics]}
alarms:
  errors: null
  gap:
    in: hub
    expression: sent - booked
    metrics:
      sent: {namespace: Shop, name: Sent, statistic: Sum, account: alpha}
      booked: {namespace: Shop, name: Booked, statistic: Sum, account: beta}
    threshold: "> 5"
    datapoints: 2 of 2
  lag:
    in: hub
    metric: {namespace: Shop, name: Lag, account: beta}
    statistic: Maximum
    threshold: "> 30"
    published_by: the batch job of the ledger
"""


def test_a_storm_in_one_account_fires_and_recovers() -> None:
    result = played(
        deployed(GAP),
        published("Sent", [10] * 20),
        published("Booked", [*[10] * 5, *[0] * 5, *[10] * 10], BETA),
        published("Booked", [10] * 20),
        published("Lag", [*[1] * 5, 60, *[1] * 14], BETA),
        lasts=15 * MINUTE,
    )
    # Two periods of two accounts differ; what alpha itself books is none of it.
    assert changes(result, "gap-alarm-prod", HUB_ACCOUNT) == [
        (0, "OK"),
        (7 * MINUTE, "ALARM"),
        (11 * MINUTE, "OK"),
    ]
    assert changes(result, "lag-alarm-prod", HUB_ACCOUNT)[-2:] == [(6 * MINUTE, "ALARM"), (7 * MINUTE, "OK")]


@pytest.mark.parametrize(
    ("treatment", "state"), [("breaching", "ALARM"), ("not-breaching", "OK"), ("missing", "INSUFFICIENT_DATA")]
)
def test_an_empty_account_at_night(treatment: str, state: str) -> None:
    waiver = "waivers: [{rule: alarms-treat-missing-data-as-breaching, for: alarms, reason: nothing is sent at night}]"
    stacks = deployed(f"{GAP}    missing_data: {treatment}\n{waiver if treatment != 'breaching' else ''}\n")
    # Alpha has the metric; the alarm is about beta, where nothing is.
    result = played(stacks, published("Lag", [60] * 20), lasts=15 * MINUTE)
    assert [after for _, after in changes(result, "lag-alarm-prod", HUB_ACCOUNT)][-1:] in ([state], [])
    assert result.states[next(alarm for alarm in result.states if alarm.name == "lag-alarm-prod")] == state


def test_what_one_account_does_not_publish_counts_as_zero() -> None:
    result = played(deployed(GAP), published("Sent", [10] * 20), lasts=5 * MINUTE)
    assert changes(result, "gap-alarm-prod", HUB_ACCOUNT)[-1][1] == "ALARM"


def test_an_alarm_on_one_account_is_about_that_account() -> None:
    estate = built(spec(GAP)).estates["prod"]
    alarms = {alarm.key: alarm for alarm in estate.alarms}
    assert {key: alarms[key].account for key in ("gap", "lag")} == {"gap": None, "lag": "beta"}
    assert severity_locations(alarms["lag"], estate) == [("medium", ("beta",))]
    assert severity_locations(alarms["gap"], estate) == [("medium", ("the hub",))]
    words = signal_in_words(alarms["gap"].signal)
    assert "booked is Sum of Shop Booked of beta, sent is Sum of Shop Sent of alpha" in words
    assert b"Metrics published by** the batch job of the ledger" in built(spec(GAP)).artifacts["prod/catalogue.md"]


def test_an_environment_without_one_of_the_accounts_has_no_such_alarm() -> None:
    environments = """
environments: {prod: {accounts: [alpha, beta]}, staging: {accounts: [gamma]}}
metric_filters: {errors: {metric: {name: "Errors-{environment}"}}}
access: {owned_by: prod}
"""
    build = built(spec(f"{environments}{GAP}".replace("access: {sharing: [metrics]}", "", 1)))
    assert build.artifacts, build.findings
    assert [alarm.everywhere_disabled for alarm in build.estates["staging"].alarms] == [True, True]
    hub = build.templates["staging"]["hub.template.yaml"]["Resources"]
    assert not {"AlarmGap", "AlarmLag"} & hub.keys()
    assert {"AlarmGap", "AlarmLag"} <= build.templates["prod"]["hub.template.yaml"]["Resources"].keys()


def test_members_that_share_no_metrics_are_reported() -> None:
    findings = built(spec(GAP.replace("[metrics]", "[logs]"))).findings
    assert {finding.code for finding in findings if finding.severity == "error"} == {"T16"}


def test_the_tag_checker_of_another_stack() -> None:
    change = """
alarms:
  errors: null
  tags:
    metric: {namespace: TagCompliance, name: NonCompliantInstances}
    statistic: Sum
    threshold: "> 5"
"""
    assert [finding.code for finding in built(spec(change)).findings if finding.severity == "error"] == ["T08"]
    assert built(spec(f"{change}    published_by: the stack of the platform team\n")).artifacts


def test_the_diff_has_the_states_of_an_action() -> None:
    function = "arn:aws:lambda:us-east-1:222222222222:function:stop"
    both = f'alarms: {{errors: {{actions: ["{function}"]}}}}'
    in_alarm = f'alarms: {{errors: {{actions: [{{run: "{function}", states: [alarm]}}]}}}}'
    before, after = (json.loads(built(spec(text)).artifacts["prod/estate.json"]) for text in (both, in_alarm))
    sentences = [change.sentence for change in changes_of(before, after)]
    assert any(f"CloudWatch invokes {function} in ALARM instead of ALARM and OK" in text for text in sentences)


def test_the_diff_has_the_account_of_a_metric() -> None:
    other = GAP.replace("name: Lag, account: beta", "name: Lag, account: alpha").replace("the ledger", "the shop")
    before, after = (json.loads(built(spec(text)).artifacts["prod/estate.json"]) for text in (GAP, other))
    sentences = "; ".join(change.sentence for change in changes_of(before, after))
    assert "Shop Lag of alpha" in sentences
    assert "its metrics are now published by the batch job of the shop (was the batch job of the ledger)" in sentences


def test_a_log_group_with_a_key_of_its_owner_makes_no_key() -> None:
    arn = "arn:aws:kms:{region}:{account_id}:key/1234abcd"
    change = f'defaults: {{log_groups: {{encryption: customer-key}}}}\nlog_groups: {{application: {{key: "{arn}"}}}}'
    build = built(spec(change))
    member = build.templates["prod"]["member.template.yaml"]["Resources"]
    assert not any(resource["Type"] == "AWS::KMS::Key" for resource in member.values())
    assert member["LogGroupApplication"]["Properties"]["KmsKeyId"] == {
        "Fn::Sub": "arn:aws:kms:${AWS::Region}:${AWS::AccountId}:key/1234abcd"
    }
    assert ALPHA not in str(member["LogGroupApplication"])
