"""The catalogue of AWS metrics: its form, facts restated from AWS's pages, and what it must not contain."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from botocore.loaders import Loader

from generator.aws.metrics import CATALOGUE, Metric, Namespace, lookup
from generator.aws.metrics_model import namespace, rows

ROOT = Path(__file__).parents[2]

ROWS = [(found, name, metric) for found in CATALOGUE.values() for name, metric in found.metrics.items()]

OPEN_ENDED = {
    "AWS/AmazonMQ",
    "AWS/DMS",
    "AWS/DX",
    "Glue",
    "AWS/Bedrock",
    "AWS/Bedrock/Agents",
    "AWS/Bedrock/Guardrails",
    "AWS/EKS",
    "AWS/SES",
    "ContainerInsights",
    "AWS/Backup",
    "AWS/CloudFront",
    "AWS/DocDB",
    "AWS/ES",
    "AWS/ElastiCache",
    "AWS/Firehose",
    "AWS/Kafka",
    "AWS/Logs",
    "AWS/RDS",
    "AWS/Redshift",
    "AWS/Usage",
    "AWS/WAFV2",
    "AWS/X-Ray",
    "CWAgent",
    "ECS/ContainerInsights",
}
CLOSED = {
    "AWS/Batch",
    "AWS/AmplifyHosting",
    "AWS/ELB",
    "AWS/ApiGateway",
    "AWS/ApplicationELB",
    "AWS/AutoScaling",
    "AWS/Billing",
    "AWS/CertificateManager",
    "AWS/Cognito",
    "AWS/DynamoDB",
    "AWS/EBS",
    "AWS/EC2",
    "AWS/ECS",
    "AWS/EFS",
    "AWS/Events",
    "AWS/Kinesis",
    "AWS/Lambda",
    "AWS/NATGateway",
    "AWS/NetworkELB",
    "AWS/Route53",
    "AWS/S3",
    "AWS/SNS",
    "AWS/SQS",
    "AWS/States",
    "AWS/TransitGateway",
    "AWS/VPN",
    "CloudWatchSynthetics",
    "LambdaInsights",
}


def sets(text: str) -> set[tuple[str, ...]]:
    """`- | A | B, A` as the catalogue keeps it, read here once more so that a fault of its reader shows."""
    parts = (part.split(",") for part in text.split("|"))
    return {tuple(sorted(name.strip() for name in part if name.strip() != "-")) for part in parts}


def metric(where: str, name: str) -> Metric:
    found = lookup(where)
    assert found is not None
    return found.metrics[name]


# ---- form


def test_what_was_asked_for_is_covered_and_nobody_opened_or_closed_a_namespace_by_accident() -> None:
    assert {name for name, found in CATALOGUE.items() if found.open_ended} == OPEN_ENDED
    assert {name for name, found in CATALOGUE.items() if not found.open_ended} == CLOSED


def test_a_namespace_is_found_by_its_exact_name_only() -> None:
    found = lookup("AWS/Lambda")
    assert isinstance(found, Namespace)
    assert found.name == "AWS/Lambda"
    assert lookup("aws/lambda") is None
    assert lookup("AWS/Nothing") is None


def test_every_namespace_names_the_page_it_is_written_from() -> None:
    for found in CATALOGUE.values():
        assert re.fullmatch(r"https://docs\.aws\.amazon\.com/[\w.-]+(/[\w.-]+)+\.html", found.page), found.name
    assert len({found.page for found in CATALOGUE.values()}) == len(CATALOGUE)


def test_every_unit_is_one_that_cloudwatch_knows() -> None:
    model = Loader().load_service_model("cloudwatch", "service-2")
    units = set(model["shapes"]["StandardUnit"]["enum"])
    assert {(found.name, name) for found, name, row in ROWS if row.unit not in units} == set()


def test_every_metric_has_dimension_sets_in_order_and_none_twice() -> None:
    for found, name, row in ROWS:
        where = f"{found.name} {name}"
        assert row.dimensions, where
        assert list(row.dimensions) == sorted(set(row.dimensions)), where
        for names in row.dimensions:
            assert list(names) == sorted(set(names)), where


def test_names_are_such_as_cloudwatch_allows_and_keep_nothing_of_the_notation() -> None:
    spelled = {name for _, name, _ in ROWS}
    spelled |= {dimension for _, _, row in ROWS for names in row.dimensions for dimension in names}
    for name in spelled:
        assert re.fullmatch(r"[A-Za-z0-9][\w .%/:-]*", name), name
        assert name == name.strip(), name


def test_names_that_differ_in_nothing_but_case_are_the_ones_we_know_of() -> None:
    """A check that answers a wrong case with the right one has to find one answer, so no pair may slip in."""
    alike: dict[tuple[str, str], set[str]] = defaultdict(set)
    for found, name, _ in ROWS:
        alike[found.name, name.lower()].add(name)
    assert sorted(sorted(names) for names in alike.values() if len(names) > 1) == [
        ["4XXErrors", "4xxErrors"],
        ["5XXErrors", "5xxErrors"],
        ["AccountTakeOverRisk", "AccountTakeoverRisk"],
        ["IngestionToInvocationCompleteLatency", "IngestiontoInvocationCompleteLatency"],
        ["IngestionToInvocationStartLatency", "IngestiontoInvocationStartLatency"],
        ["TCPConnections", "TcpConnections"],
    ]


def test_the_catalogue_can_not_be_changed_by_its_readers() -> None:
    found = lookup("AWS/SQS")
    assert found is not None
    with pytest.raises(TypeError):
        CATALOGUE["AWS/SQS"] = found  # type: ignore[index]
    with pytest.raises(TypeError):
        found.metrics["New"] = Metric("Count", ((),))  # type: ignore[index]


def test_importing_it_loads_nothing_but_itself() -> None:
    """Every command loads it, so it stays data."""
    code = (
        "import __future__, collections.abc, dataclasses, functools, sys, types; before = set(sys.modules);"
        " import generator.aws.metrics; print(*sorted(set(sys.modules) - before))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = run.stdout.split()
    assert [name for name in loaded if name != "generator" and not name.startswith("generator.aws")] == []


# ---- the notation


def test_rows_join_the_sets_of_a_metric_that_stands_in_several() -> None:
    found = namespace(
        "X",
        "x/y.html",
        rows("- | B, A", "Count", "One Two~words"),
        rows("C | A, B", "Count", "One"),
        open_ended=True,
    )
    assert found == Namespace(
        "X",
        "https://docs.aws.amazon.com/x/y.html",
        {
            "One": Metric("Count", ((), ("A", "B"), ("C",))),
            "Two words": Metric("Count", ((), ("A", "B"))),
        },
        open_ended=True,
    )


def test_a_metric_listed_in_two_units_is_refused() -> None:
    with pytest.raises(ValueError, match="X One is listed in Count and in Bytes"):
        namespace("X", "x/y.html", rows("-", "Count", "One"), rows("A", "Bytes", "One"))


# ---- facts, restated from where they are documented

CONSOLE = "the CloudWatch console's directory, npm @aws-cdk/aws-service-spec 0.1.216"
RECOMMENDED = "AmazonCloudWatch/.../Best_Practice_Recommended_Alarms_AWS_Services.html"

FACTS = [
    (
        "AWS/ELB",
        "HTTPCode_Backend_5XX",
        "Count",
        "- | AvailabilityZone | LoadBalancerName | LoadBalancerName, AvailabilityZone",
        CONSOLE,
    ),
    (
        "AWS/ELB",
        "Latency",
        "Seconds",
        "- | AvailabilityZone | LoadBalancerName | LoadBalancerName, AvailabilityZone",
        CONSOLE,
    ),
    ("AWS/AmazonMQ", "StorePercentUsage", "Percent", "Broker", "amazon-mq/.../activemq-logging-monitoring.html"),
    ("AWS/AmazonMQ", "QueueSize", "Count", "Broker, Queue", "amazon-mq/.../activemq-logging-monitoring.html"),
    (
        "AWS/AmazonMQ",
        "MessageReadyCount",
        "Count",
        "Broker | Broker, Queue, VirtualHost",
        "rabbitmq-logging-monitoring",
    ),
    ("AWS/DMS", "CDCLatencyTarget", "Seconds", "ReplicationInstanceIdentifier, ReplicationTaskIdentifier", CONSOLE),
    ("AWS/DX", "ConnectionState", "None", "ConnectionId", "directconnect/.../monitoring-cloudwatch.html"),
    (
        "Glue",
        "glue.ALL.jvm.heap.usage",
        "None",
        "JobName, JobRunId, Type",
        "glue/.../monitoring-awsglue-with-cloudwatch",
    ),
    ("AWS/Batch", "JobsMovedToFailed", "Count", "JobQueueName", "batch/latest/userguide/using_cloudwatch_metrics.html"),
    ("AWS/SES", "Send", "Count", "- | ses:configuration-set", CONSOLE),
    ("AWS/SES", "Reputation.BounceRate", "None", "- | ses:configuration-set", CONSOLE),
    ("AWS/EKS", "scheduler_pending_pods_UNSCHEDULABLE", "Count", "ClusterName", "eks/latest/userguide/cloudwatch.html"),
    ("AWS/EKS", "apiserver_request_duration_seconds_GET_P99", "Seconds", "ClusterName", CONSOLE),
    ("AWS/Bedrock", "InvocationLatency", "Milliseconds", "- | ModelId", "bedrock/.../monitoring-runtime-metrics.html"),
    (
        "AWS/Bedrock",
        "OutputImageCount",
        "Count",
        "- | ModelId | ModelId, ImageSize, BucketedStepSize",
        "bedrock/.../monitoring-runtime-metrics.html",
    ),
    ("AWS/AmplifyHosting", "5xxErrors", "Count", "App", "amplify/.../monitoring-with-cloudwatch.html"),
    ("AWS/AmplifyHosting", "Latency", "Seconds", "App", "amplify/.../monitoring-with-cloudwatch.html"),
    (
        "ContainerInsights",
        "node_cpu_utilization",
        "Percent",
        "ClusterName | ClusterName, InstanceId, NodeName",
        "Container-Insights-metrics-enhanced-EKS",
    ),
    (
        "ContainerInsights",
        "pod_number_of_container_restarts",
        "Count",
        "ClusterName, Namespace, PodName",
        "Container-Insights-metrics-enhanced-EKS",
    ),
    (
        "ContainerInsights",
        "pod_memory_utilization_over_pod_limit",
        "Percent",
        "ClusterName | ClusterName, Namespace | ClusterName, Namespace, PodName | ClusterName, Namespace, Service"
        " | ClusterName, Namespace, PodName, FullPodName",
        "Container-Insights-metrics-enhanced-EKS",
    ),
    (
        "ECS/ContainerInsights",
        "InstanceOSFilesystemUtilization",
        "Percent",
        "ClusterName | ClusterName, CapacityProviderName"
        " | ClusterName, CapacityProviderName, ContainerInstanceId, EC2InstanceId",
        "AmazonECS/.../additional-metrics-managed-instances.html",
    ),
    ("AWS/CertificateManager", "DaysToExpiry", "None", "CertificateArn", "acm/latest/userguide/cloudwatch-metrics"),
    (
        "AWS/Lambda",
        "Duration",
        "Milliseconds",
        "- | FunctionName | FunctionName, Resource | FunctionName, Resource, ExecutedVersion",
        CONSOLE,
    ),
    (
        "AWS/Lambda",
        "Errors",
        "Count",
        "- | FunctionName | FunctionName, Resource | FunctionName, Resource, ExecutedVersion",
        CONSOLE,
    ),
    ("AWS/Lambda", "ClaimedAccountConcurrency", "Count", "-", RECOMMENDED),
    ("AWS/Lambda", "UnreservedConcurrentExecutions", "Count", "-", CONSOLE),
    (
        "AWS/Lambda",
        "PolledEventCount",
        "Count",
        "EventSourceMappingUUID",
        "lambda/.../monitoring-metrics-view.html",
    ),
    (
        "LambdaInsights",
        "memory_utilization",
        "Percent",
        "function_name | function_name, version",
        "Lambda-Insights-metrics",
    ),
    (
        "AWS/EC2",
        "CPUUtilization",
        "Percent",
        "- | InstanceId | AutoScalingGroupName | ImageId | InstanceType",
        CONSOLE,
    ),
    ("AWS/EBS", "BurstBalance", "Percent", "VolumeId", "ebs/latest/userguide/using_cloudwatch_ebs.html"),
    ("AWS/ECS", "CPUUtilization", "Percent", "ClusterName | ClusterName, ServiceName", CONSOLE),
    ("AWS/ECS", "MemoryReservation", "Percent", "ClusterName", "AmazonECS/.../available-metrics.html"),
    (
        "ECS/ContainerInsights",
        "RunningTaskCount",
        "Count",
        "ClusterName, ServiceName",
        "Container-Insights-metrics-ECS",
    ),
    (
        "AWS/AutoScaling",
        "PredictiveScalingCapacityForecast",
        "None",
        "AutoScalingGroupName, PolicyName",
        "autoscaling/ec2/userguide/ec2-auto-scaling-metrics.html",
    ),
    ("AWS/DynamoDB", "UserErrors", "Count", "-", RECOMMENDED),
    ("AWS/DynamoDB", "ConditionalCheckFailedRequests", "Count", "TableName", "metrics-dimensions.html"),
    (
        "AWS/DynamoDB",
        "ReadThrottleEvents",
        "Count",
        "TableName | TableName, GlobalSecondaryIndexName",
        RECOMMENDED,
    ),
    ("AWS/DynamoDB", "ReturnedItemCount", "Count", "TableName, Operation", "metrics-dimensions.html"),
    (
        "AWS/DynamoDB",
        "ReplicationLatency",
        "Milliseconds",
        "TableName, ReceivingRegion",
        "metrics-dimensions.html",
    ),
    (
        "AWS/SQS",
        "ApproximateAgeOfOldestMessage",
        "Seconds",
        "QueueName",
        "sqs-available-cloudwatch-metrics.html",
    ),
    ("AWS/SQS", "SentMessageSize", "Bytes", "QueueName", "sqs-available-cloudwatch-metrics.html"),
    (
        "AWS/ApiGateway",
        "5XXError",
        "Count",
        "ApiName | ApiName, Stage | ApiName, Method, Resource, Stage",
        "apigateway/.../api-gateway-metrics-and-dimensions.html",
    ),
    (
        "AWS/ApiGateway",
        "5xx",
        "Count",
        "ApiId | ApiId, Stage | ApiId, Method, Resource, Stage",
        "apigateway/.../http-api-metrics.html",
    ),
    (
        "AWS/ApplicationELB",
        "HTTPCode_ELB_5XX_Count",
        "Count",
        "LoadBalancer | AvailabilityZone, LoadBalancer",
        "elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html",
    ),
    (
        "AWS/ApplicationELB",
        "HTTPCode_Target_5XX_Count",
        "Count",
        "LoadBalancer | AvailabilityZone, LoadBalancer | TargetGroup, LoadBalancer"
        " | TargetGroup, AvailabilityZone, LoadBalancer",
        "elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html",
    ),
    (
        "AWS/ApplicationELB",
        "UnHealthyHostCount",
        "Count",
        "LoadBalancer, TargetGroup | LoadBalancer, AvailabilityZone, TargetGroup",
        "elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html",
    ),
    ("AWS/ApplicationELB", "LambdaUserError", "Count", "TargetGroup | TargetGroup, LoadBalancer", CONSOLE),
    (
        "AWS/ApplicationELB",
        "DroppedInvalidHeaderRequestCount",
        "Count",
        "AvailabilityZone, LoadBalancer",
        "elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html",
    ),
    (
        "AWS/NetworkELB",
        "HealthyHostCount",
        "Count",
        "LoadBalancer, TargetGroup | AvailabilityZone, LoadBalancer, TargetGroup",
        "elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html",
    ),
    ("AWS/NetworkELB", "ConsumedLCUs", "Count", "LoadBalancer", "the same"),
    ("AWS/Kinesis", "GetRecords.IteratorAgeMilliseconds", "Milliseconds", "StreamName", RECOMMENDED),
    (
        "AWS/Kinesis",
        "SubscribeToShardEvent.MillisBehindLatest",
        "Milliseconds",
        "StreamName, ConsumerName",
        RECOMMENDED,
    ),
    (
        "AWS/Kinesis",
        "IncomingBytes",
        "Bytes",
        "StreamName | StreamName, ShardId",
        "streams/.../monitoring-with-cloudwatch",
    ),
    ("AWS/States", "OpenExecutionCount", "Count", "-", "step-functions/latest/dg/procedure-cw-metrics.html"),
    (
        "AWS/States",
        "VersionCount",
        "Count",
        "ResourceArn",
        "step-functions/latest/dg/procedure-cw-metrics.html",
    ),
    ("AWS/Events", "PutEventsApproximateThrottledCount", "Count", "-", "eventbridge/.../eb-monitoring.html"),
    (
        "AWS/Events",
        "InvocationsSentToDlq",
        "Count",
        "RuleName | EventBusName, RuleName",
        "eb-monitoring.html",
    ),
    ("AWS/S3", "BucketSizeBytes", "Bytes", "BucketName, StorageType", CONSOLE),
    ("AWS/S3", "5xxErrors", "Count", "BucketName, FilterId", RECOMMENDED),
    (
        "AWS/S3",
        "OperationsFailedReplication",
        "Count",
        "SourceBucket, DestinationBucket, RuleId",
        RECOMMENDED,
    ),
    ("AWS/CloudFront", "5xxErrorRate", "Percent", "DistributionId, Region", RECOMMENDED),
    ("AWS/CertificateManager", "DaysToExpiry", "None", "CertificateArn", RECOMMENDED),
    ("AWS/Cognito", "SignInThrottles", "Count", "UserPool, UserPoolClient", RECOMMENDED),
    (
        "AWS/Cognito",
        "FederationThrottles",
        "Count",
        "UserPool, UserPoolClient, IdentityProvider",
        RECOMMENDED,
    ),
    ("AWS/EFS", "PercentIOLimit", "Percent", "FileSystemId", RECOMMENDED),
    ("AWS/EFS", "StorageBytes", "Bytes", "FileSystemId, StorageClass", CONSOLE),
    (
        "AWS/NATGateway",
        "ErrorPortAllocation",
        "Count",
        "NatGatewayId | NatGatewayId, AvailabilityZone",
        "vpc/latest/userguide/metrics-dimensions-nat-gateway.html",
    ),
    ("AWS/Route53", "HealthCheckStatus", "None", "HealthCheckId", RECOMMENDED),
    (
        "AWS/Route53",
        "DNSQueries",
        "Count",
        "HostedZoneId",
        "Route53/.../monitoring-hosted-zones-with-cloudwatch.html",
    ),
    (
        "AWS/ES",
        "ClusterStatus.red",
        "Count",
        "ClientId, DomainName | ClientId, DomainName, NodeId",
        "cloudwatchmetrics",
    ),
    (
        "AWS/Kafka",
        "ActiveControllerCount",
        "Count",
        "Cluster Name",
        "msk/latest/developerguide/metrics-details.html",
    ),
    ("AWS/Kafka", "UnderReplicatedPartitions", "Count", "Cluster Name, Broker ID", "metrics-details.html"),
]


@pytest.mark.parametrize(
    ("where", "name", "unit", "dimensions", "source"),
    FACTS,
    ids=[f"{where} {name}" for where, name, *_ in FACTS],
)
def test_a_documented_metric_is_listed_as_documented(
    where: str, name: str, unit: str, dimensions: str, source: str
) -> None:
    found = metric(where, name)
    assert (found.unit, set(found.dimensions)) == (unit, sets(dimensions)), source


WRONG_NAMES = [
    ("AWS/ApiGateway", "5xxError"),
    ("AWS/ApiGateway", "5XX"),
    ("AWS/ApplicationELB", "HTTPCode_Target_5xx_Count"),
    ("AWS/ApplicationELB", "UnhealthyHostCount"),
    ("AWS/CloudFront", "5XXErrorRate"),
    ("AWS/DynamoDB", "ThrottleEvents"),
    ("AWS/EBS", "EBSReadOps"),
    ("AWS/EC2", "BurstBalance"),
    ("AWS/EC2", "MemoryUtilization"),
    ("AWS/ECS", "RunningTaskCount"),
    ("AWS/Kinesis", "GetRecords.IteratorAgeMs"),
    ("AWS/Lambda", "Error"),
    ("AWS/Lambda", "Timeouts"),
    ("AWS/S3", "5XXError"),
    ("AWS/SQS", "ApproximateNumberOfMessages"),
    ("AWS/States", "ExecutionsThrottled"),
    ("CloudWatchSynthetics", "FailedRequests"),
]


@pytest.mark.parametrize(("where", "name"), WRONG_NAMES)
def test_a_name_that_no_page_has_is_not_listed(where: str, name: str) -> None:
    found = lookup(where)
    assert found is not None
    assert name not in found.metrics


WRONG_SETS = [
    ("AWS/ApiGateway", "5XXError", "ApiId, Stage"),
    ("AWS/ApiGateway", "5xx", "ApiName, Stage"),
    ("AWS/ApiGateway", "Latency", "ApiName, Resource, Stage"),
    ("AWS/ApplicationELB", "UnHealthyHostCount", "TargetGroup"),
    ("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "TargetGroup, LoadBalancer"),
    ("AWS/Billing", "EstimatedCharges", "-"),
    ("AWS/CloudFront", "5xxErrorRate", "DistributionId"),
    ("AWS/DynamoDB", "ThrottledRequests", "TableName"),
    ("AWS/DynamoDB", "SystemErrors", "TableName"),
    ("AWS/DynamoDB", "SuccessfulRequestLatency", "TableName"),
    ("AWS/DynamoDB", "ReplicationLatency", "TableName"),
    ("AWS/DynamoDB", "UserErrors", "TableName"),
    ("AWS/ECS", "CPUUtilization", "ServiceName"),
    ("AWS/ES", "FreeStorageSpace", "DomainName"),
    ("AWS/Events", "FailedInvocations", "EventBusName"),
    ("AWS/Kafka", "ActiveControllerCount", "ClusterName"),
    ("AWS/Lambda", "Errors", "Resource"),
    ("AWS/Lambda", "Errors", "FunctionName, ExecutedVersion"),
    ("AWS/S3", "5xxErrors", "BucketName"),
    ("AWS/S3", "BucketSizeBytes", "BucketName"),
    ("AWS/SQS", "ApproximateAgeOfOldestMessage", "-"),
    ("ECS/ContainerInsights", "RunningTaskCount", "ClusterName"),
    ("LambdaInsights", "memory_utilization", "FunctionName"),
]


@pytest.mark.parametrize(("where", "name", "dimensions"), WRONG_SETS)
def test_a_set_that_no_page_has_is_not_listed(where: str, name: str, dimensions: str) -> None:
    assert not sets(dimensions) & set(metric(where, name).dimensions)
