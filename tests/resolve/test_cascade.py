"""Which value wins: built-in < defaults < entry < override by environment < by label < by account."""

from __future__ import annotations

import pytest

from generator.model.accounts import Side
from generator.model.alarms import Alarm, Tuning
from generator.model.signals import AccountSignal, FleetSignal
from tests.support import built, codes, spec


def alarms(change: str, environment: str = "prod") -> dict[str, Alarm]:
    made = built(spec(change))
    assert made.artifacts, made.findings
    return {alarm.ref: alarm for alarm in made.estates[environment].alarms}


def tuning(change: str, account: str = "alpha", environment: str = "prod") -> Tuning:
    return alarms(change, environment)["errors"].tuning_in(account)


def test_what_nobody_says_is_built_in() -> None:
    usual = tuning("")
    assert (usual.period, usual.datapoints, usual.evaluation_periods) == (60, 1, 1)
    assert (usual.missing_data, usual.severity, usual.enabled) == ("breaching", "medium", True)


LADDER = [
    ("defaults: {alarms: {period: 2m}}", 120),
    ("defaults: {alarms: {period: 2m}}\nalarms: {errors: {period: 3m}}", 180),
    ("alarms: {errors: {period: 3m, overrides: [{where: {environment: prod}, period: 4m}]}}", 240),
    (
        "alarms: {errors: {overrides:"
        " [{where: {tier: critical}, period: 5m}, {where: {environment: prod}, period: 4m}]}}",
        300,
    ),
    (
        "alarms: {errors: {overrides: [{where: {account: alpha}, period: 6m}, {where: {tier: critical}, period: 5m}]}}",
        360,
    ),
]


@pytest.mark.parametrize(("change", "period"), LADDER, ids=["default", "entry", "environment", "label", "account"])
def test_each_step_of_the_cascade_beats_the_one_before(change: str, period: int) -> None:
    assert tuning(change).period == period


def test_among_equals_the_later_override_wins() -> None:
    two = "[{where: {account: alpha}, threshold: '> 7'}, {where: {account: alpha}, threshold: '> 8'}]"
    assert tuning(f"alarms: {{errors: {{overrides: {two}}}}}").threshold == 8


def test_all_conditions_of_an_override_have_to_hold() -> None:
    change = "alarms: {errors: {overrides: [{where: {tier: critical, account: [alpha, beta]}, threshold: '> 9'}]}}"
    assert tuning(change, "alpha").threshold == 9
    assert tuning(change, "beta").threshold == 5


def test_a_list_in_where_means_any_of_them() -> None:
    change = "alarms: {errors: {overrides: [{where: {account: [alpha, gamma]}, threshold: '> 9'}]}}"
    assert [tuning(change, name).threshold for name in ("alpha", "beta", "gamma")] == [9, 5, 9]


def test_accounts_that_join_later_get_what_no_account_override_touches() -> None:
    change = (
        "organizational_units: [ou-ab12-cdefgh34]\n"
        "alarms: {errors: {overrides: [{where: {environment: prod}, threshold: '> 6'},"
        " {where: {account: alpha}, threshold: '> 9'}]}}"
    )
    assert alarms(change)["errors"].tuning.threshold == 6
    template = built(spec(change)).templates["prod"]["member.template.yaml"]
    assert template["Parameters"]["AlarmErrorsThreshold"]["Default"] == 6


def test_an_environment_that_an_override_names_is_the_only_one_it_changes() -> None:
    change = (
        "environments: [dev, prod]\naccess: {owned_by: prod}\n"
        "alarms: {errors: {overrides: [{where: {environment: dev}, enabled: false}]}}"
    )
    assert alarms(change, "dev")["errors"].everywhere_disabled
    assert not alarms(change, "prod")["errors"].everywhere_disabled


def test_an_environment_may_have_places_of_its_own() -> None:
    change = (
        "environments: {dev: {accounts: [alpha], hub: {account: '999999999999', region: eu-west-1}}, prod: null}\n"
        "access: {owned_by: prod}"
    )
    estates = built(spec(change)).estates
    assert [account.name for account in estates["dev"].accounts] == ["alpha"]
    assert (estates["dev"].hub.account, estates["dev"].regions) == ("999999999999", ("eu-west-1",))
    assert len(estates["prod"].accounts) == 3


def test_an_alarm_over_each_account_is_one_for_each_with_its_own_values() -> None:
    change = (
        "alarms: {errors: {in: hub, over: each-account,"
        " overrides: [{where: {account: beta}, threshold: '> 9'}, {where: {account: gamma}, enabled: false}]}}"
    )
    made = alarms(change)
    assert made["errors@beta"].tuning.threshold == 9
    assert made["errors@beta"].name == "errors-beta-alarm-prod"
    assert made["errors@gamma"].everywhere_disabled
    signal = made["errors@alpha"].signal
    assert isinstance(signal, AccountSignal)
    assert signal.account.id == "222222222222"


@pytest.mark.parametrize(
    ("statistic", "combine"), [("Sum", "SUM"), ("Average", "AVG"), ("Minimum", "MIN"), ("p99", "MAX")]
)
def test_accounts_are_combined_as_the_statistic_asks(statistic: str, combine: str) -> None:
    signal = alarms(f"alarms: {{errors: {{in: hub, over: all-accounts, statistic: {statistic}}}}}")["errors"].signal
    assert isinstance(signal, FleetSignal)
    assert signal.combine == combine


def test_a_composite_over_each_account_alarms_means_any_of_them() -> None:
    change = (
        "alarms: {errors: {in: hub, over: each-account}, lag: {in: hub, over: all-accounts,"
        " metric: {namespace: Shop, name: Lag}, statistic: Maximum, threshold: '> 1'}}\n"
        "composites: {down: {in: hub, rule: lag and ok(errors)}}"
    )
    made = built(spec(change))
    (composite,) = made.estates["prod"].composites_in(Side.HUB)
    rule = made.templates["prod"]["hub.template.yaml"]["Resources"][composite.logical_id]["Properties"]["AlarmRule"]
    assert rule["Fn::Sub"] == (
        'ALARM("${AlarmLag}") AND'
        ' (OK("${AlarmErrorsInAlpha}") AND OK("${AlarmErrorsInBeta}") AND OK("${AlarmErrorsInGamma}"))'
    )


def test_two_keys_that_make_one_name_are_told() -> None:
    other = "{in: hub, over: each-account, metric: {filter: errors}, statistic: Sum, threshold: '> 5'}"
    single = "{in: hub, over: all-accounts, metric: {filter: errors}, statistic: Sum, threshold: '> 5'}"
    assert "R11" in codes(spec(f"alarms: {{flood: {other}, flood-alpha: {single}}}"))
