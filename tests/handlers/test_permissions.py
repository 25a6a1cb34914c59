"""Each function's role allows what its code calls, and nothing else: compared with the calls of a real run.

Every path that calls AWS is walked against moto's server and the calls are written down, for each function apart; moto
has no OpsItems, so those calls are answered here.
"""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from generator.build import HUB_TEMPLATE
from generator.drill.vendors.jira import EMAIL, TOKEN
from generator.drill.vendors.pagerduty import ROUTING_KEY
from generator.drill.vendors.slack import BOT_TOKEN
from generator.drill.vendors.webhook import SIGNING_KEY
from handlers.common import aws
from handlers.incident import notifier
from handlers.incident.state.dynamo import DynamoTable
from tests.handlers.test_incident import event
from tests.handlers.world import HUB as ACCOUNT
from tests.handlers.world import REGION, World, moto, renew, stop_clock, world
from tests.support import built, spec
from tests.vendors import Vendors

CHANNELS = """
channels:
  tickets: {type: jira, url: "https://jira.example.com", project: OPS, secret: shop/jira, resolve_on_ok: true}
  items: {type: opsitem}
  pager: {type: pagerduty, secret: shop/pager}
  chat: {type: slack, channel: "#ops", secret: shop/slack, digest: {above: 2/1m}}
  hook: {type: webhook, url: "https://hook.example.com/in", secret: shop/hook}
  phone: {type: sms, phone_number: "+442079460000"}
  topic: {type: sns, topic: "arn:aws:sns:us-east-1:123456789012:incidents"}
  bus: {type: event_bus, bus: "arn:aws:events:us-east-1:123456789012:event-bus/incidents"}
routes: {critical: [mail, tickets, items, pager, chat, hook, phone, topic, bus], high: [mail, chat]}
alarms: {errors: {severity: critical}}
"""
SECRETS = {
    "shop/jira": {"email": EMAIL, "token": TOKEN},
    "shop/pager": {"routing_key": ROUTING_KEY},
    "shop/slack": {"token": BOT_TOKEN},
    "shop/hook": {"key": SIGNING_KEY},
}
ROLES = {"IncidentRole": "calls", "NotifierRole": "notifier_calls"}
# Lambda itself calls these for the functions: for their log, and to poll their queue.
BY_LAMBDA = {
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
}
# SNS calls it to send a text message: https://docs.aws.amazon.com/sns/latest/dg/sns-sms-access-management.html
BY_SNS = {"sms-voice:SendTextMessage"}
# A telephone has no ARN, and `NotResource` names what is none.
TELEPHONE, NO_TOPIC = "telephone", {"Fn::Sub": "arn:${AWS::Partition}:sns:*:*:*"}
# The right that an operation needs where it has another name.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
RIGHTS = {"sqs:SendMessageBatch": "sqs:SendMessage"}
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
OF_TRANSACTION = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
Calls = set[tuple[str, str]]


@pytest.fixture(scope="module")
def place() -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch, moto() as endpoint, Vendors() as vendors:
        made = world(endpoint, CHANNELS, SECRETS, patch.setenv)
        stop_clock(made, patch)
        channels = made.routing.data["channels"]
        for name, path in (("tickets", ""), ("pager", ""), ("chat", "/api"), ("hook", "/hook")):
            # The stand-in listens on this machine.
            channels[name]["url"] = vendors.url + path
            channels[name]["delivery"]["private"] = True
        channels["tickets"]["api"] = "cloud"
        put_previous(made)
        made.client("sns").create_topic(Name="incidents")
        made.client("events").create_event_bus(Name="incidents")
        decide(made)
        # An execution environment of its own, in which nothing is read yet.
        renew(made)
        answer_ops_items()
        notify(made)
        yield made


def put_previous(place: World) -> None:
    """The alarm as the version before remembered it in another account."""
    point = {"at": place.now - 9_000_000, "state": "OK"}
    place.client("dynamodb").put_item(
        TableName=place.environment["TABLE_NAME"],
        Item={
            "pk": {"S": f"ALARM#333333333333#{REGION}#errors-alarm-prod"},
            "sk": {"S": "EPISODES"},
            "version": {"N": "4"},
            "history": {"S": json.dumps({"points": [point], "episodes": [], "notice": None, "horizon": 17})},
            "state": {"S": "OK"},
            "expires": {"N": "1"},
        },
    )


def decide(place: World) -> None:
    """Everything that the function that decides can come to do."""
    # A ticket at once, in the same invocation.
    assert place.deliver(event(account="333333333333"))
    assert place.deliver(event("OK", "10:00:01", "ALARM", "10:00:00", account="333333333333"))
    assert place.deliver(event(account="222222222222"))
    assert place.deliver(event(alarm="not-ours"))
    assert place.deliver("not json")
    mute = {"mutedByArn": "arn:…:alarm-mute-rule:night", "muteWindowEnd": "2026-11-20T11:00:00.000+0000"}
    assert place.deliver(event(account="444444444444", detail={"muteDetail": mute}))
    # What cannot be committed: hidden, and given up in the end.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DynamoTable, "load", fails)
        assert not place.deliver(event())
        assert place.deliver(event(), receives=3)


def fails(*_arguments: Any) -> Any:
    raise RuntimeError("no table")


