"""Alarms of packs and of several thresholds: which alarms of a source are recognised, and that they stay equal."""

from __future__ import annotations

from typing import Any

import pytest
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


# --- thresholds ---------------------------------------------------------------------------------------------


def pair(name: str = "queue age", **of_both: Any) -> dict[str, Any]:
    return {
        "Warning": alarm(f"{name} warning", **{"Threshold": 300, "AlarmDescription": "Older than 5 min", **of_both}),
        "Critical": alarm(f"{name} critical", **{"Threshold": 900, "AlarmDescription": "Older than 15 min", **of_both}),
    }


def test_two_thresholds_of_one_metric_are_one_entry_that_keeps_both_names() -> None:
    result = proven(stack(pair()), packs={})
    (entry,) = entries(result, "alarms").values()
    assert entry["thresholds"] == {"medium": "> 300", "critical": "> 900"}
    assert entry["names"] == {"medium": "queue age warning", "critical": "queue age critical"}
    assert entry["summary"] == "Older than 15 min" and set(result.keys.values()) == {"alarms.queue-age"}
    (lost,) = result.dropped
    assert (lost.name, lost.property) == ("queue age warning", "AlarmDescription")
    assert any("one incident" in remark for remark in result.remarks)


def test_thresholds_that_differ_by_account_are_overrides_and_composites_name_each_of_them() -> None:
    def rows(most: int) -> dict[str, Any]:
        alarms = pair()
        alarms["Critical"]["Properties"]["Threshold"] = most
        rule = 'ALARM("queue age critical") OR OK("queue age warning")'
        topic = [f"arn:aws:sns:{REGION}:{MEMBER}:alerts"]
        properties = {"AlarmName": "both", "AlarmRule": rule, "AlarmActions": topic}
        return {**alarms, "Both": {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": properties}}

    stacks = [stack(rows(900 + number), str(number) * 12, name=f"a{number}") for number in (2, 3, 3)]
    result = proven(*stacks[:2], packs={})
    (entry,) = entries(result, "alarms").values()
    assert entry["overrides"] == [{"where": {"account": "a3"}, "thresholds": {"critical": "> 903"}}]
    assert entries(result, "composites")["both"]["rule"] == "queue-age-critical or ok(queue-age-medium)"


@pytest.mark.parametrize(
    "changed",
    [
        {"Threshold": 100},
        {"ComparisonOperator": "LessThanThreshold"},
        {"EvaluationPeriods": 7},
        {"AlarmDescription": "Call the bank"},
        {"AlarmName": "no word of it is of the other, critical"},
        {"Tags": [{"Key": "severity", "Value": "medium"}]},
        {"AlarmActions": None},
    ],
)
def test_what_is_not_a_second_threshold_stays_an_alarm(changed: dict[str, Any]) -> None:
    rows = pair()
    rows["Critical"]["Properties"] |= changed
    assert "thresholds" not in proven(stack(rows), packs={}).text


def test_two_thresholds_of_a_pack_are_its_alarm() -> None:
    rows = {
        "E": of_function("pay errors, warning", "Errors", Threshold=5),
        "M": of_function("pay errors, critical", "Errors", Threshold=50),
        "T": of_function("pay throttles", "Throttles", Threshold=3),
    }
    service = entries(proven(stack(rows)), "services")["pay"]
    assert service["alarms"]["errors"]["thresholds"] == {"medium": "> 5", "critical": "> 50"}
    assert service["alarms"]["errors"]["names"]["critical"] == "pay errors, critical"


def test_alarms_beside_the_old_ones_have_one_threshold_each() -> None:
    # Without names each has a severity of its own that a takeover switches.
    result, _ = imported(stack(pair()), packs={}, names=False)
    assert "thresholds" not in result.text and len(set(result.keys.values())) == 2


# --- expressions --------------------------------------------------------------------------------------------


def math(name: str, expression: str, metrics: dict[str, str], **more: Any) -> dict[str, Any]:
    rows: list[dict[str, Any]] = [{"Id": "e1", "Expression": expression, "ReturnData": True}]
    for key, metric in metrics.items():
        of = {"Namespace": "AWS/Lambda", "MetricName": metric, "Dimensions": [{"Name": "FunctionName", "Value": "pay"}]}
        rows.append({"Id": key, "MetricStat": {"Metric": of, "Period": 300, "Stat": "Sum"}, "ReturnData": False})
    usual = {"Threshold": 5, "EvaluationPeriods": 3, "DatapointsToAlarm": 2, "TreatMissingData": "notBreaching"}
    return alarm(name, **{**EMPTY, **usual, "Metrics": rows, **more})


RATE = {"errors": "Errors", "calls": "Invocations", "traffic": "Invocations"}


def test_a_guard_of_an_expression_is_minimum_traffic() -> None:
    rows = {
        "A": math("rate", "IF(FILL(traffic, 0) >= 20, 100 * errors / calls, 0)", RATE),
        "B": math("late", "IF(FILL(n,0)>=20, value, 0)", {"n": "Invocations", "value": "Duration"}),
        # The value is 4 where there is no traffic, which is fine below `< 4` only.
        "C": math("few", "IF(FILL(n, 0) >= 20, value, 4)", {"n": "Errors", "value": "Invocations"}, Threshold=4) | {},
    }
    rows["C"]["Properties"]["ComparisonOperator"] = "LessThanThreshold"
    alarms = entries(proven(stack(rows), packs={}), "alarms")
    assert alarms["rate"]["expression"] == "100 * errors / calls"
    assert alarms["rate"]["minimum_traffic"]["at_least"] == 20
    assert alarms["late"]["metric"]["name"] == "Duration" and alarms["late"]["statistic"] == "Sum"
    assert alarms["few"]["minimum_traffic"]["metric"]["name"] == "Errors"


@pytest.mark.parametrize(
    "expression",
    [
        "IF(FILL(traffic, 0) >= 20, 100 * errors / calls, 1)",
        "IF(traffic >= 20, 100 * errors / calls, 0)",
        "IF(FILL(traffic, 0) >= 20, 100 * errors / (calls + traffic), 0)",
        "IF(FILL(traffic, 0) >= 20, errors, IF(calls > 2, 3, 0))",
    ],
)
def test_other_guards_stay_expressions(expression: str) -> None:
    assert "minimum_traffic" not in proven(stack({"A": math("rate", expression, RATE)}), packs={}).text


def test_an_expression_of_a_pack_is_its_alarm() -> None:
    rows = {
        "A": math(
            "rate", "IF(FILL(n, 0) >= 20, 100 * e / c, 0)", {"e": "Errors", "c": "Invocations", "n": "Invocations"}
        ),
        "T": of_function("throttles", "Throttles", Threshold=3),
        "D": of_function("slow", "Duration", Statistic="Maximum", Threshold=24000),
    }
    alarms = entries(proven(stack(rows)), "services")["pay"]["alarms"]
    assert alarms["error-rate"]["at_least"] == 20
    # Without a capacity, the threshold says what a share of it would.
    assert alarms["timeout"]["threshold"] == "> 24000" and alarms["duration"] is False


# --- accounts -----------------------------------------------------------------------------------------------


def test_resources_with_other_names_in_each_account_are_one_service_by_a_label() -> None:
    def rows(function: str, most: int) -> dict[str, Any]:
        return {
            "E": of_function("pay errors", "Errors", function, Threshold=most),
            "T": of_function("pay throttles", "Throttles", function),
            "Late": of_function("pay late", "Duration", function) if most > 5 else of_function("own", "Errors"),
        }

    stacks = [
        stack(rows("shop-Pay-1A2B", 5), MEMBER, name="shop"),
        stack(rows("ledger-Pay-9X", 50), "333333333333", name="ledger"),
        stack(rows("mail-Pay-77", 50), "444444444444", name="mail"),
    ]
    result = proven(*stacks)
    service = entries(result, "services")["pay-function-name"]
    assert service["function"] == "{label.pay-function-name}"
    assert service["alarms"]["errors"]["overrides"] == [{"where": {"account": "shop"}, "threshold": "> 5"}]
    labels = {key: row["labels"] for key, row in entries(result, "accounts").items()}
    assert labels == {
        "shop": {"pay-function-name": "shop-Pay-1A2B"},
        "ledger": {"pay-function-name": "ledger-Pay-9X"},
        "mail": {"pay-function-name": "mail-Pay-77"},
    }
    assert "{label.pay-function-name}" in str(entries(result, "alarms")["pay-late"])
    assert not [row for row in result.dropped if row.property == "AlarmName"]


@pytest.mark.parametrize("name", ["pay-{a}", "pay-ü"])
def test_what_a_label_cannot_be_stays_in_the_entries(name: str) -> None:
    stacks = [
        stack({"E": of_function("pay errors", "Errors", f"{name}-{account[0]}")}, account)
        for account in (MEMBER, "333333333333")
    ]
    assert "label" not in imported(*stacks, packs={})[0].text


def test_a_dimension_named_owner_does_not_decide_who_is_called() -> None:
    # An alarm without an owner has the label `owner` of its account, and owners have channels: docs/language/routes.md.
    def rows(owner: str) -> dict[str, Any]:
        wait = {"Namespace": "Shop", "MetricName": "Wait", "Dimensions": [{"Name": "Owner", "Value": owner}]}
        return {"A": alarm("wait", **wait)}

    other = {"Tags": [{"Key": "owner", "Value": "pay"}], "AlarmActions": [f"arn:aws:sns:{REGION}:{MEMBER}:pay"]}
    result = proven(
        stack(rows("pay") | {"B": alarm("late", **other)}, MEMBER, name="shop"),
        stack(rows("mail"), "333333333333", name="ledger"),
    )
    assert list(entries(result, "owners")) == ["pay"]
    labels = [account["labels"] for account in entries(result, "accounts").values()]
    assert labels == [{"owner-dimension": "mail"}, {"owner-dimension": "pay"}]


def test_a_dimension_that_differs_by_region_is_no_label() -> None:
    places = [(account, region) for account in (MEMBER, "333333333333") for region in ("us-east-1", "eu-west-1")]
    stacks = [
        stack({"E": of_function("pay errors", "Errors", f"pay-{region[:2]}-{account[0]}")}, account, region)
        for account, region in places
    ]
    assert "label" not in proven(*stacks, packs={}).text


def test_pack_alarms_have_different_actions_in_different_states() -> None:
    functions = [f"arn:aws:lambda:{REGION}:{MEMBER}:function:{name}" for name in ("restart", "report")]
    rows = {
        "E": of_function("pay errors", "Errors", AlarmActions=functions[:1], OKActions=functions[1:]),
        "T": of_function("pay throttles", "Throttles"),
    }
    alarms = entries(proven(stack(rows)), "services")["pay"]["alarms"]
    assert {action["run"].rpartition(":")[2] for action in alarms["errors"]["actions"]} == {"restart", "report"}
