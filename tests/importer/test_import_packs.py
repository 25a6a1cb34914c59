"""Alarms of packs and of several thresholds: which alarms of a source are recognised, and that they stay equal."""

from __future__ import annotations

from typing import Any

import yaml

from generator.build import Built
from generator.cli.import_built import deployed_of
from generator.importer.compare import compared
from generator.importer.types import SourceStack
from generator.importer.write import ImportResult
from tests.importer.written_sources import MEMBER, REGION, alarm, imported, stack

EMPTY = dict.fromkeys(("Namespace", "MetricName", "Dimensions", "Statistic", "Period"))


def of_function(name: str, metric: str, function: str = "pay", **more: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "Namespace": "AWS/Lambda",
        "MetricName": metric,
        "Dimensions": [{"Name": "FunctionName", "Value": function}],
        "Statistic": "Sum",
        "TreatMissingData": "notBreaching",
    }
    return alarm(name, **{**usual, **more})


def entries(result: ImportResult, section: str) -> dict[str, Any]:
    return dict(yaml.safe_load(result.text).get(section, {}))


def proven(*stacks: SourceStack, **options: Any) -> ImportResult:
    """What is written of a source of which every alarm is equal in the build."""
    result, build = imported(*stacks, **options)
    assert {row.outcome for row in _rows(stacks, result, build)} == {"equal"}, result.text
    return result


def _rows(stacks: tuple[SourceStack, ...], result: ImportResult, build: Built) -> list[Any]:
    comparison = compared(stacks, deployed_of(build), result.keys, dropped=result.dropped)
    return [row for row in comparison.resources if row.type.endswith("Alarm")]


def test_pack_alarms_keep_the_states_of_their_actions_and_disabled_ones() -> None:
    function = f"arn:aws:lambda:{REGION}:{MEMBER}:function:restart"
    rows = {
        "E": of_function("pay errors", "Errors", AlarmActions=[function]),
        "T": of_function("pay throttles", "Throttles", ActionsEnabled=False),
    }
    alarms = entries(proven(stack(rows)), "services")["pay"]["alarms"]
    assert alarms["errors"]["actions_in"] == ["alarm"] and alarms["throttles"]["actions_enabled"] is False
