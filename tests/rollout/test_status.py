"""How things stand, and what the hub gives."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import boto3

from handlers.incident.events import Key
from handlers.incident.state import items
from handlers.incident.state.dynamo import DynamoTable
from handlers.incident.state.records import Delivery, Incident, Kind, Rank, Status
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
    assert "Hub, observability-hub-prod: not found" in said.out
    assert "Members, observability-members-prod: not found" in said.out


def test_all_is_well(team: Team) -> None:
    deployed(team)
    said = team.typed("status")
    assert said.code == 0, said.out + said.err
    assert said.out.splitlines()[0].endswith("healthy")
    assert "Members, observability-members-prod: 3 stacks, 3 CURRENT" in said.out
    assert "incident-dead-letters-prod: 0 messages" in said.out
    assert "delivery-wake-ups-prod: 0 messages" in said.out


def test_what_is_muted_is_listed_and_is_no_fault(team: Team) -> None:
    deployed(team)
    muted = team.run("mute", "errors", "--for", "2h", "--reason", "load test", "--by", "Ana")
    assert muted.code == 0, muted.err
    said = team.run("status")
    assert said.code == 0, said.out
    assert ": 1 alarm in every account until " in said.out
    assert ", by Ana" in said.out
    (mute,) = json.loads(team.run("status", "--json").out)["mutes"]
    assert (mute["reason"], mute["alarms"]) == ("load test", ["errors-alarm-prod"])


def test_alarms_are_counted_by_account_and_those_that_fire_are_named(team: Team) -> None:
    deployed(team)
    cloudwatch = team.client("cloudwatch")
    name = "settlement-lag-alarm-prod"
    cloudwatch.put_metric_alarm(
        AlarmName=name, ComparisonOperator="GreaterThanThreshold", EvaluationPeriods=1, Threshold=1.0
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="x")
    data = json.loads(team.run("status", "--json").out)
    assert data["alarms"]["hub"]["ALARM"] == [name]
    assert data["alarms"]["alpha"] == {"OK": ["errors-alarm-prod"]}
    assert set(data["alarms"]) == {"hub", "alpha", "beta", "gamma"}


def member(team: Team, name: str, region: str = "us-east-1") -> Any:
    """A client of a member's CloudWatch."""
    given = team.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{team.accounts[name]}:role/x", RoleSessionName="test"
    )["Credentials"]
    return boto3.client(
        "cloudwatch",
        endpoint_url=team.target,
        region_name=region,
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )


TWO = """
regions: [us-east-1, eu-west-1]
alarms:
  slow: {metric: {namespace: Shop, name: Slow}, statistic: Sum, threshold: "> 1"}
  far: {in: hub, over: each-account, metric: {filter: errors}, statistic: Sum, threshold: "> 9"}
  errors: {overrides: [{where: {account: gamma}, enabled: false}]}
composites: {both: {rule: errors and slow, severity: high}}
"""


def test_an_alarm_that_is_not_there_is_said_in_whatever_account(team: Team) -> None:
    deployed(team, TWO)
    assert team.run("status").out.splitlines()[0].endswith("healthy")
    member(team, "beta", "eu-west-1").delete_alarms(AlarmNames=["both-alarm-prod", "slow-alarm-prod"])
    team.client("cloudwatch").delete_alarms(AlarmNames=["far-alpha-alarm-prod"])
    said = team.run("status")
    assert said.code == 1
    assert "  Missing: 2 alarms of beta eu-west-1, both-alarm-prod, slow-alarm-prod\n" in said.out
    assert "  Missing: 1 alarm of hub, far-alpha-alarm-prod\n" in said.out
    assert "gamma us" not in said.out
    assert json.loads(team.run("status", "--json").out)["absent"]["hub"] == ["far-alpha-alarm-prod"]


def test_what_stands_is_older_than_out(team: Team) -> None:
    deployed(team)
    team.write("alarms: {errors: {threshold: '> 9'}}")
    said = team.run("status")
    assert said.code == 1
    assert "  Outdated: the template of observability-members-prod is not the one in out/; `obsgen deploy`" in said.out


def test_a_stack_that_is_not_there(team: Team) -> None:
    deployed(team)
    team.client("cloudformation").delete_stack_instances(
        StackSetName="observability-members-prod",
        DeploymentTargets={"Accounts": [team.accounts["beta"]]},
        Regions=["us-east-1"],
        RetainStacks=False,
    )
    said = team.run("status")
    assert said.code == 1
    assert (
        f"  Missing: the stack of beta ({team.accounts['beta']}) in us-east-1; `obsgen deploy` creates it" in said.out
    )


def test_alarms_on_every_page_are_seen(team: Team) -> None:
    deployed(team)
    cloudwatch = member(team, "alpha")
    for number in range(120):
        cloudwatch.put_metric_alarm(
            AlarmName=f"a{number:03d}-alarm-prod",
            ComparisonOperator="GreaterThanThreshold",
            EvaluationPeriods=1,
            Threshold=1.0,
        )
    assert "alpha: 121 OK" in team.run("status").out


def test_where_something_was_not_seen_not_all_is_well(team: Team) -> None:
    deployed(team, "access: {monitoring_role: false}")
    said = team.run("status")
    assert said.code == 0
    assert said.out.splitlines()[0].endswith("healthy, as far as available")


def test_dead_letters_are_somebodys_business(team: Team) -> None:
    deployed(team)
    sqs = team.client("sqs")
    url = sqs.get_queue_url(QueueName="incident-dead-letters-prod")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="{}")
    said = team.run("status")
    assert said.code == 1
    assert "incident-dead-letters-prod: 1 message; `obsgen redrive` lists them" in said.out


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
    assert "Not confirmed: ops@example.com has not confirmed its SNS subscription" in said.out


