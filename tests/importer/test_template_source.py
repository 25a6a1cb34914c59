"""Templates as sources: JSON, YAML, SAM, the output of `cdk synth`; what conditions, loops and macros leave out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from generator.evaluate.template.template import read
from generator.importer.errors import BadSources
from generator.importer.read import ReadOptions, read_sources
from generator.importer.resources import resolved_resources
from generator.importer.types import SourceKind

TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: [AWS::LanguageExtensions, OurMacro]
Parameters:
  Stage: {Type: String, Default: dev}
  Queues: {Type: CommaDelimitedList}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Topic: {Type: "AWS::SNS::Topic"}
  Depth:
    Type: AWS::CloudWatch::Alarm
    Condition: IsProd
    Properties:
      AlarmName: !Sub "${AWS::StackName}-depth-${Stage}"
      AlarmActions: [!Ref Topic]
      Namespace: AWS/SQS
      MetricName: ApproximateNumberOfMessagesVisible
      Dimensions: [{Name: QueueName, Value: orders}]
      Statistic: Maximum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 100
      ComparisonOperator: GreaterThanThreshold
  Fn::ForEach::Ages:
    - Queue
    - !Ref Queues
    - Age${Queue}:
        Type: AWS::CloudWatch::Alarm
        Properties:
          AlarmName: !Sub "age-${Queue}"
          Namespace: AWS/SQS
          MetricName: ApproximateAgeOfOldestMessage
          Dimensions: [{Name: QueueName, Value: !Ref Queue}]
          Statistic: Maximum
          Period: 60
          EvaluationPeriods: 1
          Threshold: 100
          ComparisonOperator: GreaterThanThreshold
  Fn::Transform: {Name: AWS::Include, Parameters: {Location: "s3://bucket/alarms.yaml"}}
  Child:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: "https://example.com/child.yaml"}
"""


def test_what_is_left_out_and_why(tmp_path: Path) -> None:
    (tmp_path / "orders.yaml").write_text(TEMPLATE, encoding="utf-8")
    source = read_sources([tmp_path / "orders.yaml"])
    file = str(tmp_path / "orders.yaml")
    assert [(item.resource_type, item.name, item.position.line) for item in source.dropped] == [
        ("Transform", "OurMacro", None),
        ("Fn::ForEach", "Ages", 24),
        ("Transform", "AWS::Include", 39),
        ("AWS::CloudFormation::Stack", "Child", 40),
    ]
    assert "--template-stage Processed" in source.dropped[0].reason
    assert source.dropped[1].reason == "the loop cannot be written out: the parameter Queues has no value"
    assert [(item.name, item.position.line, item.reason) for item in source.left_out] == [
        ("orders-depth-dev", 10, "its condition IsProd is false with these parameters")
    ]
    assert source.remarks == (
        f"{file} does not say in which account it is deployed; 111111111111 is used instead (--account, --region)",
    )


def test_parameters_account_region_and_stack(tmp_path: Path) -> None:
    (tmp_path / "orders.yaml").write_text(TEMPLATE, encoding="utf-8")
    parameters = {"Stage": "prod", "Queues": "a,b", "OfAnother": "x"}
    options = ReadOptions(None, parameters, "222222222222", "eu-west-1", "shop")
    source = read_sources([tmp_path / "orders.yaml"], options)
    (stack,) = source.stacks
    assert stack.kind is SourceKind.TEMPLATE
    deployed = stack.deployed
    assert (deployed.account, deployed.region, deployed.stack) == ("222222222222", "eu-west-1", "shop")
    assert deployed.parameters == (("Queues", "a,b"), ("Stage", "prod"))
    assert [alarm.alarm.name for alarm in read(deployed).metric_alarms] == ["shop-depth-prod", "age-a", "age-b"]
    assert source.left_out == () and source.remarks == ()
    assert [item.name for item in source.dropped] == ["OurMacro", "AWS::Include", "Child"]
    assert stack.positions["Agea"].line is None
    assert stack.positions["Depth"].line == 10


def test_lines_of_json_with_tabs_and_anchors(tmp_path: Path) -> None:
    text = '{\n\t"Resources": {\n\t\t"A": {"Type": "AWS::SNS::Topic"},\n\t\t"B": {"Type": "AWS::SNS::Topic"}\n\t}\n}\n'
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    anchors = "Shared: &a {Resources: 1}\nResources:\n  A: *a\n  B: {Type: x}\n"
    (tmp_path / "b.yaml").write_text(anchors, encoding="utf-8")
    lines = [
        {key: position.line for key, position in stack.positions.items()}
        for stack in read_sources([tmp_path / "a.json", tmp_path / "b.yaml"]).stacks
    ]
    assert lines == [{"A": 3, "B": 4}, {"A": 3, "B": 4}]


def assembly(folder: Path, **artifacts: Mapping[str, Any]) -> Path:
    """The output of `cdk synth` of version 2, as far as it is read."""
    folder.mkdir()
    (folder / "cdk.out").write_text('{"version":"36.0.0"}', encoding="utf-8")
    manifest = {"version": "36.0.0", "artifacts": {**artifacts, "Tree": {"type": "cdk:tree", "properties": {}}}}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def stack_artifact(file: str, environment: str, name: str = "") -> dict[str, Any]:
    properties = {"templateFile": file, **({"stackName": name} if name else {})}
    return {"type": "aws:cloudformation:stack", "environment": environment, "properties": properties}


