"""Import of a monitoring account: the hub, its alarms on metrics of members, keys of log groups, states of actions."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
import yaml

from generator.cli.import_built import deployed_of, imported_file
from generator.importer.compare import compared
from generator.importer.types import ImportSource, SourceStack
from generator.importer.write import ImportOptions, ImportResult, written
from tests.importer.written_sources import MEMBER, REGION, alarm, imported, stack

HUB, OTHER = "999999999999", "333333333333"
_NO_METRIC = dict.fromkeys(("Namespace", "MetricName", "Dimensions", "Statistic", "Period"))


def stat(id_: str, account: str | None = None, name: str = "Lag", **more: Any) -> dict[str, Any]:
    """A metric of an alarm; its account, if it has one."""
    metric = {"Namespace": "Shop", "MetricName": name}
    of_account = {"AccountId": account} if account else {}
    return {
        "Id": id_,
        **of_account,
        "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum", **more},
        "ReturnData": False,
    }


def math(expression: str) -> dict[str, Any]:
    return {"Id": "result", "Expression": expression, "ReturnData": True}


def watching(name: str, *metrics: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return alarm(name, **{**_NO_METRIC, "Metrics": list(metrics), "AlarmActions": None, **properties})


def hub(**alarms: dict[str, Any]) -> SourceStack:
    return stack(alarms, HUB)


def section(result: ImportResult, name: str = "alarms") -> dict[str, Any]:
    return dict(yaml.safe_load(result.text).get(name, {}))


def equal(*stacks: SourceStack, **options: Any) -> ImportResult:
    """The file of these stacks, of which everything is equal."""
    result, build = imported(*stacks, **options)
    comparison = compared(stacks, deployed_of(build), result.keys, result.dropped)
    assert {str(resource.outcome) for resource in comparison.resources} == {"equal"}, comparison.resources
    return result


def test_the_hub_is_where_alarms_watch_other_accounts() -> None:
    both = watching("both", stat("a", MEMBER), stat("b", OTHER, "Depth"), stat("c"), math("a + b - c"))
    result = equal(hub(Both=both), stack({"Own": alarm("own")}))
    document = yaml.safe_load(result.text)
    assert document["hub"]["account"] == HUB
    assert {account["id"] for account in document["accounts"].values()} == {MEMBER, OTHER}
    metrics = section(result)["both"]["metrics"]
    assert [metrics[id_]["account"] for id_ in "abc"] == [f"account-{MEMBER}", f"account-{OTHER}", "hub"]
    assert f"hub.account: {HUB} is guessed, because alarms there watch metrics of other accounts." in result.remarks
    assert any(OTHER in remark and "not in the sources" in remark for remark in result.remarks)
    assert section(result)["own"]["accounts"] == [f"account-{MEMBER}"]


def test_one_account_has_its_name_in_the_alarm_or_each_metric_says_it() -> None:
    lone = {**stat("m", MEMBER), "ReturnData": True}
    names = {MEMBER: "ledger", OTHER: "shop"}
    stacks = [stack({}, account, name=name) for account, name in names.items()]
    each = {name: watching(f"{name} lag", {**lone, "AccountId": account}) for account, name in names.items()}
    entries = section(equal(hub(**each, Free=watching("free", lone)), *stacks))
    assert entries["lag"]["name"] == "{account} lag" and "accounts" not in entries["lag"]
    assert entries["free"]["metric"]["account"] == "ledger" and entries["free"]["name"] == "free"
    # A composite names one of them, so they are entries of their own.
    properties = {"AlarmName": "c", "AlarmRule": 'ALARM("ledger lag")'}
    rule = {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": properties}
    result = equal(hub(**each, C=rule), *stacks)
    assert section(result)["ledger-lag"]["metric"]["account"] == "ledger"
    assert section(result, "composites")["c"]["rule"] == "ledger-lag"


@pytest.mark.parametrize(
    ("expression", "ids", "more", "keys"),
    [
        ("MAX([a, b])", "ab", {}, {"over": "all-accounts"}),
        ("SUM( [ a,b ] )", "ab", {}, {"over": "all-accounts", "combine": "sum"}),
        # The order of the file is that of the accounts' names.
        ("MAX([b, a])", "ab", {}, None),
        ("MAX([a, b]) + 1", "ab", {}, None),
        ("MAX([a, a])", "ab", {}, None),
        ("MAX([a, b])", "ab", {"Unit": "Seconds"}, None),
    ],
)
def test_one_metric_over_all_accounts(expression: str, ids: str, more: dict[str, Any], keys: Any) -> None:
    metrics = [stat(id_, account, **more) for id_, account in zip(ids, (MEMBER, OTHER), strict=True)]
    source = hub(Fleet=watching("fleet", *metrics, math(expression)))
    result, build = imported(source)
    entry = section(result).get("fleet", {})
    comparison = compared([source], deployed_of(build), result.keys, result.dropped)
    if keys is not None:
        assert {key: entry.get(key) for key in ("over", "combine")} == {"combine": None, **keys}
        assert "metrics" not in entry
    else:
        assert "over" not in entry
    assert {str(resource.outcome) for resource in comparison.resources} <= {"equal", "dropped"}


def test_only_one_account_in_one_region_is_the_hub() -> None:
    lone = {**stat("m", MEMBER), "ReturnData": True}
    stacks = [
        hub(A=watching("a", lone), B=watching("b", lone)),
        stack({"C": watching("c", lone)}, HUB, "eu-west-1"),
        stack({"D": watching("d", lone)}, OTHER),
    ]
    result, _ = imported(*stacks)
    assert sorted(section(result)) == ["a", "b"]
    reasons = {dropped.name: dropped.reason for dropped in result.dropped if not dropped.property}
    assert reasons["c"] == f"the hub has alarms in {REGION} only"
    assert reasons["d"] == f"it watches metrics of other accounts: {MEMBER}, and only the hub can"
    # The same whatever the order is, and --hub decides.
    assert written(ImportSource(tuple(random.Random(1).sample(stacks, 3))), ImportOptions()).text == result.text
    assert sorted(section(imported(*stacks, hub=OTHER)[0])) == ["d"]


def test_actions_of_states() -> None:
    one, two = (f"arn:aws:lambda:{REGION}:{MEMBER}:function:{name}" for name in ("one", "two"))
    opsitem = f"arn:aws:ssm:{REGION}:{MEMBER}:opsitem:1"
    in_place = "arn:{partition}:lambda:{region}:{account_id}:function:"

    def actions(**properties: list[str]) -> tuple[Any, Any]:
        entry = section(equal(stack({"A": alarm("a", **{"AlarmActions": None, **properties})})))["a"]
        return entry["actions"], entry.get("actions_in")

    usual = "arn:{partition}:ssm:{region}:{account_id}:opsitem:1"
    assert actions(AlarmActions=[opsitem, one], OKActions=[one]) == ([usual, f"{in_place}one"], None)
    assert actions(OKActions=[one], InsufficientDataActions=[one]) == ([f"{in_place}one"], ["ok", "no-data"])
    assert actions(AlarmActions=[one], OKActions=[two]) == (
        [
            {"run": f"{in_place}one", "states": ["alarm"]},
            {"run": f"{in_place}two", "states": ["ok"]},
        ],
        None,
    )
    assert actions(AlarmActions=[opsitem, one], InsufficientDataActions=[one])[0] == [
        usual,
        {"run": f"{in_place}one", "states": ["alarm", "no-data"]},
    ]


def test_keys_of_log_groups() -> None:
    arn = f"arn:aws:kms:{REGION}:{MEMBER}:key/1234abcd"
    resources = {
        "Key": {"Type": "AWS::KMS::Key", "Properties": {}},
        "A": alarm("a"),
        **{
            name: {
                "Type": "AWS::Logs::LogGroup",
                "Properties": {"LogGroupName": f"/{name}/prod", "RetentionInDays": 30, "KmsKeyId": key},
            }
            for name, key in (("Theirs", arn), ("Stacks", {"Fn::GetAtt": ["Key", "Arn"]}), ("Alias", "alias/logs"))
        },
    }
    result, _ = imported(stack(resources))
    groups = section(result, "log_groups")
    assert groups["theirs-prod"]["key"] == "arn:{partition}:kms:{region}:{account_id}:key/1234abcd"
    assert groups["stacks-prod"]["key"] == "arn:{partition}:kms:{region}:{account_id}:key/{var.key}"
    assert [dropped.reason for dropped in result.dropped if dropped.name == "/Alias/prod"] == [
        "the ARN of its key is not known: alias/logs, and nothing in the file reads it"
    ]
    del resources["Alias"], resources["Stacks"]
    equal(stack(resources))


def test_an_alarm_about_a_member_is_routed_as_the_member_so_that_both_are_called() -> None:
    # Routes know such an alarm by the account that it is about (docs/language/routes.md), also where its topic is one
    # of the hub.
    lone = {**stat("m", MEMBER), "ReturnData": True}
    topic = f"arn:aws:sns:{REGION}:{HUB}:noc"
    in_hub = {
        "Free": watching("free", lone, AlarmActions=[topic]),
        "Each": watching("shop lag", {**lone, "AccountId": OTHER}, AlarmActions=[topic]),
        # The hub's own metric, with its account written: this one is about the hub.
        "Gap": watching("shop gap", stat("a", OTHER), stat("b", HUB), math("a - b"), AlarmActions=[topic]),
    }
    own = {f"Own{number}": alarm(f"own{number}", Threshold=number + 1) for number in range(4)}
    result = equal(hub(**in_hub), stack(own, name="ledger"), stack({}, OTHER, name="shop"))
    document = yaml.safe_load(result.text)
    assert document["routes"]["medium"] == ["alerts", "noc"]
    rules = document["routes"]["rules"]
    assert rules == [{"when": {"account": ["hub", "shop"]}, "to": ["noc"]}]
    assert any("notified different topics in ledger" in remark for remark in result.remarks)
    assert document["alarms"]["shop-gap"]["metrics"]["b"]["account"] == "hub"


def test_a_widget_of_one_alarm_of_an_entry_shows_no_others() -> None:
    names = {MEMBER: "ledger", OTHER: "shop"}
    lone = {**stat("m"), "ReturnData": True}
    each = {
        name: watching(f"{name} lag", {**lone, "AccountId": account}, Threshold=int(account[0]))
        for account, name in names.items()
    }
    arn = f"arn:aws:cloudwatch:{REGION}:{HUB}:alarm:shop lag"
    place = {"type": "alarm", "x": 0, "y": 0, "width": 6, "height": 6}
    body = json.dumps({"widgets": [{**place, "properties": {"alarms": [arn]}}]})
    shown = {"Type": "AWS::CloudWatch::Dashboard", "Properties": {"DashboardName": "d", "DashboardBody": body}}
    stacks = (hub(**each, D=shown), *(stack({}, account, name=name) for account, name in names.items()))
    made = imported_file(ImportSource(stacks), ImportOptions(), "observability.yaml")
    assert section(made.result)["lag"]["name"] == "{account} lag"
    assert compared(stacks, deployed_of(made.built), made.result.keys, made.result.dropped).is_proven
