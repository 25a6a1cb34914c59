"""Physical names of resources: the property that names one, and the values of Ref and Fn::GetAtt.

Facts of each resource type's page ("Return values"), for the types that alarms, filters and their dimensions refer
to. A type that is not listed is called by the property that its schema names it by (named_kinds), or by its logical id;
of its attributes its own id and what stands in its properties is known.

An id that AWS makes (of a load balancer, an API, a file system) is the name again, so that whoever gives values can
write the dimension down: a load balancer without a name has `app/<logical id>/<logical id>`.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from generator.aws.regions import partition_of, url_suffix_of
from generator.evaluate.template.named_kinds import is_own_id, naming_property


@dataclass(frozen=True, slots=True)
class _Kind:
    """named_by: the property with the name. arn: behind `arn:<partition>:`. ref: what Ref gives.

    names: attributes that give the name again. attributes: others; Arn is one of them, or the only one. within: a
    property with what the resource belongs to, and what it is where it is left out.
    """

    named_by: str
    arn: str = ""
    ref: str = "{name}"
    names: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    within: tuple[str, str] = ("", "")


_ARN = "{arn}"
_QUEUE_URL = "https://sqs.{region}.{suffix}/{account}/{name}"
_BALANCING = "elasticloadbalancing:{region}:{account}:"
_FAMILIES = {"application": "app", "network": "net", "gateway": "gwy"}
"""How the ARN of a load balancer says its type."""
_KINDS: Mapping[str, _Kind] = {
    "AWS::ApiGateway::RestApi": _Kind("", names=("RestApiId",)),
    "AWS::ApiGateway::Stage": _Kind("StageName"),
    "AWS::ApiGatewayV2::Api": _Kind("", names=("ApiId",)),
    "AWS::ApiGatewayV2::Stage": _Kind("StageName"),
    "AWS::AppSync::GraphQLApi": _Kind("", "appsync:{region}:{account}:apis/{name}", _ARN, ("ApiId",)),
    "AWS::AutoScaling::AutoScalingGroup": _Kind("AutoScalingGroupName"),
    "AWS::Batch::JobQueue": _Kind(
        "JobQueueName", "batch:{region}:{account}:job-queue/{name}", _ARN, attributes={"JobQueueArn": _ARN}
    ),
    "AWS::Backup::BackupVault": _Kind("BackupVaultName"),
    "AWS::CloudFront::Distribution": _Kind("", names=("Id",)),
    "AWS::CloudWatch::Alarm": _Kind("AlarmName", "cloudwatch:{region}:{account}:alarm:{name}"),
    "AWS::CloudWatch::CompositeAlarm": _Kind("AlarmName", "cloudwatch:{region}:{account}:alarm:{name}"),
    "AWS::CloudWatch::LogAlarm": _Kind("AlarmName", "cloudwatch:{region}:{account}:alarm:{name}"),
    "AWS::CodeBuild::Project": _Kind("Name", "codebuild:{region}:{account}:project/{name}"),
    "AWS::Cognito::UserPool": _Kind("", "cognito-idp:{region}:{account}:userpool/{name}", names=("UserPoolId",)),
    "AWS::DAX::Cluster": _Kind("ClusterName", "dax:{region}:{account}:cache/{name}"),
    "AWS::DynamoDB::Table": _Kind("TableName", "dynamodb:{region}:{account}:table/{name}"),
    "AWS::DynamoDB::GlobalTable": _Kind("TableName", "dynamodb:{region}:{account}:table/{name}"),
    "AWS::EC2::Instance": _Kind("", names=("InstanceId",)),
    "AWS::EC2::NatGateway": _Kind("", names=("NatGatewayId",)),
    "AWS::ECS::Cluster": _Kind("ClusterName", "ecs:{region}:{account}:cluster/{name}"),
    "AWS::ECS::Service": _Kind(
        "ServiceName",
        "ecs:{region}:{account}:service/{within}/{name}",
        _ARN,
        ("Name",),
        {"ServiceArn": _ARN},
        ("Cluster", "default"),
    ),
    "AWS::EFS::FileSystem": _Kind(
        "", "elasticfilesystem:{region}:{account}:file-system/{name}", names=("FileSystemId",)
    ),
    "AWS::EKS::Cluster": _Kind("Name", "eks:{region}:{account}:cluster/{name}"),
    "AWS::ElastiCache::CacheCluster": _Kind("ClusterName"),
    "AWS::ElastiCache::ReplicationGroup": _Kind("ReplicationGroupId"),
    "AWS::ElasticLoadBalancing::LoadBalancer": _Kind("LoadBalancerName"),
    "AWS::ElasticLoadBalancingV2::Listener": _Kind(
        "",
        _BALANCING + "listener/{within}/{name}",
        _ARN,
        attributes={"ListenerArn": _ARN},
        within=("LoadBalancerArn", ""),
    ),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _Kind(
        "Name",
        _BALANCING + "loadbalancer/{within}/{name}/{name}",
        _ARN,
        ("LoadBalancerName",),
        {"LoadBalancerArn": _ARN, "LoadBalancerFullName": "{within}/{name}/{name}"},
        ("Type", "application"),
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": _Kind(
        "Name",
        _BALANCING + "targetgroup/{name}/{name}",
        _ARN,
        ("TargetGroupName",),
        {"TargetGroupArn": _ARN, "TargetGroupFullName": "targetgroup/{name}/{name}"},
    ),
    "AWS::Elasticsearch::Domain": _Kind(
        "DomainName",
        "es:{region}:{account}:domain/{name}",
        attributes={"Arn": _ARN, "DomainArn": _ARN},
    ),
    "AWS::Events::EventBus": _Kind("Name", "events:{region}:{account}:event-bus/{name}", names=("Name",)),
    "AWS::Events::Rule": _Kind("Name", "events:{region}:{account}:rule/{name}"),
    "AWS::Glue::Job": _Kind("Name"),
    "AWS::IAM::Role": _Kind("RoleName", "iam::{account}:role/{name}"),
    "AWS::Kinesis::Stream": _Kind("Name", "kinesis:{region}:{account}:stream/{name}"),
    "AWS::KinesisFirehose::DeliveryStream": _Kind(
        "DeliveryStreamName", "firehose:{region}:{account}:deliverystream/{name}"
    ),
    "AWS::KMS::Key": _Kind("", "kms:{region}:{account}:key/{name}", names=("KeyId",)),
    "AWS::Lambda::Alias": _Kind(
        "Name",
        "lambda:{region}:{account}:function:{within}:{name}",
        _ARN,
        attributes={"AliasArn": _ARN},
        within=("FunctionName", ""),
    ),
    "AWS::Lambda::Function": _Kind("FunctionName", "lambda:{region}:{account}:function:{name}"),
    "AWS::Lambda::Version": _Kind(
        "",
        "lambda:{region}:{account}:function:{within}:1",
        _ARN,
        attributes={"FunctionArn": _ARN, "Version": "1"},
        within=("FunctionName", ""),
    ),
    "AWS::Logs::LogGroup": _Kind("LogGroupName", "logs:{region}:{account}:log-group:{name}:*"),
    "AWS::Logs::MetricFilter": _Kind("FilterName"),
    "AWS::MSK::Cluster": _Kind("ClusterName", "kafka:{region}:{account}:cluster/{name}/{name}", _ARN),
    "AWS::OpenSearchService::Domain": _Kind("DomainName", "es:{region}:{account}:domain/{name}"),
    "AWS::RDS::DBCluster": _Kind("DBClusterIdentifier"),
    "AWS::RDS::DBInstance": _Kind("DBInstanceIdentifier"),
    "AWS::Redshift::Cluster": _Kind("ClusterIdentifier"),
    "AWS::Route53::HealthCheck": _Kind("", names=("HealthCheckId",)),
    "AWS::S3::Bucket": _Kind("BucketName", "s3:::{name}"),
    "AWS::SageMaker::Endpoint": _Kind(
        "EndpointName", "sagemaker:{region}:{account}:endpoint/{name}", _ARN, ("EndpointName",), {"EndpointArn": _ARN}
    ),
    "AWS::Serverless::Api": _Kind("", names=("RestApiId",)),
    "AWS::Serverless::Function": _Kind("FunctionName", "lambda:{region}:{account}:function:{name}"),
    "AWS::Serverless::HttpApi": _Kind("", names=("ApiId",)),
    "AWS::Serverless::SimpleTable": _Kind("TableName", "dynamodb:{region}:{account}:table/{name}"),
    "AWS::Serverless::StateMachine": _Kind("Name", "states:{region}:{account}:stateMachine:{name}", _ARN),
    "AWS::SNS::Topic": _Kind("TopicName", "sns:{region}:{account}:{name}", _ARN, ("TopicName",), {"TopicArn": _ARN}),
    "AWS::SQS::Queue": _Kind(
        "QueueName", "sqs:{region}:{account}:{name}", _QUEUE_URL, ("QueueName",), {"Arn": _ARN, "QueueUrl": _QUEUE_URL}
    ),
    "AWS::StepFunctions::Activity": _Kind("Name", "states:{region}:{account}:activity:{name}", _ARN),
    "AWS::StepFunctions::StateMachine": _Kind(
        "StateMachineName", "states:{region}:{account}:stateMachine:{name}", _ARN, ("Name",)
    ),
    "AWS::Synthetics::Canary": _Kind("Name"),
    "AWS::WAFv2::WebACL": _Kind("Name", ref="{name}|{name}|{within}", within=("Scope", "")),
}
_ELSE = _Kind("")


@dataclass(frozen=True, slots=True)
class PhysicalId:
    """A resource in its account and Region. within: the property of this name that `belongs_by` says, worked out."""

    kind: str
    name: str
    account: str
    region: str
    within: str = ""

    def reference(self) -> str:
        """What Ref gives."""
        return self._filled(_KINDS.get(self.kind, _ELSE).ref)

    def attribute(self, name: str) -> str | None:
        """What Fn::GetAtt gives, or nothing where only AWS knows."""
        known = _KINDS.get(self.kind, _ELSE)
        if name in known.names or is_own_id(self.kind, name):
            return self.name
        is_arn = name == "Arn" and known.arn and not known.attributes
        pattern = known.attributes.get(name, _ARN if is_arn else "")
        return self._filled(pattern) if pattern else None

    def _filled(self, pattern: str) -> str:
        # Of an ARN it is the part behind the type of the resource that is repeated in others.
        within = self.within
        if within.startswith("arn:"):
            within = within.partition("/")[2] or within.rpartition(":")[2]
        known = {
            "account": self.account,
            "name": self.name,
            "region": self.region,
            "suffix": url_suffix_of(self.region),
            "within": _FAMILIES.get(within, within),
        }
        arn = f"arn:{partition_of(self.region)}:" + _KINDS.get(self.kind, _ELSE).arn.format(**known)
        return pattern.format(arn=arn, **known)


def named_by(kind: str) -> str:
    """The property that names a resource of this type; nothing where there is none or it is not known."""
    return _KINDS[kind].named_by if kind in _KINDS else naming_property(kind)


def belongs_by(kind: str) -> tuple[str, str]:
    """The property that says what a resource of this type belongs to and what it is if left out; two empty texts."""
    return _KINDS.get(kind, _ELSE).within