def test_the_output_of_cdk_has_all_its_stacks_with_their_accounts(tmp_path: Path) -> None:
    template = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    folder = assembly(
        tmp_path / "cdk.out",
        shop=stack_artifact("shop.template.json", "aws://222222222222/eu-west-1", "shop-prod"),
        any=stack_artifact("shop.template.json", "aws://unknown-account/unknown-region"),
        stage={"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-stage"}},
    )
    inner = assembly(folder / "assembly-stage", late=stack_artifact("a.json", "aws://333333333333/us-west-2"))
    (folder / "shop.template.json").write_text(template, encoding="utf-8")
    (inner / "a.json").write_text(template, encoding="utf-8")
    source = read_sources([folder], ReadOptions(account="444444444444", region="us-east-2"))
    assert [(stack.deployed.account, stack.deployed.region, stack.deployed.stack) for stack in source.stacks] == [
        ("444444444444", "us-east-2", "any"),
        ("222222222222", "eu-west-1", "shop-prod"),
        ("333333333333", "us-west-2", "late"),
    ]


@pytest.mark.parametrize("name", ["../secret.json", "/etc/passwd", None, 3])
def test_an_assembly_names_files_of_its_own_folder_only(name: Any, tmp_path: Path) -> None:
    folder = assembly(tmp_path / "cdk.out", shop=stack_artifact(name, "aws://222222222222/eu-west-1"))
    with pytest.raises(BadSources, match="expected the name of a file in this folder"):
        read_sources([folder])


def test_all_faults_of_all_files_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("Resources:\n  A: !Reff B\n", encoding="utf-8")
    (tmp_path / "b.json").write_text('{"Resources": {}, }', encoding="utf-8")
    folder = assembly(tmp_path / "cdk.out", one=stack_artifact("1.json", ""), two=stack_artifact("2.json", ""))
    with pytest.raises(BadSources) as error:
        read_sources([tmp_path / "a.yaml", tmp_path / "b.json", folder, tmp_path / "c.yaml"])
    names = [Path(problem.text.name).name for problem in error.value.problems]
    assert names == ["a.yaml", "b.json", "1.json", "2.json", "c.yaml"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("x.json", "{}", "expected a folder of"),
        ("x.txt", "hello", "expected a folder of"),
        ("x.json", '{"TemplateBody": {"Resources": {}}}', "this is the answer of GetTemplate"),
        ("x.json", '{"MetricAlarms": []}', "this is an answer of DescribeAlarms"),
        ("main.tf", 'resource "aws_sns_topic" "x" {}', "this is a configuration of Terraform"),
        ("plan", "PK\x03\x04", "this is a binary plan of Terraform"),
        (
            "x.json",
            '{"Resources": {}, "planned_values": {}}',
            "this may be a CloudFormation template and a state or plan",
        ),
        ("x.yaml", "a: " + "[" * 120 + "]" * 120, "nested more than 100 levels deep"),
        ("x.json", '{"values": ' + "[" * 5000 + "]" * 5000 + "}", "nested more than 100 levels deep"),
        ("x.tfstate", '{"version": 4, "terraform_version": NaN}', "`NaN` is no number of JSON"),
        ("x.tfstate", '{"password": "hunter2", "terraform_version": 1,,', "not JSON"),
        ("x.tfstate", '{"terraform_version": ' + "1" * 5000 + "}", "not JSON"),
    ],
)
def test_what_is_no_source(name: str, text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(BadSources) as error:
        read_sources([tmp_path / name])
    assert message in str(error.value)
    assert "hunter2" not in str(error.value.problems)


def test_a_kind_can_be_forced(tmp_path: Path) -> None:
    document = {"Resources": {"A": {"Type": "AWS::SNS::Topic"}}, "planned_values": {}}
    (tmp_path / "x.json").write_text(json.dumps(document), encoding="utf-8")
    for kind in (SourceKind.TEMPLATE, SourceKind.TERRAFORM):
        source = read_sources([tmp_path / "x.json"], ReadOptions(kind))
        assert {stack.kind for stack in source.stacks} <= {kind}


def test_an_empty_folder_is_no_source(tmp_path: Path) -> None:
    with pytest.raises(BadSources, match="neither a capture nor the output of `cdk synth`"):
        read_sources([tmp_path])


def test_other_resources_that_watch_something_are_listed_with_what_to_do(tmp_path: Path) -> None:
    resources = {
        "Rule": {"Type": "AWS::CloudWatch::InsightRule", "Properties": {"RuleName": "talkers"}},
        "Mute": {"Type": "AWS::CloudWatch::AlarmMuteRule", "Properties": {"Name": "nights"}},
        "Ship": {"Type": "AWS::Logs::SubscriptionFilter", "Properties": {"FilterName": "ship"}},
        "Stream": {"Type": "AWS::CloudWatch::MetricStream", "Condition": "Never"},
        "Own": {"Type": "AWS::Logs::SubscriptionFilter", "Metadata": {"obsgen": {"path": "error_logs"}}},
        "Lines": {"Type": "AWS::Logs::LogStream"},
    }
    conditions = {"Never": {"Fn::Equals": ["a", "b"]}}
    (tmp_path / "t.json").write_text(json.dumps({"Conditions": conditions, "Resources": resources}))
    source = read_sources([tmp_path / "t.json"])
    assert {row.name: row.reason for row in resolved_resources(source).dropped} == {
        "talkers": "write it under `contributor_insights`",
        "nights": "write it under `maintenance`",
        "ship": "write it under `subscription_filters`",
    }
    assert [row.position.address for row in source.left_out] == ["Stream"]
