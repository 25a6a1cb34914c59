"""What is done in between: what stays while composites of other stacks name it, and what is deleted before it is made.

CloudWatch deletes no alarm that a composite names, and makes no composite whose alarms are not there.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

from __future__ import annotations

from typing import Any

import pytest

from generator.shards.presence import ParameterValues
from generator.shards.steps import (
    DeployedShards,
    cannot_leave,
    declared_first,
    keeping_named,
    removed_with_named,
    rollout_order,
    without_moved_resources,
)

ALARMS, MORE, ABOVE = "member.template.yaml", "member-2.template.yaml", "member-3.template.yaml"
IN_ALPHA = {"Fn::Equals": [{"Ref": "AWS::AccountId"}, "1"]}
IN_BETA = {"Fn::Equals": [{"Ref": "AWS::AccountId"}, "2"]}
IS_ON = {"Fn::Equals": [{"Ref": "AEnabled"}, "true"]}


def alarm(name: str, condition: str = "") -> dict[str, Any]:
    made = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmName": name}}
    return {**made, **({"Condition": condition} if condition else {})}


def composite(name: str, *parts: str) -> dict[str, Any]:
    rule = " OR ".join(f'ALARM("{part}")' for part in parts)
    return {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {"AlarmName": name, "AlarmRule": rule}}


def stack(conditions: dict[str, Any] | None = None, switch: str = "", **resources: Any) -> dict[str, Any]:
    """switch: the default of AEnabled."""
    about = {"Type": "String", "AllowedValues": ["true", "false"], "Default": switch}
    made = {"Parameters": {"AEnabled": about} if switch else {}, "Conditions": conditions or {}, "Resources": resources}
    return {section: value for section, value in made.items() if value}


def former(**stacks: Any) -> DeployedShards:
    """As recorded, and as it is."""
    return DeployedShards(stacks["files"], stacks["files"])


def test_what_a_composite_names_stays_until_it_names_it_no_more() -> None:
    was = {ALARMS: stack(A=alarm("a"), B=alarm("b")), ABOVE: stack(Top=composite("top", "a"))}
    now = {ALARMS: stack(C=alarm("c")), ABOVE: stack(Top=composite("top", "c"))}
    found = keeping_named(former(files=was), now, {})
    assert {file: sorted(one.template["Resources"]) for file, one in found.items()} == {ALARMS: ["A", "C"]}
    assert keeping_named(former(files=was), {**now, ALARMS: was[ALARMS]}, {}) == {}


def test_a_name_is_a_whole_word_and_words_for_people_name_nothing() -> None:
    above = composite("top", "lag-alarm")
    above["Properties"]["AlarmDescription"] = "not ALARM(lag)"
    was = {ALARMS: stack(A=alarm("lag")), ABOVE: stack(Top=above)}
    assert keeping_named(former(files=was), {ALARMS: stack(B=alarm("b")), ABOVE: was[ABOVE]}, {}) == {}


def test_what_goes_in_some_accounts_stays_where_it_stood_and_is_where_it_is_to_stand() -> None:
    above = stack(Top=composite("top", "a"))
    was = {ALARMS: stack({"Stands": IN_ALPHA}, A=alarm("a", "Stands")), ABOVE: above}
    now = {ALARMS: stack({"Stands": IN_BETA}, A=alarm("a", "Stands")), ABOVE: above}
    made = keeping_named(former(files=was), now, {})[ALARMS].template
    assert made["Resources"]["A"]["Condition"] == "AStays"
    assert made["Conditions"] == {
        "FormerStands": IN_ALPHA,
        "Stands": IN_BETA,
        "AStays": {"Fn::Or": [{"Condition": "FormerStands"}, {"Condition": "Stands"}]},
    }


def test_what_stood_everywhere_stands_everywhere_in_between() -> None:
    above = stack(Top=composite("top", "a"))
    was = {ALARMS: stack(A=alarm("a")), ABOVE: above}
    now = {ALARMS: stack({"Stands": IN_BETA}, A=alarm("a", "Stands")), ABOVE: above}
    assert "Condition" not in keeping_named(former(files=was), now, {})[ALARMS].template["Resources"]["A"]
    # The other way round nothing goes.
    assert keeping_named(former(files=now), was, {}) == {}


@pytest.mark.parametrize(
    ("was_off", "now_off", "doubtful", "off_in_between"),
    [
        ({"1"}, {"1"}, set(), None),
        ({"1", "2"}, {"1"}, set(), None),
        ({"1"}, {"1", "2"}, set(), {"1"}),
        ({"1"}, {"2"}, set(), set()),
        ({"1"}, {"1"}, {"1"}, set()),
    ],
)
def test_a_switch_is_on_in_between_where_it_was_or_is_to_be(
    was_off: set[str], now_off: set[str], doubtful: set[str], off_in_between: set[str] | None
) -> None:
    """doubtful: where a rollout that was cut off may have left it on."""
    files = {
        ALARMS: stack({"IsOn": IS_ON}, "true", A=alarm("a", "IsOn")),
        ABOVE: stack({"IsOn": IS_ON}, "true", Top=composite("top", "a")),
    }

    def off(accounts: set[str]) -> dict[str, dict[str, str]]:
        return {one: {"AEnabled": "false"} if one in accounts else {} for one in ("1", "2", "3")}

    found = keeping_named(
        former(files=files), files, {ALARMS: ParameterValues(off(was_off), off(now_off), frozenset(doubtful))}
    )
    if off_in_between is None:
        assert found == {}
        return
    own = found[ALARMS].values
    assert {account for account, rows in own.items() if rows.get("AEnabled") == "false"} == off_in_between


def test_a_switch_that_is_off_for_others_from_now_on_is_on_in_between() -> None:
    above = stack(Top=composite("top", "a"))
    was = {ALARMS: stack({"IsOn": IS_ON}, "true", A=alarm("a", "IsOn")), ABOVE: above}
    now = {ALARMS: stack({"IsOn": IS_ON}, "false", A=alarm("a", "IsOn")), ABOVE: above}
    same = {"1": {"AEnabled": "true"}}
    found = keeping_named(former(files=was), now, {ALARMS: ParameterValues(same, same)})[ALARMS]
    assert found.template["Parameters"]["AEnabled"]["Default"] == "true"
    assert found.values == same


def test_composites_know_of_a_new_switch_before_they_name_what_it_switches() -> None:
    was = {ABOVE: stack(Top=composite("top", "b"))}
    now = {ABOVE: stack({"IsOn": IS_ON}, "true", Top=composite("top", "a", "b"))}
    values = {ABOVE: ParameterValues({}, {"1": {"AEnabled": "false"}})}
    told = declared_first(former(files=was), now, values)[ABOVE]
    assert (told.template["Resources"], list(told.template["Parameters"])) == (was[ABOVE]["Resources"], ["AEnabled"])
    assert told.values == {"1": {"AEnabled": "false"}}
    assert declared_first(former(files=now), now, values) == {}
    assert declared_first(former(files=was), now, {ABOVE: ParameterValues({}, {"1": {}})}) == {}


def test_what_moves_is_deleted_before_and_what_cannot_be_is_said() -> None:
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/a"}}
    was = {
        ALARMS: stack(A=alarm("a"), B=alarm("b"), Group=group),
        MORE: stack(C=alarm("c")),
        ABOVE: stack(Top=composite("top", "a")),
    }
    now = {**was, ALARMS: stack(A=alarm("a")), MORE: stack(B=alarm("b"), C=alarm("c"), Group=group)}
    found = without_moved_resources(former(files=was), now, {ALARMS: ParameterValues({"1": {"Gone": "x"}})})
    assert {file: list(one.template["Resources"]) for file, one in found.items()} == {ALARMS: ["A"]}
    assert found[ALARMS].values == {"1": {}}, "no value for a parameter that the template has not"
    assert dict(cannot_leave(former(files=was), now)) == {
        "Group": "is a log group, which would be deleted with every line in it"
    }
    both = {**was, ALARMS: stack(B=alarm("b"), Group=group), MORE: stack(A=alarm("a"), C=alarm("c"))}
    ((one, why),) = cannot_leave(former(files=was), both)
    assert (one, "a composite of another stack names" in why) == ("A", True)


def test_a_stack_that_goes_waits_for_the_composites_that_named_what_it_has() -> None:
    was = {ALARMS: stack(A=alarm("a")), MORE: stack(B=alarm("b")), ABOVE: stack(Top=composite("top", "a", "b"))}
    assert removed_with_named(former(files=was), {ALARMS: was[ALARMS], ABOVE: stack(Top=composite("top", "a"))}) == {
        MORE
    }
    assert removed_with_named(former(files=was), {ALARMS: was[ALARMS], MORE: was[MORE]}) == frozenset()


def test_what_a_rollout_that_was_cut_off_left_counts_as_well_as_the_last_complete_one() -> None:
    recorded = {ALARMS: stack(A=alarm("a")), ABOVE: stack(Top=composite("top", "a"))}
    there = {ALARMS: stack(A=alarm("a"), N=alarm("n")), ABOVE: stack(Top=composite("top", "a", "n"))}
    found = keeping_named(DeployedShards(recorded, there), recorded, {})
    assert sorted(found[ALARMS].template["Resources"]) == ["A", "N"]
    # An account in which the composites' update failed has the former ones, though the set has the new template.
    found = keeping_named(DeployedShards(there, {**there, ABOVE: recorded[ABOVE]}), recorded, {})
    assert sorted(found[ALARMS].template["Resources"]) == ["A", "N"]


def test_only_what_names_a_thing_of_another_stack_waits_for_it() -> None:
    reads = {"Type": "AWS::Logs::MetricFilter", "Properties": {"LogGroupName": "/a"}}
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/a"}}
    found = rollout_order({ALARMS: stack(Group=group), MORE: stack(B=alarm("b")), ABOVE: stack(Filter=reads)})
    assert found == {ALARMS: frozenset(), MORE: frozenset(), ABOVE: {ALARMS}}
