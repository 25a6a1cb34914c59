"""AWS namespaces with their metrics, and the sets of dimensions of each.

CloudWatch accepts an alarm on a metric that does not exist and it waits for data without an end: a name in the
wrong case (`5xxError`), a dimension left out (`ThrottledRequests` of a table without its operation) or one
too many. This is the list such alarms are found with. It is written from AWS's own pages; each namespace
names its.

A namespace that is not `open_ended` is believed complete: what is missing there is a mistake. Where AWS's
pages differ or are silent, the list is on the side of the alarm and has each candidate.

The rows are in `metrics_*.py`, by family; their notation is explained in `metrics_model`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from generator.aws import (
    metrics_account,
    metrics_agent,
    metrics_cache,
    metrics_compute,
    metrics_data,
    metrics_hosted,
    metrics_kubernetes,
    metrics_messaging,
    metrics_network,
    metrics_pipelines,
    metrics_storage,
    metrics_streams,
)
from generator.aws.metrics_model import DimensionSet, Metric, Namespace

__all__ = ["CATALOGUE", "DimensionSet", "Metric", "Namespace", "lookup"]

_NAMESPACES = (
    metrics_account.BILLING,
    metrics_account.COGNITO,
    metrics_account.LOGS,
    metrics_account.SYNTHETICS,
    metrics_account.USAGE,
    metrics_account.X_RAY,
    metrics_agent.AGENT,
    metrics_cache.ELASTI_CACHE,
    metrics_compute.AUTO_SCALING,
    metrics_compute.CONTAINER_INSIGHTS,
    metrics_compute.EBS,
    metrics_compute.EC2,
    metrics_compute.ECS,
    metrics_compute.LAMBDA,
    metrics_compute.LAMBDA_INSIGHTS,
    metrics_data.DOC_DB,
    metrics_data.DYNAMO_DB,
    metrics_data.RDS,
    metrics_data.REDSHIFT,
    metrics_hosted.AMPLIFY_HOSTING,
    metrics_hosted.BEDROCK,
    metrics_hosted.BEDROCK_AGENTS,
    metrics_hosted.BEDROCK_GUARDRAILS,
    metrics_kubernetes.CONTAINER_INSIGHTS,
    metrics_kubernetes.EKS,
    metrics_messaging.EVENTS,
    metrics_messaging.MQ,
    metrics_messaging.SES,
    metrics_streams.FIREHOSE,
    metrics_streams.KAFKA,
    metrics_streams.KINESIS,
    metrics_messaging.SNS,
    metrics_messaging.SQS,
    metrics_messaging.STATES,
    metrics_network.API_GATEWAY,
    metrics_network.APPLICATION_ELB,
    metrics_network.CERTIFICATE_MANAGER,
    metrics_network.CLASSIC_ELB,
    metrics_network.CLOUD_FRONT,
    metrics_network.DIRECT_CONNECT,
    metrics_network.NAT_GATEWAY,
    metrics_network.NETWORK_ELB,
    metrics_network.ROUTE53,
    metrics_network.TRANSIT_GATEWAY,
    metrics_network.VPN,
    metrics_network.WAF,
    metrics_pipelines.BATCH,
    metrics_pipelines.DMS,
    metrics_pipelines.GLUE,
    metrics_storage.BACKUP,
    metrics_storage.EFS,
    metrics_storage.ELASTICSEARCH,
    metrics_storage.S3,
)

CATALOGUE: Mapping[str, Namespace] = MappingProxyType({found.name: found for found in _NAMESPACES})


def lookup(namespace: str) -> Namespace | None:
    """The namespace of exactly this name; None says nothing, since most namespaces of AWS are not listed."""
    return CATALOGUE.get(namespace)
