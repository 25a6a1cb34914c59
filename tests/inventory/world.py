"""Captures of accounts with resources, for tests of discovery and coverage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.captures import REGION, composite_alarm, metric_alarm, write_capture
from tests.support import BASE

HUB, ALPHA, BETA, GAMMA = "111111111111", "222222222222", "333333333333", "444444444444"
NAMES = {HUB: "hub", ALPHA: "alpha", BETA: "beta", GAMMA: "gamma"}
OPS = "arn:aws:sns:us-east-1:222222222222:ops"
Parts = dict[str, list[dict[str, Any]]]


def dimensions(**values: str) -> list[dict[str, str]]:
    """Dimensions as the API has them."""
    return [{"Name": name, "Value": value} for name, value in sorted(values.items())]


def listed(account: str, namespace: str, name: str, **values: str) -> dict[str, Any]:
    """A row of `metrics`."""
    return {"OwningAccount": account, "Namespace": namespace, "MetricName": name, "Dimensions": dimensions(**values)}


def queues(account: str, *names: str) -> list[dict[str, Any]]:
    """Metrics of queues."""
    return [listed(account, "AWS/SQS", "ApproximateAgeOfOldestMessage", QueueName=name) for name in names]


def functions(account: str, *names: str) -> list[dict[str, Any]]:
    """Metrics of functions."""
    return [listed(account, "AWS/Lambda", "Errors", FunctionName=name) for name in names]


def queue_alarm(name: str, queue: str, **keys: Any) -> dict[str, Any]:
    """An alarm on the age of a queue's messages, which notifies."""
    metric = {"Namespace": "AWS/SQS", "MetricName": "ApproximateAgeOfOldestMessage"}
    return metric_alarm(name, **{**metric, "Dimensions": dimensions(QueueName=queue), "AlarmActions": [OPS], **keys})


def query_alarm(name: str, query: str, **keys: Any) -> dict[str, Any]:
    """An alarm on a Metrics Insights query, which notifies."""
    row = metric_alarm(name, Metrics=[{"Id": "q", "Expression": query, "Period": 60}], AlarmActions=[OPS], **keys)
    return {key: value for key, value in row.items() if key not in ("Namespace", "MetricName", "Dimensions")}


def region(**parts: Iterable[Mapping[str, Any]]) -> Parts:
    """What was read of an account and Region: nothing in most parts. None for a part that was not read."""
    empty: dict[str, Any] = {"alarms": (), "metrics": (), "metric-filters": (), "resources": ()}
    whole = {**empty, **{name.replace("_", "-"): rows for name, rows in parts.items()}}
    return {name: [dict(row) for row in rows] for name, rows in whole.items() if rows is not None}


def captured(
    folder: Path, regions: Mapping[tuple[str, str] | str, Parts], spec: str | None = BASE, **keys: Any
) -> Path:
    """Write a capture and the file of its environment; the folder. A region without a name is us-east-1."""
    rows = {(place if isinstance(place, tuple) else (place, REGION)): parts for place, parts in regions.items()}
    if keys.get("hub", HUB) is not None:
        rows.setdefault((HUB, REGION), region())
    write_capture(folder / "captures" / "monday", rows, names=NAMES, **keys)
    if spec is not None:
        (folder / "observability.yaml").write_text(spec, encoding="utf-8")
    return folder


def shop(folder: Path) -> Path:
    """The accounts of the pages: queues, functions, a database whose alarms were not read."""
    alpha = region(
        alarms=[
            queue_alarm("orders-age", "orders"),
            queue_alarm("returns-age", "returns", AlarmActions=[]),
            metric_alarm(
                "payments-errors",
                Namespace="AWS/Lambda",
                MetricName="Errors",
                Dimensions=dimensions(FunctionName="payments"),
            ),
            composite_alarm("payments", 'ALARM("payments-errors")', AlarmActions=[OPS]),
        ],
        metrics=[
            *queues(ALPHA, "orders", "returns"),
            *functions(ALPHA, "payments", "refunds"),
            listed(ALPHA, "AWS/ApiGateway", "Count", ApiName="shop", Stage="v1"),
            listed(ALPHA, "AWS/Neptune", "CPUUtilization", DBInstanceIdentifier="graph"),
        ],
        resources=[
            {"ResourceARN": f"arn:aws:sqs:us-east-1:{ALPHA}:orders", "Tags": {"owner": "shop"}},
            {"ResourceARN": f"arn:aws:lambda:us-east-1:{ALPHA}:function:refunds", "Tags": {"team": "payments"}},
        ],
    )
    beta = region(
        metrics=[*queues(BETA, "orders", "returns"), *functions(BETA, *(f"job-{n}" for n in range(7)))],
        resources=[{"ResourceARN": f"arn:aws:sqs:us-east-1:{BETA}:orders", "Tags": {"owner": "shop"}}],
    )
    gamma = region(alarms=None, metrics=[listed(GAMMA, "AWS/RDS", "CPUUtilization", DBInstanceIdentifier="main")])  # type: ignore[arg-type]
    return captured(folder, {ALPHA: alpha, BETA: beta, GAMMA: gamma})
