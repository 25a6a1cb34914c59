"""Loops of a template written out as AWS::LanguageExtensions does.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
"""

from __future__ import annotations

from typing import Any

import pytest

from generator.evaluate.template.intrinsics import TemplateScope
from generator.evaluate.template.loops import unrolled
from generator.evaluate.template.template import Contents, read
from generator.evaluate.template.text import template_text
from generator.evaluate.types import Deployed

ACCOUNT, REGION = "123456789012", "eu-west-1"
TEMPLATE = """
Transform: [AWS::Serverless-2016-10-31, AWS::LanguageExtensions]
Parameters:
  Queues: {Type: CommaDelimitedList, Default: "orders,mails.fifo"}
Mappings:
  Limits: {High: {Of: 100}, Low: {Of: 10}}
Conditions:
  Fn::ForEach::Known:
    - Level
    - [High, Low]
    - Is${Level}: !Equals [!Ref Level, High]
Resources:
  Fn::ForEach::PerQueue:
    - Queue
    - !Ref Queues
    - Fn::ForEach::PerLevel:
        - Level
        - [High, Low]
        - Backlog&{Queue}${Level}:
            Type: AWS::CloudWatch::Alarm
            Condition: Is${Level}
            Properties:
              AlarmName: !Sub ${Queue}-${Level}-${AWS::Region}
              Namespace: AWS/SQS
              MetricName: ApproximateNumberOfMessagesVisible
              Dimensions: [{Name: QueueName, Value: !Ref Queue}]
              Statistic: Maximum
              Period: 60
              EvaluationPeriods: 1
              Threshold: !FindInMap [Limits, !Ref Level, Of]
              ComparisonOperator: GreaterThanThreshold
  Any:
    Type: AWS::CloudWatch::CompositeAlarm
    Properties:
      AlarmName: any
      AlarmRule: !Sub ALARM(${BacklogordersHigh}) OR ALARM("${BacklogmailsfifoHigh.Arn}")
"""


def contents(text: str, **parameters: str) -> Contents:
    found = template_text(text.encode(), "loops.yaml")
    assert found.template and not found.findings
    return read(Deployed(found.template, ACCOUNT, REGION, parameters=tuple(parameters.items())))


def written(resources: dict[str, Any]) -> Any:
    template = {"Transform": "AWS::LanguageExtensions", "Resources": resources}
    return unrolled(TemplateScope(template, ACCOUNT, REGION)).template["Resources"]


def test_loops_within_loops_over_a_parameter_become_alarms() -> None:
    found = contents(TEMPLATE)

    assert not found.unknown
    assert [(one.logical_id, one.alarm.name, one.threshold) for one in found.metric_alarms] == [
        ("BacklogordersHigh", "orders-High-eu-west-1", 100),
        ("BacklogmailsfifoHigh", "mails.fifo-High-eu-west-1", 100),
    ]
    dimensions = [entry.stat.metric.dimensions for one in found.metric_alarms for entry in one.entries if entry.stat]
    assert dimensions == [(("QueueName", "orders"),), (("QueueName", "mails.fifo"),)]
    arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:mails.fifo-High-{REGION}"
    assert found.composites[0].rule == f'ALARM(orders-High-{REGION}) OR ALARM("{arn}")'


def test_an_account_may_have_other_items() -> None:
    template = TEMPLATE.partition("  Any:")[0]

    assert [one.alarm.name for one in contents(template, Queues="bills").metric_alarms] == ["bills-High-eu-west-1"]


def test_a_loop_may_stand_among_properties() -> None:
    loop = ["P", ["Namespace", "MetricName"], {"${P}": "of ${P}"}]

    assert written({"A": {"Properties": {"Fn::ForEach::Two": loop, "Period": 60}}}) == {
        "A": {"Properties": {"Namespace": "of Namespace", "MetricName": "of MetricName", "Period": 60}}
    }


def test_what_is_no_item_stays() -> None:
    fragment = {"A${X}": {"a": "${Y}-${!X}-${X}-&{X}", "b": {"Ref": "Y"}, "c": {"Ref": "X"}}}

    assert written({"Fn::ForEach::L": ["X", ["p-1"], fragment]}) == {
        "Ap-1": {"a": "${Y}-${!X}-p-1-p1", "b": {"Ref": "Y"}, "c": "p-1"}
    }


@pytest.mark.parametrize(
    ("loop", "transform", "reason"),
    [
        (["X", {"Fn::ImportValue": "a"}, {}], "AWS::LanguageExtensions", "it is imported from another stack, as a"),
        (["X", [{"Fn::GetAZs": ""}], {}], "AWS::LanguageExtensions", "Fn::GetAZs is not known offline"),
        (["X", "text", {}], ["AWS::LanguageExtensions"], "a loop goes over a list"),
        (["X", ["a"]], "AWS::LanguageExtensions", "a loop takes a name, a list and a mapping"),
        (["X", ["a"], {}], "AWS::Serverless-2016-10-31", "a loop needs the transform AWS::LanguageExtensions"),
        (["X", ["a"], {}], None, "a loop needs the transform AWS::LanguageExtensions"),
    ],
)
def test_a_loop_that_can_not_be_written_out_is_told(loop: Any, transform: Any, reason: str) -> None:
    template = {"Transform": transform, "Resources": {"Fn::ForEach::L": loop}}

    assert list(read(Deployed(template, ACCOUNT, REGION)).unknown.values()) == [reason]


def test_loops_that_grow_without_end_are_given_up() -> None:
    items = [str(number) for number in range(100)]
    loop: Any = {"A${X0}": {"Type": "AWS::CloudWatch::Alarm"}}
    for depth in range(6):
        loop = {f"Fn::ForEach::L{depth}": [f"X{depth}", items, loop]}

    found = read(Deployed({"Transform": "AWS::LanguageExtensions", "Resources": loop}, ACCOUNT, REGION))

    assert list(found.unknown.values()) == ["a loop grows beyond what a template may have"]