def notify(place: World) -> None:
    """Everything that the notifier can come to do."""
    # What was parked is ours by now, and the mute window is over.
    place.routing.data["alarms"]["not-ours"] = {**place.routing.data["alarms"]["errors-alarm-prod"], "severity": "high"}
    place.tick()
    place.notify()
    place.now += 3_605_000
    place.tick()
    # A channel that is not configured any more is forgotten.
    place.table().take_lease("old", place.now, 0)
    place.tick()
    # A wake-up that is to come again.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(notifier, "USUAL_SECONDS", 3.0)
        place.client("sqs").send_message(QueueUrl=place.environment["WAKE_UPS_URL"], MessageBody='{"wake": "chat"}')
        assert "chat" in place.notify()
    # Channels that cannot be asked for an acknowledgement are reminded a minute after the others.
    place.now += 60_000
    assert place.notify() == []


def answer_ops_items() -> None:
    """As OpsCenter would; what was asked is written down before."""

    def answer(model: Any, **_more: Any) -> Any:
        return SimpleNamespace(status_code=200, headers={}), {"OpsItemId": "oi-1"} if "Create" in model.name else {}

    for operation in ("CreateOpsItem", "UpdateOpsItem"):
        aws._session().register(f"before-call.ssm.{operation}", answer)


def statements(role: str) -> list[dict[str, Any]]:
    template = built(spec(f'hub: {{account: "{ACCOUNT}"}}\n{CHANNELS}')).templates["prod"][HUB_TEMPLATE]
    policy = template["Resources"][role]["Properties"]["Policies"][0]["PolicyDocument"]
    found: list[dict[str, Any]] = policy["Statement"]
    return found


def needed(place: World, role: str) -> Calls:
    """IAM's names of what was called, each with the resource that it was called for."""
    return {pair for call in getattr(place, ROLES[role]) for pair in rights(*call)}


def rights(service: str, operation: str, asked: dict[str, Any]) -> Calls:
    if operation == "TransactWriteItems":
        parts = [(name, part) for item in asked["TransactItems"] for name, part in item.items()]
        return {(f"dynamodb:{OF_TRANSACTION[name]}", f"table/{part['TableName']}") for name, part in parts}
    if operation == "BatchGetItem":
        return {("dynamodb:BatchGetItem", f"table/{name}") for name in asked["RequestItems"]}
    names = {
        "sqs": lambda: f"queue/{asked['QueueUrl'].rpartition('/')[2]}",
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
        "dynamodb": lambda: (
            f"table/{asked['TableName']}" + (f"/index/{asked['IndexName']}" if "IndexName" in asked else "")
        ),
        "secretsmanager": lambda: f"secret:{asked['SecretId']}-AbCdEf",
        "sns": lambda: asked["TopicArn"].rpartition(":")[2] if "TopicArn" in asked else TELEPHONE,
        "events": lambda: asked["Entries"][0]["EventBusName"].rpartition(":")[2],
        "logs": lambda: f"{asked['logGroupIdentifier'].partition('log-group:')[2]}:log-stream:",
        "ssm": lambda: f"opsitem/{asked['OpsItemId']}" if "OpsItemId" in asked else "*",
    }
    action = f"{service}:{operation}"
    return {(RIGHTS.get(action, action), names[service]())}


def resource(value: Any) -> str:
    """The last part of the ARN that a statement names."""
    ours = {
        "IncidentQueue": "queue/incident-queue-prod",
        "IncidentDeadLetters": "queue/incident-dead-letters-prod",
        "WakeUpQueue": "queue/incident-wake-ups-prod",
        "IncidentTable": "table/incident-episodes-prod",
        "Topic": "monitoring-alerts-prod",
    }
    if isinstance(value, dict) and "Fn::Sub" in value:
        text = str(value["Fn::Sub"])
        return text.replace("${IncidentTable.Arn}", ours["IncidentTable"]).rpartition("${AWS::AccountId}:")[2]
    if isinstance(value, dict):
        logical = value.get("Ref") or value["Fn::GetAtt"][0]
        return ours.get(logical, logical)
    if str(value).startswith(("arn:aws:sns:", "arn:aws:events:")):
        return str(value).rpartition(":")[2]
    return str(value).rpartition("log-group:")[2] if "log-group:" in str(value) else str(value)


def allowed(role: str) -> Calls:
    return {
        (action, resource(value))
        for statement in statements(role)
        for action in statement["Action"]
        for value in statement.get("Resource", [])
    } | {
        (action, TELEPHONE)
        for statement in statements(role)
        if statement.get("NotResource") == [NO_TOPIC]
        for action in statement["Action"]
    }


@pytest.mark.parametrize("role", ROLES)
def test_everything_that_is_called_is_allowed_on_what_it_is_called_for(place: World, role: str) -> None:
    patterns = allowed(role)
    for action, target in sorted(needed(place, role)):
        assert any(action == a and fnmatch.fnmatchcase(target, p) for a, p in patterns), (action, target)


@pytest.mark.parametrize("role", ROLES)
def test_everything_that_is_allowed_is_called(place: World, role: str) -> None:
    called = needed(place, role)
    for action, pattern in sorted(allowed(role)):
        if action not in BY_LAMBDA | BY_SNS:
            assert any(action == a and fnmatch.fnmatchcase(t, pattern) for a, t in called), (action, pattern)


def test_the_run_was_a_whole_one(place: World) -> None:
    assert {service for service, _, _ in place.calls} == {"dynamodb", "secretsmanager", "sqs"}
    services = {service for service, _, _ in place.notifier_calls}
    assert services == {"dynamodb", "events", "logs", "secretsmanager", "sns", "sqs", "ssm"}
