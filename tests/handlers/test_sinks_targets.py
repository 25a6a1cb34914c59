"""Text messages, topics and event buses: against moto's server, and botocore's Stubber for what it does not play."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.stub import ANY, Stubber

from handlers.common.http import Http
from handlers.incident.channels import Channel
from handlers.incident.message.report import Digest, Report, Step
from handlers.incident.sinks.sink import Attempt, Blame, Sink, SinkFailed, Tools, sink
from handlers.incident.sinks.sms import text
from handlers.incident.sinks.sns import MOST_ATTRIBUTES, attributes
from handlers.incident.vendors.sms_text import fitted, number_of_parts
from tests import moto_server
from tests.handlers.finding_world import finding_report
from tests.handlers.sink_world import (
    EVIDENCE,
    NASTY,
    NOTICE,
    OPEN,
    POLICY,
    REPEAT,
    RESOLVE,
    STEPS,
    UPDATED,
    deadline,
    failure,
    nasty,
    send,
    sending,
)
from tests.handlers.test_sinks_aws import make
from tests.support import ROOT

NUMBER = "+442079460000"
SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "tests/schemas/incident-event.json").read_text()))
DIGEST = Digest(
    "12 incidents in shop prod",
    12,
    ("ALARM high: a in b", "OK low: c in d"),
    (("high", 2), ("low", 10)),
    "2026-11-20T10:00:00Z",
    "2026-11-20T10:05:00Z",
    "shop",
    "prod",
)
Read = Callable[[], list[dict[str, Any]]]


def way(kind: str, client: Callable[..., Any], **settings: Any) -> Sink:
    def secret(name: str) -> Any:
        raise AssertionError(f"nobody here needs {name}")

    return sink(Channel("team", kind, None, settings, POLICY), Tools(Http(), secret, client))


class Regional:
    """Clients of moto's server, and the Regions that they were made for."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint, self.regions = endpoint, list[str | None]()

    def __call__(self, service: str, region: str | None = None) -> Any:
        self.regions.append(region)
        return make(service, self.endpoint)


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    yield moto_server.address()


@pytest.fixture
def clients(moto: str) -> Regional:
    return Regional(moto)


def queue(moto: str, name: str, **attributes: str) -> tuple[str, Read]:
    """The ARN of a new queue, and what it has received."""
    sqs = make("sqs", moto)
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def read() -> list[dict[str, Any]]:
        got = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"], MessageAttributeNames=["All"]
        )
        return [{**json.loads(one["Body"]), "system": one["Attributes"]} for one in got.get("Messages", [])]

    return arn, read


@pytest.fixture
def topic(moto: str, request: pytest.FixtureRequest) -> tuple[str, Read]:
    """A topic, FIFO where a test asks for that, and a queue whose subscription filters by severity and step."""
    ending = getattr(request, "param", "")
    of_topic = {"FifoTopic": "true"} if ending else {}
    sns, name = make("sns", moto), f"incidents-{request.node.name[:40].translate(str.maketrans('[]. ', '----'))}"
    arn = sns.create_topic(Name=f"{name}{ending}", Attributes=of_topic)["TopicArn"]
    endpoint, read = queue(moto, f"{name}{ending}", **({"FifoQueue": "true"} if ending else {}))
    policy = json.dumps({"severity": ["critical", "high"], "account": ["222222222222"]})
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=endpoint, Attributes={"FilterPolicy": policy})
    return arn, read


# ── Telephones ──────────────────────────────────────────────────────────────────────────────────────────────────────
def stubbed(service: str) -> tuple[Any, Stubber]:
    client = make(service)
    stub = Stubber(client)
    stub.activate()
    return client, stub


def test_a_text_message_is_what_sns_takes() -> None:
    client, stub = stubbed("sns")
    asked = {
        "PhoneNumber": NUMBER,
        "Message": "ALARM high: errors-alarm-prod in alpha (us-east-1). The shop is logging errors",
        "MessageAttributes": {
            "AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"},
            "AWS.SNS.SMS.SenderID": {"DataType": "String", "StringValue": "ShopOps"},
        },
    }
    stub.add_response("publish", {"MessageId": "1"}, asked)
    regions = list[str | None]()

    def client_of(_service: str, region: str | None = None) -> Any:
        regions.append(region)
        return client

    phone = way("sms", client_of, phone_number=NUMBER, sender_id="ShopOps", region="eu-west-1")
    assert send(phone, OPEN) is None
    stub.assert_no_pending_responses()
    assert regions == ["eu-west-1"]


