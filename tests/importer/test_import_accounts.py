"""Alarms of several accounts and Regions: one entry, overrides, placements; packs; channels and routes."""

from __future__ import annotations

import random
from typing import Any

import pytest
import yaml

from generator.importer.types import ImportSource, SourceKind, SourceStack
from generator.importer.write import ImportOptions, written
from generator.workspace import PackFiles
from tests.importer.written_sources import MEMBER, alarm, alarms_of, imported, stack

ACCOUNTS = {MEMBER: "ledger", "333333333333": "checkout", "444444444444": "settlement"}
REGIONS = ("us-east-1", "eu-west-1")


def estate(rows: Any) -> list[SourceStack]:
    """A stack in each account and Region. rows: its resources, from account ID, name and Region."""
    places = [(account, name, region) for account, name in ACCOUNTS.items() for region in REGIONS]
    return [stack(rows(*place), place[0], place[2], place[1]) for place in places]


def entries(result: Any, section: str = "alarms") -> dict[str, Any]:
    return dict(yaml.safe_load(result.text)[section])


@pytest.mark.parametrize(
    ("changed", "overrides"),
    [
        (lambda name, region: {}, None),
        (
            lambda name, region: {"Threshold": 9} if name == "ledger" else {},
            [{"where": {"account": "ledger"}, "threshold": "> 9"}],
        ),
        (
            lambda name, region: {"Period": 300} if region == "eu-west-1" else {},
            [{"where": {"region": "eu-west-1"}, "period": "5m"}],
        ),
        (
            lambda name, region: {"EvaluationPeriods": 9} if (name, region) == ("ledger", "eu-west-1") else {},
            [{"where": {"account": "ledger", "region": "eu-west-1"}, "datapoints": "9 of 9"}],
        ),
    ],
)
def test_values_that_differ_are_overrides(changed: Any, overrides: Any) -> None:
    result, _ = imported(*estate(lambda account, name, region: {"A": alarm(**changed(name, region))}), packs={})
    (entry,) = entries(result).values()
    assert entry.get("overrides") == overrides
    assert set(result.keys.values()) == {"alarms.queue-age"} and len(result.keys) == 6


@pytest.mark.parametrize(
    ("exists", "placed"),
    [
        (lambda name, region: True, [{}]),
        (lambda name, region: name != "ledger", [{"accounts": ["checkout", "settlement"]}]),
        (lambda name, region: region == "eu-west-1", [{"regions": ["eu-west-1"]}]),
        (
            lambda name, region: (name, region) != ("ledger", "us-east-1"),
            [{"accounts": ["checkout", "settlement"]}, {"accounts": ["ledger"], "regions": ["eu-west-1"]}],
        ),
    ],
)
def test_an_entry_is_where_its_alarms_are(exists: Any, placed: Any) -> None:
    def rows(account: str, name: str, region: str) -> dict[str, Any]:
        other = alarm("everywhere", Dimensions=[{"Name": "QueueName", "Value": "other"}])
        return {"All": other} | ({"A": alarm()} if exists(name, region) else {})

    result, _ = imported(*estate(rows), packs={})
    keys = [entry for key, entry in entries(result).items() if key.startswith("queue-age")]
    assert [{key: entry[key] for key in ("accounts", "regions") if key in entry} for entry in keys] == placed
    assert [entry.get("name") for entry in keys] == ["queue-age", None][: len(keys)]


def test_names_of_accounts_are_placeholders_only_where_they_differ() -> None:
    def rows(account: str, name: str, region: str) -> dict[str, Any]:
        machine = f"arn:aws:states:{region}:{account}:stateMachine:settle"
        metric = {"Namespace": "AWS/States", "MetricName": "ExecutionsFailed", "Statistic": "Sum"}
        return {
            "Own": alarm(f"{name}-age", Dimensions=[{"Name": "QueueName", "Value": f"{name}-jobs"}]),
            "Same": alarm("of-ledger", Dimensions=[{"Name": "QueueName", "Value": "ledger-jobs"}]),
            "Arn": alarm("failed", **metric, Dimensions=[{"Name": "StateMachineArn", "Value": machine}]),
        }

    result, build = imported(*estate(rows), packs={})
    written_alarms = entries(result)
    assert written_alarms["age"]["metric"]["dimensions"] == {"QueueName": "{account}-jobs"}
    assert written_alarms["of-ledger"]["metric"]["dimensions"] == {"QueueName": "ledger-jobs"}
    assert written_alarms["failed"]["metric"]["dimensions"] == {
        "StateMachineArn": "arn:aws:states:{region}:{account_id}:stateMachine:settle"
    }
    renamed = [row for row in result.dropped if row.property == "AlarmName"]
    assert len(renamed) == 6 and all(
        "made of its key: the accounts have different names" in row.reason for row in renamed
    )
    assert {"age-alarm-prod", "of-ledger", "failed"} == set(alarms_of(build)) & {
        "age-alarm-prod",
        "of-ledger",
        "failed",
    }


