"""Fleets: entries of services that are about all resources of a type, by packs and by what a query can say."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from generator.evaluate.math.insights import Selection, read_query
from generator.findings import Severity
from generator.model.signals import QuerySignal
from tests.support import ROOT, built, spec

ERROR = Severity.ERROR
# Their metrics are of a day, of one resource or of lines, or expressions only.
WITHOUT = ["account-quotas", "acm", "billing", "cloudtrail", "ecs-cluster", "s3", "service-quota", "ses"]
PACKS = sorted(path.stem for path in (ROOT / "generator/packs").glob("*.yaml"))


def fleet(type_: str, **keys: Any) -> Any:
    """What becomes of an entry without its required parameters."""
    entry = {"type": type_, "fleet": True, **keys}
    return built(spec(yaml.safe_dump({"services": {"all": entry}})))


def queries(made: Any) -> dict[str, Selection]:
    """The queries of the fleet's alarms, by the names in the pack."""
    alarms = [alarm for alarm in made.estates["prod"].alarms if alarm.path[0] == "services"]
    signals = {alarm.path[-1]: alarm.signal for alarm in alarms}
    return {name: read_query(one.query) for name, one in signals.items() if isinstance(one, QuerySignal)}


def test_a_fleet_of_each_type_is_by_its_resources_or_refused() -> None:
    """Alarms on queries that CloudWatch takes, or one error that says why there is none; never one of a check."""
    entries = {name: {"type": name, "fleet": True} for name in PACKS}
    errors = [one for one in built(spec(yaml.safe_dump({"services": entries}))).findings if one.severity is ERROR]
    assert [(one.code, one.path[:2]) for one in errors] == [("R07", ("services", name)) for name in WITHOUT]
    possible = {name: entry for name, entry in entries.items() if name not in WITHOUT}
    made = built(spec(yaml.safe_dump({"services": possible})))
    assert made.artifacts, made.findings
    found = set()
    for alarm in made.estates["prod"].alarms:
        if alarm.path[0] == "services" and isinstance(alarm.signal, QuerySignal):
            found.add(alarm.path[1])
            assert (alarm.contributors, alarm.tuning.missing_data) == (10, "not-breaching")
            selection = read_query(alarm.signal.query)
            assert selection.groups
            assert selection.labels is not None
            assert {*selection.groups} <= selection.labels
            assert selection.is_descending == alarm.tuning.comparison.startswith(">")
    assert found == {*possible}


def test_what_is_named_is_a_condition_and_what_is_not_is_a_group() -> None:
    cpu = queries(fleet("ecs", cluster="shop-{environment}"))["cpu"]
    assert [(condition.label, condition.value) for condition in cpu.conditions] == [("ClusterName", "shop-prod")]
    assert cpu.groups == ("ServiceName",)
    both = queries(fleet("ecs"))["cpu"]
    assert both.groups == ("ClusterName", "ServiceName")


def test_tags_are_conditions() -> None:
    made = fleet("sqs", fleet={"tags": {"team": "o'hara", "cost-center": "a1"}, "most": 3})
    age = queries(made)["age"]
    assert [(condition.label, condition.value) for condition in age.conditions] == [
        ("tag.cost-center", "a1"),
        ("tag.team", "o'hara"),
    ]
    assert {alarm.contributors for alarm in made.estates["prod"].alarms if alarm.path[0] == "services"} == {3}


def test_names_are_excluded() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html"""
    made = fleet("sqs", fleet={"except": ["old-{environment}", "a'b"]})
    (signal,) = {one.signal.query for one in made.estates["prod"].alarms if one.path[-1] == "age"}
    assert "WHERE \"QueueName\" != 'a\\'b' AND \"QueueName\" != 'old-prod' GROUP BY QueueName" in signal
    age = queries(made)["age"]
    assert [(one.label, one.value, one.is_equal) for one in age.conditions] == [
        ("QueueName", "a'b", False),
        ("QueueName", "old-prod", False),
    ]
    both = queries(fleet("ecs", fleet={"except": {"service": ["old"]}}))["cpu"]
    assert [(one.label, one.value) for one in both.conditions] == [("ServiceName", "old")]


@pytest.mark.parametrize(
    ("type_", "excluded", "code", "words"),
    [
        ("ecs", ["old"], "R07", "the resources of this entry differ by cluster, service"),
        ("sqs", {"queu": ["old"]}, "R02", "there is no parameter `queu`"),
        ("sqs", ["old-{account}"], "R07", "a query is the same in every account"),
        ("step-functions", ["old"], "R07", "CloudWatch has `state_machine` in an ARN only"),
        ("sqs", [], "S03", "expected at least one entry"),
    ],
)
def test_what_cannot_be_excluded_is_refused(type_: str, excluded: Any, code: str, words: str) -> None:
    made = fleet(type_, fleet={"except": excluded})
    assert [one.code for one in made.findings if one.message.startswith(words)] == [code], made.findings


def test_what_a_query_cannot_be_is_listed() -> None:
    made = fleet("lambda", alarms={"throttles": False})
    (remark,) = (finding for finding in made.findings if finding.path == ("services", "all", "fleet"))
    assert remark.severity is Severity.INFO
    assert remark.message == "a fleet has no alarm duration (a query has no statistic p99)"
    # With another statistic it is one.
    assert queries(fleet("lambda", alarms={"duration": {"statistic": "Maximum"}}))["duration"].function == "MAX"


def test_an_alarm_of_the_account_stays_one() -> None:
    made = fleet("lambda", account_concurrency=1000)
    assert "account-concurrency" not in queries(made)
    assert any(alarm.path[-1] == "account-concurrency" for alarm in made.estates["prod"].alarms)


def test_a_summary_speaks_of_the_resource() -> None:
    made = fleet("lambda").estates["prod"].alarms
    alarms = {alarm.path[-1]: alarm.summary for alarm in made if alarm.path[0] == "services"}
    assert alarms["errors"] == "Invocations of the function fail"
    assert alarms["concurrency"] == "The function has too many concurrent executions"


def test_a_fleet_of_two_environments_finds_the_resources_of_both() -> None:
    """In accounts that both have, each function that fails would have two tickets and two pages."""
    two = {
        "environments": ["dev", "prod"],
        "access": {"owned_by": "prod"},
        "metric_filters": {"errors": {"metric": {"name": "Errors-{environment}"}}},
    }
    override = {"overrides": [{"where": {"environment": "dev"}, "enabled": False}]}
    for keys, expected in (
        ({"fleet": True}, [("R10", ("services", "all", "fleet"))]),
        ({"fleet": {"tags": {"stage": "{environment}"}}}, []),
        ({"fleet": True, **override}, []),
    ):
        found = built(spec(yaml.safe_dump({**two, "services": {"all": {"type": "lambda", **keys}}}))).findings
        assert [(one.code, one.path) for one in found if one.severity is Severity.WARNING] == expected
