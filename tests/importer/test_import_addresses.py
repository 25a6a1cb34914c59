"""Addresses in descriptions and tags: those that are secrets are not written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.importer.written_sources import alarm, imported, stack


def _written(**properties: Any) -> Any:
    return imported(stack({"A": alarm(**properties)}), packs={})[0]


@pytest.mark.parametrize(
    "address",
    [
        "https://hooks.slack.com/services/T0/B0/hunter2",
        "https://example.webhook.office.com/webhookb2/hunter2",
        "https://discord.com/api/webhooks/1/hunter2",
        "https://events.pagerduty.com/integration/hunter2/enqueue",
        "https://ops:hunter2@wiki.example.com/run",
        "https://wiki.example.com/run?access_token=hunter2",
        "https://wiki.example.com/run?page=1&X-Api-Key=hunter2",
        "https://[hunter2@wiki",
    ],
)
def test_an_address_that_is_a_secret_is_not_written(address: str) -> None:
    tags = [{"Key": "hook", "Value": address}, {"Key": "runbook", "Value": address}]
    result = _written(AlarmDescription=f"Jobs wait. Runbook: {address}", Tags=tags)
    assert "hunter2" not in result.text + str(result.dropped) + str(result.remarks)
    assert "runbook:" not in result.text
    assert [row.property for row in result.dropped] == ["AlarmDescription"]


@pytest.mark.parametrize(
    "address",
    [
        "https://wiki.example.com/keys/rotate?page=2#token",
        "https://console.aws.amazon.com/cloudwatch/home?region=us-east-1#alarmsV2:alarm/a",
        "https://example.pagerduty.com/services/P1",
    ],
)
def test_other_addresses_stay(address: str) -> None:
    result = _written(AlarmDescription=f"Jobs wait. Runbook: {address}")
    assert address in result.text and result.dropped == ()


def test_addresses_in_texts_of_dashboards_are_announced_and_those_that_are_secrets_cut() -> None:
    text = "Call +44 20 7946 0000 or ops@example.com, hook https://hooks.slack.com/services/T0/B0/hunter2"
    widget = {"type": "text", "width": 6, "height": 2, "properties": {"markdown": text}}
    properties = {"DashboardName": "shop", "DashboardBody": json.dumps({"widgets": [widget]})}
    rows = {"A": alarm(), "D": {"Type": "AWS::CloudWatch::Dashboard", "Properties": properties}}
    result, _ = imported(stack(rows), packs={})
    assert "hunter2" not in result.text + str(result.dropped) and "ops@example.com" in result.text
    assert [row.property for row in result.dropped] == ["text"]
    kinds = [remark.partition(":")[0] for remark in result.remarks if "dashboards.shop" in remark]
    assert kinds == ["e-mail addresses", "telephone numbers"]


def test_times_and_numbers_are_no_telephone_numbers() -> None:
    result = _written(AlarmDescription="More than +10 % in 2026-11-30T10:00:00+01:00; see x@y")
    assert not [remark for remark in result.remarks if "have some" in remark]
