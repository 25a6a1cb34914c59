"""Texts with their place in them: filled in as CloudFormation does, in accounts that the file names and in others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from generator.build import Built
from generator.cli.main import group
from generator.evaluate.template.template import Contents, read
from generator.evaluate.types import Deployed
from generator.render.routing import routing_json
from handlers.incident.events import Key
from handlers.incident.routing import Routing
from tests.support import built, spec

ALPHA, BETA, GAMMA, LATER = "222222222222", "333333333333", "444444444444", "999999999999"
UNITS = "organizational_units: [ou-abcd-12345678]\n"
AGE = "metric: {{namespace: AWS/SQS, name: ApproximateAgeOfOldestMessage, dimensions: {{QueueName: '{queue}'}}}}"
REST = 'statistic: Maximum, threshold: "> 600"'


def contents(made: Built, account: str, region: str = "us-east-1") -> Contents:
    assert made.artifacts, made.findings
    return read(Deployed(made.templates["prod"]["member.template.yaml"], account, region, "", ()))


def queue(made: Built, account: str, region: str = "us-east-1") -> str:
    """The queue that the alarm of an account looks at; empty where it has none."""
    for one in contents(made, account, region).metric_alarms:
        if one.alarm.name == "age-alarm-prod":
            (entry,) = one.entries
            assert entry.stat
            return dict(entry.stat.metric.dimensions)["QueueName"]
    return ""


def dimensions(made: Built) -> list[dict[str, Any]]:
    resources = made.templates["prod"]["member.template.yaml"]["Resources"]
    return list(resources["AlarmAge"]["Properties"]["Dimensions"])


def age(queue_name: str, rest: str = "") -> str:
    return f"alarms: {{age: {{{rest}{AGE.format(queue=queue_name)}, {REST}}}}}"


def test_an_account_is_called_as_the_file_calls_it_and_others_by_their_ids() -> None:
    made = built(spec(f"{UNITS}regions: [us-east-1, eu-west-1]\n{age('jobs-{account}-{region}-{environment}')}"))
    assert made.findings == []
    assert queue(made, ALPHA) == "jobs-alpha-us-east-1-prod"
    assert queue(made, GAMMA, "eu-west-1") == "jobs-gamma-eu-west-1-prod"
    assert queue(made, LATER) == f"jobs-{LATER}-us-east-1-prod"
    # People read what the file says.
    assert "QueueName = jobs-{account}-{region}-prod" in made.artifacts["prod/catalogue.md"].decode()
    # It is nothing that accounts differ in: they are one operation of the stack set.
    (stack_set,) = yaml.safe_load(made.artifacts["prod/manifest.yaml"])["stack_sets"]
    assert [one["parameters"] for one in stack_set["groups"]] == [{}]


def test_accounts_with_one_value_of_a_label_are_together() -> None:
    change = "accounts: {gamma: {labels: {tier: standard}}}\n"
    made = built(spec(change + age("jobs-{label.tier}")))
    assert [queue(made, one) for one in (ALPHA, BETA, GAMMA)] == ["jobs-critical", "jobs-standard", "jobs-standard"]
    (dimension,) = dimensions(made)
    assert dimension["Value"] == {
        "Fn::Sub": ["jobs-${LabelTier}", {"LabelTier": {"Fn::If": [f"IsInAccount{ALPHA}", "critical", "standard"]}}]
    }


@pytest.mark.parametrize("joining", ["", UNITS])
def test_only_who_joins_later_is_called_by_its_id(joining: str) -> None:
    """cfn-lint warns (W1028) of an id that the condition of the alarm leaves nobody to be called by."""
    made = built(spec(joining + age("jobs-{account}", "accounts: [alpha, beta], ")))
    assert made.findings == []
    assert [queue(made, one) for one in (ALPHA, BETA, GAMMA, LATER)] == ["jobs-alpha", "jobs-beta", "", ""]
    assert "AWS::AccountId" not in json.dumps(dimensions(made))


def test_labels_that_look_alike_are_told_apart() -> None:
    labels = "accounts: {alpha: {labels: {a-1: x, a1: y}}}\n"
    made = built(spec(labels + age("{label.a-1}-{label.a1}", "accounts: [alpha], ")))
    assert queue(made, ALPHA) == "x-y"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (age("jobs-{label.tier}"), "`gamma` has no label tier for this placeholder"),
        (
            UNITS + age("jobs-{label.tier}", "accounts: {except: [gamma]}, "),
            "an account that joins a unit later has no",
        ),
        (age("jobs-{label.tier}", "in: hub, "), "`gamma` has no label tier for this placeholder"),
    ],
)
def test_a_label_that_an_account_does_not_have_is_told(change: str, message: str) -> None:
    (finding,) = built(spec(change)).findings
    path = ("alarms", "age", "metric", "dimensions", "QueueName")
    assert (finding.code, finding.path, finding.message[: len(message)]) == ("R07", path, message)


@pytest.mark.parametrize(
    "rest",
    [
        "labels: {tier: [critical, standard]}, ",
        "overrides: [{where: {account: gamma}, enabled: false}], ",
        "in: hub, accounts: [alpha, beta], ",
    ],
)
def test_who_does_not_have_the_alarm_needs_no_label(rest: str) -> None:
    made = built(spec(age("jobs-{label.tier}", rest)))
    assert made.findings == []


@pytest.mark.parametrize(("accounts", "wanting"), [(("alpha", "hub"), "hub"), (("beta", "gamma"), "gamma")])
def test_of_a_metric_with_an_account_the_label_is_that_of_its_account(accounts: tuple[str, str], wanting: str) -> None:
    metric = "namespace: Shop, name: Age, statistic: Maximum, dimensions: {{Queue: 'jobs-{{label.tier}}'}}, account: {}"
    metrics = ", ".join(f"{id_}: {{{metric.format(name)}}}" for id_, name in zip("ab", accounts, strict=True))
    made = built(spec(f"alarms: {{age: {{in: hub, expression: a - b, metrics: {{{metrics}}}, threshold: '> 1'}}}}"))
    (finding,) = [finding for finding in made.findings if finding.severity == "error"]
    assert finding.path == ("alarms", "age", "metrics", "b", "dimensions", "Queue")
    assert finding.message.startswith(f"`{wanting}` has no label tier")


def test_the_hub_fills_in_what_it_knows_of_each_member() -> None:
    made = built(spec(age("jobs-{account}-{label.tier}", "in: hub, accounts: [alpha, beta], ")))
    hub = json.dumps(made.templates["prod"]["hub.template.yaml"]["Resources"])
    assert "jobs-alpha-critical" in hub
    assert "jobs-beta-standard" in hub


LOGS = """
log_groups:
  work: {name: "/ecs/{account}/{label.tier}/{region}", create: false, labels: {tier: [critical, standard]}}
