"""Where the sample workload stands, and what it leaves to the rest of the file."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from generator.aws.lambda_insights import layer
from tests.support import built, codes, spec


def member(change: str) -> dict[str, Any]:
    made = built(spec(change))
    assert made.artifacts, made.findings
    found: dict[str, Any] = made.templates["prod"]["member.template.yaml"]
    return found


def test_without_it_there_is_nothing_of_it() -> None:
    plain = member("")
    assert member("sample_workload: false") == plain
    assert not [name for name in plain["Resources"] if name.startswith("Sample")]


def test_everywhere_it_stands_behind_no_condition() -> None:
    made = member("sample_workload: true")
    ours = [body for name, body in made["Resources"].items() if name.startswith("Sample")]
    assert len(ours) > 10 and not any("Condition" in body for body in ours)
    assert "SampleWorkload" not in made.get("Parameters", {})


def test_somewhere_everything_of_it_stands_behind_one() -> None:
    made = built(spec("sample_workload: {in: [beta, alpha]}"))
    template = made.templates["prod"]["member.template.yaml"]
    ours = {name: body for name, body in template["Resources"].items() if name.startswith("Sample")}
    assert {body.get("Condition") for body in ours.values()} == {"SampleWorkloadIsOn"}
    manifest = yaml.safe_load(made.artifacts["prod/manifest.yaml"])
    having = {name: group["parameters"] for group in manifest["stack_sets"][0]["groups"] for name in group["accounts"]}
    assert having == {"alpha": {"SampleWorkload": "true"}, "beta": {"SampleWorkload": "true"}, "gamma": {}}


def test_accounts_of_another_environment_are_none_of_this_one() -> None:
    change = (
        "sample_workload: {in: [beta]}\nenvironments: {dev: {accounts: [alpha]}, prod: {accounts: [beta, gamma]}}\n"
        "access: {owned_by: prod}\n"
    )
    made = built(spec(f"{change}waivers: [{{rule: at-least-three-accounts, for: accounts, reason: two will do}}]"))
    has = {name: "SampleCluster" in str(made.templates[name]["member.template.yaml"]) for name in ("dev", "prod")}
    assert has == {"dev": False, "prod": True}


def test_a_log_group_of_the_file_is_the_functions_own() -> None:
    made = member("sample_workload: true\nlog_groups: {h: {name: '/aws/lambda/payment-handler-{environment}'}}")
    resources = made["Resources"]
    assert "SamplePaymentHandlerLogGroup" not in resources
    logging = resources["SamplePaymentHandlerFunction"]["Properties"]["LoggingConfig"]
    assert logging == {"LogGroup": {"Ref": "LogGroupH"}, "LogFormat": "Text"}


def test_what_it_settles_stands_in_the_named_log_group() -> None:
    resources = member("sample_workload: {in: [alpha], log_group: application}")["Resources"]
    function = resources["SampleSettlementFunction"]["Properties"]
    assert function["LoggingConfig"] == {"LogGroup": {"Ref": "LogGroupApplication"}, "LogFormat": "Text"}
    assert len(resources["SamplePaymentRule"]["Properties"]["Targets"]) == 2
    (policy,) = resources["SampleSettlementRole"]["Properties"]["Policies"]
    allowed = {action for one in policy["PolicyDocument"]["Statement"] for action in one["Action"]}
    assert allowed == {"logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"}
    assert "SampleSettlementFunction" not in member("sample_workload: {in: [alpha]}")["Resources"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("sample_workload: {in: [alpha], log_group: aplication}", "R02"),
        ("sample_workload: {in: [alpha], log_group: h}\nlog_groups: {h: {name: /h, in: hub}}", "R07"),
        ("sample_workload: {in: [alfa]}", "R02"),
        ("sample_workload: {in: []}", "S03"),
        ("sample_workload: {}", "S02"),
        ("sample_workload: 'true'", "S03"),
        ("sample_workload: true\nregions: [us-east-1, me-west-1]", "R07"),
    ],
)
def test_what_cannot_be_is_refused(change: str, code: str) -> None:
    assert code in codes(spec(change))


def test_a_layer_is_named_in_its_region_and_partition() -> None:
    assert layer("us-east-1", "aws") == "arn:aws:lambda:us-east-1:580247275435:layer:LambdaInsightsExtension-Arm64:31"
    assert layer("us-gov-east-1", "aws-us-gov") == (
        "arn:aws-us-gov:lambda:us-gov-east-1:122132214140:layer:LambdaInsightsExtension-Arm64:6"
    )
    assert layer("mars-north-1", "aws") is None
