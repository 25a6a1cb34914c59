"""Several stacks that call different resources the same: nothing of one becomes a part of the other."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest

from generator.cli.import_built import deployed_of
from generator.importer.compare import ImportComparison, compared
from generator.importer.types import ImportSource, SourceStack
from generator.importer.write import ImportResult
from tests.importer.written_sources import MEMBER, REGION, alarm, alarms_of, imported, stack


def _stack(name: str, queue: str, *, address: str = "", **resources: Any) -> SourceStack:
    """A stack whose alarm and topic have no names."""
    subscription = [{"Protocol": "email", "Endpoint": address or f"{name}@example.com"}]
    rows = {
        "High": alarm(None, Dimensions=[{"Name": "QueueName", "Value": queue}], AlarmActions=[{"Ref": "Topic"}]),  # type: ignore[arg-type]
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"Subscription": subscription}},
        **resources,
    }
    written = stack(rows)
    return replace(written, deployed=replace(written.deployed, stack=name))


def _proof(*stacks: SourceStack) -> tuple[ImportResult, ImportComparison]:
    result, build = imported(*stacks, packs={})
    return result, compared(ImportSource(stacks).stacks, deployed_of(build), result.keys, result.dropped)


def test_alarms_of_one_logical_id_in_two_stacks_are_two() -> None:
    result, comparison = _proof(_stack("orders", "a"), _stack("billing", "b"))
    assert {key.name: path for key, path in result.keys.items()} == {
        "orders-High": "alarms.orders-high",
        "billing-High": "alarms.billing-high",
    }
    assert [one.outcome for one in comparison.resources] == ["equal", "equal"]


def test_a_composite_names_the_alarm_of_its_own_stack() -> None:
    def both(name: str, rule: str) -> dict[str, Any]:
        properties = {"AlarmName": name, "AlarmRule": {"Fn::Sub": rule}}
        return {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": properties}

    result, comparison = _proof(
        _stack("orders", "a", Both=both("orders-down", "ALARM(${High})")),
        _stack("billing", "b", Both=both("billing-down", "ALARM(${High.Arn})")),
    )
    assert "orders-down: {rule: orders-high," in result.text
    assert "billing-down: {rule: billing-high," in result.text
    assert {one.outcome for one in comparison.resources} == {"equal"}


def test_topics_of_one_logical_id_keep_their_subscribers() -> None:
    result, _ = _proof(_stack("orders", "a"), _stack("billing", "b"))
    assert "orders-topic: {type: email, addresses: [orders@example.com]}" in result.text
    assert "billing-topic: {type: email, addresses: [billing@example.com]}" in result.text


def test_stacks_of_one_name_have_the_same_file_in_any_order() -> None:
    stacks = [_stack("shop", queue, address=f"{queue}@example.com") for queue in ("a", "b", "c")]
    texts = {imported(*order, packs={})[0].text for order in itertools.permutations(stacks)}
    assert len(texts) == 1


def test_an_alarm_of_one_stack_only_keeps_its_short_key() -> None:
    result, build = imported(_stack("orders", "a"), packs={})
    assert list(result.keys.values()) == ["alarms.high"]
    assert f"arn:aws:sns:{REGION}:{MEMBER}" not in str(alarms_of(build))


@pytest.mark.parametrize(("threshold", "outcomes"), [(600, ["equal", "equal"]), (900, ["differs", "equal"])])
def test_an_alarm_that_two_sources_have_is_one(threshold: int, outcomes: list[str]) -> None:
    stacks = [stack({"A": alarm("age", Threshold=value)}) for value in (600, threshold)]
    result, comparison = _proof(*stacks)
    assert list(result.keys.values()) == ["alarms.age"]
    assert [one.outcome for one in comparison.resources] == outcomes
    assert all("fires: " in text for one in comparison.of("differs") for text in one.differences)


def test_what_is_dropped_has_its_reason_even_if_its_name_is_not_known() -> None:
    name = {"Fn::Sub": "/app/${Stage}"}
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name}}
    source = stack({"A": alarm(), "G": group}, Parameters={"Stage": {"Type": "String"}})
    _, comparison = _proof(source)
    assert [(one.name, bool(one.reason)) for one in comparison.of("dropped")] == [("/app/{var.stage}", True)]
    assert comparison.is_proven


def test_a_composite_does_not_name_the_alarm_of_another_account_as_its_own() -> None:
    other = "333333333333"
    rule = f'ALARM("arn:aws:cloudwatch:{REGION}:{other}:alarm:queue-age")'
    composite = {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {"AlarmName": "both", "AlarmRule": rule}}
    result, comparison = _proof(stack({"A": alarm(), "C": composite}), stack({"A": alarm()}, account=other))
    (dropped,) = comparison.of("dropped")
    assert dropped.name == "both" and f"of {other}, {REGION}, and a rule is about" in dropped.reason
    assert "composites:" not in result.text
