"""Whether people are called: the file calls no one who was not called, and the proof says where it calls no one."""

from __future__ import annotations

from typing import Any

import pytest

from generator.cli.import_built import deployed_of
from generator.importer.compare import ImportComparison, compared
from generator.importer.write import ImportResult
from tests.importer.written_sources import MEMBER, REGION, alarm, imported, stack

TOPIC = f"arn:aws:sns:{REGION}:{MEMBER}:alerts"
UNKNOWN = {"Fn::If": ["HasTopic", [TOPIC], {"Ref": "AWS::NoValue"}]}
CRITICAL = [{"Key": "Severity", "Value": "critical"}]


def _proof(**properties: Any) -> tuple[ImportResult, ImportComparison]:
    source = stack({"A": alarm(**properties)})
    result, build = imported(source, packs={})
    return result, compared([source], deployed_of(build), result.keys, result.dropped)


def test_a_tag_does_not_call_for_an_alarm_without_actions() -> None:
    result, comparison = _proof(AlarmActions=None, Tags=CRITICAL)
    assert "severity: none" in result.text and comparison.is_proven
    assert any(remark.startswith("severity: none for alarms with a tag") for remark in result.remarks)


def test_an_alarm_of_obsgen_is_called_by_its_tag() -> None:
    own = [{"Key": key, "Value": value} for key, value in (("project", "shop"), ("environment", "prod"))]
    name = [{"Key": "Name", "Value": "Jobs - 5 -prod-"}, {"Key": "severity", "Value": "critical"}]
    result, comparison = _proof(AlarmName="Jobs > 5 (prod)", AlarmActions=None, Tags=[*own, *name])
    assert "severity: critical" in result.text and comparison.is_proven


def test_an_alarm_that_notifies_a_topic_calls_people_whatever_its_tag_says() -> None:
    result, comparison = _proof(AlarmActions=[TOPIC], Tags=[{"Key": "severity", "Value": "none"}])
    assert "severity: none" not in result.text and comparison.is_proven
    assert any(remark.startswith("severity: alarms with a tag that says none") for remark in result.remarks)


@pytest.mark.parametrize(
    ("properties", "when"),
    [
        ({"InsufficientDataActions": [TOPIC]}, "only in INSUFFICIENT_DATA"),
        ({"OKActions": [TOPIC]}, "only in OK"),
        ({"OKActions": [TOPIC], "InsufficientDataActions": [TOPIC]}, "only in INSUFFICIENT_DATA and OK"),
    ],
)
def test_the_proof_says_where_no_one_is_called_any_more(properties: dict[str, Any], when: str) -> None:
    _, comparison = _proof(**{"AlarmActions": None, **properties})
    (differs,) = comparison.of("differs")
    assert differs.differences == (f"calls people: {when} in the source, no one in the file",)


@pytest.mark.parametrize(
    "properties",
    [
        {"ActionsEnabled": False},
        {"ActionsEnabled": "false", "Tags": CRITICAL},
        {"AlarmActions": [{"Ref": "Topic"}]},
        {"AlarmActions": UNKNOWN},
    ],
)
def test_the_same_people_are_no_difference(properties: dict[str, Any]) -> None:
    has_topic = {"HasTopic": {"Fn::Equals": [{"Ref": "Topic"}, "yes"]}}
    source = stack({"A": alarm(**properties)}, Parameters={"Topic": {"Type": "String"}}, Conditions=has_topic)
    result, build = imported(source, packs={})
    assert compared([source], deployed_of(build), result.keys, result.dropped).is_proven


def test_a_topic_of_ends_alone_is_said() -> None:
    result, _ = _proof(AlarmActions=[TOPIC], OKActions=[TOPIC, TOPIC.replace("alerts", "recovered")])
    (remark,) = [remark for remark in result.remarks if remark.startswith("OK: ")]
    assert "recovered is notified of ends of alarms only" in remark and "recovered" not in result.text
    assert not [remark for remark in _proof(OKActions=[TOPIC])[0].remarks if remark.startswith("OK: ")]