def test_a_severity_that_differs_by_region_is_two_entries() -> None:
    def rows(account: str, name: str, region: str) -> dict[str, Any]:
        topic = "critical" if region == "us-east-1" else "warning"
        return {"A": alarm(AlarmActions=[f"arn:aws:sns:{region}:{account}:{topic}-alerts"])}

    result, _ = imported(*estate(rows), packs={})
    assert [(entry["regions"], entry.get("severity")) for entry in entries(result).values()] == [
        (["eu-west-1"], None),
        (["us-east-1"], "critical"),
    ]


def test_alarms_of_the_hub_on_its_own_and_on_members_metrics() -> None:
    def on(account: str) -> list[dict[str, Any]]:
        metric = {"Namespace": "Shop", "MetricName": "Lag"}
        return [{"Id": "m", "AccountId": account, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}}]

    empty = dict.fromkeys(("Namespace", "MetricName", "Dimensions", "Statistic", "Period"))
    own = {
        "Own": alarm("own"),
        **{name: alarm(f"lag {name} late", **empty, Metrics=on(account)) for account, name in ACCOUNTS.items()},
    }
    hub = stack(own, "111111111111", "us-east-1", "hub")
    members = [stack({}, account, "us-east-1", name) for account, name in ACCOUNTS.items()]
    result, build = imported(hub, *members, packs={}, hub="111111111111")
    assert entries(result)["own"]["accounts"] == ["hub"]
    lag = entries(result)["lag-late"]
    assert (lag["in"], lag["name"], "accounts" in lag) == ("hub", "lag {account} late", False)
    assert {"own", "lag ledger late", "lag checkout late"} <= set(alarms_of(build, "hub"))


# --- packs --------------------------------------------------------------------------------------------------


def of_function(name: str, metric: str, **more: Any) -> dict[str, Any]:
    dimensions = [{"Name": "FunctionName", "Value": "pay"}]
    return alarm(
        name,
        **{
            "Namespace": "AWS/Lambda",
            "MetricName": metric,
            "Dimensions": dimensions,
            "Statistic": "Sum",
            "TreatMissingData": "notBreaching",
            **more,
        },
    )


def test_two_alarms_of_a_pack_are_a_service() -> None:
    rows = {
        "E": of_function("pay errors", "Errors", Threshold=5, Period=300, EvaluationPeriods=2),
        "T": of_function("pay throttles", "Throttles", Threshold=3),
        "Second": of_function("pay errors, many", "Errors", Threshold=500),
        "Low": of_function("pay calls", "Errors", Threshold=1, ComparisonOperator="LessThanThreshold"),
    }
    result, build = imported(stack(rows))
    service = entries(result, "services")["pay"]
    assert (
        service["alarms"]["errors"] == {"severity": "medium", "name": "pay errors"} or service["severity"] == "medium"
    )
    assert service["alarms"]["throttles"]["threshold"] == "> 3"
    assert service["alarms"]["duration"] is False
    assert set(entries(result)) == {"pay-errors-many", "pay-calls"}
    assert {"pay errors", "pay throttles", "pay errors, many", "pay calls"} <= set(alarms_of(build))
    own = [name for name in alarms_of(build) if name.startswith("pay")]
    assert len(own) == 4


def test_one_alarm_of_a_large_pack_stays_plain() -> None:
    result, _ = imported(stack({"E": of_function("pay errors", "Errors")}))
    assert "services:" not in result.text and "alarms.pay-errors" in result.keys.values()


def test_a_service_that_the_language_refuses_is_plain_alarms() -> None:
    rows = {"E": of_function("pay errors", "Errors"), "T": of_function("pay throttles", "Throttles")}
    source = ImportSource((stack(rows),))
    result = written(source, ImportOptions(packs=PackFiles(), refused={"services.pay": "no"}))
    assert sorted(result.keys.values()) == ["alarms.pay-errors", "alarms.pay-throttles"] and result.dropped == ()


# --- channels and routes ------------------------------------------------------------------------------------


