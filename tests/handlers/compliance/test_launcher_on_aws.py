"""Who launched an instance, by the checker as Lambda runs it: moto's server, and a stand-in for CloudTrail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from handlers.compliance import app, aws_trail
from handlers.compliance.launcher import FACT
from handlers.compliance.outputs import LONGEST_DELAY_S
from tests.handlers.compliance.aws_world import AwsWorld, aws_world
from tests.handlers.compliance.scan_world import GOOD
from tests.handlers.compliance.trail_server import NOT_ALLOWED, TrailServer, trail_server
from tests.handlers.compliance.world import state_change
from tests.handlers.world import moto

NOW = 1_795_932_000_000
NO_OWNER = {key: value for key, value in GOOD.items() if key != "Owner"}
NOTIFY = {"changes": "each", "scans": "each", "summary_above": 10, "launcher": True}
ALICE = {"type": "IAMUser", "userName": "Alice", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"}
LONGEST_VISIBILITY_S = 600


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with moto() as address:
        yield address


@pytest.fixture(scope="module")
def server() -> Iterator[TrailServer]:
    with trail_server() as made:
        yield made


@pytest.fixture
def trail(server: TrailServer) -> TrailServer:
    server.events.clear()
    server.asked.clear()
    server.refuses = 0
    return server


@pytest.fixture
def place(endpoint: str, trail: TrailServer, monkeypatch: pytest.MonkeyPatch) -> AwsWorld:
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDTRAIL", trail.address)
    return aws_world(endpoint, monkeypatch, notify=NOTIFY)


def found(place: AwsWorld) -> tuple[str, dict[str, Any]]:
    """An instance that people have just heard of, and the message that asks who launched it."""
    (id_,) = place.launch(NO_OWNER)
    assert place.deliver(state_change(id_, "running", NOW), queue="tag-compliance-launches")
    assert len(place.findings()) == 1
    return id_, {"launcher": {"type": "ec2:instance", "id": id_}}


def test_it_is_asked_for_when_cloudtrail_is_likely_to_know(place: AwsWorld) -> None:
    id_, _ = found(place)
    sent = [asked for _, name, asked in place.calls if name == "SendMessage"]
    assert [(asked["DelaySeconds"], asked["MessageBody"]) for asked in sent] == [
        (LONGEST_DELAY_S, f'{{"launcher":{{"type":"ec2:instance","id":"{id_}"}}}}')
    ]
    # It waits in the queue.
    assert place.take("tag-compliance") == []


def test_the_launch_is_the_earliest_of_many_calls(place: AwsWorld, trail: TrailServer) -> None:
    id_, message = found(place)
    trail.happened(id_, "RunInstances", userIdentity=ALICE)
    for _ in range(120):
        trail.happened(id_, "StartInstances", userIdentity={"type": "Root"})
    assert place.deliver(message)
    (finding,) = place.findings()
    assert [FACT, "IAM user Alice, 2026-11-29 10:02 UTC"] in finding["detail"]["facts"]
    assert finding["detail"]["state"] == "ALARM" and "AKIA" not in str(finding)
    assert [asked.get("NextToken") for asked in trail.asked] == [None, "50", "100"]
    assert place.deliver(message) and place.findings() == []
    assert len(trail.asked) == 3


def test_so_many_calls_are_not_read_to_their_end(place: AwsWorld, trail: TrailServer) -> None:
    id_, message = found(place)
    trail.happened(id_, "RunInstances", userIdentity=ALICE)
    for _ in range(250):
        trail.happened(id_, "StartInstances", userIdentity=ALICE)
    assert not place.deliver(message)
    assert len(trail.asked) == aws_trail.MOST_PAGES and place.findings() == []


@pytest.mark.parametrize("refusal", ["throttled", "denied", "unknown"])
def test_what_it_does_not_say_comes_again_and_is_given_up(place: AwsWorld, trail: TrailServer, refusal: str) -> None:
    _, message = found(place)
    trail.refuses = 0 if refusal == "unknown" else 100
    trail.refusal = NOT_ALLOWED if refusal == "denied" else trail.refusal
    receives = range(1, len(app.LATER) + 2)
    assert [place.deliver(message, each) for each in receives] == [False] * len(app.LATER) + [True]
    # Each a single request, because others share the rate.
    assert len(trail.asked) == len(receives)
    hidden = [asked["VisibilityTimeout"] for _, name, asked in place.calls if name == "ChangeMessageVisibility"]
    assert hidden == list(app.LATER) and max(hidden) <= LONGEST_VISIBILITY_S
    assert place.take("tag-compliance-dead-letters") == [] and place.findings() == []


def test_after_a_refusal_it_is_added_as_ever(place: AwsWorld, trail: TrailServer) -> None:
    id_, message = found(place)
    trail.happened(id_, "RunInstances", userIdentity=ALICE)
    trail.refuses = 1
    assert not place.deliver(message)
    assert place.deliver(message, 2)
    assert len(place.findings()) == 1


def test_where_nobody_asked_for_it_cloudtrail_is_left_alone(
    endpoint: str, trail: TrailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDTRAIL", trail.address)
    place = aws_world(endpoint, monkeypatch)
    _, message = found(place)
    assert place.deliver(message)
    assert trail.asked == [] and "SendMessage" not in [name for _, name, _ in place.calls]
