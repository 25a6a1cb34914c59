"""How things stand, and what the hub gives."""

from __future__ import annotations

import json

from tests.rollout.front import QUERY, Fault, refusal
from tests.rollout.team import HUB, Team


def deployed(team: Team, change: str = "") -> None:
    """Everything there, and its mail confirmed."""
    team.write(change)
    done = team.run("deploy", "--yes")
    assert done.code == 0, done.err
    topic = f"arn:aws:sns:us-east-1:{HUB}:monitoring-alerts-prod"
    for one in team.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]:
        team.client("sns").unsubscribe(SubscriptionArn=one["SubscriptionArn"])


def test_where_nothing_is_deployed_it_says_so(team: Team) -> None:
    said = team.run("status")
    assert said.code == 1
    assert "Hub, observability-hub-prod: is not there" in said.out
    assert "Members, observability-members-prod: is not there" in said.out


def test_all_is_well(team: Team) -> None:
    deployed(team)
    said = team.typed("status")
    assert said.code == 0, said.out + said.err
    assert said.out.splitlines()[0].endswith("all is well")
    assert "Members, observability-members-prod: 3 stacks, 3 CURRENT" in said.out
    assert "incident-dead-letters-prod: 0 messages" in said.out


def test_alarms_are_counted_by_account_and_those_that_fire_are_named(team: Team) -> None:
    deployed(team)
    cloudwatch = team.client("cloudwatch")
    name = "settlement-lag-alarm-prod"
    cloudwatch.put_metric_alarm(
        AlarmName=name, ComparisonOperator="GreaterThanThreshold", EvaluationPeriods=1, Threshold=1.0
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="x")
    data = json.loads(team.run("status", "--json").out)
    assert data["alarms"]["hub"] == {"ALARM": [name]}
    assert set(data["alarms"]) == {"hub", "alpha", "beta", "gamma"}


def test_dead_letters_are_somebodys_business(team: Team) -> None:
    deployed(team)
    sqs = team.client("sqs")
    url = sqs.get_queue_url(QueueName="incident-dead-letters-prod")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="{}")
    said = team.run("status")
    assert said.code == 1
    assert "incident-dead-letters-prod: 1 message; `obsgen redrive` shows them" in said.out


def test_mail_that_nobody_confirmed(team: Team) -> None:
    deployed(team)
    team.front.answers["ListSubscriptionsByTopic"] = (
        200,
        QUERY.format(
            "ListSubscriptionsByTopic",
            "<Subscriptions><member><SubscriptionArn>PendingConfirmation</SubscriptionArn>"
            "<Endpoint>ops@example.com</Endpoint></member></Subscriptions>",
        ),
    )
    said = team.run("status")
    assert said.code == 1
    assert "Not confirmed: ops@example.com gets no mail" in said.out


def test_the_last_incident(team: Team) -> None:
    deployed(team)
    table = team.client("dynamodb")
    for name, at, state in (
        ("errors-alarm-prod", 1_790_000_000_000, "ALARM"),
        ("old-alarm-prod", 1_780_000_000_000, "OK"),
    ):
        points = [{"at": at, "state": "ALARM"}, *([{"at": at + 1, "state": "OK"}] if state == "OK" else [])]
        history = {"points": points, "episodes": [{"id": "e", "at": at, "severity": "high", "told": {}}]}
        key = f"ALARM#{team.accounts['beta']}#us-east-1#{name}"
        item = {"pk": {"S": key}, "sk": {"S": "EPISODES"}, "history": {"S": json.dumps(history)}}
        table.put_item(TableName="incident-episodes-prod", Item=item)
    assert "Last incident: errors-alarm-prod in beta, 2026-09-21T14:13:20Z, still open" in team.run("status").out


def test_instances_that_are_behind_are_named(team: Team) -> None:
    deployed(team)
    team.front.faults = [
        Fault("ListStackInstances", change=lambda text: text.replace("CURRENT", "OUTDATED", 1)),
    ]
    said = team.run("status")
    assert said.code == 1
    assert " us-east-1 is OUTDATED: SUCCEEDED" in said.out


def test_what_may_not_be_seen_hides_nothing_else(team: Team) -> None:
    deployed(team)
    team.front.faults = [Fault("AssumeRole|^Scan", refusal("AccessDenied", "no", 403))]
    said = team.run("status")
    assert said.code == 0, said.out
    assert "Not seen: alarms of alpha, alarms of beta, alarms of gamma (AccessDenied of AssumeRole)" in said.out
    assert "incident-queue-prod: 0 messages" in said.out


def test_outputs_as_table_as_data_and_one_alone(team: Team) -> None:
    assert team.run("outputs").code == 1
    deployed(team)
    table = team.run("outputs")
    assert "TopicArn: Topic that e-mail goes through\n" in table.out
    values = json.loads(team.run("outputs", "--json").out)
    assert team.run("outputs", "TopicArn").out == values["TopicArn"] + "\n"
    wrong = team.run("outputs", "TopicArm")
    assert (wrong.code, "Did you mean `TopicArn`?" in wrong.err) == (2, True)