def test_subscriptions_become_channels_and_no_secret_is_written() -> None:
    def subscribed(topic: str, *subscriptions: tuple[str, str]) -> dict[str, Any]:
        rows = [{"Protocol": protocol, "Endpoint": endpoint} for protocol, endpoint in subscriptions]
        return {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": topic, "Subscription": rows}}

    rows = {
        "Critical": subscribed(
            "critical-alerts",
            ("email", "b@example.com"),
            ("email-json", "a@example.com"),
            ("https", "https://events.pagerduty.com/integration/SECRET1/enqueue"),
            ("https", "https://user:SECRET2@hooks.example.com/SECRET3?key=SECRET4"),
            ("sms", "+442079460000"),
        ),
        "Warning": subscribed("warning-alerts", ("lambda", "arn:aws:lambda:us-east-1:222222222222:function:chat")),
        "A": alarm(AlarmActions=[{"Ref": "Critical"}]),
        "B": alarm("b", Dimensions=[{"Name": "QueueName", "Value": "b"}], AlarmActions=[{"Ref": "Warning"}]),
        "Quiet": alarm("c", Dimensions=[{"Name": "QueueName", "Value": "c"}], AlarmActions=None),
        "Slack": {
            "Type": "AWS::Chatbot::SlackChannelConfiguration",
            "Properties": {
                "ConfigurationName": "x",
                "SlackChannelId": "C0123456789",
                "SnsTopicArns": [{"Ref": "Critical"}],
            },
        },
    }
    result, _ = imported(stack(rows), project="shop")
    assert "SECRET" not in result.text + "".join(result.remarks)
    channels = entries(result, "channels")
    assert channels["critical-alerts-email"]["addresses"] == ["a@example.com", "b@example.com"]
    assert channels["critical-alerts-pagerduty"] == {"type": "pagerduty", "secret": "shop/critical-alerts-pagerduty"}
    assert channels["critical-alerts-webhook-hooks-example-com"]["url"] == "https://hooks.example.com/"
    assert channels["critical-alerts-slack"]["channel"] == "C0123456789"
    assert channels["warning-alerts"]["topic"] == "arn:aws:sns:us-east-1:222222222222:warning-alerts"
    assert len(entries(result, "routes")["critical"]) == 5 and entries(result, "routes")["medium"] == ["warning-alerts"]
    assert entries(result)["c"]["severity"] == "none"


def test_owners_have_the_topics_that_only_they_notify() -> None:
    def of(name: str, owner: str, topic: str) -> dict[str, Any]:
        tags = [{"Key": "team", "Value": owner}]
        return alarm(
            name,
            Dimensions=[{"Name": "QueueName", "Value": name}],
            Tags=tags,
            AlarmActions=[f"arn:aws:sns:us-east-1:{MEMBER}:{topic}"],
        )

    rows = {"A": of("a", "shop", "alerts"), "B": of("b", "shop", "alerts"), "C": of("c", "ledger", "ledger-alerts")}
    result, _ = imported(stack(rows))
    assert entries(result, "routes")["medium"] == ["alerts"]
    assert entries(result, "owners") == {"ledger": {"channels": {"medium": ["ledger-alerts"]}}}


def test_teams_by_account_are_not_called_for_the_alarms_of_others() -> None:
    def rows(account: str, name: str, region: str) -> dict[str, Any]:
        return {"A": alarm(AlarmActions=[f"arn:aws:sns:{region}:{account}:{name}-alerts"])}

    result, _ = imported(*estate(rows))
    routes = entries(result, "routes")
    # Those of all severities: entries that are added later may have another one.
    assert routes["rules"] == [
        {"when": {"account": name}, "to": [f"{name}-alerts"]} for name in ("ledger", "settlement")
    ]
    assert routes["medium"] == ["checkout-alerts"]
    assert not [remark for remark in result.remarks if remark.startswith("routes.")]


def test_an_account_whose_alarms_notify_different_topics_has_a_rule_with_all_of_them() -> None:
    def rows(account: str, name: str, region: str) -> dict[str, Any]:
        topics = {"checkout": ("pages", "mails")}.get(name, (f"{name}-alerts",) * 2)
        return {
            key: alarm(
                f"{key}-age",
                Dimensions=[{"Name": "QueueName", "Value": key}],
                AlarmActions=[f"arn:aws:sns:{region}:{account}:{topic}"],
            )
            for key, topic in zip(("jobs", "mail"), topics, strict=True)
        }

    result, _ = imported(*estate(rows))
    routes = entries(result, "routes")
    rules = {rule["when"]["account"]: rule["to"] for rule in routes["rules"]}
    assert rules == {"checkout": ["mails", "pages"], "settlement": ["settlement-alerts"]}
    assert routes["medium"] == ["ledger-alerts"]
    (remark,) = [remark for remark in result.remarks if remark.startswith("routes.")]
    assert "in checkout;" in remark and "2 channels" in remark


def test_an_owner_with_other_topics_keeps_them_where_its_account_has_a_rule() -> None:
    def rows(account: str, name: str, region: str) -> dict[str, Any]:
        return {
            key: alarm(
                f"{key}-age",
                Dimensions=[{"Name": "QueueName", "Value": key}],
                Tags=[{"Key": "team", "Value": f"{name}-{key}"}] if key == "mail" else [],
                AlarmActions=[f"arn:aws:sns:{region}:{account}:{name}-{key}"],
            )
            for key in ("jobs", "mail")
        }

    result, build = imported(*estate(rows))
    routes = entries(result, "routes")
    assert routes["medium"] == ["checkout-jobs"]
    assert routes["rules"] == [
        {"when": {"owner": "ledger-mail"}, "to": ["ledger-mail"]},
        {"when": {"owner": "settlement-mail"}, "to": ["settlement-mail"]},
        {"when": {"account": "ledger"}, "to": ["ledger-jobs"]},
        {"when": {"account": "settlement"}, "to": ["settlement-jobs"]},
    ]
    assert entries(result, "owners") == {"checkout-mail": {"channels": {"medium": ["checkout-mail"]}}}
    assert not [remark for remark in result.remarks if remark.startswith("routes.")]


@pytest.mark.parametrize(
    ("topics", "severity"),
    [
        (["oncall-low"], "low"),
        (["oncall-critical"], "critical"),
        (["pagerduty-urgent"], "critical"),
        (["oncall"], "high"),
        (["a-low", "b-critical"], "critical"),
    ],
)
def test_a_topic_says_the_severity_before_how_somebody_is_called(topics: list[str], severity: str) -> None:
    actions = [f"arn:aws:sns:us-east-1:{MEMBER}:{topic}" for topic in topics]
    result, _ = imported(stack({"A": alarm(AlarmActions=actions)}))
    (entry,) = entries(result).values()
    assert entry["severity"] == severity


def test_a_route_that_has_no_room_for_all_channels_says_so() -> None:
    rows = {
        f"A{number}": alarm(
            f"q{number}-age",
            Dimensions=[{"Name": "QueueName", "Value": f"q{number}"}],
            AlarmActions=[f"arn:aws:sns:us-east-1:{MEMBER}:alerts-{number:02d}"],
        )
        for number in range(42)
    }
    result, _ = imported(stack(rows))
    assert len(entries(result, "routes")["medium"]) == 40
    (remark,) = [remark for remark in result.remarks if "at most 40" in remark]
    assert "alerts-40, alerts-41" in remark


# --- the whole ----------------------------------------------------------------------------------------------


def test_the_order_of_a_source_does_not_matter() -> None:
    def rows(account: str, name: str, region: str) -> dict[str, Any]:
        own = {
            f"A{number}": alarm(
                f"q{number}", Dimensions=[{"Name": "QueueName", "Value": f"q{number % 3}"}], Threshold=number
            )
            for number in range(6)
        }
        return {**own, "E": of_function("e", "Errors"), "T": of_function("t", "Throttles", Threshold=len(name))}

    stacks = estate(rows)
    expected = written(ImportSource(tuple(stacks)), ImportOptions(packs=PackFiles()))
    for seed in range(3):
        shuffled = random.Random(seed).sample(stacks, len(stacks))
        mixed = [_shuffled(item, seed) for item in shuffled]
        assert written(ImportSource(tuple(mixed)), ImportOptions(packs=PackFiles())) == expected


def _shuffled(item: SourceStack, seed: int) -> SourceStack:
    rows = list(item.deployed.template["Resources"].items())
    random.Random(seed).shuffle(rows)
    changed = {key: {**row, "Properties": dict(reversed(row["Properties"].items()))} for key, row in rows}
    return stack(changed, item.deployed.account, item.deployed.region, item.deployed.account_name)


def test_log_groups_of_a_capture_are_only_read() -> None:
    metric = {"MetricName": "Errors", "MetricNamespace": "Shop", "MetricValue": "1"}
    rows = {
        "L": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/shop", "RetentionInDays": 30}},
        "Other": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/other", "RetentionInDays": 30}},
        "F": {
            "Type": "AWS::Logs::MetricFilter",
            "Properties": {
                "FilterName": "f",
                "LogGroupName": "/shop",
                "FilterPattern": "ERROR",
                "MetricTransformations": [metric],
            },
        },
    }
    result, _ = imported(stack(rows, kind=SourceKind.CAPTURE))
    assert entries(result, "log_groups") == {"shop": {"name": "/shop", "create": False}}
