"""What moto lacks of CloudWatch for a capture: pages, histories, detectors, metric data that costs nothing to make.

DescribeAlarms and ListDashboards of moto have one page, DescribeAlarmHistory and DescribeAnomalyDetectors do not exist,
GetMetricData walks all data for each period, and the tagging API knows no alarms. All else is moto's own.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import camelcase_to_underscores
from moto.resourcegroupstaggingapi.responses import ResourceGroupsTaggingAPIResponse

from tests import moto_server

# Account of moto's callers without a role.
OWN = "123456789012"
SESSION = "test"
# In the past, so that credentials that moto gives have not expired.
NOW_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
NOW = datetime.fromtimestamp(NOW_MS / 1000, UTC)
# Namespace, name, statistic, begin of a window in seconds since 1970.
Sample = Callable[[str, str, str, int], float | None]


@dataclass
class Fault:
    """An error of an action, for so many calls after some that are answered. account: of any, where empty."""

    action: str
    code: str
    times: int = 10_000
    skip: int = 0
    account: str = ""


def four_a_day(_namespace: str, _name: str, statistic: str, at_s: int) -> float | None:
    """A metric with a sample of 2 each six hours: the stand-in takes its time for each value."""
    return None if at_s % 21_600 else 1.0 if statistic == "SampleCount" else 2.0


@dataclass
class Cloud:
    """page: rows in a page, datapoints: of metric data. history: by account and Region. calls: action, account, Region.

    assumed: role and external ID.
    """

    page: int = 100
    datapoints: int = 100_800
    sample: Sample = four_a_day
    history: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    detectors: list[dict[str, Any]] = field(default_factory=list)
    owners: dict[str, str] = field(default_factory=dict)
    forbidden: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    calls: list[tuple[str, str, str]] = field(default_factory=list)
    queries: list[dict[str, Any]] = field(default_factory=list)
    listed: dict[tuple[str, ...], list[dict[str, Any]]] = field(default_factory=dict)
    assumed: list[tuple[str, str | None]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def counted(self, action: str) -> int:
        """How often an action was called."""
        return Counter(name for name, _, _ in self.calls)[action]

    def strikes(self, action: str, account: str, region: str) -> Fault | None:
        """The fault that meets this call."""
        with self.lock:
            self.calls.append((action, account, region))
            for fault in self.faults:
                if fault.action in (action, "*") and fault.account in ("", account) and fault.times > 0:
                    if fault.skip > 0:
                        fault.skip -= 1
                        continue
                    fault.times -= 1
                    return fault
        return None

    def cut(self, rows: list[Any], token: str | None) -> tuple[list[Any], str | None]:
        """The page that a token leads to, and the next token."""
        start = int(token or 0)
        end = start + self.page
        return rows[start:end], str(end) if end < len(rows) else None


def client(service: str, region: str = "us-east-1", account: str = OWN) -> Any:
    """A client of moto in an account."""
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
    if account != OWN:
        sts = boto3.client("sts", endpoint_url=moto_server.address(), region_name=region, **keys)
        role = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/x", RoleSessionName=SESSION)["Credentials"]
        keys = {
            "aws_access_key_id": role["AccessKeyId"],
            "aws_secret_access_key": role["SecretAccessKey"],
            "aws_session_token": role["SessionToken"],
        }
    return boto3.client(service, endpoint_url=moto_server.address(), region_name=region, **keys)


def put_alarm(to: Any, name: str, **keys: Any) -> None:
    """An alarm on the CPU of an instance of the alarm's name."""
    to.put_metric_alarm(
        **{
            "AlarmName": name,
            "Namespace": "AWS/EC2",
            "MetricName": "CPUUtilization",
            "Dimensions": [{"Name": "InstanceId", "Value": name}],
            "Statistic": "Average",
            "Period": 300,
            "EvaluationPeriods": 1,
            "Threshold": 80.0,
            "ComparisonOperator": "GreaterThanThreshold",
            **keys,
        }
    )


def put_composite(name: str, rule: str, account: str = OWN, region: str = "us-east-1") -> None:
    """A composite alarm, which moto makes for stacks only."""
    from moto.cloudwatch.models import cloudwatch_backends

    nothing = dict.fromkeys(("namespace", "metric_name", "comparison_operator", "evaluation_periods", "period"))
    backend = cloudwatch_backends[account][region]
    backend.put_metric_alarm(
        name=name,
        rule=rule,
        description="",
        threshold=0,
        statistic="",
        dimensions=[],
        alarm_actions=[],
        ok_actions=[],
        insufficient_data_actions=[],
        **nothing,
    )


def history_item(alarm: str, minutes_ago: int, kind: str = "MetricAlarm", **keys: Any) -> dict[str, Any]:
    """An item of an alarm's history, with AWS's keys."""
    return {
        "AlarmName": alarm,
        "AlarmType": kind,
        "Timestamp": NOW - timedelta(minutes=minutes_ago),
        "HistoryItemType": "StateUpdate",
        "HistorySummary": "Alarm updated from OK to ALARM",
        "HistoryData": '{"newState": {"stateValue": "ALARM"}}',
        **keys,
    }


def utc(time: datetime) -> datetime:
    """A time of a request, which moto gives without its zone."""
    return time.replace(tzinfo=UTC)


