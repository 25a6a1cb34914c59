"""The checker as Lambda runs it, against moto's server.

moto emits no events of EC2; those here are as AWS documents them, see world.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from handlers.common import aws
from handlers.compliance import app, aws_resources
from handlers.compliance.aws_outputs import CloudWatchMetrics, EventBridgeFindings
from handlers.compliance.aws_resources import AwsResources
from handlers.compliance.dynamo_ledger import DynamoLedger
from handlers.compliance.outputs import Point, TokenExpired, Unsupported
from tests.handlers.compliance.aws_world import ACCOUNT, BUS_ARN, REGION, AwsWorld, aws_world, context
from tests.handlers.compliance.scan_world import GOOD
from tests.handlers.compliance.world import moment, state_change, tag_change
from tests.handlers.world import moto

NOW = 1_795_932_000_000
NO_OWNER = {key: value for key, value in GOOD.items() if key != "Owner"}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with moto() as address:
        yield address


@pytest.fixture
def place(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> AwsWorld:
    return aws_world(endpoint, monkeypatch)


def test_a_change_goes_the_whole_way(place: AwsWorld) -> None:
    (id_,) = place.launch(NO_OWNER)
    assert place.deliver(state_change(id_, "running", NOW), queue="tag-compliance-launches")
    (finding,) = place.findings()
    assert (finding["source"], finding["detail-type"]) == ("obsgen.compliance", "Tag Compliance Finding")
    assert (finding["detail"]["subject"], finding["detail"]["state"]) == (id_, "ALARM")
    assert finding["detail"]["region"] == REGION
    ((key, body),) = place.objects().items()
    at = json.loads(body)["timestamp"]
    milliseconds = round(datetime.fromisoformat(at).timestamp() * 1000)
    assert key == f"scans/{at[:10]}/{id_}-{milliseconds}.json"
    assert json.loads(body)["missingTags"] == ["Owner"] and json.loads(body)["account"] == ACCOUNT
    assert points(place) == {"CompliantInstances": 0.0, "NonCompliantInstances": 1.0}
    # The same again: nobody hears it twice, and nothing is counted twice.
    assert place.deliver(state_change(id_, "running", NOW))
    assert place.findings() == []
    assert points(place) == {"CompliantInstances": 0.0, "NonCompliantInstances": 1.0}
    place.client("ec2").create_tags(Resources=[id_], Tags=[{"Key": "Owner", "Value": "ann"}])
    assert place.deliver(tag_change(id_, ["Owner"], GOOD, 1, NOW))
    (finding,) = place.findings()
    assert finding["detail"]["state"] == "OK"


def points(place: AwsWorld) -> dict[str, float]:
    """Sums of what was put; moto keeps the timestamps."""
    data = place.client("cloudwatch").list_metrics(Namespace="TagCompliance")["Metrics"]
    now = datetime.now(UTC).timestamp()
    sums = {}
    for metric in data:
        answer = place.client("cloudwatch").get_metric_statistics(
            Namespace="TagCompliance",
            MetricName=metric["MetricName"],
            Dimensions=metric["Dimensions"],
            StartTime=now - 86_400,
            EndTime=now + 60,
            Period=86_400,
            Statistics=["Sum"],
        )
        sums[metric["MetricName"]] = sum(point["Sum"] for point in answer["Datapoints"])
    return sums


def test_terminated_instances_close(place: AwsWorld) -> None:
    (id_,) = place.launch(NO_OWNER)
    place.deliver(state_change(id_, "running", NOW))
    place.client("ec2").terminate_instances(InstanceIds=[id_])
    assert place.deliver(tag_change(id_, ["Owner"], {}, 1, NOW))
    assert [finding["detail"]["state"] for finding in place.findings()] == ["ALARM", "OK"]


def test_a_scan_and_a_tick_run(place: AwsWorld) -> None:
    ids = place.launch(NO_OWNER, 3)
    place.launch(GOOD, 2)
    assert place.deliver({"scan": {"at": moment(NOW), "by": "schedule"}})
    subjects = {finding["detail"]["subject"] for finding in place.findings()}
    assert subjects == set(ids)
    assert place.deliver({"tick": {"at": moment(NOW)}})
    ledger = DynamoLedger(place.client("dynamodb"), "tag-compliance-prod")
    assert [(total["compliant"], total["non_compliant"]) for total in ledger.totals(1)] == [(2, 3)]


def test_a_scan_of_the_future_is_a_dead_letter(place: AwsWorld) -> None:
    assert place.deliver({"scan": {"at": "2099-01-01T00:00:00Z", "by": "hand"}})
    (letter,) = place.take("tag-compliance-dead-letters")
    assert "is in the future" in letter["MessageAttributes"]["Reason"]["StringValue"]


def test_a_scan_that_is_given_up_does_not_keep_the_next_one_waiting(place: AwsWorld, monkeypatch: Any) -> None:
    place.launch(NO_OWNER)
    with monkeypatch.context() as broken:
        broken.setattr(AwsResources, "page", fail)
        assert not place.deliver({"scan": {"at": moment(NOW), "by": "schedule"}})
        assert place.deliver({"scan": {"at": moment(NOW), "by": "schedule"}}, receives=5)
    assert place.deliver({"scan": {"at": moment(NOW + 1_000), "by": "schedule"}})
    assert len(place.findings()) == 1


def test_an_event_without_an_id_is_a_message_that_starts_a_scan(place: AwsWorld) -> None:
    event = state_change("i-0123456789abcdef0", "running", NOW)
    del event["detail"]["instance-id"]
    assert place.deliver(event)
    bodies = [json.loads(message["Body"]) for message in place.take("tag-compliance")]
    assert {"scan": {"at": moment(NOW), "by": "no-id"}} in bodies


def test_what_nobody_can_read_goes_to_the_dead_letters_with_the_reason(place: AwsWorld) -> None:
    assert place.deliver('{"scan": 3}')
    (letter,) = place.take("tag-compliance-dead-letters")
    assert letter["Body"] == '{"scan": 3}'
    assert letter["MessageAttributes"]["Reason"]["StringValue"] == "scan is 3, not an object"


def test_what_fails_comes_again_and_is_given_up_in_the_end(place: AwsWorld, monkeypatch: Any) -> None:
    monkeypatch.setenv("TABLE_NAME", "no-such-table")
    (id_,) = place.launch(NO_OWNER)
    event = state_change(id_, "running", NOW)
    assert not place.deliver(event, queue="tag-compliance-launches")
    hidden = [asked for _, name, asked in place.calls if name == "ChangeMessageVisibility"]
    assert [(asked["QueueUrl"], asked["VisibilityTimeout"]) for asked in hidden] == [
        (place.urls["tag-compliance-launches"], 15)
    ]
    assert place.deliver(event, receives=5)
    (letter,) = place.take("tag-compliance-dead-letters")
    reason = letter["MessageAttributes"]["Reason"]["StringValue"]
    assert reason.startswith("given up after 5 receives: ResourceNotFoundException")


@pytest.mark.parametrize("lost", ["DEAD_LETTERS_URL", "the queue"])
def test_without_dead_letters_the_queue_moves_it(place: AwsWorld, monkeypatch: Any, lost: str) -> None:
    if lost == "the queue":
        monkeypatch.setenv("DEAD_LETTERS_URL", place.urls["hub"] + "-gone")
    else:
        monkeypatch.delenv("DEAD_LETTERS_URL")
    assert not place.deliver("not json")


def test_only_what_failed_is_handed_out_again(place: AwsWorld, monkeypatch: Any) -> None:
    (id_,) = place.launch(NO_OWNER)
    (other,) = place.launch(NO_OWNER)
    good, bad = (place.record(state_change(each, "running", NOW)) for each in (id_, other))
    find = AwsResources.find

    def fail(self: Any, type_: str, ids: Any) -> Any:
        if list(ids) == [other]:
            raise RuntimeError("no")
        return find(self, type_, ids)

    monkeypatch.setattr(AwsResources, "find", fail)
    answer = app.handler({"Records": [good, bad]}, context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": bad["messageId"]}]}


def test_invoked_by_hand_it_fails_aloud(place: AwsWorld) -> None:
    assert app.handler({"tick": {}}, context()) is None
    with pytest.raises(Exception, match="none of scan"):
        app.handler({"tock": {}}, context())


def test_the_custom_resource_goes_to_what_empties_the_bucket(place: AwsWorld, monkeypatch: Any) -> None:
    from handlers.bucket import contents

    seen: list[Any] = []
    monkeypatch.setattr(contents, "handler", lambda event, _context: seen.append(event))
    event = {"ResponseURL": "https://example.com", "RequestType": "Delete"}
    assert app.handler(event, context()) is None
    assert seen == [event]


def test_what_the_first_change_needs_is_loaded_before_it(place: AwsWorld, caplog: Any) -> None:
    app._warm()
    assert [record for record in caplog.records if record.getMessage() == "warm-up failed"] == []
    loaded = aws.client.cache_info().currsize
    (id_,) = place.launch(GOOD)
    assert place.deliver(state_change(id_, "running", NOW))
    # The bucket's and the metrics' clients: a tick needs neither.
    assert aws.client.cache_info().currsize == loaded + 2


# -- adapters


def test_instances_come_in_pages_and_by_id(place: AwsWorld, monkeypatch: Any) -> None:
    # moto counts reservations where EC2 counts instances.
    monkeypatch.setattr(aws_resources, "PAGE", 5)
    monkeypatch.setattr(aws_resources, "MOST_IDS", 3)
    ids = [id_ for _ in range(8) for id_ in place.launch(GOOD)]
    terminated = ids.pop()
    place.client("ec2").terminate_instances(InstanceIds=[terminated])
    resources = AwsResources(place.client, ACCOUNT, REGION)
    first = resources.page("ec2:instance", "")
    second = resources.page("ec2:instance", first.next)
    assert (len(first.resources), len(second.resources), second.next) == (5, 2, "")
    assert {one.id for one in (*first.resources, *second.resources)} == set(ids)
    assert {one.account for one in first.resources} == {ACCOUNT}
    # One that does not exist takes nothing from the others; more than fit into one filter are asked for in turn.
    counting = Counting(place.client("ec2"))
    found = AwsResources(lambda _service: counting, ACCOUNT, REGION).find(
        "ec2:instance", [*ids, "i-00000000000000000", terminated]
    )
    assert {one.id for one in found} == {*ids, terminated}
    assert counting.sizes == [3, 3, 3]
    with pytest.raises(Unsupported):
        resources.find("s3:bucket", ["orders"])


class Counting:
    """EC2 that counts how many ids it is asked for at once."""

    def __init__(self, client: Any) -> None:
        self.client, self.sizes = client, list[int]()

    def describe_instances(self, **asked: Any) -> Any:
        self.sizes.append(len(asked["Filters"][0]["Values"]))
        return self.client.describe_instances(**asked)


def test_a_token_that_is_too_old_is_told_apart(place: AwsWorld) -> None:
    def client_of(_service: str) -> Any:
        client = place.client("ec2")
        error = client.exceptions.ClientError({"Error": {"Code": "InvalidPaginationToken"}}, "DescribeInstances")

        class Old:
            def describe_instances(self, **asked: Any) -> Any:
                raise error

        return Old()

    resources = AwsResources(client_of, ACCOUNT, REGION)
    with pytest.raises(TokenExpired):
        resources.page("ec2:instance", "old")
    with pytest.raises(Exception, match="InvalidPaginationToken"):
        resources.page("ec2:instance", "")


class Entries:
    """EventBridge that fails entries by their subject, so many times each."""

    def __init__(self, failures: dict[str, int]) -> None:
        self.failures, self.calls = failures, list[int]()

    def put_events(self, Entries: list[Any]) -> Any:  # noqa: N803  # as botocore has it
        self.calls.append(len(Entries))
        answers: list[dict[str, str]] = []
        for entry in Entries:
            subject = json.loads(entry["Detail"])["subject"]
            left = self.failures.get(subject, 0)
            self.failures[subject] = left - 1
            answers.append({"ErrorCode": "ThrottlingException"} if left > 0 else {"EventId": "1"})
        return {"FailedEntryCount": sum("ErrorCode" in one for one in answers), "Entries": answers}


def test_findings_go_in_tens_and_what_failed_goes_again() -> None:
    client, pauses = Entries({"3": 2, "11": 99}), list[float]()
    details = [{"subject": str(number)} for number in range(12)]
    taken = EventBridgeFindings(client, BUS_ARN, REGION, pauses.append).send(details)
    assert [index for index, is_taken in enumerate(taken) if not is_taken] == [11]
    assert client.calls == [10, 1, 1, 2, 1, 1, 1]
    assert pauses == [0.2, 0.4, 0.2, 0.4, 0.8]


def test_findings_that_were_taken_are_known_though_a_later_call_fails() -> None:
    class Dying(Entries):
        def put_events(self, Entries: list[Any]) -> Any:  # noqa: N803
            if self.calls:
                raise ConnectionError
            return super().put_events(Entries)

    details = [{"subject": str(number)} for number in range(12)]
    taken = EventBridgeFindings(Dying({}), BUS_ARN, REGION).send(details)
    assert taken == [True] * 10 + [False] * 2
    dying = Dying({})
    dying.calls.append(0)
    with pytest.raises(ConnectionError):
        EventBridgeFindings(dying, BUS_ARN, REGION).send(details)


def test_points_go_in_thousands_and_again_only_where_none_was_counted(place: AwsWorld) -> None:
    refusals = ["ThrottlingException", "Throttling"]
    sizes: list[int] = []
    client = place.client("cloudwatch")

    class Busy:
        def put_metric_data(self, Namespace: str, MetricData: list[Any]) -> None:  # noqa: N803
            if refusals:
                raise client.exceptions.ClientError({"Error": {"Code": refusals.pop()}}, "PutMetricData")
            sizes.append(len(MetricData))
            client.put_metric_data(Namespace=Namespace, MetricData=MetricData)

    metrics = CloudWatchMetrics(Busy(), lambda _seconds: None)
    metrics.put([Point("CompliantInstances", 1, NOW, {"Source": "Scan"})] * 1_001)
    assert sizes == [1_000, 1]
    refusals.append("InternalServiceError")
    with pytest.raises(Exception, match="InternalServiceError"):
        metrics.put([Point("CompliantInstances", 1, NOW)])
    assert sizes == [1_000, 1]


def test_the_bus_is_asked_in_its_own_region(place: AwsWorld, monkeypatch: Any) -> None:
    monkeypatch.setenv("BUS_ARN", BUS_ARN.replace(REGION, "eu-west-1"))
    world = app._world(ACCOUNT)
    assert world.findings._make().client.meta.region_name == "eu-west-1"  # type: ignore[attr-defined]
    assert world.region == REGION
    assert aws.client("sqs", 60.0, app.ATTEMPTS, None).meta.region_name == REGION


def test_points_are_put_by_a_client_that_does_not_try_twice(place: AwsWorld) -> None:
    client = app._world(ACCOUNT).metrics._make().client  # type: ignore[attr-defined]
    assert client.meta.config.retries["total_max_attempts"] == 1


def fail(*_arguments: Any) -> Any:
    raise ConnectionError("EC2 is out of reach")