def test_nobody_is_woken_for_what_is_no_news(clients: Regional) -> None:
    phone = way("sms", clients, phone_number=NUMBER)
    for report in (NOTICE, EVIDENCE, replace(OPEN, step=Step.CHANGED), replace(OPEN, step=Step.ADDED)):
        assert send(phone, report) is None
    assert clients.regions == [] and Step.UPDATED in phone.omits


def test_moto_takes_texts_of_every_step(clients: Regional) -> None:
    phone = way("sms", clients, phone_number=NUMBER)
    for report in (OPEN, REPEAT, RESOLVE, nasty(Step.OPEN), finding_report(Step.OPEN)):
        assert send(phone, report) is None
    assert failure(way("sms", clients, phone_number="shop"), OPEN).blame is Blame.CONTENT


@pytest.mark.parametrize("report", [*STEPS, *(nasty(step) for step in Step), finding_report(Step.OPEN)], ids=str)
def test_a_text_message_has_two_parts_at_most(report: Report) -> None:
    line = text(report)
    assert 0 < number_of_parts(line) <= 2
    assert line.isprintable() and len(line) <= 306
    assert "https://" not in line.replace(report.summary, "")


def test_a_summary_costs_no_further_part() -> None:
    long = replace(OPEN, summary="word " * 100)
    assert number_of_parts(text(long)) == 1 and text(long).endswith("...")
    assert "word" not in text(replace(long, step=Step.RESOLVE, state="OK"))


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("Ü" * 160, 1),
        ("日" * 70, 1),
        ("日" * 71, 2),
        ("🚨" * 35, 1),
        ("🚨" * 36, 2),
        # A part ends between words: the second word does not fit into the first part, nor the third into the second.
        (f"{'a' * 100} {'b' * 100} {'c' * 100}", 3),
        ("word " * 60, 2),
        ("word " * 61, 3),
    ],
)
def test_parts_are_counted_as_telephones_join_them(line: str, parts: int) -> None:
    """https://docs.aws.amazon.com/sms-voice/latest/userguide/sms-limitations-character.html"""
    assert number_of_parts(line) == parts


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("naïve – “quoted” … done", 'naive - "quoted" ... done'),
        ("Ünïcode", "Ünicode"),
        ("two\nlines\tand\x00null", "two lines andnull"),
        ("日本", "日本"),
        ("ſ ① é", "ſ ① é"),
    ],
)
def test_characters_are_those_of_the_alphabet_where_only_accents_are_lost(line: str, shown: str) -> None:
    assert fitted(line, 2) == shown


def test_a_digest_is_numbers_in_two_parts(clients: Regional) -> None:
    phone = way("sms", clients, phone_number=NUMBER)
    assert phone.digest(DIGEST, None, deadline()) is None  # type: ignore[attr-defined]
    assert phone.digest(replace(DIGEST, counts=(("x" * 200, 1),) * 9), None, deadline()) is None  # type: ignore[attr-defined]


# ── Topics ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_subscription_filters_by_attributes(clients: Regional, topic: tuple[str, Read]) -> None:
    arn, read = topic
    team = way("sns", clients, topic=arn)
    for report in (OPEN, replace(OPEN, severity="low"), replace(OPEN, account="333333333333"), nasty(Step.OPEN)):
        assert send(team, report) is None
    got = read()
    assert len(got) == 2 and set(clients.regions) == {"us-east-1"}
    assert got[0]["Subject"] == "ALARM high: errors-alarm-prod in alpha (us-east-1)"
    words = {name: value["Value"] for name, value in got[0]["MessageAttributes"].items()}
    assert words["severity"] == "high" and words["format"] == "json" and words["owner"] == "team-shop"
    for message in got:
        assert set(message["MessageAttributes"]) <= {*attributes(OPEN), "format"}
        SCHEMA.validate(json.loads(message["Message"]))


@pytest.mark.parametrize("report", [*STEPS, *(nasty(step) for step in Step), finding_report(Step.OPEN)], ids=str)
def test_attributes_are_what_sqs_and_sns_take(report: Report) -> None:
    """Ten at most with raw delivery: https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html"""
    words = attributes(replace(report, service="checkout"))
    assert len({*words, "format"}) <= MOST_ATTRIBUTES
    assert all(value.isprintable() and len(value) <= 256 for value in words.values())


