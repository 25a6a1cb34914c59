"""E-mail and OpsItems: against moto's server where it can, against botocore's Stubber for what moto does not play."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError
from botocore.stub import ANY, Stubber

from handlers.common.http import Http
from handlers.incident.channels import Channel
from handlers.incident.message.report import Step
from handlers.incident.sinks.email import SUBJECT_LIMIT, subject
from handlers.incident.sinks.opsitem import description
from handlers.incident.sinks.sink import Sink, Tools, sink
from tests import moto_server
from tests.handlers.sink_world import EVIDENCE, NOTICE, OPEN, POLICY, REPEAT, RESOLVE, STEPS, failure, nasty, send

TOPIC = "arn:aws:sns:us-east-1:123456789012:monitoring-alerts-prod"
ITEM = "oi-0123456789ab"
LABEL = "obsgen-0123456789abcdef"


def make(service: str, endpoint: str | None = None) -> Any:
    session = botocore.session.get_session()
    session.set_credentials("nobody", "nothing")
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=1, read_timeout=2)
    return session.create_client(service, region_name="us-east-1", endpoint_url=endpoint, config=config)


def way(kind: str, client: Callable[[str], Any]) -> Sink:
    def secret(name: str) -> Any:
        raise AssertionError(f"nobody here needs {name}")

    return sink(Channel("team", kind, None, {}, POLICY), Tools(Http(), secret, client, TOPIC))


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    yield moto_server.address()


@pytest.fixture
def mailbox(moto: str) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What the topic sends on to a queue that listens to the channel `team` alone."""
    sns, sqs = make("sns", moto), make("sqs", moto)
    topic = sns.create_topic(Name="monitoring-alerts-prod")["TopicArn"]
    assert topic == TOPIC
    url = sqs.create_queue(QueueName="mailbox")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"channels": ["team"]})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"FilterPolicy": policy})

    def read() -> list[dict[str, Any]]:
        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"]) for message in got]

    yield read
    sns.delete_topic(TopicArn=topic)
    sqs.delete_queue(QueueUrl=url)


def test_each_step_but_the_log_lines_is_a_mail(moto: str, mailbox: Callable[[], list[dict[str, Any]]]) -> None:
    mail = way("email", lambda service: make(service, moto))
    for report in (OPEN, REPEAT, RESOLVE, NOTICE, EVIDENCE):
        assert send(mail, report) is None
    got = mailbox()
    assert len(got) == 4
    first = next(one for one in got if one["Subject"].startswith("ALARM"))
    assert first["Subject"] == "ALARM high: errors-alarm-prod in alpha (us-east-1)"
    for line in ("The shop is logging errors", "Value: Errors Sum 12 > 5", "Runbook: https://runbooks.example.com"):
        assert line in first["Message"]


@pytest.mark.parametrize("report", [*STEPS, nasty(Step.OPEN)], ids=str)
def test_a_subject_is_what_sns_takes(report: Any) -> None:
    line = subject(report.title)
    assert 0 < len(line) <= SUBJECT_LIMIT < 100
    assert line.isascii() and line.isprintable() and not line[0].isspace()


def test_a_mean_mail_is_published(moto: str, mailbox: Callable[[], list[dict[str, Any]]]) -> None:
    send(way("email", lambda service: make(service, moto)), nasty(Step.OPEN))
    assert len(mailbox()) == 1


def test_a_topic_that_is_not_there_is_a_refusal(moto: str) -> None:
    error = failure(way("email", lambda service: make(service, moto)), OPEN)
    assert str(error) == "SNS refused: NotFound"
    assert not error.unsure


class Opscenter:
    """A stubbed client, handed out as the sink's."""

    def __init__(self) -> None:
        self.client = make("ssm")
        self.stub = Stubber(self.client)
        self.stub.activate()
        self.sink = way("opsitem", lambda _service: self.client)

    def created(self, **answer: Any) -> None:
        wanted = {
            "Title": ANY,
            "Description": ANY,
            "Source": "obsgen",
            "Severity": ANY,
            "Category": "Availability",
            "OperationalData": ANY,
        }
        self.stub.add_response("create_ops_item", {"OpsItemId": ITEM, **answer}, wanted)

    def updated(self, status: str) -> None:
        wanted = {"OpsItemId": ITEM, "Status": status, "OperationalData": ANY}
        self.stub.add_response("update_ops_item", {}, wanted)


