"""What resources cost: charges of each kind of alarm and resource, prices, accounts, and what is not known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.cost.change import CostChange, KindChange, cost_change
from generator.cost.charges import Kind
from generator.cost.estimate import Estimate, estimate
from generator.cost.items import ITEMS
from generator.cost.price_list import price_list
from generator.cost.prices import BASE_REGION, LIST_PRICES
from generator.cost.readers.alarms import QUERY
from generator.cost.readers.runs import runs_a_month
from generator.cost.template import TemplateCharges
from generator.cost.types import BY_USE, FREE, PRICED, VOLUMES
from generator.render.yaml_text import parse_template
from generator.spec.cost import VolumesSpec
from tests.support import ROOT

Template = dict[str, Any]
ALARM = "AWS::CloudWatch::Alarm"


def stacks(groups: Mapping[str, Mapping[str, str]], regions: list[str], units: tuple[str, ...] = ()) -> dict[str, Any]:
    """A manifest of one stack set: account to parameters."""
    listed = [
        {"accounts": {name: f"{number:012}"}, "parameters": dict(parameters)}
        for number, (name, parameters) in enumerate(groups.items(), start=1)
    ]
    of_set = {"template": "member.template.yaml", "regions": regions, "organizational_units": list(units)}
    return {"stacks": [], "stack_sets": [{**of_set, "groups": listed}]}


def priced(
    resources: Mapping[str, Any],
    *,
    regions: tuple[str, ...] = ("us-east-1",),
    groups: Mapping[str, Mapping[str, str]] | None = None,
    own: tuple[tuple[str, str, float], ...] = (),
    units: tuple[str, ...] = (),
    **sections: Any,
) -> Estimate:
    """The estimate of a member template."""
    manifest = stacks(groups or {"alpha": {}}, list(regions), units)
    return estimate(manifest, {"member.template.yaml": {"Resources": resources, **sections}}, price_list(own))


def usd(found: Estimate) -> float:
    return round(found.total.usd, 4)


def resource(type_: str, **properties: Any) -> dict[str, Any]:
    return {"Type": type_, "Properties": properties}


def stat(id_: str, period: Any = 60, namespace: str = "AWS/Lambda", **more: Any) -> dict[str, Any]:
    metric = {"Namespace": namespace, "MetricName": "Errors"}
    return {"Id": id_, "MetricStat": {"Metric": metric, "Period": period, "Stat": "Sum"}, **more}


def test_an_alarm_on_one_metric_is_billed_for_one() -> None:
    found = priced({"A": resource(ALARM, AlarmName="a", Namespace="Shop", MetricName="Errors", Period=60)})
    assert (usd(found), found.total.is_at_least) == (0.10, False)
    assert [(alarm.name, alarm.accounts, alarm.amount.usd) for alarm in found.alarms] == [("a", 1, 0.10)]


@pytest.mark.parametrize(("period", "price"), [(10, 0.30), (30, 0.30), (60, 0.10), (300, 0.10)])
def test_a_period_under_a_minute_is_high_resolution(period: int, price: float) -> None:
    # https://aws.amazon.com/cloudwatch/pricing/: "High Resolution (10 sec)"
    assert usd(priced({"A": resource(ALARM, Period=period)})) == price


def test_math_is_billed_for_its_metrics_and_not_for_expressions() -> None:
    metrics = [stat("m1"), stat("m2"), stat("m3"), {"Id": "e1", "Expression": "m1 + m2 / m3"}]
    assert usd(priced({"A": resource(ALARM, Metrics=metrics)})) == 0.30


def test_a_band_of_anomaly_detection_is_two_metrics_more() -> None:
    # The metric, and the upper and the lower bound.
    metrics = [stat("m1"), {"Id": "band", "Expression": "ANOMALY_DETECTION_BAND(m1, 2)"}]
    assert usd(priced({"A": resource(ALARM, Metrics=metrics, ThresholdMetricId="band")})) == 0.30
    of_seconds = [stat("m1", 10), {"Id": "band", "Expression": "ANOMALY_DETECTION_BAND(m1, 2)"}]
    assert usd(priced({"A": resource(ALARM, Metrics=of_seconds, ThresholdMetricId="band")})) == 0.90


def test_a_metrics_insights_query_is_at_least_one_metric() -> None:
    query = [{"Id": "q", "Expression": "SELECT MAX(Errors) FROM SCHEMA(Shop, Host) GROUP BY Host", "Period": 60}]
    found = priced({"A": resource(ALARM, Metrics=query)})
    assert (usd(found), found.total.is_at_least) == (0.10, True)
    assert "billed for each metric that it analyzes" in found.whole.more[0]
    assert found.alarms[0].amount.is_at_least


@pytest.mark.parametrize(
    ("of", "item", "reason"),
    [
        (resource(ALARM, EvaluationCriteria={"PromQLCriteria": {"Query": "up"}}), "promql-alarm", "PromQL query"),
        (resource("AWS::CloudWatch::LogAlarm"), "log-alarm", "log query"),
        (resource("AWS::CloudWatch::AlarmMuteRule"), "mute-rule", "mute rule"),
    ],
)
def test_what_has_no_known_price_is_at_least_and_takes_one_of_the_users(of: Template, item: str, reason: str) -> None:
    found = priced({"A": of})
    assert (usd(found), found.total.is_at_least) == (0, True)
    assert reason in found.whole.more[0]
    own = priced({"A": of}, own=((item, "*", 0.42),))
    assert (usd(own), own.total.is_at_least, own.whole.more) == (0.42, False, ())


def test_a_type_that_nobody_priced_is_at_least() -> None:
    found = priced({"A": resource("AWS::EC2::Instance")})
    assert (usd(found), found.whole.more) == (0, ("the price of AWS::EC2::Instance is not known",))
    assert found.total.is_at_least


def metric_filter(name: str, **more: Any) -> dict[str, Any]:
    return resource(
        "AWS::Logs::MetricFilter",
        MetricTransformations=[{"MetricNamespace": "Shop", "MetricName": name, "MetricValue": "1", **more}],
    )


def test_a_metric_of_several_filters_is_billed_once() -> None:
    assert (
        usd(priced({"A": metric_filter("Errors"), "B": metric_filter("Errors"), "C": metric_filter("Other")})) == 0.60
    )


def test_filters_of_different_accounts_and_conditions_share_their_metric_in_an_account() -> None:
    only = {"Fn::Equals": [{"Ref": "AWS::AccountId"}, "000000000001"]}
    found = priced(
        {"A": metric_filter("Errors"), "B": {**metric_filter("Errors"), "Condition": "Only"}},
        groups={"alpha": {}, "beta": {}},
        Conditions={"Only": only},
    )
    assert [round(account.cost.total.usd, 2) for account in found.accounts] == [0.30, 0.30]


def test_a_filter_with_dimensions_is_at_least_one_metric() -> None:
    found = priced({"A": metric_filter("Errors", Dimensions=[{"Key": "Host", "Value": "$.host"}])})
    assert (usd(found), found.total.is_at_least) == (0.30, True)


def test_heartbeats_are_as_many_as_alarms_watch() -> None:
    heartbeat = {"MetricNamespace": "Obsgen/Path", "Dimensions": [{"Key": "Account", "Value": "$.account"}]}
    watched = {
        f"A{number}": resource(
            ALARM,
            Namespace="Obsgen/Path",
            MetricName="Heartbeats-prod",
            Dimensions=[{"Name": "Account", "Value": f"{number}"}],
            Period=60,
        )
        for number in range(3)
    }
    found = priced({"F": metric_filter("Heartbeats-prod", **heartbeat), **watched})
    assert (usd(found), found.total.is_at_least) == (round(3 * 0.30 + 3 * 0.10, 2), False)


def test_a_metric_of_our_functions_is_billed_where_an_alarm_watches_it() -> None:
    alarms = {
        "A": resource(ALARM, Namespace="Obsgen/Probes", MetricName="Up", Period=60),
        "B": resource(ALARM, Namespace="Obsgen/Probes", MetricName="Up", Period=60),
        # Published in another account, and so billed there.
        "C": resource(ALARM, Metrics=[stat("m", namespace="Obsgen/Probes", AccountId="222222222222")]),
        "D": resource(ALARM, Namespace="AWS/SQS", MetricName="Age", Period=60),
    }
    assert usd(priced(alarms)) == 0.40 + 0.30


@pytest.mark.parametrize(
    ("region", "hour", "assumed"),
    [
        ("us-east-1", 0.010, False),
        ("eu-west-1", 0.011, False),
        ("eu-central-1", 0.012, False),
        ("sa-east-1", 0.010, True),
    ],
)
def test_an_endpoint_is_billed_by_hour_and_zone(region: str, hour: float, assumed: bool) -> None:
    endpoint = resource("AWS::EC2::VPCEndpoint", VpcEndpointType="Interface", SubnetIds={"Ref": "Subnets"})
    found = priced(
        {"E": endpoint, "G": resource("AWS::EC2::VPCEndpoint", VpcEndpointType="Gateway")},
        regions=(region,),
        groups={"alpha": {"Subnets": "subnet-1,subnet-2,subnet-3"}},
        Parameters={"Subnets": {"Type": "CommaDelimitedList", "Default": ""}},
    )
    assert usd(found) == round(3 * 730 * hour, 4)
    assert (found.total.is_assumed, found.assumed) == (assumed, (region,) if assumed else ())


def test_pieces_have_their_price() -> None:
    found = priced({
        "D": resource("AWS::CloudWatch::Dashboard"),
        "K": resource("AWS::KMS::Key"),
        "R": resource("AWS::CloudWatch::InsightRule"),
        "S": resource("AWS::SecretsManager::Secret"),
        "C": resource("AWS::CloudWatch::CompositeAlarm", AlarmName="c"),
        "O": resource("AWS::Oam::Link"),
    })  # fmt: skip
    assert {str(kind): amount.usd for kind, amount in found.whole.kinds} == {
        "composites": 0.50,
        "dashboards": 3.00,
        "Contributor Insights rules": 0.50,
        "keys": 1.00,
        "secrets": 0.40,
    }


@pytest.mark.parametrize(
    ("expression", "runs"),
    [
        ("rate(1 minute)", 43_800),
        ("rate(5 minutes)", 8_760),
        ("rate(1 hour)", 730),
        ("rate(2 days)", 730 / 48),
        ("rate(0 minute)", 1),
        ("cron(0 6 * * ? *)", 730 / 24),
        ("cron(0/15 * * * ? *)", 4 * 730),
        ("cron(0 9-17 ? * MON-FRI *)", 9 * 730 / 24 * 5 / 7),
        ("cron(0 8 1,15 * ? *)", 2),
        ("cron(0 8 ? * 2#1 *)", 1),
        ("cron(0 8 1 1 ? *)", 1 / 12),
        ("at(2026-11-30T00:00:00)", None),
        ("", None),
    ],
)
def test_runs_of_a_schedule(expression: str, runs: float | None) -> None:
    found = runs_a_month(expression)
    assert (found if found is None else round(found, 6)) == (runs if runs is None else round(runs, 6))


def test_a_canary_is_billed_by_its_runs() -> None:
    canary = resource("AWS::Synthetics::Canary", Schedule={"Expression": "rate(5 minutes)"})
    assert usd(priced({"C": canary})) == round(8_760 * 0.0012, 4)
    assert usd(priced({"C": canary}, regions=("eu-central-1",))) == round(8_760 * 0.0016, 4)


def test_a_function_on_a_schedule_is_billed_and_lambdas_polls_of_queues_too() -> None:
    function = {"MemorySize": 128, "Architectures": ["arm64"], "Handler": "handlers.probes.app.handler"}
    schedule = {"ScheduleExpression": "rate(1 minute)", "Target": {"Arn": {"Fn::GetAtt": ["F", "Arn"]}}}
    found = priced(
        {"F": resource("AWS::Lambda::Function", **function), "S": resource("AWS::Scheduler::Schedule", **schedule)}
    )
    # 43,800 runs of two seconds at 128 MB.
    expected = 43_800 * (1.00 + 0.20) / 1e6 + 43_800 * 2 * 0.125 * 0.0000133334
    assert usd(found) == round(expected, 4)
    # Five pollers where the mapping limits the concurrency, otherwise two of an idle queue.
    polls = 730 * 3_600 / 20 * 0.40 / 1e6
    assert usd(priced({"M": resource("AWS::Lambda::EventSourceMapping")})) == round(2 * polls, 4)
    limited = resource("AWS::Lambda::EventSourceMapping", ScalingConfig={"MaximumConcurrency": 40})
    assert usd(priced({"M": limited})) == round(5 * polls, 4)


def test_a_function_behind_a_queue_is_found() -> None:
    resources = {
        "F": resource("AWS::Lambda::Function", MemorySize=1024),
        "Q": resource("AWS::SQS::Queue"),
        "M": resource(
            "AWS::Lambda::EventSourceMapping", EventSourceArn={"Fn::GetAtt": "Q.Arn"}, FunctionName={"Ref": "F"}
        ),
        "R": resource(
            "AWS::Events::Rule", ScheduleExpression="rate(1 hour)", Targets=[{"Arn": {"Fn::GetAtt": ["Q", "Arn"]}}]
        ),
    }
    functions = dict(priced(resources).whole.kinds)["functions and schedules"]  # type: ignore[index]
    assert round(functions.usd, 6) == round(730 * 0.20 / 1e6 + 730 * 0.0000166667, 6)


def test_parameters_and_conditions_decide_by_account_and_region() -> None:
    resources = {
        "Off": {**resource(ALARM, AlarmName="off", Period=60), "Condition": "IsOn"},
        "Own": resource(ALARM, AlarmName="own", Period={"Ref": "Period"}),
        "Here": {**resource(ALARM, AlarmName="here", Period=60), "Condition": "IsHere"},
        "Threshold": resource(ALARM, AlarmName="t", Period=60, Threshold={"Ref": "Threshold"}),
    }
    found = priced(
        resources,
        regions=("us-east-1", "eu-west-1"),
        groups={"alpha": {}, "beta": {"On": "true", "Period": "10"}, "gamma": {"Threshold": "9"}},
        Parameters={
            "On": {"Type": "String", "Default": "false"},
            "Period": {"Type": "Number", "Default": 60},
            "Threshold": {"Type": "Number", "Default": 1},
        },
        Conditions={
            "IsOn": {"Fn::Equals": [{"Ref": "On"}, "true"]},
            "IsHere": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]},
        },
    )
    costs = {account.names[0]: round(account.cost.total.usd, 2) for account in found.accounts}
    # own and t in two Regions, here in one; beta has off in two and own at high resolution.
    assert costs == {"alpha": 0.50, "beta": 1.10, "gamma": 0.50}
    assert {alarm.name: (alarm.accounts, round(alarm.amount.usd, 2)) for alarm in found.alarms} == {
        "here": (3, 0.30),
        "off": (1, 0.20),
        "own": (3, 1.00),
        "t": (3, 0.60),
    }


def test_a_period_that_a_function_chooses_is_read_for_each_region_and_account() -> None:
    found = priced(
        {"A": resource(ALARM, AlarmName="a", Period={"Fn::If": ["IsHere", {"Ref": "Period"}, 60]})},
        regions=("us-east-1", "eu-west-1"),
        groups={"alpha": {}, "beta": {"Period": "10"}},
        Parameters={"Period": {"Type": "Number", "Default": 60}},
        Conditions={"IsHere": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}},
    )
    assert [round(account.cost.total.usd, 2) for account in found.accounts] == [0.20, 0.40]


def test_accounts_of_units_are_priced_each_and_make_the_whole_at_least() -> None:
    found = priced({"A": resource(ALARM, Period=60)}, units=("ou-ab12-cdefgh34",))
    assert found.unnamed is not None
    assert (round(found.unnamed.total.usd, 2), found.total.is_at_least) == (0.10, True)


def change(before: Mapping[str, Any], after: Mapping[str, Any], **options: Any) -> CostChange | None:
    return cost_change(priced(before, **options), priced(after, **options))


def test_one_more_of_what_has_no_price_is_a_change() -> None:
    """A further alarm on a query was none, where one was there already: the reason was not new."""
    log = {name: resource("AWS::CloudWatch::LogAlarm", AlarmName=name) for name in "abc"}
    found = change({"A": log["a"]}, log)
    assert found is not None and (found.usd, found.unknown) == (
        0,
        ("the price of an alarm on a log query is not known",),
    )
    query = {name: resource(ALARM, Metrics=[{"Id": "q", "Expression": "SELECT MAX(x) FROM y"}]) for name in "ab"}
    more = change({"A": query["a"]}, query)
    assert more is not None and (more.usd, more.unknown) == (0.10, (QUERY,))
    assert change(query, {"A": query["a"]}) == CostChange(0.2, 0.1, -0.1, 1, (KindChange(Kind.ALARMS, -0.1),))
    assert change(log, log) is None


def test_what_further_accounts_of_units_cost_is_a_change_too() -> None:
    alarms = {name: resource(ALARM, Period=60) for name in "abc"}
    manifest = stacks({}, ["us-east-1"], ("ou-ab12-cdefgh34",))
    before, after = (
        estimate(manifest, {"member.template.yaml": {"Resources": of}}, price_list())
        for of in ({"a": alarms["a"]}, alarms)
    )
    assert cost_change(before, after) == CostChange(0.0, 0.0, 0.0, 0, each_unnamed=0.20)
    assert cost_change(after, after) is None


def test_less_than_a_cent_in_each_of_many_accounts_is_a_change() -> None:
    groups = {f"account-{number}": {} for number in range(1_000)}
    own = (("dashboard", "us-east-1", 0.004),)
    found = change({}, {"D": resource("AWS::CloudWatch::Dashboard")}, groups=groups, own=own)
    assert found is not None and (found.usd, found.accounts) == (4.0, 1_000)


def test_every_type_that_builds_make_is_known() -> None:
    types = set()
    for path in (*(ROOT / "tests/golden").rglob("*.yaml"), *(ROOT / "out").rglob("*.template.yaml")):
        types |= set(re.findall(r"^ {2,4}Type: ((?:AWS|Custom)::[\w:]+)$", path.read_text(), re.MULTILINE))
    assert len(types) > 40
    assert types - PRICED.keys() - BY_USE.keys() - FREE == {"AWS::ECS::Container"} & types


def test_the_price_table_is_whole() -> None:
    assert list(ITEMS) == sorted(ITEMS)
    rows = [(row.item, row.region) for row in LIST_PRICES]
    assert len(set(rows)) == len(rows)
    assert [item for item, _ in rows] == sorted(item for item, _ in rows)
    assert set(ITEMS) - {item for item, _ in rows} == {
        "log-alarm",
        "mute-rule",
        "promql-alarm",
        "service-level-objective",
    }
    for row in LIST_PRICES:
        assert row.item in ITEMS
        assert row.usd > 0
        assert re.fullmatch(r"20\d\d(-\d\d(-\d\d)?)?", row.as_of)
        assert row.source.startswith("https://aws.amazon.com/")
    assert all((item, BASE_REGION) in rows for item, _ in rows)


def test_the_language_can_declare_every_volume() -> None:
    assert {name.replace("_", "-") for name in VolumesSpec.model_fields} == set(VOLUMES)
    words = {use for uses in BY_USE.values() for use in uses}
    assert set(VOLUMES) <= words
    assert set(VOLUMES) <= set(ITEMS)


@cache
def shipped() -> tuple[dict[str, Any], dict[str, Template]]:
    folder = ROOT / "out" / "prod"
    manifest = yaml.load((folder / "manifest.yaml").read_text(), Loader=yaml.CSafeLoader)
    files = {stack["template"] for stack in (*manifest["stacks"], *manifest["stack_sets"])}
    return manifest, {file: parse_template(Path(folder / file).read_text()) for file in files}


def test_an_account_with_endpoints_costs_what_its_endpoints_cost_more() -> None:
    costs = {account.names[0]: dict(account.cost.kinds) for account in estimate(*shipped(), price_list()).accounts}
    with_endpoints = {str(kind): amount.usd for kind, amount in costs["checkout"].items()}
    # Seven services in two zones: 7 × 2 × 730 × 0.01.
    assert round(with_endpoints["endpoints"], 2) == 102.20
    assert "endpoints" not in {str(kind) for kind in costs["ledger"]}


def test_templates_are_read_once_for_all_accounts_and_as_if_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    manifest, templates = shipped()
    together = estimate(manifest, templates, price_list())
    apart = [estimate(manifest, templates, price_list(), [account.account]) for account in together.accounts]
    assert [account for found in apart for account in found.accounts] == list(together.accounts)
    # One bundle for each resource: nothing is shared between accounts any more.
    original = TemplateCharges.charges

    def anew(self: TemplateCharges, *arguments: Any) -> Any:
        return original(TemplateCharges(self.template), *arguments)

    monkeypatch.setattr(TemplateCharges, "charges", anew)
    alone = estimate(manifest, templates, price_list())
    assert alone.accounts == together.accounts
    assert {a.name: (a.accounts, round(a.amount.usd, 6)) for a in alone.alarms} == {
        a.name: (a.accounts, round(a.amount.usd, 6)) for a in together.alarms
    }


def test_the_order_of_keys_changes_nothing() -> None:
    manifest, templates = shipped()
    turned = {file: {**t, "Resources": dict(reversed(t["Resources"].items()))} for file, t in templates.items()}
    first, second = estimate(manifest, templates, price_list()), estimate(manifest, turned, price_list())
    assert [a.name for a in first.alarms] == [a.name for a in second.alarms]
    assert round(first.total.usd, 6) == round(second.total.usd, 6)
    assert first.whole.more == second.whole.more