metric_filters:
  work: {log_group: work, pattern: '"[ERROR]"', metric: {name: Work, namespace: L, default: 0}}
alarms:
  work: {metric: {filter: work}, statistic: Sum, threshold: "> 0"}
"""


def test_a_log_group_has_another_name_in_each_account() -> None:
    change = """
contributor_insights: {work: {log_group: work, format: json, keys: [$.a]}}
incidents: {evidence: true}
dashboards: {look: {widgets: [{type: logs, title: Work, log_group: work, query: stats count(*) by bin(5m)}]}}
"""
    made = built(spec(LOGS + change))
    assert [one for one in made.findings if one.severity.value == "error"] == []
    (work,) = [one for one in contents(made, BETA, "eu-west-1").filters if one.logical_id == "FilterWork"]
    assert work.log_group == "/ecs/beta/standard/eu-west-1"
    hub = json.dumps(made.templates["prod"]["hub.template.yaml"])
    for account, name in ((ALPHA, "/ecs/alpha/critical/us-east-1"), (BETA, "/ecs/beta/standard/us-east-1")):
        assert f"arn:aws:logs:us-east-1:{account}:log-group:{name}" in hub
    assert "Label" not in hub
    # A ticket quotes the lines of the account that it is of.
    routing = Routing(json.loads(routing_json(made.estates["prod"])))
    query = routing.log_query(Key(BETA, "us-east-1", "work-alarm-prod"))
    assert query
    assert query.log_group == "/ecs/beta/standard/us-east-1"


def test_what_is_made_of_a_log_group_has_its_name() -> None:
    change = """
