"""Entries that are proposed do not fire at once for what is healthy, on the first day or in a quiet night."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.inventory.test_discover import discovered
from tests.inventory.world import ALPHA, captured, listed, region


@pytest.mark.parametrize(
    ("metrics", "services", "reason"),
    [
        # Published only while something reads the stream:
        # https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html
        ([listed(ALPHA, "AWS/Kinesis", "IncomingBytes", StreamName="s")], [], "of kinesis without data of GetRecords"),
        # A cluster without tasks: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html
        ([], [{"Type": "ecs-cluster", "Values": {"cluster": "c"}}], "of ecs-cluster without data of "),
        ([], [{"Type": "redshift", "Values": {"cluster": "paused"}}], "of redshift without data of "),
        ([], [{"Type": "synthetics", "Values": {"canary": "stopped"}}], "of synthetics without data of "),
        ([], [{"Type": "sqs", "Values": {"queue": "idle"}}], ""),
    ],
)
def test_no_entry_whose_alarm_fires_without_data(
    tmp_path: Path, metrics: list[dict[str, Any]], services: list[dict[str, Any]], reason: str
) -> None:
    captured(tmp_path, {ALPHA: region(metrics=metrics, services=services)})
    proposals = discovered(tmp_path)["proposals"]
    assert len(proposals["entries"]) == (not reason)
    assert [text.startswith(reason) for text in proposals["not_proposed"]] == [True] * bool(reason)
