"""Queues, functions, schedules and vendors do what AWS and the vendors document."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from tests.simulation.clients import Client
from tests.simulation.functions import Function
from tests.simulation.queues import Queue, sqs
from tests.simulation.schedules import Scheduler
from tests.simulation.template import of
from tests.simulation.vendors.jira import Jira
from tests.simulation.vendors.jsm import Jsm
from tests.simulation.vendors.network import Network
from tests.simulation.vendors.pagerduty import PagerDuty
from tests.simulation.vendors.servicenow import ServiceNow
from tests.simulation.vendors.slack import Slack
from tests.simulation.world import HOUR, MINUTE, MS, SECOND, Process, World

Handler = Callable[[dict[str, Any], Any], Any]


class NoAnswer(Exception):
    """As the handlers' own."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


def path(world: World, handler: Handler, timeout: int = 3 * SECOND) -> tuple[Queue, Queue, Function]:
    """A queue with three receives, its dead letters, and the function that it feeds."""
    function = Function(world, "f", timeout, handler, {})
    letters = Queue(world, "letters", 30 * SECOND)
    return Queue(world, "q", 18 * SECOND, 3, letters, function, 2), letters, function


def failed(event: dict[str, Any]) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": event["Records"][0]["messageId"]}]}


def test_a_message_that_fails_is_received_three_times_and_then_dead_lettered() -> None:
    world, received = World(1), []

    def handler(event: dict[str, Any], _context: Any) -> Any:
        received.append((world.now, event["Records"][0]["attributes"]["ApproximateReceiveCount"]))
        return failed(event)

    queue, letters, _ = path(world, handler)
    queue.send("body", "m")
    world.run(world.now + HOUR)
    assert [count for _, count in received] == ["1", "2", "3"]
    assert all(17 <= (b[0] - a[0]) / SECOND < 20 for a, b in zip(received, received[1:], strict=False))
    assert [(letter.body, letter.moved) for letter in letters.messages.values()] == [("body", True)]


def test_a_message_that_is_done_is_gone_and_one_that_raises_comes_back() -> None:
    world, received = World(1), []

    def handler(event: dict[str, Any], _context: Any) -> Any:
        received.append(event["Records"][0]["body"])
        if len(received) == 1:
            raise ValueError
        return {"batchItemFailures": []}

    queue, letters, _ = path(world, handler)
    queue.send("body", "m")
    world.run(world.now + HOUR)
    assert received == ["body", "body"]
    assert not queue.messages
    assert not letters.messages


def test_a_visibility_that_the_function_changes_holds() -> None:
    world, received = World(1), []

    def handler(event: dict[str, Any], _context: Any) -> Any:
        received.append(world.now)
        client = Client(world, "sqs", sqs(world, {"q": queue}))
        if len(received) == 1:
            receipt = event["Records"][0]["receiptHandle"]
            client.change_message_visibility(QueueUrl=queue.url, ReceiptHandle=receipt, VisibilityTimeout=300)
            return failed(event)
        return None

    queue, _, _ = path(world, handler)
    queue.send("body", "m")
    world.run(world.now + HOUR)
    assert 300 <= (received[1] - received[0]) / SECOND < 302


def test_a_function_is_killed_at_its_time_out_and_gets_a_new_environment() -> None:
    world, ended, starts = World(1), [], []

    def handler(_event: dict[str, Any], context: Any) -> Any:
        task = world.current
        assert task is not None
        starts.append((task.process.name, context.get_remaining_time_in_millis()))
        if len(starts) == 1:
            try:
                world.pause(10 * SECOND)
            finally:
                ended.append(world.now)
        return None

    queue, _, function = path(world, handler)
    queue.send("body", "m")
    world.run(world.now + HOUR)
    assert starts == [("f-1", 3_000), ("f-2", 3_000)]
    assert function.timeouts == 1
    assert len(ended) == 1


def test_at_most_so_many_run_at_once_and_the_others_wait_unreceived() -> None:
    world, running, most = World(1), [], []

    def handler(event: dict[str, Any], _context: Any) -> Any:
        running.append(1)
        most.append(len(running))
        world.pause(2 * SECOND)
        running.pop()
        assert event["Records"][0]["attributes"]["ApproximateReceiveCount"] == "1"

    queue, letters, function = path(world, handler)
    for number in range(20):
        queue.send("body", f"m{number}")
    world.run(world.now + HOUR)
    assert max(most) == 2
    assert function.made == 2
    assert not letters.messages


