"""T23 and T27 on AWS's own metrics: thresholds that no value crosses, and thresholds in another unit."""

from __future__ import annotations

import pytest

from generator.aws.metrics import CATALOGUE
from generator.findings import Severity
from tests.support import built, spec


def on_aws(namespace: str, name: str, statistic: str, threshold: str) -> str:
    """A change that adds an alarm on one of AWS's own metrics, with whatever dimensions that takes."""
    dimensions = "".join(f"{key}: x, " for key in CATALOGUE[namespace].metrics[name].dimensions[-1])
    metric = f"{{namespace: {namespace}, name: {name}, dimensions: {{{dimensions}}}}}"
    return (
        f"alarms: {{own: {{metric: {metric}, statistic: {statistic}, period: 5m, threshold: '{threshold}',"
        " severity: high, missing_data: not-breaching}}"
    )


# Which values a metric has is on the page that generator/aws names for its namespace.
@pytest.mark.parametrize(
    ("namespace", "name", "statistic", "threshold", "said"),
    [
        ("AWS/RDS", "CPUUtilization", "Average", "> 100", "never > 100"),
        ("AWS/RDS", "CPUUtilization", "p99", "<= 100", "always <= 100"),
        ("AWS/RDS", "CPUUtilization", "Average", ">= 100", ""),
        ("AWS/ECS", "CPUUtilization", "Average", "> 120", ""),
        ("AWS/ApplicationELB", "HealthyHostCount", "Minimum", "< 0", "never < 0"),
        ("AWS/ApplicationELB", "HealthyHostCount", "Minimum", "< 1", ""),
        ("AWS/EC2", "StatusCheckFailed", "Maximum", "> 1", "never > 1"),
        ("AWS/EC2", "StatusCheckFailed", "Sum", "> 1", ""),
        ("AWS/Route53", "HealthCheckStatus", "Minimum", "< 0", "never < 0"),
        ("AWS/Lambda", "Errors", "Average", "> 5", "never > 5"),
        ("AWS/Lambda", "Errors", "Sum", ">= 0", "always >= 0"),
        ("AWS/Lambda", "Errors", "Sum", "> 5", ""),
        ("AWS/ApplicationELB", "TargetResponseTime", "SampleCount", ">= 0", "always >= 0"),
        ("AWS/RDS", "ReplicaLag", "Average", "< 0", ""),
        ("AWS/SES", "Reputation.BounceRate", "Average", "> 5", "never > 5"),
        ("AWS/SES", "Reputation.BounceRate", "Average", "> 0.05", ""),
        ("AWS/SES", "Reputation.BounceRate", "Sum", "> 5", ""),
        ("AWS/ELB", "SurgeQueueLength", "Maximum", "> 1024", "never > 1024"),
        ("AWS/ELB", "SurgeQueueLength", "Maximum", "> 1000", ""),
        ("AWS/CertificateManager", "DaysToExpiry", "Minimum", "< 0", "never < 0"),
        ("ContainerInsights", "pod_cpu_utilization_over_pod_limit", "Average", "> 120", ""),
        ("ContainerInsights", "node_status_condition_ready", "Minimum", "< 0", "never < 0"),
    ],
)
def test_a_metric_of_aws_can_cross_its_threshold(
    namespace: str, name: str, statistic: str, threshold: str, said: str
) -> None:
    messages = [
        f.message for f in built(spec(on_aws(namespace, name, statistic, threshold))).findings if f.code == "T23"
    ]
    assert len(messages) == bool(said)
    assert all(said in message for message in messages)


@pytest.mark.parametrize(
    ("namespace", "name", "threshold", "said"),
    [
        ("AWS/ApplicationELB", "TargetResponseTime", "> 3000", "in seconds: 3000 are 50 minutes"),
        ("AWS/ApplicationELB", "TargetResponseTime", "> 3", ""),
        ("AWS/RDS", "FreeStorageSpace", "< 20", "is in bytes"),
        ("AWS/RDS", "FreeStorageSpace", "< 20000000000", ""),
        ("AWS/RDS", "CPUUtilization", "> 0.8", "a percentage from 0 to 100"),
        ("AWS/RDS", "CPUUtilization", "> 80", ""),
        ("AWS/Lambda", "Duration", "> 3000", ""),
        ("AWS/ELB", "Latency", "> 3000", "in seconds: 3000 are 50 minutes"),
        ("AWS/AmplifyHosting", "Latency", "> 3000", "in seconds: 3000 are 50 minutes"),
        ("AWS/Bedrock", "InvocationLatency", "> 30000", ""),
    ],
)
def test_a_threshold_in_another_unit_is_warned_of(namespace: str, name: str, threshold: str, said: str) -> None:
    found = [f for f in built(spec(on_aws(namespace, name, "Maximum", threshold))).findings if f.code == "T27"]
    assert len(found) == bool(said)
    assert all(said in one.message and one.severity is Severity.WARNING for one in found)