log_groups:
  work: {name: "/ecs/{account}", encryption: customer-key, archive: {retain: 365d}}
alarms: {lines: {logs: {log_groups: [work]}, threshold: "> 3", period: 5m}}
"""
    made = built(spec(change))
    assert [one for one in made.findings if one.severity.value == "error"] == []
    template = made.templates["prod"]["member.template.yaml"]
    by_account = {
        "Account": template["Resources"]["LogGroupWork"]["Properties"]["LogGroupName"]["Fn::Sub"][1]["Account"]
    }
    for prefix in ("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/ecs/${Account}",):
        for kind in ("LogsKey", "LogAlarmRole"):
            assert json.dumps({"Fn::Sub": [prefix, by_account]}) in json.dumps(template["Resources"][kind])
    assert "${AWS::AccountId}/ecs/${Account}/" in json.dumps(template["Resources"]["ArchiveStreamWork"])


def test_a_name_that_would_change_is_refused_of_a_log_group_that_is_made() -> None:
    """Named in the file, an account that joined would get another log group, and lose the lines of the first."""
    (finding,) = built(spec(f'{UNITS}log_groups: {{work: {{name: "/ecs/{{account}}"}}}}')).findings
    assert (finding.code, finding.path) == ("R07", ("log_groups", "work", "name"))
    for harmless in ("create: false", "accounts: [alpha]"):
        made = built(spec(f'{UNITS}log_groups: {{work: {{name: "/ecs/{{account}}", {harmless}}}}}'))
        assert {one.code for one in made.findings} <= {"R12"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ('log_groups: {one: {name: "/ecs/{account}"}, two: {name: /ecs/alpha}}', "R11"),
        (
            'accounts: {alpha: {labels: {tier: "a b"}}}\nlog_groups: {one: {name: "/{label.tier}", accounts: [alpha]}}',
            "R05",
        ),
        ('log_groups: {one: {name: "/{label.tiers}"}}', "R01"),
        ('log_groups: {one: {name: "/{account}", in: hub}}', "R01"),
        ('alarms: {errors: {metric: {namespace: "{label.tier}", name: X, filter: null}}}', "R01"),
    ],
)
def test_what_cannot_be_filled_in_is_told(change: str, code: str) -> None:
    assert code in {finding.code for finding in built(spec(change)).findings}


PLAYS = """
version: 1
tests:
  - name: nothing happens on the first day
    interval: 1m
    given:
      - {log_group: work, account: [alpha, beta], lines: [{at: 1m, text: "[INFO] up", every: 1m, times: 20}]}
    expect: [{incidents: 0, pages: 0, messages: 0}]
  - name: a line of one account raises the alarm of that account
    interval: 1m
    given:
      - {log_group: work, account: beta, lines: [{at: 2m, text: "[ERROR] down"}]}
      - metric: {namespace: AWS/SQS, name: ApproximateAgeOfOldestMessage, dimensions: {QueueName: "jobs-{account}"}}
        account: [alpha, new-account]
        series: 900 900 900 900 900
    expect:
      - {alarm: work, account: beta, at: 4m, state: ALARM}
      - {alarm: age, account: alpha, at: 5m, state: ALARM}
      - {alarm: age, account: new-account, at: 5m, state: ALARM}
"""


def test_plays_know_the_names_of_each_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change = (
        UNITS + "defaults: {alarms: {warm_up: 1h}}" + LOGS + f"  age: {{{AGE.format(queue='jobs-{account}')}, {REST}}}"
    )
    (tmp_path / "observability.yaml").write_text(spec(change), encoding="utf-8")
    (tmp_path / "tests.yaml").write_text(PLAYS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(group, ["test"])
    assert (result.exit_code, result.stdout) == (0, "2 passed\n"), result.output


def test_a_service_of_each_account_has_its_name() -> None:
    change = """
