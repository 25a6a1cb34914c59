"""The history of alarms, which goes on where a run was ended: from the time of the last item that it kept.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from generator.capture.times import parse_ms
from generator.rollout.capture.calls import RegionCalls
from generator.rollout.capture.folder import CaptureFolder
from generator.rollout.capture.request import CaptureRequest
from generator.rollout.capture.rows import parsed, plain
from generator.rollout.operate.alarm_types import ALARMS

ACTION = "cloudwatch:DescribeAlarmHistory"
MOST_ITEMS = 100


def history_rows(calls: RegionCalls, request: CaptureRequest, folder: CaptureFolder) -> Iterator[dict[str, Any]]:
    """The items of all alarms, also of those that were deleted. Raises CallFailed."""
    # Without the name of an alarm, an answer has the alarms of one type.
    for kind in ALARMS:
        unfinished = folder.unfinished(calls.account, calls.region, f"history-{kind}.jsonl")
        last = next(iter(deque(folder.unfinished_rows(unfinished), maxlen=1)), None)
        # Items of the same time may follow the last one; each row is written once all the same.
        start_ms = parse_ms(last["Timestamp"]) - 1000 if last else request.from_ms
        pages = calls.pages(
            ACTION,
            AlarmTypes=[kind],
            StartDate=datetime.fromtimestamp(start_ms / 1000, UTC),
            EndDate=datetime.fromtimestamp(request.to_ms / 1000, UTC),
            MaxRecords=MOST_ITEMS,
            ScanBy="TimestampAscending",
        )
        for page in pages:
            folder.append(unfinished, (_row(item, kind) for item in page.get("AlarmHistoryItems", ())))
        yield from folder.unfinished_rows(unfinished)


def _row(item: dict[str, Any], kind: str) -> dict[str, Any]:
    return {"AlarmType": kind, **plain(item), "HistoryData": parsed(item.get("HistoryData"))}
