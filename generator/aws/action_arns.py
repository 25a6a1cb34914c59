"""Alarm actions of CloudWatch itself: the kinds of ARN that PutMetricAlarm accepts.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html (AlarmActions)
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html (actions of a composite)
"""

from __future__ import annotations

import re
from collections.abc import Mapping

EC2_ACTION = "an EC2 action"
# Kind to the form of its ARN after the partition. Region and account are empty where the kind has none.
_REGION, _ACCOUNT = r"[a-z]{2,4}(?:-[a-z]{2,12}){1,3}-[0-9]{1,2}", r"[0-9]{12}"
_EC2 = r"AWS_EC2\.InstanceId\.(?:Stop|Terminate|Reboot|Recover)/1\.0"
KINDS: Mapping[str, str] = {
    "an SNS topic": rf"sns:{_REGION}:{_ACCOUNT}:[\w-]+(?:\.fifo)?",
    EC2_ACTION: rf"automate:{_REGION}:ec2:(?:stop|terminate|reboot|recover)"
    rf"|swf:{_REGION}:{_ACCOUNT}:action/actions/{_EC2}",
    "a scaling policy": rf"autoscaling:{_REGION}:{_ACCOUNT}:scalingPolicy:\S+",
    "a function": rf"lambda:{_REGION}:{_ACCOUNT}:function:\S+",
    "an OpsItem": rf"ssm:{_REGION}:{_ACCOUNT}:opsitem:[1-4](?:#CATEGORY=\w+)?",
    "a response plan": rf"ssm-incidents::{_ACCOUNT}:response-?plan/\S+",
    "an investigation": rf"aiops:{_REGION}:{_ACCOUNT}:investigation-group[:/]\S+",
}
LONGEST = 1024
# A composite watches no metric of an instance or a group.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm.html
NOT_OF_COMPOSITES = (EC2_ACTION, "a scaling policy")
# What CloudWatch does not support of an alarm on PromQL, and of one on a query with GROUP BY.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html
NOT_OF_PROMQL = tuple(kind for kind in KINDS if kind not in ("an SNS topic", "a function"))
NOT_OF_GROUPS = (EC2_ACTION, "a scaling policy")
_ARN = r"arn:aws[a-z-]*:(\S+)"
# What leans on where the alarm is made: written so in the YAML, to what it is in a template, and such a value.
PLACEHOLDERS: Mapping[str, tuple[str, str]] = {
    "partition": ("${AWS::Partition}", "aws"),
    "region": ("${AWS::Region}", "us-east-1"),
    "account": ("${AWS::AccountId}", "111111111111"),
    "account_id": ("${AWS::AccountId}", "111111111111"),
}


def kind_of(arn: str) -> str:
    """The kind of an action; empty for an ARN that CloudWatch does not accept."""
    match = re.fullmatch(_ARN, _such_as(arn))
    return next((kind for kind, form in KINDS.items() if match and re.fullmatch(form, match[1])), "")


def partition_and_region(arn: str) -> tuple[str, str]:
    """The partition and the Region of an action; empty where its kind has none, or it is wherever the alarm is."""
    partition, region = (field for position, field in enumerate(arn.split(":")[:4]) if position in (1, 3))
    return partition.replace("{partition}", ""), region.replace("{region}", "")


def is_stack_relative(arn: str) -> bool:
    """True if an action is another one in each account or Region."""
    return any(f"{{{name}}}" in arn for name in PLACEHOLDERS)


def substituted(arn: str) -> str:
    """An action as `Fn::Sub` has it."""
    for name, (pseudo, _) in PLACEHOLDERS.items():
        arn = arn.replace(f"{{{name}}}", pseudo)
    return arn


def _such_as(arn: str) -> str:
    for name, (_, example) in PLACEHOLDERS.items():
        arn = arn.replace(f"{{{name}}}", example)
    return re.sub(r"\{(?:environment|project)\}", "x", arn)
