"""The capture of docs/import.md: two accounts with nearly the same alarms, as an account of payments may have them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.captures import REGION, Rows, composite_alarm, metric_alarm, write_capture

NAMES = {"222222222222": "checkout", "333333333333": "billing"}
DATABASE = {"DBInstanceIdentifier": "ledger"}


def write_monday(folder: Path) -> Path:
    """captures/monday below a folder."""
    rows: Rows = {
        (account, REGION): {
            "alarms": _alarms(account, 500.0 if name == "checkout" else 900.0),
            "log-groups": [{"logGroupName": "/app/ledger", "retentionInDays": 30}],
            "metric-filters": [_filter()],
            "dashboards": [],
            "anomaly-detectors": [],
        }
        for account, name in NAMES.items()
    }
    return write_capture(folder / "captures" / "monday", rows, names=NAMES)


def _alarms(account: str, age: float) -> list[dict[str, Any]]:
    storage = _alarm(account, "db-storage", "AWS/RDS", "FreeStorageSpace", DATABASE, Threshold=10e9)
    # A metric that ECS does not publish without Container Insights: nothing ever was in this alarm.
    network = _alarm(account, "network-in", "AWS/ECS", "NetworkBytesIn", {"ServiceName": "api"}, Statistic="Sum")
    return [
        _alarm(
            account, "orders-age", "AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": "orders"}, Threshold=age
        ),
        _alarm(
            account,
            "orders-depth",
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            {"QueueName": "orders"},
            Statistic="Average",
        ),
        _alarm(account, "ledger-errors", "Payments", "LedgerErrors", {}, "critical", Statistic="Sum", Threshold=5.0),
        _alarm(account, "db-cpu", "AWS/RDS", "CPUUtilization", DATABASE, Statistic="Average", EvaluationPeriods=3),
        _alarm(account, "db-connections", "AWS/RDS", "DatabaseConnections", DATABASE, Statistic="Average"),
        {**storage, "ComparisonOperator": "LessThanThreshold", "Statistic": "Minimum", "TreatMissingData": "breaching"},
        composite_alarm(
            "ledger-down", 'ALARM("ledger-errors") AND ALARM("db-cpu")', AlarmActions=[_topic(account, "critical")]
        ),
        metric_alarm("TargetTracking-service/api-AlarmHigh-1"),
        *([network] if NAMES[account] == "checkout" else []),
    ]


def _alarm(
    account: str,
    name: str,
    namespace: str,
    metric: str,
    dimensions: dict[str, str],
    severity: str = "high",
    **keys: Any,
) -> dict[str, Any]:
    settings = {
        "AlarmArn": f"arn:aws:cloudwatch:{REGION}:{account}:alarm:{name}",
        "Namespace": namespace,
        "MetricName": metric,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        "Statistic": "Maximum",
        "Threshold": 85.0,
        "TreatMissingData": "notBreaching",
        "AlarmActions": [_topic(account, severity)],
        "OKActions": [_topic(account, severity)],
        "Tags": {"owner": "payments", "severity": severity},
    }
    return metric_alarm(name, **{**settings, **keys})


def _topic(account: str, severity: str) -> str:
    return f"arn:aws:sns:{REGION}:{account}:payments-{severity}"


def _filter() -> dict[str, Any]:
    transformation = {
        "metricName": "LedgerErrors",
        "metricNamespace": "Payments",
        "metricValue": "1",
        "defaultValue": 0.0,
    }
    return {
        "filterName": "ledger-errors",
        "filterPattern": "ERROR",
        "logGroupName": "/app/ledger",
        "metricTransformations": [transformation],
    }
