"""What watches a resource, where names alone say something else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.captures import REGION, metric_alarm
from tests.inventory.test_discover import discovered, statuses
from tests.inventory.world import (
    ALPHA,
    BETA,
    HUB,
    OPS,
    captured,
    dimensions,
    functions,
    listed,
    query_alarm,
    queue_alarm,
    queues,
    region,
)


def alarm_on(namespace: str, metric: str, **values: str) -> dict[str, Any]:
    """An alarm that notifies, on a metric with these dimensions."""
    return metric_alarm(
        "a", Namespace=namespace, MetricName=metric, Dimensions=dimensions(**values), AlarmActions=[OPS]
    )


def of_alpha(folder: Path, **parts: Any) -> dict[str, str]:
    """How the resources of alpha are watched, without a file."""
    captured(folder, {ALPHA: region(**parts)}, spec=None)
    return {name.removeprefix("alpha "): status for name, status in statuses(folder).items()}


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"QueueName": "orders"}, "watched"),
        # CloudWatch treats each unique combination of dimensions as a separate metric, "even if the metrics have the
        # same metric name": https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
        ({"QueueName": "orders", "Stage": "prod"}, "unwatched"),
    ],
)
def test_dimensions_that_no_metric_has_watch_nothing(tmp_path: Path, values: dict[str, str], status: str) -> None:
    alarm = alarm_on("AWS/SQS", "ApproximateAgeOfOldestMessage", **values)
    assert of_alpha(tmp_path, alarms=[alarm], metrics=queues(ALPHA, "orders")) == {"orders": status}


def test_dimensions_that_another_metric_of_the_resource_has_are_fine(tmp_path: Path) -> None:
    """Errors of an alias are published only when there are some; its invocations show that it exists."""
    rows = [
        *functions(ALPHA, "pay"),
        listed(ALPHA, "AWS/Lambda", "Invocations", FunctionName="pay", Resource="pay:live"),
        listed(ALPHA, "AWS/ApplicationELB", "RequestCount", LoadBalancer="app/a/1", AvailabilityZone="us-east-1a"),
    ]
    alarm = alarm_on("AWS/Lambda", "Errors", FunctionName="pay", Resource="pay:live")
    zone = alarm_on(
        "AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", LoadBalancer="app/a/1", AvailabilityZone="us-east-1a"
    )
    alarms = [alarm, {**zone, "AlarmName": "b"}]
    assert of_alpha(tmp_path, alarms=alarms, metrics=rows) == {"pay": "watched", "app/a/1": "watched"}


@pytest.mark.parametrize(
    ("of_filter", "of_alarm", "status"),
    [
        ({}, {}, "watched"),
        ({"Operation": "$.operation"}, {"Operation": "pay"}, "watched"),
        # A filter with dimensions publishes no metric without them:
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
        ({"Operation": "$.operation"}, {}, "unwatched"),
        ({}, {"Operation": "pay"}, "unwatched"),
    ],
)
def test_a_metric_of_a_filter_has_the_filters_dimensions(
    tmp_path: Path, of_filter: dict[str, str], of_alarm: dict[str, str], status: str
) -> None:
    transformation = {"metricNamespace": "Shop", "metricName": "Errors", "dimensions": of_filter}
    row = {"filterName": "f", "logGroupName": "/aws/lambda/pay", "metricTransformations": [transformation]}
    alarm = alarm_on("Shop", "Errors", **of_alarm)
    assert of_alpha(tmp_path, alarms=[alarm], metrics=functions(ALPHA, "pay"), metric_filters=[row]) == {"pay": status}


def test_without_metric_filters_an_alarm_of_a_filter_may_watch_a_function(tmp_path: Path) -> None:
    alarm = alarm_on("Shop", "Errors")
    rows = [*functions(ALPHA, "pay"), *queues(ALPHA, "orders")]
    result = of_alpha(tmp_path / "1", alarms=[alarm], metrics=rows, metric_filters=None)
    assert result == {"pay": "unknown", "orders": "unwatched"}
    result = of_alpha(tmp_path / "2", alarms=[], metrics=rows, metric_filters=None)
    assert result == {"pay": "unwatched", "orders": "unwatched"}


def test_metrics_that_the_result_does_not_use_are_not_watched(tmp_path: Path) -> None:
    def entry(id_: str, queue: str, **keys: Any) -> dict[str, Any]:
        metric = {
            "Namespace": "AWS/SQS",
            "MetricName": "ApproximateAgeOfOldestMessage",
            "Dimensions": dimensions(QueueName=queue),
        }
        return {"Id": id_, "MetricStat": {"Metric": metric, "Stat": "Maximum", "Period": 60}, **keys}

    entries = [
        {"Id": "e1", "Expression": "MAX([m1, e2])", "ReturnData": True},
        {"Id": "e2", "Expression": "m2 * 1", "ReturnData": False},
        entry("m1", "orders", ReturnData=False),
        entry("m2", "returns", ReturnData=False),
        entry("m3", "spare", ReturnData=False),
    ]
    alarm = metric_alarm("math", Metrics=entries, AlarmActions=[OPS])
    alarm = {key: value for key, value in alarm.items() if key not in ("Namespace", "MetricName", "Dimensions")}
    result = of_alpha(tmp_path / "1", alarms=[alarm], metrics=queues(ALPHA, "orders", "returns", "spare"))
    assert result == {"orders": "watched", "returns": "watched", "spare": "unwatched"}
    # METRICS() is all of them: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
    entries[0]["Expression"] = "MAX(METRICS())"
    result = of_alpha(tmp_path / "2", alarms=[alarm], metrics=queues(ALPHA, "orders", "returns", "spare"))
    assert set(result.values()) == {"watched"}


@pytest.mark.parametrize(
    ("metric", "type_", "name"),
    [
        (listed(ALPHA, "AWS/ApiGateway", "Latency", ApiId="shop"), "http-api", "IntegrationLatency"),
        (listed(ALPHA, "AWS/AmazonMQ", "RabbitMQDiskFree", Broker="mq"), "rabbitmq", "PublishRate"),
    ],
)
def test_any_metric_of_a_resource_watches_it(tmp_path: Path, metric: dict[str, Any], type_: str, name: str) -> None:
    """Names of metrics say which of two kinds a resource is of; an alarm may be on others."""
    alarm = {**metric_alarm("a", AlarmActions=[OPS]), "Namespace": metric["Namespace"], "MetricName": name}
    alarm["Dimensions"] = metric["Dimensions"]
    metrics = [metric, {**metric, "MetricName": name}]
    captured(tmp_path, {ALPHA: region(alarms=[alarm], metrics=metrics)}, spec=None)
    (row,) = discovered(tmp_path)["resources"]
    assert (row["type"], row["status"]) == (type_, "watched")


def test_alarms_of_every_part_watch_the_whole(tmp_path: Path) -> None:
    group = {"Type": "aurora", "Values": {"cluster": "main"}}
    services = [
        {"Type": "aurora", "Values": {"cluster": "main"}},
        *({"Type": "rds", "Values": {"instance": name}, "Group": group} for name in ("main-1", "main-2")),
    ]
    alarms = [
        {**alarm_on("AWS/RDS", "CPUUtilization", DBInstanceIdentifier=name), "AlarmName": name}
        for name in ("main-1", "main-2")
    ]
    metrics = [listed(ALPHA, "AWS/RDS", "CPUUtilization", DBInstanceIdentifier=name) for name in ("main-1", "main-2")]
    every = of_alpha(tmp_path / "1", alarms=alarms, metrics=metrics, services=services)
    some = of_alpha(tmp_path / "2", alarms=alarms[:1], metrics=metrics, services=services)
    query = 'SELECT MAX(CPUUtilization) FROM SCHEMA("AWS/RDS", DBInstanceIdentifier) GROUP BY DBInstanceIdentifier'
    fleet = of_alpha(tmp_path / "3", alarms=[query_alarm("q", query)], metrics=metrics, services=services)
    assert (every, some, fleet) == ({"main": "watched"}, {"main": "unwatched"}, {"main": "watched"})


def test_a_query_of_a_hub_without_its_list_of_metrics_may_read_any_account(tmp_path: Path) -> None:
    query = query_alarm("all", 'SELECT MAX(ApproximateAgeOfOldestMessage) FROM SCHEMA("AWS/SQS", QueueName)')
    hub = region(alarms=[query], metrics=None)
    captured(tmp_path, {HUB: hub, BETA: region(metrics=queues(BETA, "orders"))}, spec=None)
    assert statuses(tmp_path) == {"beta orders": "unknown"}


def test_an_alarm_on_an_account_that_is_not_linked_watches_nothing(tmp_path: Path) -> None:
    """In a monitoring account, alarms see metrics of linked source accounts only.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Cross-Account-Cross-Region.html
    """
    stat = {"Metric": {"Namespace": "AWS/SQS", "MetricName": "ApproximateAgeOfOldestMessage"}}
    stat["Metric"]["Dimensions"] = dimensions(QueueName="orders")  # type: ignore[assignment]
    alarms = []
    for account in (ALPHA, BETA):
        alarm = metric_alarm(account, Metrics=[{"Id": "m", "MetricStat": stat, "AccountId": account}])
        alarm["AlarmActions"] = [OPS]
        alarms.append({k: v for k, v in alarm.items() if k not in ("Namespace", "MetricName", "Dimensions")})
    hub = region(alarms=alarms, metrics=queues(ALPHA, "orders"))
    members = {account: region(metrics=queues(account, "orders")) for account in (ALPHA, BETA)}
    captured(tmp_path, {HUB: hub, **members}, spec=None)
    assert statuses(tmp_path) == {"alpha orders": "watched", "beta orders": "unwatched"}


def test_an_alarm_of_another_region_watches_nothing(tmp_path: Path) -> None:
    regions = {
        (ALPHA, REGION): region(alarms=[], metrics=queues(ALPHA, "orders")),
        (ALPHA, "eu-west-1"): region(alarms=[queue_alarm("a", "orders")]),
    }
    captured(tmp_path, regions, spec=None)
    assert statuses(tmp_path) == {"alpha orders": "unwatched"}