def test_throttling_uses_up_receives() -> None:
    world = World(1, {"lambda.throttled": 1.0})
    queue, letters, _ = path(world, lambda _event, _context: None)
    queue.send("body", "m")
    world.run(world.now + HOUR)
    assert len(letters.messages) == 1


def test_a_delivery_after_the_delete_is_possible() -> None:
    world, received = World(4, {"queue.duplicate": 1.0}), []
    queue, _, _ = path(world, lambda event, _context: received.append(event["Records"][0]["messageId"]))
    queue.send("body", "m")
    world.run(world.now + HOUR)
    assert len(received) == 2
    assert len(set(received)) == 1


def test_wake_ups_get_lost_and_chains_are_counted_and_stopped() -> None:
    world = World(1)

    def handler(event: dict[str, Any], _context: Any) -> Any:
        client = Client(world, "sqs", sqs(world, {"q": queue}))
        client.send_message(QueueUrl=queue.url, MessageBody=event["Records"][0]["body"])

    queue, _, _ = path(world, handler)
    queue.send("body", "m")
    world.run(world.now + HOUR)
    assert queue.deepest == 16
    lossy = World(1, {"queue.wake-up-lost": 1.0})
    bell = Queue(lossy, "bell", 30 * SECOND, function=Function(lossy, "f", SECOND, handler, {}), carries_nothing=True)
    bell.send("body", "m")
    assert not bell.messages