@pytest.mark.parametrize("topic", [".fifo"], indirect=True)
def test_a_fifo_topic_has_groups_and_drops_what_comes_twice(clients: Regional, topic: tuple[str, Read]) -> None:
    arn, read = topic
    team = way("sns", clients, topic=arn)
    for attempt in (Attempt(begun_for=5), Attempt(begun_for=5, unsure_since=1, unsure_ms=60_000)):
        team.advance(OPEN, attempt, deadline())
    team.advance(REPEAT, Attempt(begun_for=6), deadline())
    got = read()
    assert {one["system"]["MessageGroupId"] for one in got} == {OPEN.episode}
    keys = [one["system"]["MessageDeduplicationId"] for one in got]
    assert sorted(keys) == [f"{OPEN.episode}-team-open-5", f"{OPEN.episode}-team-repeat-6"]
    assert all(len(key) <= 128 for key in keys)


def test_a_text_for_people_is_that_of_a_mail(clients: Regional, topic: tuple[str, Read]) -> None:
    arn, read = topic
    send(way("sns", clients, topic=arn, format="text"), OPEN)
    (got,) = read()
    assert "Runbook: https://runbooks.example.com" in got["Message"]
    assert got["MessageAttributes"]["format"]["Value"] == "text"


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_topic_takes_a_list(moto: str, clients: Regional, form: str) -> None:
    sns = make("sns", moto)
    arn = sns.create_topic(Name=f"lists-{form}")["TopicArn"]
    endpoint, read = queue(moto, f"lists-{form}")
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=endpoint)
    team = way("sns", clients, topic=arn, format=form)
    assert team.digest(DIGEST, None, deadline()) is None  # type: ignore[attr-defined]
    (got,) = read()
    assert got["MessageAttributes"]["step"]["Value"] == "digest"
    assert "ALARM high: a in b" in got["Message"]


def test_the_topic_is_called_in_its_own_region(clients: Regional) -> None:
    error = failure(way("sns", clients, topic="arn:aws:sns:eu-west-1:222222222222:gone"), OPEN)
    assert (str(error), error.blame, clients.regions) == ("SNS refused: NotFound", Blame.CHANNEL, ["eu-west-1"])


# ── Event buses ─────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def bus(moto: str, request: pytest.FixtureRequest) -> tuple[str, Read]:
    """A bus with a rule as the page shows it, and the queue that is its target."""
    events, name = make("events", moto), f"bus-{request.node.name[:40].translate(str.maketrans('[]. ', '----'))}"
    arn = events.create_event_bus(Name=name)["EventBusArn"]
    endpoint, read = queue(moto, name)
    pattern = json.dumps({"source": ["obsgen.incidents"], "detail": {"severity": ["critical", "high"]}})
    events.put_rule(Name=name, EventBusName=name, EventPattern=pattern)
    events.put_targets(Rule=name, EventBusName=name, Targets=[{"Id": "1", "Arn": endpoint}])
    return arn, read


def test_an_incident_is_opened_changed_and_closed(clients: Regional, bus: tuple[str, Read]) -> None:
    arn, read = bus
    mine = way("event_bus", clients, bus=arn)
    for report in (OPEN, replace(OPEN, severity="low"), REPEAT, UPDATED, RESOLVE):
        assert send(mine, report) is None
    got = sorted(read(), key=lambda event: event["detail"]["step"])
    assert [(event["detail-type"], event["detail"]["step"]) for event in got] == [
        ("Incident Opened", "open"),
        ("Incident Changed", "repeat"),
        ("Incident Closed", "resolve"),
        ("Incident Changed", "updated"),
    ]
    assert got[0]["resources"] == ["arn:aws:cloudwatch:us-east-1:222222222222:alarm:errors-alarm-prod"]


@pytest.mark.parametrize("report", [*STEPS, *(nasty(step) for step in Step), finding_report(Step.OPEN)], ids=str)
def test_every_detail_is_as_documented(report: Report) -> None:
    asked = put(report)
    SCHEMA.validate(json.loads(asked["Detail"]))
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html: how an entry's size is counted.
    size = sum(len(str(asked[name]).encode()) for name in ("Source", "DetailType", "Detail", "Resources"))
    assert size < 262_144 and not asked["Source"].startswith("aws.")


def put(report: Report, *, plain: bool = False) -> dict[str, Any]:
    """The entry that is put of a report."""
    client, stub = stubbed("events")
    stub.add_response("put_events", {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}, {"Entries": [ANY]})
    seen = list[dict[str, Any]]()
    client.meta.events.register("provide-client-params.events.PutEvents", lambda params, **_: seen.append(params))
    sending(way("event_bus", lambda _s, region: client, bus=BUS), report, plain=plain).run()
    (entry,) = seen[0]["Entries"]
    assert isinstance(entry, dict)
    return entry


