"""What resources are called once they stand: which property names one, what Ref and GetAtt then give.

Facts of each resource type's page ("Return values"), for the types that alarms, filters and their dimensions refer
to. A type that is not listed is called by its logical id, and of its attributes nothing is known.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_PARTITIONS: Mapping[str, tuple[str, str]] = {
    "cn-": ("aws-cn", "amazonaws.com.cn"),
    "us-gov-": ("aws-us-gov", "amazonaws.com"),
    "us-iso-": ("aws-iso", "c2s.ic.gov"),
    "us-isob-": ("aws-iso-b", "sc2s.sgov.gov"),
    "eu-isoe-": ("aws-iso-e", "cloud.adc-e.uk"),
    "us-isof-": ("aws-iso-f", "csp.hci.ic.gov"),
    "eusc-": ("aws-eusc", "amazonaws.eu"),
}
"""By how the name of a Region begins: its partition and URL suffix (botocore's endpoints)."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """named_by: the property with the name. arn: behind `arn:<partition>:`. ref: what Ref gives.

    names: attributes that give the name again.
    """

    named_by: str
    arn: str = ""
    ref: str = "{name}"
    names: tuple[str, ...] = ()


_ARN = "{arn}"
_QUEUE_URL = "https://sqs.{region}.{suffix}/{account}/{name}"
_KINDS: Mapping[str, _Kind] = {
    "AWS::ApiGateway::RestApi": _Kind("", names=("RestApiId",)),
    "AWS::ApiGatewayV2::Api": _Kind("", names=("ApiId",)),
    "AWS::AutoScaling::AutoScalingGroup": _Kind("AutoScalingGroupName"),
    "AWS::CloudWatch::Alarm": _Kind("AlarmName", "cloudwatch:{region}:{account}:alarm:{name}"),
    "AWS::CloudWatch::CompositeAlarm": _Kind("AlarmName", "cloudwatch:{region}:{account}:alarm:{name}"),
    "AWS::DynamoDB::Table": _Kind("TableName", "dynamodb:{region}:{account}:table/{name}"),
    "AWS::DynamoDB::GlobalTable": _Kind("TableName", "dynamodb:{region}:{account}:table/{name}"),
    "AWS::ECS::Cluster": _Kind("ClusterName", "ecs:{region}:{account}:cluster/{name}"),
    "AWS::ECS::Service": _Kind("ServiceName", names=("Name",)),
    "AWS::Events::EventBus": _Kind("Name", "events:{region}:{account}:event-bus/{name}", names=("Name",)),
    "AWS::Events::Rule": _Kind("Name", "events:{region}:{account}:rule/{name}"),
    "AWS::Kinesis::Stream": _Kind("Name", "kinesis:{region}:{account}:stream/{name}"),
    "AWS::Lambda::Function": _Kind("FunctionName", "lambda:{region}:{account}:function:{name}"),
    "AWS::Logs::LogGroup": _Kind("LogGroupName", "logs:{region}:{account}:log-group:{name}:*"),
    "AWS::Logs::MetricFilter": _Kind("FilterName"),
    "AWS::RDS::DBCluster": _Kind("DBClusterIdentifier"),
    "AWS::RDS::DBInstance": _Kind("DBInstanceIdentifier"),
    "AWS::S3::Bucket": _Kind("BucketName", "s3:::{name}"),
    "AWS::Serverless::Function": _Kind("FunctionName", "lambda:{region}:{account}:function:{name}"),
    "AWS::SNS::Topic": _Kind("TopicName", "sns:{region}:{account}:{name}", _ARN, ("TopicName",)),
    "AWS::SQS::Queue": _Kind("QueueName", "sqs:{region}:{account}:{name}", _QUEUE_URL, ("QueueName",)),
    "AWS::StepFunctions::StateMachine": _Kind(
        "StateMachineName", "states:{region}:{account}:stateMachine:{name}", _ARN, ("Name",)
    ),
    "AWS::Synthetics::Canary": _Kind("Name"),
}
_ELSE = _Kind("")


def partition(region: str) -> str:
    """aws, aws-cn and so on."""
    return _of_region(region)[0]


def url_suffix(region: str) -> str:
    """What AWS::URLSuffix gives."""
    return _of_region(region)[1]


def _of_region(region: str) -> tuple[str, str]:
    begun = (found for beginning, found in _PARTITIONS.items() if region.startswith(beginning))
    return next(begun, ("aws", "amazonaws.com"))


def named_by(kind: str) -> str:
    """The property that names a resource of this type; nothing where there is none or it is not known."""
    return _KINDS.get(kind, _ELSE).named_by


def reference(kind: str, name: str, account: str, region: str) -> str:
    """What Ref gives for a resource that is called so."""
    return _filled(_KINDS.get(kind, _ELSE).ref, kind, name, account, region)


def attribute(kind: str, wanted: str, name: str, account: str, region: str) -> str | None:
    """What Fn::GetAtt gives, or nothing where only AWS knows."""
    known = _KINDS.get(kind, _ELSE)
    if wanted in known.names:
        return name
    return _filled(_ARN, kind, name, account, region) if wanted == "Arn" and known.arn else None


def _filled(pattern: str, kind: str, name: str, account: str, region: str) -> str:
    behind, suffix = _KINDS.get(kind, _ELSE).arn, url_suffix(region)
    arn = f"arn:{partition(region)}:{behind}".format(region=region, account=account, name=name)
    return pattern.format(arn=arn, region=region, account=account, name=name, suffix=suffix)
