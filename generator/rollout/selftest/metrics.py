"""Values of metrics of experiments: published, and read by math."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from generator.rollout.selftest.context import SelftestContext

PUT_DATA, READ = "cloudwatch:PutMetricData", "cloudwatch:GetMetricData"
MONTHLY_USD = 0.3


def publish(context: SelftestContext, metric: str, values: Mapping[datetime, float], **dimensions: str) -> None:
    """Publish values of a metric of the run."""
    rows = [
        {
            "MetricName": metric,
            "Dimensions": [{"Name": name, "Value": value} for name, value in sorted(dimensions.items())],
            "Timestamp": at,
            "Value": value,
        }
        for at, value in sorted(values.items())
    ]
    context.call("cloudwatch", "put_metric_data", Namespace=context.name("metrics"), MetricData=rows)


def stat(context: SelftestContext, id_: str, metric: str, period: int = 60, statistic: str = "Sum") -> dict[str, Any]:
    """A metric of the run in a query, which is not returned."""
    of_run = {"Namespace": context.name("metrics"), "MetricName": metric}
    return {"Id": id_, "MetricStat": {"Metric": of_run, "Period": period, "Stat": statistic}, "ReturnData": False}


def values(
    context: SelftestContext, queries: Sequence[Mapping[str, Any]], start: datetime, end: datetime
) -> dict[str, list[list[Any]]]:
    """Values by the ID of the query, the oldest first: time and value."""
    answer = context.call(
        "cloudwatch",
        "get_metric_data",
        MetricDataQueries=list(queries),
        StartTime=start,
        EndTime=end,
        ScanBy="TimestampAscending",
    )
    return {
        result["Id"]: [list(pair) for pair in zip(result["Timestamps"], result["Values"], strict=True)]
        for result in answer.get("MetricDataResults", ())
    }


def past_minutes(context: SelftestContext, count: int) -> list[datetime]:
    """The beginnings of so many minutes, the last of which ended three minutes ago."""
    last = context.now.replace(second=0) - timedelta(minutes=4)
    return [last - timedelta(minutes=minutes) for minutes in reversed(range(count))]