def test_a_tick_comes_every_minute_late_twice_or_not_for_ten_minutes() -> None:
    def ticks(point: str, rate: float) -> list[int]:
        world, moments = World(2, {point: rate}), []
        Scheduler(world, {}).every(MINUTE, "tick", lambda: moments.append((world.now - start) // SECOND))
        start = world.now
        world.run(world.now + HOUR)
        return moments

    assert 58 <= len(ticks("none", 0)) <= 60
    assert len(ticks("schedule.twice", 1.0)) > 110
    missing = ticks("schedule.missing", 0.1)
    assert max(b - a for a, b in zip(missing, missing[1:], strict=False)) >= 600


def called(world: World, action: Callable[[], Any]) -> Any:
    """What a task's call returned; raises what it raised."""
    task = Process(world, "p", {}).spawn("t", action)
    world.run(world.now + 10 * MINUTE)
    if task.error:
        raise task.error
    return task.value


def test_an_answer_is_lost_after_the_effect_and_botocore_tries_again() -> None:
    world, effects = World(1, {"aws.answer-lost": 1.0}), []
    client = Client(world, "sns", {"publish": lambda **_given: effects.append(1) or {}})
    with pytest.raises(ReadTimeoutError):
        called(world, client.publish)
    assert len(effects) == 2


def test_a_conflict_of_transactions_has_its_reasons() -> None:
    world = World(1, {"table.conflict": 1.0})
    client = Client(world, "dynamodb", {"transact_write_items": lambda **_given: {}})
    with pytest.raises(client.exceptions.TransactionCanceledException) as caught:
        called(world, lambda: client.transact_write_items(TransactItems=[{}, {}]))
    assert isinstance(caught.value, ClientError)
    codes = [reason["Code"] for reason in caught.value.response["CancellationReasons"]]
    assert codes == ["None", "TransactionConflict"]


def jira(world: World) -> tuple[Network, Jira]:
    vendor = Jira(world, "jira", {}, {"email": "a", "token": "b"}, lambda _sighting: None)
    return Network(world, {"jira.example": vendor}, lambda _channel, _text: None), vendor


FIELDS = {"fields": {"project": {"key": "OPS"}, "labels": ["obsgen-1"]}}


def create(network: Network, limit: float = 2.0) -> Any:
    headers = {"Authorization": "Basic YTpi"}
    url = "https://jira.example/rest/api/3/issue"
    return network.call(NoAnswer, "POST", url, limit, headers, json.dumps(FIELDS).encode())


def find(network: Network) -> Any:
    url = 'https://jira.example/rest/api/3/search/jql?jql=project = "OPS" AND labels = "obsgen-1"&maxResults=1'
    return network.call(NoAnswer, "GET", url, 2.0, {"Authorization": "Basic YTpi"}, None)


def test_jiras_index_knows_an_issue_later_than_jira() -> None:
    world = World(1, {"jira.index-tail": 1.0})
    network, vendor = jira(world)

    def body() -> list[int]:
        assert create(network)[0] == 201
        counts = [len(json.loads(find(network)[2])["issues"])]
        world.pause(61 * SECOND)
        return [*counts, len(json.loads(find(network)[2])["issues"])]

    assert called(world, body) == [0, 1]
    assert len(vendor.issues) == 1


@pytest.mark.parametrize("point", ["vendor.answer-lost", "vendor.5xx-after", "vendor.late-effect", "vendor.cut-json"])
def test_a_call_may_take_effect_without_an_answer_that_says_so(point: str) -> None:
    world = World(1, {point: 1.0})
    network, vendor = jira(world)
    try:
        status, _, body = called(world, lambda: create(network))
        assert status >= 500 or not body.endswith(b"}")
    except NoAnswer as error:
        assert error.sent
    world.run(world.now + 2 * MINUTE)
    assert len(vendor.issues) == 1


@pytest.mark.parametrize("point", ["unreachable", "429", "5xx-before", "html", "redirect"])
def test_a_call_may_have_no_effect(point: str) -> None:
    world = World(1, {f"vendor.{point}": 1.0})
    network, vendor = jira(world)
    try:
        assert called(world, lambda: create(network))[0] in (200, 302, 429, 500, 502, 503)
    except NoAnswer as error:
        assert not error.sent
    assert not vendor.issues


def test_a_caller_waits_no_longer_than_it_says() -> None:
    world = World(1, {"vendor.slow": 1.0})
    network, _ = jira(world)
    begun = world.now
    times: list[int] = []

    def body() -> None:
        try:
            create(network, 0.5)
        except NoAnswer:
            times.append(world.now - begun)

    called(world, body)
    assert times == [500 * MS]


def test_a_trigger_after_the_resolve_opens_an_alert_again() -> None:
    world, actions = World(1), []
    vendor = PagerDuty(world, "pager", {}, {"routing_key": "k"}, lambda sighting: actions.append(sighting.action))
    network = Network(world, {"pager.example": vendor}, lambda _channel, _text: None)

    def send(action: str) -> None:
        event = {"routing_key": "k", "event_action": action, "dedup_key": "d", "payload": {"summary": "s"}}
        network.call(NoAnswer, "POST", "https://pager.example/v2/enqueue", 2.0, {}, json.dumps(event).encode())

    called(world, lambda: [send(action) for action in ("trigger", "trigger", "resolve", "resolve", "trigger")])
    assert actions == ["trigger", "update", "resolve", "trigger"]
    assert vendor.open.keys() == {"d"}


def test_a_request_for_an_alert_is_carried_out_after_it_was_accepted() -> None:
    world, actions = World(1), []
    vendor = Jsm(world, "on-call", {}, {"api_key": "k"}, lambda sighting: actions.append(sighting.action))
    network = Network(world, {"jsm.example": vendor}, lambda _channel, _text: None)

    def call(method: str, path: str, data: Any = None) -> tuple[int, Any]:
        body = json.dumps(data).encode() if data else None
        headers = {"Authorization": "GenieKey k"}
        status, _, answer = network.call(NoAnswer, method, f"https://jsm.example/v2/alerts{path}", 2.0, headers, body)
        return status, json.loads(answer)

    def body() -> list[Any]:
        alert = {"message": "m", "description": "d", "alias": "a"}
        request = call("POST", "", alert)[1]["requestId"]
        first = call("GET", f"/requests/{request}")[0]
        call("POST", "", alert)
        call("POST", "/a/close?identifierType=alias", {"source": "s"})
        gone = call("POST", "/b/close?identifierType=alias", {"source": "s"})[1]["requestId"]
        world.pause(5 * MINUTE)
        return [first, call("GET", f"/requests/{request}")[1]["data"], call("GET", f"/requests/{gone}")[1]["data"]]

    early, done, gone = called(world, body)
    assert (early, done["isSuccess"], gone["status"]) == (404, True, "Alert does not exist")
    assert actions == ["trigger", "update", "resolve"]


def test_a_token_of_servicenow_ends_and_a_closed_record_is_final() -> None:
    world, actions = World(1), []
    secret = {"client_id": "c", "client_secret": "s"}
    vendor = ServiceNow(world, "itsm", {}, secret, lambda sighting: actions.append(sighting.action))
    network = Network(world, {"itsm.example": vendor}, lambda _channel, _text: None)

    def call(method: str, path: str, token: str, body: bytes) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}"}
        status, _, answer = network.call(NoAnswer, method, f"https://itsm.example{path}", 2.0, headers, body)
        return status, json.loads(answer)

    def body() -> list[int]:
        token = call("POST", "/oauth_token.do", "", b"client_secret=s")[1]["access_token"]
        fields = json.dumps({"short_description": "t", "correlation_id": "obsgen-1"}).encode()
        made = call("POST", "/api/now/table/incident", token, fields)
        record = f"/api/now/table/incident/{made[1]['result']['sys_id']}"
        resolved = call("PATCH", record, token, b'{"state": "6"}')
        vendor.people("close", 0)
        closed = call("PATCH", record, token, b'{"state": "1"}')
        vendor.tokens[token] = world.now
        return [made[0], resolved[0], closed[0], call("PATCH", record, token, b'{"state": "1"}')[0]]

    assert called(world, body) == [201, 200, 403, 401]
    assert actions == ["create", "close"]


def test_slack_takes_about_one_message_a_second() -> None:
    world = World(1)
    vendor = Slack(world, "chat", {}, {"token": "t"}, lambda _sighting: None, fastest=MS, slowest=2 * MS)
    network = Network(world, {"slack.example": vendor}, lambda _channel, _text: None)

    def post() -> int:
        headers = {"Authorization": "Bearer t"}
        url = "https://slack.example/api/chat.postMessage"
        return int(network.call(NoAnswer, "POST", url, 2.0, headers, b'{"channel": "#ops"}')[0])

    statuses = called(world, lambda: [post() for _ in range(9)])
    assert statuses == [200] * 6 + [429] * 3


def test_a_template_of_a_notifier_is_read() -> None:
    """The architecture that is to come: a second function, its queue, an index and a tick."""
    resources = {
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "TableName": "t",
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
                "GlobalSecondaryIndexes": [
                    {
                        "IndexName": "due",
                        "KeySchema": [
                            {"AttributeName": "due_channel", "KeyType": "HASH"},
                            {"AttributeName": "due_rank", "KeyType": "RANGE"},
                        ],
                        "Projection": {"ProjectionType": "KEYS_ONLY"},
                    }
                ],
            },
        },
        "WakeUps": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "wake-ups", "VisibilityTimeout": 360}},
        "Notifier": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": "notifier",
                "Handler": "handlers.incident.notifier.handler",
                "Timeout": 60,
                "Environment": {"Variables": {"QUEUE_URL": {"Ref": "WakeUps"}, "TABLE_NAME": {"Ref": "Table"}}},
            },
        },
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": {"GetAtt": ["WakeUps", "Arn"]},
                "FunctionName": {"Ref": "Notifier"},
                "BatchSize": 1,
                "ScalingConfig": {"MaximumConcurrency": 8},
            },
        },
        "Tick": {
            "Type": "AWS::Scheduler::Schedule",
            "Properties": {
                "Name": "tick",
                "ScheduleExpression": "rate(1 minute)",
                "Target": {"Arn": {"GetAtt": ["WakeUps", "Arn"]}, "Input": '{"channel": "*"}'},
            },
        },
    }
    plan = of(resources)
    assert plan.functions["notifier"].environ["TABLE_NAME"] == "t"
    assert plan.functions["notifier"].environ["QUEUE_URL"].endswith("/wake-ups")
    assert (plan.queues["wake-ups"].function, plan.queues["wake-ups"].concurrency) == ("notifier", 8)
    assert plan.tables["t"].indexes == {"due": ("due_channel", "due_rank")}
    assert plan.tables["t"].projections == {"due": frozenset()}
    assert (plan.schedules["tick"].interval, plan.schedules["tick"].target) == (MINUTE, "wake-ups")