@pytest.mark.parametrize("report", [OPEN, nasty(Step.OPEN)], ids=["usual", "nasty"])
def test_what_is_created_is_what_ssm_takes(report: Any) -> None:
    """The Stubber checks parameters against the service's own model, lengths included."""
    center = Opscenter()
    center.created()
    seen: list[dict[str, Any]] = []
    events = center.client.meta.events
    events.register("provide-client-params.ssm.CreateOpsItem", lambda params, **_: seen.append(params))
    assert send(center.sink, report) == ITEM
    (asked,) = seen
    assert asked["Severity"] == "2"
    assert asked["OperationalData"]["/aws/dedup"] == {
        "Value": '{"dedupString": "' + LABEL + '"}',
        "Type": "SearchableString",
    }
    assert len(asked["Title"]) <= 1024 and "\n" not in asked["Title"]
    assert 0 < len(asked["Description"]) <= 2048


def test_an_episode_is_an_opsitem() -> None:
    center = Opscenter()
    center.created()
    assert send(center.sink, OPEN) == ITEM
    for status, report in (("Resolved", RESOLVE), ("Open", REPEAT)):
        center.updated(status)
        assert send(center.sink, report, ITEM) == ITEM
    for report in (NOTICE, EVIDENCE):
        assert send(center.sink, report, ITEM) == ITEM
    center.stub.assert_no_pending_responses()


def test_an_opsitem_that_is_there_already_is_the_one() -> None:
    center = Opscenter()
    center.stub.add_client_error(
        "create_ops_item",
        "OpsItemAlreadyExistsException",
        http_status_code=400,
        modeled_fields={"OpsItemId": ITEM, "Message": "there"},
    )
    assert send(center.sink, OPEN, unsure=True) == ITEM


def test_an_opsitem_that_is_gone_is_opened_anew_by_an_alarm_only() -> None:
    center = Opscenter()
    center.stub.add_client_error("update_ops_item", "OpsItemNotFoundException", http_status_code=400)
    assert send(center.sink, RESOLVE, ITEM) is None
    center.stub.add_client_error("update_ops_item", "OpsItemNotFoundException", http_status_code=400)
    center.created(OpsItemId="oi-ffffffffffff")
    assert send(center.sink, REPEAT, ITEM) == "oi-ffffffffffff"


def test_links_that_do_not_fit_are_left_out_whole() -> None:
    text = description(nasty(Step.OPEN))
    assert len(text) <= 2048
    assert "#alarmsV2" in description(OPEN)


@pytest.mark.parametrize(
    ("code", "status", "unsure", "waits"),
    [
        ("ThrottlingException", 400, False, True),
        ("TooManyRequestsException", 429, False, True),
        ("InternalServerError", 500, True, False),
        ("OpsItemLimitExceededException", 400, False, False),
        ("AccessDeniedException", 403, False, False),
    ],
)
def test_an_error_of_aws_says_whether_to_wait(code: str, status: int, unsure: bool, waits: bool) -> None:
    center = Opscenter()
    center.stub.add_client_error("create_ops_item", code, "message about a thing", http_status_code=status)
    error = failure(center.sink, OPEN)
    assert (error.unsure, error.retry_after is not None) == (unsure, waits)
    assert code in str(error) and "thing" not in str(error)


@pytest.mark.parametrize(
    ("raised", "unsure"),
    [
        (ReadTimeoutError(endpoint_url="x"), True),
        (ConnectTimeoutError(endpoint_url="x"), False),
        (EndpointConnectionError(endpoint_url="x"), False),
        (NoCredentialsError(), False),
    ],
)
@pytest.mark.parametrize("kind", ["email", "opsitem"])
def test_no_answer_from_aws_is_told_apart(kind: str, raised: Exception, unsure: bool) -> None:
    class Broken:
        def publish(self, **_arguments: Any) -> Any:
            raise raised

        create_ops_item = publish

    error = failure(way(kind, lambda _service: Broken()), OPEN)
    assert (error.unsure, type(raised).__name__ in str(error)) == (unsure, True)