services:
  jobs: {type: sqs, queue: "{account}-jobs"}
  pay: {type: lambda, function: "pay-{label.tier}", labels: {tier: [critical, standard]}}
"""
    made = built(spec(change))
    assert made.findings == []
    found = {
        one.alarm.name: dict(entry.stat.metric.dimensions)
        for one in contents(made, BETA).metric_alarms
        for entry in one.entries
        if entry.stat
    }
    assert found["jobs-depth-alarm-prod"] == {"QueueName": "beta-jobs"}
    assert found["pay-throttles-alarm-prod"] == {"FunctionName": "pay-standard"}
    # A description is the same text in every account.
    summaries = {alarm.key: alarm.summary for alarm in made.estates["prod"].alarms}
    assert summaries["jobs-depth"] == "Too many messages wait in jobs"
    assert summaries["pay-throttles"] == "Calls of pay are refused for lack of concurrency"
    # What a pack wants of a value, each account's has to be.
    (wrong,) = built(spec('services: {jobs: {type: sqs, queue: "{account} jobs"}}')).findings
    assert (wrong.code, wrong.path) == ("S03", ("services", "jobs", "queue"))


def test_what_a_pack_calls_units_is_no_unit() -> None:
    change = """
accounts: {alpha: {unit: ou-abcd-12345678}, beta: {unit: ou-abcd-87654321}, gamma: {unit: ou-abcd-87654321}}
services:
  sessions: {type: elasticache-serverless, cache: sessions, units: 10000}
  jobs: {type: sqs, queue: jobs, units: [ou-abcd-12345678]}
"""
    made = built(spec(change))
    assert made.findings == []
    names = {account: {one.alarm.name for one in contents(made, account).metric_alarms} for account in (ALPHA, BETA)}
    assert "sessions-processing-alarm-prod" in names[ALPHA] & names[BETA]
    assert "jobs-depth-alarm-prod" in names[ALPHA] - names[BETA]


def test_braces_of_a_path_are_written_twice_wherever_placeholders_are() -> None:
    """API Gateway has the path of a resource as a value of a dimension, with its parameters in braces."""
    dimensions = '{ApiName: "{{project}}", Resource: "/{environment}/{{id}}/{proxy+}", Method: GET, Stage: v1}'
    metric = f"{{namespace: AWS/ApiGateway, name: Count, dimensions: {dimensions}}}"
    made = built(spec(f"alarms: {{orders: {{metric: {metric}, statistic: Sum, threshold: '> 5'}}}}"))
    assert made.findings == []
    resource = made.templates["prod"]["member.template.yaml"]["Resources"]["AlarmOrders"]
    assert {one["Name"]: one["Value"] for one in resource["Properties"]["Dimensions"]} == {
        "ApiName": "{project}",
        "Resource": "/prod/{id}/{proxy+}",
        "Method": "GET",
        "Stage": "v1",
    }


def test_a_pack_has_the_same_escape() -> None:
    pack = b"""\
title: An API
source: https://example.com
parameters: {api: {what: the name of an API, example: shop}}
alarms:
  errors:
    metric: {namespace: Own/Api, name: Errors, dimensions: {Api: "{api}", Path: "/{{id}}/{{api}}"}}
    statistic: Sum
    threshold: "> 5"
    period: 1m
    datapoints: 3 of 3
    missing_data: {as: not-breaching, because: nothing is sent without calls}
    severity: high
    summary: Calls of {api} fail
    why: Calls that fail are orders that are lost.
    source: https://example.com
"""
    text = spec('services: {shop: {type: own, api: "a-{{b}}"}}')
    made = built(text, packs={"packs/own.yaml": pack})
    assert [finding for finding in made.findings if finding.code != "T46"] == []
    resource = made.templates["prod"]["member.template.yaml"]["Resources"]["AlarmShopErrors"]
    values = {one["Name"]: one["Value"] for one in resource["Properties"]["Dimensions"]}
    assert values == {"Api": "a-{b}", "Path": "/{id}/{api}"}
