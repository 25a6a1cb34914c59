"""The incident function's role allows what its code calls, and nothing else: compared with the calls of a real run.

Every path that calls AWS is walked against moto's server and the calls are written down; moto has no OpsItems, so
that sink's calls are written down before they are answered.
"""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator
from typing import Any

import pytest

from generator.build import HUB
from generator.drill.vendors import EMAIL, TOKEN, Vendors
from handlers.incident import app
from tests.handlers.test_incident import event
from tests.handlers.world import HUB as ACCOUNT
from tests.handlers.world import NOW, REGION, World, moto, world
from tests.support import built, spec

CHANNELS = """
channels:
  tickets: {type: jira, url: "https://jira.example.com", project: OPS, secret: shop/jira, resolve_on_ok: true}
  items: {type: opsitem}
routes: {critical: [mail, tickets, items]}
alarms: {errors: {severity: critical}}
"""
# Lambda itself calls these for the function: for its log, and to poll the queue.
BY_LAMBDA = {
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
}
# What a role is passed along with: the documentation of CreateSchedule asks for it.
IMPLIED = {"scheduler:CreateSchedule": {"iam:PassRole"}}


@pytest.fixture(scope="module")
def place() -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch, moto() as endpoint, Vendors() as vendors:
        patch.setattr(app, "read_routing", None)
        patch.setattr(app, "_now", lambda: NOW)
        made = world(endpoint, CHANNELS, {"shop/jira": {"email": EMAIL, "token": TOKEN}}, patch.setenv)
        made.routing.data["channels"]["tickets"] |= {"url": vendors.url, "api": "cloud"}
        walk(made)
        yield made


def walk(place: World) -> None:
    """Everything the function can come to do."""
    place.deliver(event())
    place.deliver(event("OK", "10:05:00", "ALARM", "10:00:00"))
    place.deliver(event(at="12:00:00", since="10:05:00"), receives=3)
    place.deliver("not json")
    mute = {"mutedByArn": "arn:…:alarm-mute-rule:night", "muteWindowEnd": "2099-11-20T11:00:00.000+0000"}
    place.deliver(event(at="14:00:00", since="12:30:00", account="333333333333", detail={"muteDetail": mute}))


def statements() -> list[dict[str, Any]]:
    template = built(spec(f'hub: {{account: "{ACCOUNT}"}}\n{CHANNELS}')).templates["prod"][HUB]
    policy = template["Resources"]["IncidentRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    found: list[dict[str, Any]] = policy["Statement"]
    return found


def actions(statement: dict[str, Any]) -> set[str]:
    return set(statement["Action"])


def called(place: World) -> set[str]:
    """IAM's names of the calls; here they are service and operation."""
    made = {f"{service}:{operation}" for service, operation, _ in place.calls}
    return made | {more for action in made for more in IMPLIED.get(action, ())}


def test_everything_that_is_called_is_allowed(place: World) -> None:
    allowed = set().union(*(actions(statement) for statement in statements()))
    assert called(place) <= allowed


def test_everything_that_is_allowed_is_called(place: World) -> None:
    allowed = set().union(*(actions(statement) for statement in statements()))
    assert allowed - BY_LAMBDA == called(place) | {"ssm:UpdateOpsItem"}


def test_it_is_allowed_on_what_it_is_called_for(place: World) -> None:
    """Each call's own resource is one that the statement of its action names."""
    names = {
        "sqs": lambda asked: f"queue/{asked['QueueUrl'].rpartition('/')[2]}",
        "dynamodb": lambda asked: f"table/{asked['TableName']}",
        "secretsmanager": lambda asked: f"secret:{asked['SecretId']}-AbCdEf",
        "sns": lambda asked: asked["TopicArn"].rpartition(":")[2],
        "scheduler": lambda asked: f"schedule/{asked['GroupName']}/{asked['Name']}",
        "logs": lambda asked: f"{asked['logGroupIdentifier'].partition('log-group:')[2]}:log-stream:",
        "ssm": lambda _asked: "*",
    }
    for service, operation, asked in place.calls:
        patterns = [
            pattern
            for statement in statements()
            if f"{service}:{operation}" in actions(statement)
            for pattern in map(resource, statement["Resource"])
        ]
        target = names[service](asked)
        assert any(fnmatch.fnmatchcase(target, pattern) for pattern in patterns), (service, operation, target, patterns)


def resource(value: Any) -> str:
    """The last part of the ARN that a statement names."""
    ours = {
        "IncidentQueue": "queue/incident-queue-prod",
        "IncidentDeadLetters": "queue/incident-dead-letters-prod",
        "IncidentTable": "table/incident-episodes-prod",
        "Topic": "monitoring-alerts-prod",
    }
    if isinstance(value, dict) and "Fn::Sub" in value:
        return str(value["Fn::Sub"].partition("${AWS::AccountId}:")[2])
    if isinstance(value, dict):
        logical = value.get("Ref") or value["Fn::GetAtt"][0]
        return ours.get(logical, logical)
    return str(value).rpartition("log-group:")[2] if "log-group:" in str(value) else str(value)


def test_the_run_was_a_whole_one(place: World) -> None:
    assert REGION in json.dumps([asked for _, _, asked in place.calls])
    assert {service for service, _, _ in place.calls} == {
        "dynamodb",
        "logs",
        "scheduler",
        "secretsmanager",
        "sns",
        "sqs",
        "ssm",
    }