def owed_to_mail(team: Team, id_: str, at: int, **delivery: Any) -> None:
    """An open incident, and what the channel `mail` is owed of it, as the functions write them."""
    key = Key(team.accounts["beta"], "us-east-1", f"{id_}-alarm-prod")
    incident = Incident(id_, key, Kind.ALONE, "high", at, "ALARM", at, at, recipients=("mail",))
    row = Delivery(id_, "mail", desired=1, **delivery)
    rank = Rank.HIGH if row.status is Status.OWED else None
    for item in (items.incident_item(incident, 1, at), items.delivery_item(row, 1, rank, incident, at)):
        team.client("dynamodb").put_item(TableName="incident-episodes-prod", Item=item)


def test_incidents_and_what_is_owed(team: Team) -> None:
    deployed(team)
    assert "Incidents: 0 open" in team.run("status").out
    owed_to_mail(team, "old", 1_780_000_000_000)
    owed_to_mail(team, "errors", 1_790_000_000_000)
    said = team.run("status")
    assert "Incidents: 2 open, the newest errors-alarm-prod in beta, 2026-09-21T14:13:20Z\n" in said.out
    assert "    owed: 2 to mail\n    `obsgen incidents` shows details\n" in said.out
    assert said.code == 0
    owed_to_mail(team, "lost", 1_770_000_000_000, status=Status.GIVEN_UP)
    said = team.run("status")
    assert said.code == 1
    assert "given up or refused: 1; `obsgen redrive` lists them" in said.out


def test_a_channel_that_does_not_answer(team: Team) -> None:
    deployed(team)
    table = DynamoTable(team.client("dynamodb"), "incident-episodes-prod")
    state = table.take_lease("mail", 1, 2)
    assert state
    table.save_channel(replace(state, down_since=1_790_000_000_000, reason="SNS failed (503)"), 1, release=True)
    said = team.run("status")
    assert said.code == 1
    assert "    mail has not responded since 2026-09-21T14:13:20Z: SNS failed (503)\n" in said.out
    assert json.loads(team.run("status", "--json").out)["incidents"]["down"][0]["name"] == "mail"


def test_what_has_to_be_on_for_anything_to_be_sent(team: Team) -> None:
    deployed(team)
    schedules, functions = team.client("scheduler"), team.client("lambda")
    named = {"Name": "notifier-schedule-prod", "GroupName": "incident-schedules-prod"}
    there = schedules.get_schedule(**named)
    kept = {key: there[key] for key in ("FlexibleTimeWindow", "ScheduleExpression", "Target")}
    schedules.update_schedule(**named, **kept, State="DISABLED")
    for one in functions.list_event_source_mappings(FunctionName="incident-notifier-prod")["EventSourceMappings"]:
        functions.delete_event_source_mapping(UUID=one["UUID"])
    said = team.run("status")
    assert said.code == 1
    assert "  Stopped: the schedule notifier-schedule-prod is DISABLED\n" in said.out
    assert "  Stopped: incident-notifier-prod receives nothing from its queue (mapping: none)\n" in said.out
    assert "jira-ticket-creator-prod receives" not in said.out
    schedules.delete_schedule(**named)
    assert "the schedule notifier-schedule-prod is missing" in team.run("status").out


def test_a_notifier_that_gives_no_sign_of_life(team: Team) -> None:
    deployed(team)
    name, cloudwatch = "path-watch-notifier-silent-prod", team.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=name, ComparisonOperator="LessThanThreshold", EvaluationPeriods=3, Threshold=1.0
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="x")
    said = team.run("status")
    assert said.code == 1
    assert "  Silent: the notifier has not processed pending notifications for minutes" in said.out


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
    team.front.faults = [Fault("AssumeRole|^Query$", refusal("AccessDenied", "no", 403))]
    said = team.run("status")
    assert said.code == 0, said.out
    assert "Unavailable: alarms of alpha, alarms of beta, alarms of gamma (AssumeRole: AccessDenied)" in said.out
    assert "Unavailable: incidents, mutes (" in said.out
    assert "incident-queue-prod: 0 messages" in said.out


def test_outputs_as_table_as_data_and_one_alone(team: Team) -> None:
    assert team.run("outputs").code == 1
    deployed(team)
    table = team.run("outputs")
    assert "TopicArn: Topic for e-mail notifications\n" in table.out
    values = json.loads(team.run("outputs", "--json").out)
    assert team.run("outputs", "TopicArn").out == values["TopicArn"] + "\n"
    wrong = team.run("outputs", "TopicArm")
    assert (wrong.code, "did you mean `TopicArn`?" in wrong.err) == (2, True)


def test_outputs_of_the_members(team: Team) -> None:
    deployed(team)
    table = team.run("outputs", "--members")
    assert (table.code, table.err) == (0, "")
    role = f"arn:aws:iam::{team.accounts['beta']}:role/MonitoringRole-{team.accounts['beta']}"
    assert f"beta us-east-1 MonitoringRoleArn: {role}\n" in table.out
    one = json.loads(team.run("outputs", "--members", "MonitoringRoleArn", "--json").out)
    assert one["beta"] == {"us-east-1": {"MonitoringRoleArn": role}}
    assert set(one) == set(team.accounts)
    team.front.faults = [Fault("AssumeRole|^Query$", refusal("AccessDenied", "no", 403))]
    said = team.run("outputs", "--members")
    assert (said.code, "unavailable: beta us-east-1 (AssumeRole: AccessDenied)\n" in said.err) == (1, True)
