"""SLOs of CloudWatch Application Signals: what they count, where they are, and what deploying them takes.

The limits are those of CloudFormation's schema, which cfn-lint has, and of the API's model in botocore:
https://docs.aws.amazon.com/applicationsignals/latest/APIReference/API_CreateServiceLevelObjective.html
"""

from __future__ import annotations

import re
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from generator.evaluate.math.metric_math import MathRequest, Query, arrange
from generator.render.deployer_policy import statements
from tests.support import built, spec

SLO = """
slos:
  checkout:
    objective: 99.9
    bad: {namespace: Shop, name: Failed}
    total: {namespace: Shop, name: Calls}
    application_signals: true
"""
TYPE = "AWS::ApplicationSignals::ServiceLevelObjective"
SOURCES = """
services:
  api: {type: alb, load_balancer: app/shop/50dc6c495c0c9188}
  pay: {type: lambda, function: pay}
  cdn: {type: cloudfront, distribution: E2EXAMPLE, accounts: [alpha]}
probes: {shop: {type: http, url: "https://shop.example.com"}}
slos:
  api: {objective: 99.9, of: {service: api}, application_signals: true}
  pay: {objective: 99.9, in: hub, of: {service: pay}, application_signals: true}
  slow: {objective: 99, latency: {service: pay, below: 1s}, application_signals: true}
  cdn: {objective: 99.9, of: {service: cdn}, application_signals: true}
  shop: {objective: 99, of: {probe: shop}, application_signals: true}
"""


def slos(change: str) -> dict[str, dict[str, Any]]:
    """The resources by name, each with the template that has it."""
    made = built(spec(change))
    assert made.artifacts, made.findings
    return {
        resource["Properties"]["Name"]: {**resource, "template": template}
        for template, content in made.templates["prod"].items()
        for resource in content["Resources"].values()
        if resource["Type"] == TYPE
    }


def test_an_objective_has_an_slo_beside_its_alarms() -> None:
    (slo,) = slos(SLO).values()
    sli = slo["Properties"]["RequestBasedSli"]["RequestBasedSliMetric"]
    assert [one["Id"] for one in sli["TotalRequestCountMetric"]] == ["total"]
    # A minute without a failure has no value, and is none of it.
    returned = [one for one in sli["MonitoredRequestCountMetric"]["BadCountMetric"] if one["ReturnData"]]
    assert returned == [{"Id": "e1", "Expression": "FILL(bad, 0)", "ReturnData": True}]
    look_backs = [one["LookBackWindowMinutes"] for one in slo["Properties"]["BurnRateConfigurations"]]
    assert look_backs == [5, 30, 60, 120, 360, 1440, 4320]
    assert len([one for one in built(spec(SLO)).estates["prod"].alarms if one.objective]) == 8


def test_without_the_key_there_is_none() -> None:
    assert slos(SLO.replace("    application_signals: true\n", "")) == {}


@pytest.mark.parametrize(("region", "found"), [("cn-north-1", {"T76"}), ("us-gov-west-1", set()), ("eu-west-1", set())])
def test_there_is_none_in_china(region: str, found: set[str]) -> None:
    """The API's pattern of an SLO's ARN: arn:(aws|aws-us-gov):application-signals:…"""
    made = built(spec(f"hub: {{region: {region}}}\nregions: [{region}]\n{SLO}"))
    assert {finding.code for finding in made.findings} == found


def test_each_is_where_its_alarms_are() -> None:
    found = slos(SOURCES)
    where = {name.removesuffix("-slo-prod"): slo["template"].split(".")[0] for name, slo in found.items()}
    assert where == {"api": "member", "pay": "hub", "slow": "member", "cdn": "member", "shop": "hub"}
    assert found["cdn-slo-prod"]["Condition"] == "IsInAccount222222222222"
    total = found["pay-slo-prod"]["Properties"]["RequestBasedSli"]["RequestBasedSliMetric"]["TotalRequestCountMetric"]
    assert [one.get("AccountId") for one in total] == ["222222222222", "333333333333", "444444444444", None]


def test_every_list_of_queries_is_one_that_the_api_takes() -> None:
    """Ten metrics and ten expressions, of which one is returned; the math is CloudWatch's."""
    model = botocore.session.get_session().get_service_model("application-signals")
    for slo in slos(SOURCES).values():
        sli = slo["Properties"]["RequestBasedSli"]["RequestBasedSliMetric"]
        counted = next(iter(sli["MonitoredRequestCountMetric"].values()))
        for queries in (sli["TotalRequestCountMetric"], counted):
            report = ParamValidator().validate(_plain(queries), model.shape_for("MetricDataQueries"))
            assert not report.has_errors(), report.generate_report()
            entries = [Query(one["Id"], one.get("Expression"), one["ReturnData"]) for one in queries]
            assert isinstance(arrange(entries), MathRequest)
            assert len([one for one in queries if "MetricStat" in one]) <= 10


def _plain(value: Any) -> Any:
    """With a text in place of each function of the template."""
    if isinstance(value, dict):
        return "text" if any(key.startswith("Fn::") for key in value) else {k: _plain(v) for k, v in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("window", "interval"),
    [
        ("28d", {"Duration": 28, "DurationUnit": "DAY"}),
        ("180h", {"Duration": 180, "DurationUnit": "HOUR"}),
        ("10081m", {"Duration": 10_081, "DurationUnit": "MINUTE"}),
    ],
)
def test_the_window_is_a_rolling_interval(window: str, interval: dict[str, Any]) -> None:
    (slo,) = slos(f"{SLO}    window: {window}\n").values()
    assert slo["Properties"]["Goal"] == {"AttainmentGoal": 99.9, "Interval": {"RollingInterval": interval}}


def test_who_deploys_may_create_it_and_the_role_that_reads_its_metrics() -> None:
    templates = [*built(spec(SLO)).templates["prod"].values()]
    found = {one["Sid"]: one for one in statements(templates, "111111111111", "us-east-1", "aws")}
    assert all(re.fullmatch(r"[A-Za-z0-9]+", sid) for sid in found)
    assert "application-signals:CreateServiceLevelObjective" in found["ThroughApplicationSignals"]["Action"]
    assert "cloudwatch:GetMetricData" in found["ThroughCloudwatch"]["Action"]
    role = "arn:aws:iam::111111111111:role/aws-service-role/application-signals.cloudwatch.amazonaws.com/*"
    assert (found["SloRole"]["Action"], found["SloRole"]["Resource"]) == (
        ["iam:GetRole", "iam:CreateServiceLinkedRole"],
        [role],
    )
    without = [*built(spec(SLO.replace("    application_signals: true\n", ""))).templates["prod"].values()]
    assert "SloRole" not in {one["Sid"] for one in statements(without, "111111111111", "us-east-1", "aws")}
