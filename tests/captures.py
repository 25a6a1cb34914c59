"""Captures for tests: a folder as `obsgen capture` writes it, from a few rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from generator.capture.parts import CAPTURE, FORMAT, PARTS, PROBLEMS, encode, line
from generator.capture.series import BASIC, SeriesKey, series_row
from generator.capture.times import parse_ms

FROM, TO = "2026-10-31T00:00:00Z", "2026-11-30T00:00:00Z"
DATA_FROM = "2026-11-15T00:00:00Z"
ALPHA, REGION = "222222222222", "us-east-1"
# Account and Region, part, rows.
Rows = Mapping[tuple[str, str], Mapping[str, Iterable[Mapping[str, Any]]]]


def write_capture(
    folder: Path,
    rows: Rows,
    *,
    names: Mapping[str, str] | None = None,
    problems: Iterable[Mapping[str, str]] = (),
    **description: Any,
) -> Path:
    """Write a capture: for each account and Region, rows by part (a part without an entry was not read).

    names: of accounts. description: keys of capture.json that differ.
    """
    accounts: dict[str, list[str]] = {}
    for account, region in sorted(rows):
        accounts.setdefault(account, []).append(region)
    head = {
        "format": FORMAT,
        "complete": True,
        "environment": "prod",
        "hub": "111111111111",
        "from": FROM,
        "to": TO,
        "metric_data": {"from": DATA_FROM, "fine_from": DATA_FROM, "to": TO, "statistics": list(BASIC)},
        "tags": [],
        "accounts": [
            {"id": account, "name": (names or {}).get(account, account), "regions": regions}
            for account, regions in accounts.items()
        ],
        **description,
    }
    folder.mkdir(parents=True, exist_ok=True)
    for (account, region), parts in rows.items():
        place = folder / account / region
        place.mkdir(parents=True, exist_ok=True)
        for part, part_rows in parts.items():
            (place / PARTS[part].file).write_bytes(encode(PARTS[part], part_rows))
    (folder / PROBLEMS).write_text("".join(f"{line(problem)}\n" for problem in problems), encoding="utf-8")
    (folder / CAPTURE).write_text(json.dumps(head, indent=1) + "\n", encoding="utf-8")
    return folder


def metric_alarm(name: str, **keys: Any) -> dict[str, Any]:
    """A metric alarm as a row of `alarms`: CPU above 80 for five minutes, unless keys say otherwise."""
    return {
        "AlarmType": "MetricAlarm",
        "AlarmName": name,
        "AlarmArn": f"arn:aws:cloudwatch:{REGION}:{ALPHA}:alarm:{name}",
        "ActionsEnabled": True,
        "AlarmActions": [],
        "OKActions": [],
        "InsufficientDataActions": [],
        "AlarmConfigurationUpdatedTimestamp": "2026-09-01T00:00:00.000Z",
        "StateValue": "OK",
        "StateReason": "",
        "StateUpdatedTimestamp": "2026-11-01T00:00:00.000Z",
        "Namespace": "AWS/EC2",
        "MetricName": "CPUUtilization",
        "Dimensions": [{"Name": "InstanceId", "Value": "i-0123456789abcdef0"}],
        "Statistic": "Average",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 80.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "breaching",
        "Tags": {},
        **keys,
    }


def composite_alarm(name: str, rule: str, **keys: Any) -> dict[str, Any]:
    """A composite alarm as a row of `alarms`."""
    return {
        "AlarmType": "CompositeAlarm",
        "AlarmName": name,
        "AlarmArn": f"arn:aws:cloudwatch:{REGION}:{ALPHA}:alarm:{name}",
        "AlarmRule": rule,
        "ActionsEnabled": True,
        "AlarmActions": [],
        "OKActions": [],
        "InsufficientDataActions": [],
        "StateValue": "OK",
        "StateUpdatedTimestamp": "2026-11-01T00:00:00.000Z",
        "Tags": {},
        **keys,
    }


def state_update(alarm: str, at: str, old: str, new: str, *, kind: str = "MetricAlarm") -> dict[str, Any]:
    """A row of `history`. at: such as `2026-11-01T00:00:00.000Z`."""
    return {
        "AlarmName": alarm,
        "AlarmType": kind,
        "Timestamp": at,
        "HistoryItemType": "StateUpdate",
        "HistorySummary": f"Alarm updated from {old} to {new}",
        "HistoryData": {
            "version": "1.0",
            "oldState": {"stateValue": old, "stateReason": ""},
            "newState": {"stateValue": new, "stateReason": ""},
        },
    }


def series(
    namespace: str,
    name: str,
    dimensions: Mapping[str, str],
    statistic: str,
    values: Iterable[float | None],
    *,
    start: str = DATA_FROM,
    period_s: int = 60,
    step_s: int | None = None,
    account: str = ALPHA,
    unit: str | None = None,
) -> dict[str, Any]:
    """A row of `metric-data`. values: one a step from `start`."""
    key = SeriesKey(account, namespace, name, tuple(sorted(dimensions.items())), unit)
    return series_row(key, statistic, period_s, step_s or period_s, parse_ms(start), list(values))


def minutes(
    key: tuple[str, str, Mapping[str, str]], values: Iterable[float | None], **keys: Any
) -> list[dict[str, Any]]:
    """The four basic series of a metric with one sample a minute."""
    samples = list(values)
    counts = [None if value is None else 1.0 for value in samples]
    return [series(*key, statistic, counts if statistic == "SampleCount" else samples, **keys) for statistic in BASIC]
