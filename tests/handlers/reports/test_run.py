"""The whole function against moto and a stand-in of Slack: sent once to each channel, whatever fails in between."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3

from generator.drill.vendors.slack import BOT_TOKEN
from handlers.common import aws
from handlers.events.dynamo_store import DynamoStore
from handlers.reports import app
from handlers.reports.metrics import Hub, objectives
from handlers.reports.settings import Metric, Target
from tests.handlers.report_world import AT, DATA, fill
from tests.handlers.world import REGION, _client, moto
from tests.vendors import Vendors

TABLE = "monitoring-events-prod"
MESSAGE = json.dumps({"report": {"name": "daily", "at": "2026-11-29T07:00:00Z"}})


class Place:
    """An account of its own with what the function needs in it."""

    def __init__(self, endpoint: str, vendors: Vendors) -> None:
        self.endpoint, self.vendors = endpoint, vendors
        self._make()
        self.store = DynamoStore(self.client("dynamodb"), TABLE)
        fill(self.store)

    def client(self, service: str) -> Any:
        """A client that is not the function's."""
        return _client(self.endpoint, service)

    def _make(self) -> None:
        names = {index: (f"{index}_pk", f"{index}_sk") for index in ("recent", "day", "due")}
        keys = ["pk", "sk", *(name for pair in names.values() for name in pair)]
        self.client("dynamodb").create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": index,
                    "KeySchema": [
                        {"AttributeName": hash_, "KeyType": "HASH"},
                        {"AttributeName": range_, "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
                for index, (hash_, range_) in names.items()
            ],
        )
        self.client("s3").create_bucket(Bucket="reports")
        sqs, sns = self.client("sqs"), self.client("sns")
        self.urls = {
            name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("daily-report", "dead-letters", "mailbox")
        }
        self.topic = sns.create_topic(Name="alerts")["TopicArn"]
        mailbox = sqs.get_queue_attributes(QueueUrl=self.urls["mailbox"], AttributeNames=["QueueArn"])
        sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=mailbox["Attributes"]["QueueArn"])
        secret = json.dumps({"token": BOT_TOKEN})
        self.client("secretsmanager").create_secret(Name="shop/slack", SecretString=secret)

    def deliver(self, body: str = MESSAGE, receives: int = 1) -> bool:
        """Whether the function was done with the message."""
        sqs, url = self.client("sqs"), self.urls["daily-report"]
        sqs.send_message(QueueUrl=url, MessageBody=body)
        got = sqs.receive_message(QueueUrl=url)["Messages"][0]
        record = {
            "messageId": "m1",
            "receiptHandle": got["ReceiptHandle"],
            "body": body,
            "attributes": {"ApproximateReceiveCount": str(receives)},
        }
        answer = app.handler({"Records": [record]}, None)
        assert answer is not None
        return not answer["batchItemFailures"]

    def taken(self, queue: str) -> list[dict[str, Any]]:
        """Messages of a queue."""
        asked = {"QueueUrl": self.urls[queue], "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]}
        return list(self.client("sqs").receive_message(**asked).get("Messages", []))


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with moto() as address:
        yield address


@pytest.fixture
def place(endpoint: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[Place]:
    urllib3.request("POST", f"{endpoint}/moto-api/reset")
    with Vendors() as vendors:
        made = Place(endpoint, vendors)
        settings = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
            "AWS_DEFAULT_REGION": REGION,
            "TABLE_NAME": TABLE,
            "BUCKET_NAME": "reports",
            "TOPIC_ARN": made.topic,
            "QUEUE_URL": made.urls["daily-report"],
            "DEAD_LETTERS_URL": made.urls["dead-letters"],
            "MAX_RECEIVES": "3",
            "ENVIRONMENT": "prod",
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        chat = {**DATA["channels"]["chat"], "url": f"{vendors.url}/api", "delivery": {"private": True}}
        data = {**DATA, "channels": {**DATA["channels"], "chat": chat}}
        (tmp_path / "settings.json").write_text(json.dumps(data), encoding="utf-8")
        monkeypatch.setattr("handlers.events.settings.__file__", str(tmp_path / "settings.py"))
        monkeypatch.setattr("handlers.events.__file__", str(tmp_path / "__init__.py"))
        _forget()
        yield made
        _forget()


def _forget() -> None:
    from handlers.events.settings import read_settings
    from handlers.reports.settings import read_report_settings

    for cached in (aws.client, aws._session, app._world, read_settings, read_report_settings):
        cached.cache_clear()


def test_a_report_reaches_slack_mail_and_the_bucket_once_however_often_it_is_due(place: Place) -> None:
    assert place.deliver()
    assert place.deliver()
    (message,) = place.vendors.slack.messages
    assert place.vendors.violations == []
    assert "Daily report: payments prod" in message["text"]
    (mail,) = place.taken("mailbox")
    said = json.loads(mail["Body"])
    assert json.loads(said["MessageAttributes"]["channels"]["Value"]) == ["mail"]
    assert "1 alarm is still in ALARM" in said["Message"]
    assert "ConnectionError: ledger unreachable" in said["Message"]
    assert "errors: 130 (225 % more than the day before)" in said["Message"]
    kept = place.client("s3").get_object(Bucket="reports", Key="daily/2026-11-29.html")
    assert kept["ContentType"] == "text/html; charset=utf-8"
    assert b"ledger-alarm-prod" in kept["Body"].read()


def test_a_channel_that_fails_gets_it_later_and_the_others_not_again(place: Place) -> None:
    place.vendors.slack.code = "fatal_error"
    assert not place.deliver()
    assert len(place.taken("mailbox")) == 1
    place.vendors.slack.code = ""
    assert place.deliver(receives=2)
    assert len(place.vendors.slack.messages) == 1
    assert place.taken("mailbox") == []


def test_what_no_channel_takes_is_a_dead_letter_with_the_reason_and_a_metric(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.vendors.slack.code = "channel_not_found"
    assert place.deliver(receives=3)
    (letter,) = place.taken("dead-letters")
    assert letter["Body"] == MESSAGE
    reason = letter["MessageAttributes"]["Reason"]["StringValue"]
    assert "given up after 3 receives" in reason
    assert "chat: Slack responded with 200: channel_not_found" in reason
    assert BOT_TOKEN not in reason
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"ReportFailures"' in line]
    assert [line["ReportFailures"] for line in lines] == [1]


@pytest.mark.parametrize("body", ["x", "{}", '{"report": {"name": "hourly", "at": "2026-11-29T07:00:00Z"}}', "[1]"])
def test_what_asks_for_no_report_is_a_dead_letter_at_once(place: Place, body: str) -> None:
    assert place.deliver(body)
    assert [letter["Body"] for letter in place.taken("dead-letters")] == [body]


def test_an_objective_of_the_hub_is_read_once_and_as_its_own() -> None:
    """AccountId is for a monitoring account that reads another's metrics; a hub without links is none.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
    """
    dimensions = (("Account", "${AWS::AccountId}"),)
    failed, paid = (Metric("Gateway", name, dimensions, "Sum") for name in ("Failed", "Paid"))
    target = Target("the gateway answers", 99.9, 2_592_000, failed, paid, True, True, is_of_hub=True)
    asked: list[Any] = []

    class CloudWatch:
        def get_metric_data(self, **given: Any) -> dict[str, Any]:
            asked.extend(given["MetricDataQueries"])
            return {"MetricDataResults": [{"Id": "q0", "Values": [5.0]}, {"Id": "q1", "Values": [10_000.0]}]}

    hub = Hub("111111111111", REGION)
    (found,) = objectives(CloudWatch(), [target], {"222222222222": "alpha", "333333333333": "beta"}, hub, AT)
    assert (found.name, found.left) == ("the gateway answers", pytest.approx(50))
    assert [one.get("AccountId") for one in asked] == [None, None]
    named = [one["MetricStat"]["Metric"]["Dimensions"] for one in asked]
    assert named == [[{"Name": "Account", "Value": "111111111111"}]] * 2


def test_metrics_of_the_accounts_are_in_the_report_where_they_can_be_read(place: Place) -> None:
    put = place.client("cloudwatch").put_metric_data
    at = (AT - 3_600_000) / 1000
    for name, value in (("NonCompliantInstances", 4), ("CompliantInstances", 20)):
        dimensions = [{"Name": "Source", "Value": "Scan"}]
        datum = {"MetricName": name, "Dimensions": dimensions, "Value": value, "Timestamp": at}
        put(Namespace="TagCompliance", MetricData=[datum])
    for name, value in (("Failed", 5), ("Paid", 10_000)):
        put(Namespace="Shop", MetricData=[{"MetricName": name, "Value": value, "Timestamp": at}])
    assert place.deliver()
    said = json.loads(place.taken("mailbox")[0]["Body"])["Message"]
    # moto gives each account the metrics of its own: two accounts with the same ones.
    assert "resources with missing tags: 8" in said
    assert "Budget left: 50.0 %" in said