@contextmanager
def cloud() -> Iterator[Cloud]:
    """moto without anything, and with what it lacks."""
    moto_server.reset()
    world = Cloud()
    original_call = BaseResponse.call_action
    original_alarms, original_dashboards = CloudWatchResponse.describe_alarms, CloudWatchResponse.list_dashboards
    original_metrics = CloudWatchResponse.list_metrics

    def call_action(self: Any) -> Any:
        action = self._get_action()
        fault = world.strikes(action, self.current_account, self.region)
        if fault is not None:
            # moto finds the service of an error by the module of its class.
            kind = type("FaultError", (ServiceException,), {"__module__": type(self).__module__})
            error = kind(fault.code, f"{action} is not allowed")
            setattr(self, camelcase_to_underscores(action), lambda: ActionResult(error))
        if action == "AssumeRole" and self._get_param("RoleSessionName") != SESSION:
            world.assumed.append((self._get_param("RoleArn"), self._get_param("ExternalId")))
        return original_call(self)

    def describe_alarms(self: Any) -> ActionResult:
        result: Any = original_alarms(self).result
        kinds = self._get_param("AlarmTypes", ["MetricAlarm"])
        rows = [("MetricAlarms", alarm) for alarm in result["MetricAlarms"] if "MetricAlarm" in kinds]
        rows += [("CompositeAlarms", alarm) for alarm in result["CompositeAlarms"] if "CompositeAlarm" in kinds]
        page, token = world.cut(rows, self._get_param("NextToken"))
        of = {key: [alarm for kind, alarm in page if kind == key] for key in ("MetricAlarms", "CompositeAlarms")}
        return ActionResult({**of, "NextToken": token})

    def describe_alarm_history(self: Any) -> ActionResult:
        params = self._get_params()
        known = (self.current_account, self.region, *(str(params[name]) for name in ("AlarmTypes", "StartDate")))
        items = world.listed.get(known) or [
            item
            for item in world.history.get((self.current_account, self.region), [])
            if item["AlarmType"] in params["AlarmTypes"]
            and utc(params["StartDate"]) <= item["Timestamp"] <= utc(params["EndDate"])
        ]
        if known not in world.listed:
            items.sort(key=lambda item: item["Timestamp"], reverse=params["ScanBy"] == "TimestampDescending")
        world.listed[known] = items
        page, token = world.cut(items, params.get("NextToken"))
        return ActionResult({"AlarmHistoryItems": page, "NextToken": token})

    def describe_anomaly_detectors(self: Any) -> ActionResult:
        page, token = world.cut(world.detectors, self._get_param("NextToken"))
        return ActionResult({"AnomalyDetectors": page, "NextToken": token})

    def list_dashboards(self: Any) -> ActionResult:
        result: Any = original_dashboards(self).result
        page, token = world.cut(list(result["DashboardEntries"]), self._get_param("NextToken"))
        return ActionResult({"DashboardEntries": page, "NextToken": token})

    def list_metrics(self: Any) -> ActionResult:
        result: Any = original_metrics(self).result
        if not self._get_bool_param("IncludeLinkedAccounts", False):
            return ActionResult(result)
        metrics = list(result["Metrics"])
        owners = [world.owners.get(metric.name, self.current_account) for metric in metrics]
        return ActionResult({**result, "Metrics": metrics, "OwningAccounts": owners})

    def get_metric_data(self: Any) -> ActionResult:
        params = self._get_params()
        with world.lock:
            world.queries.append(params)
        start_s, end_s = (int(utc(params[key]).timestamp()) for key in ("StartTime", "EndTime"))
        rows: list[tuple[str, int, float]] = []
        for query in params["MetricDataQueries"]:
            stat = query["MetricStat"]
            metric = stat["Metric"]
            if metric["MetricName"] in world.forbidden:
                continue
            named = (metric["Namespace"], metric["MetricName"], stat["Stat"])
            values = ((at_s, world.sample(*named, at_s)) for at_s in range(start_s, end_s, stat["Period"]))
            rows += [(query["Id"], at_s, value) for at_s, value in values if value is not None]
        start = int(params.get("NextToken") or 0)
        page = rows[start : start + min(params["MaxDatapoints"], world.datapoints)]
        token = str(start + len(page)) if start + len(page) < len(rows) else None
        results: dict[str, dict[str, Any]] = {
            query["Id"]: {
                "Id": query["Id"],
                "Timestamps": [],
                "Values": [],
                "StatusCode": "PartialData" if token else "Complete",
            }
            for query in params["MetricDataQueries"]
        }
        for query in params["MetricDataQueries"]:
            if query["MetricStat"]["Metric"]["MetricName"] in world.forbidden:
                results[query["Id"]]["StatusCode"] = "Forbidden"
        for id_, at_s, value in page:
            results[id_]["Timestamps"].append(datetime.fromtimestamp(at_s, UTC))
            results[id_]["Values"].append(value)
        return ActionResult({"MetricDataResults": list(results.values()), "NextToken": token})

    original_resources = ResourceGroupsTaggingAPIResponse.get_resources

    def get_resources(self: Any) -> ActionResult:
        result: Any = original_resources(self).result
        from moto.cloudwatch.models import cloudwatch_backends

        backend = cloudwatch_backends[self.current_account][self.region]
        tagged = [
            {"ResourceARN": arn, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
            for alarm in backend.alarms.values()
            if (tags := backend.list_tags_for_resource(arn := alarm.alarm_arn))
        ]
        return ActionResult({**result, "ResourceTagMappingList": [*result["ResourceTagMappingList"], *tagged]})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseResponse, "call_action", call_action)
        for method in (
            describe_alarms,
            describe_alarm_history,
            describe_anomaly_detectors,
            list_dashboards,
            list_metrics,
            get_metric_data,
        ):
            patch.setattr(CloudWatchResponse, method.__name__, method, raising=False)
        patch.setattr(ResourceGroupsTaggingAPIResponse, "get_resources", get_resources)
        yield world
    moto_server.reset()
