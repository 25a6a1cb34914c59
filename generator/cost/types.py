"""Every type of resource that a build makes: with a price, billed by use, or free.

A type that is in none of the three has an unknown price: sums with it are "at least".
"""

from __future__ import annotations

from collections.abc import Mapping

from generator.cost.charges import Priced
from generator.cost.readers import alarms, metrics, pieces, runners

PRICED: Mapping[str, Priced] = {**alarms.PRICED, **metrics.PRICED, **pieces.PRICED, **runners.PRICED}

VOLUMES: Mapping[str, str] = {
    "api-requests": "requests to the API",
    "endpoint-gb": "data through endpoints",
    "event-archive-gb": "archived events",
    "events": "custom events, and events between accounts",
    "firehose-gb": "logs that delivery streams archive",
    "function-gb-second-arm": "seconds of functions that events invoke",
    "function-requests": "invocations of functions by events",
    "insight-rule-events": "log events that match Contributor Insights rules",
    "log-ingestion-gb": "logs ingested",
    "log-query-gb": "logs read by queries",
    "log-storage-gb": "logs stored",
    "object-storage-gb": "objects in buckets",
    "queue-requests": "messages of queues",
    "table-reads": "reads of tables",
    "table-storage-gb": "storage of tables",
    "table-writes": "writes to tables",
    "traces": "traces recorded",
}
"""Item to words: what only its use decides, and a spec can declare."""

BY_USE: Mapping[str, tuple[str, ...]] = {
    "AWS::ApiGateway::RestApi": ("api-requests",),
    "AWS::CloudWatch::InsightRule": ("insight-rule-events",),
    "AWS::DynamoDB::Table": ("table-reads", "table-writes", "table-storage-gb", "continuous backups of tables"),
    "AWS::EC2::VPCEndpoint": ("endpoint-gb",),
    "AWS::ECS::Cluster": ("tasks, and metrics of Container Insights",),
    "AWS::Events::Archive": ("event-archive-gb",),
    "AWS::Events::EventBus": ("events",),
    "AWS::Events::Rule": ("events",),
    "AWS::KMS::Key": ("calls of keys, and their first two rotations, 1 USD a month each",),
    "AWS::KinesisFirehose::DeliveryStream": ("firehose-gb",),
    "AWS::Lambda::Function": (
        "function-requests",
        "function-gb-second-arm",
        "metrics that functions publish and no alarm watches",
    ),
    "AWS::Logs::LogGroup": ("log-ingestion-gb", "log-storage-gb", "log-query-gb"),
    "AWS::S3::Bucket": ("object-storage-gb",),
    "AWS::SNS::Topic": ("messages of topics",),
    "AWS::SQS::Queue": ("queue-requests",),
    # https://aws.amazon.com/secrets-manager/pricing/
    "AWS::SecretsManager::Secret": ("reads of secrets",),
    "AWS::SSM::Association": ("metrics of the CloudWatch agent, 0.30 USD each on each instance",),
    # A run has a price, and its function, its log and its objects are billed as such.
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Canaries.html
    "AWS::Synthetics::Canary": ("seconds and logs of the functions of canaries",),
    "AWS::XRay::SamplingRule": ("traces",),
}
"""Type to what is billed by use: items of VOLUMES, or words for what cannot be declared."""

FREE = frozenset({
    "AWS::ApiGateway::Account",
    "AWS::ApiGateway::Deployment",
    "AWS::ApiGateway::GatewayResponse",
    "AWS::ApiGateway::Method",
    "AWS::ApiGateway::Resource",
    "AWS::ApiGateway::Stage",
    # The alarm on the band is billed; AWS names no price of the model.
    "AWS::CloudWatch::AnomalyDetector",
    "AWS::EC2::SecurityGroup",
    "AWS::Events::EventBusPolicy",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::KMS::Alias",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::Permission",
    "AWS::Logs::LogStream",
    "AWS::Logs::ResourcePolicy",
    # A subscription filter is free; what it delivers to is billed by use.
    "AWS::Logs::SubscriptionFilter",
    # Cross-account observability of metrics and logs costs nothing more.
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Unified-Cross-Account.html
    "AWS::Oam::Link",
    "AWS::Oam::Sink",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::SSM::Document",
    # Standard parameters. https://aws.amazon.com/systems-manager/pricing/
    "AWS::SSM::Parameter",
    "AWS::Scheduler::ScheduleGroup",
    "AWS::XRay::Group",
    "Custom::BucketContents",
})  # fmt: skip
