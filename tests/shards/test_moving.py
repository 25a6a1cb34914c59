"""Moving a thing to another stack: what goes along, what is in the way, and the map afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from generator.shards.assignments import ShardAssignments
from generator.shards.moves import CannotMove, Moving, moved, moving


def of(path: str, kind: str, name: str, **properties: str) -> dict[str, Any]:
    key = "LogGroupName" if kind == "AWS::Logs::LogGroup" else "AlarmName"
    return {"Type": kind, "Properties": {key: name, **properties}, "Metadata": {"obsgen": {"path": path}}}


SIDES: dict[str, dict[int, Any]] = {
    "hub": {1: {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {}}}}},
    "member": {
        1: {"Resources": {"AlarmA": of("alarms.a", "AWS::CloudWatch::Alarm", "a")}},
        2: {
            "Resources": {
                "AlarmB": of("alarms.b", "AWS::CloudWatch::Alarm", "b"),
                "AlarmBModel": of("alarms.b", "AWS::CloudWatch::AnomalyDetector", "b"),
                "AlarmC": of("alarms.c.metric", "AWS::CloudWatch::Alarm", "c"),
                "LogGroupL": of("log_groups.l", "AWS::Logs::LogGroup", "/l"),
            }
        },
        3: {"Resources": {"Top": of("composites.top", "AWS::CloudWatch::CompositeAlarm", "t", AlarmRule='ALARM("a")')}},
    },
}


def test_everything_of_a_key_moves_and_a_logical_id_alone() -> None:
    assert moving("alarms.b", SIDES) == Moving("member", {"AlarmB": 2, "AlarmBModel": 2})
    assert moving("AlarmBModel", SIDES) == Moving("member", {"AlarmBModel": 2})
    assert moving("alarms.c", SIDES) == Moving("member", {"AlarmC": 2})
    assert moving("composites.top", SIDES) == Moving("member", {"Top": 3})


@pytest.mark.parametrize(
    ("key", "why", "instead"),
    [
        ("alarms.a", "Top in another stack names AlarmA", "remove it from the composite and deploy"),
        ("log_groups.l", "would be deleted with all its lines", "keep it in its stack"),
        ("Role", "no stack has a movable resource of `Role`", "a key such as"),
        ("alarms", "no stack has a movable resource of `alarms`", "a key such as"),
    ],
)
def test_what_stays_where_it_is_says_why_and_what_to_do_instead(key: str, why: str, instead: str) -> None:
    with pytest.raises(CannotMove, match=why) as refused:
        moving(key, SIDES)
    assert instead in refused.value.hint


def test_the_map_afterwards() -> None:
    places = ShardAssignments({"AlarmA": 1, "AlarmB": 2, "AlarmBModel": 2, "Top": 3}, frozenset({3}), frozenset({4}))
    found = moving("alarms.b", SIDES)
    assert moved(places, found, 3).stacks == {"AlarmA": 1, "AlarmB": 3, "AlarmBModel": 3, "Top": 3}
    anywhere = moved(places, found, None)
    assert (dict(anywhere.stacks), anywhere.retired) == ({"AlarmA": 1, "Top": 3}, {2, 4})
    assert moved(places, found, 4).retired == {2}, "what has something again is retired no more"