BUS = "arn:aws:events:us-east-1:123456789012:event-bus/incidents"


def test_the_resource_of_a_contributor_is_its_alarm() -> None:
    asked = put(replace(OPEN, alarm="errors-alarm-prod of FunctionName=checkout"))
    assert asked["Resources"] == ["arn:aws:cloudwatch:us-east-1:222222222222:alarm:errors-alarm-prod"]


def test_what_is_plain_has_neither_links_nor_resources() -> None:
    entry = put(NASTY, plain=True)
    assert (entry["Resources"], json.loads(entry["Detail"])["links"]) == ([], [])
    assert entry["Detail"].isascii()


@pytest.mark.parametrize(
    ("code", "plain", "unsure", "waits", "blame"),
    [
        ("ThrottlingException", False, False, True, Blame.CHANNEL),
        ("InternalFailure", False, True, False, Blame.CHANNEL),
        ("InternalException", False, True, False, Blame.CHANNEL),
        ("MalformedDetail", False, False, False, Blame.CONTENT),
        # Nothing is wrong with plain content, so what is refused then can wait until the channel is repaired.
        ("MalformedDetail", True, False, False, Blame.CHANNEL),
        ("NotAuthorizedForSourceException", False, False, False, Blame.CHANNEL),
    ],
)
def test_a_request_that_succeeds_may_have_failed(code: str, plain: bool, unsure: bool, waits: bool, blame: str) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html"""
    client, stub = stubbed("events")
    answer = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": code, "ErrorMessage": "about a thing"}]}
    stub.add_response("put_events", answer, {"Entries": [ANY]})
    mine = sending(way("event_bus", lambda _s, region: client, bus=BUS), OPEN, plain=plain)
    with pytest.raises(SinkFailed) as told:
        mine.run()
    error = told.value
    assert (error.unsure, error.retry_after is not None, error.blame) == (unsure, waits, blame)
    assert code in str(error) and "thing" not in str(error)


# ── All three ───────────────────────────────────────────────────────────────────────────────────────────────────────
SETTINGS: dict[str, dict[str, str]] = {
    "sms": {"phone_number": NUMBER},
    "sns": {"topic": "arn:aws:sns:us-east-1:123456789012:incidents"},
    "event_bus": {"bus": BUS},
}
CALLS = {"sms": "publish", "sns": "publish", "event_bus": "put_events"}


@pytest.mark.parametrize("kind", SETTINGS)
@pytest.mark.parametrize(
    ("code", "status", "unsure", "waits", "blame"),
    [
        ("Throttled", 429, False, True, Blame.CHANNEL),
        ("KMSThrottling", 400, False, True, Blame.CHANNEL),
        ("InternalError", 500, True, False, Blame.CHANNEL),
        ("AuthorizationError", 403, False, False, Blame.CHANNEL),
        ("KMSAccessDenied", 400, False, False, Blame.CHANNEL),
        ("InvalidParameter", 400, False, False, Blame.CONTENT),
    ],
)
def test_an_error_of_aws_is_told_apart(
    kind: str, code: str, status: int, unsure: bool, waits: bool, blame: Blame
) -> None:
    client, stub = stubbed("events" if kind == "event_bus" else "sns")
    message = f"Invalid parameter: PhoneNumber Reason: {NUMBER}"
    for _ in range(2):
        stub.add_client_error(CALLS[kind], code, message, http_status_code=status)
    mine = way(kind, lambda _service, region=None: client, **SETTINGS[kind])
    error = failure(mine, OPEN)
    assert (error.unsure, error.retry_after is not None, error.blame) == (unsure, waits, blame)
    assert code in str(error) and NUMBER not in str(error)
    with pytest.raises(SinkFailed) as told:
        sending(mine, OPEN, plain=True).run()
    assert told.value.blame is Blame.CHANNEL


@pytest.mark.parametrize("kind", SETTINGS)
def test_no_answer_may_have_taken_effect(kind: str) -> None:
    class Broken:
        def publish(self, **_arguments: Any) -> Any:
            raise ReadTimeoutError(endpoint_url="x")

        put_events = publish

    mine = way(kind, lambda _service, region=None: Broken(), **SETTINGS[kind])
    assert failure(mine, OPEN).unsure
