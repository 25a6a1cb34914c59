"""Who launched an instance: what CloudTrail's event says, and how it comes into a finding that people have.

Events are as https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
has them, and the example of RunInstances in
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitor-with-cloudtrail.html.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.compliance import app, wording
from handlers.compliance.facts import MOST_FACTS
from handlers.compliance.judge import judge
from handlers.compliance.launcher import FACT, launcher_of, with_launcher
from handlers.compliance.ledger import SUMMARY, Status
from handlers.compliance.messages import FindLauncher, Unreadable, read
from handlers.compliance.outputs import LONGEST_DELAY_S, PostponedMessage
from handlers.compliance.resource import EC2_INSTANCE, Resource
from tests.handlers.compliance.rule_tables import TODAY
from tests.handlers.compliance.scan_world import ACCOUNT, GOOD, REGION, rules
from tests.handlers.compliance.world import MAX_RECEIVES, SECOND, ComplianceWorld, Killed, Throttled

NO_OWNER = {key: value for key, value in GOOD.items() if key != "Owner"}
WHO = "role deploy (session ci-42), 2026-11-29 10:02 UTC"
NOTIFY = {"changes": "each", "scans": "each", "summary_above": 10, "launcher": True}
ARN = "arn:aws:sts::222222222222:assumed-role/deploy/ci-42"
ROLE = {
    "type": "AssumedRole",
    "principalId": "AROAIDPPEZS35WEXAMPLE:ci-42",
    "arn": ARN,
    "accountId": ACCOUNT,
    "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
    "sessionContext": {"sessionIssuer": {"type": "Role", "userName": "deploy"}},
}
SCALING_ROLE = {**ROLE, "arn": "arn:aws:sts::222222222222:assumed-role/AWSServiceRoleForAutoScaling/AutoScaling"}


def event(identity: dict[str, Any], **more: Any) -> str:
    usual = {"eventName": "RunInstances", "eventTime": "2026-11-29T10:02:41Z", "eventSource": "ec2.amazonaws.com"}
    return json.dumps({"eventVersion": "1.08", **usual, "userIdentity": identity, **more})


@pytest.mark.parametrize(
    ("identity", "who"),
    [
        (ROLE, "role deploy (session ci-42)"),
        ({"type": "AssumedRole", "arn": ARN}, "role deploy (session ci-42)"),
        ({**ROLE, "invokedBy": "cloudformation.amazonaws.com"}, "role deploy (session ci-42) through cloudformation"),
        ({**ROLE, "invokedBy": "AWS Internal"}, "role deploy (session ci-42)"),
        ({"type": "IAMUser", "userName": "Alice", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"}, "IAM user Alice"),
        ({"type": "IAMUser", "arn": "arn:aws:iam::222222222222:user/ops/Bob"}, "IAM user Bob"),
        ({"type": "Root", "arn": "arn:aws:iam::222222222222:root", "userName": "alias"}, "the root user"),
        ({"type": "FederatedUser", "arn": "arn:aws:sts::222222222222:federated-user/Carl"}, "federated user Carl"),
        ({"type": "AWSService", "invokedBy": "ec2fleet.amazonaws.com"}, "AWS service ec2fleet"),
        ({**SCALING_ROLE, "sessionContext": {}, "invokedBy": "autoscaling.amazonaws.com"}, "AWS service autoscaling"),
        ({"type": "AWSAccount", "accountId": "999999999999"}, "account 999999999999"),
        ({"type": "SAMLUser", "userName": "dora@example.com"}, "user dora@example.com"),
        ({"type": "IAMUser", "userName": "x\u0007 y\n" + "z" * 100}, "IAM user x y " + "z" * 73 + "…"),
    ],
)
def test_who_it_was_in_words(identity: dict[str, Any], who: str) -> None:
    assert launcher_of(event(identity)) == f"{who}, 2026-11-29 10:02 UTC"


def test_no_id_of_a_key_is_said() -> None:
    identity = {"type": "IAMUser", "userName": "AKIAIOSFODNN7EXAMPLE", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"}
    assert "AKIA" not in launcher_of(event(identity))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "3",
        "{}",
        event(ROLE, eventName="StartInstances"),
        event(ROLE, errorCode="Client.UnauthorizedOperation"),
        event({"type": "Unknown"}),
        event({"type": "AWSService"}),
        event({"type": "AssumedRole"}),
        event([]),  # type: ignore[arg-type]
    ],
)
def test_what_says_nothing_of_a_launch_is_nobody(text: str) -> None:
    assert launcher_of(text) == ""


def test_a_time_that_is_none_is_left_out() -> None:
    assert launcher_of(event(ROLE, eventTime="yesterday")) == "role deploy (session ci-42)"


TEXTS = st.text(max_size=300)


@given(tags=st.dictionaries(TEXTS.filter(bool), TEXTS, max_size=20), group=TEXTS, launcher=TEXTS.filter(bool))
def test_it_stays_within_what_the_hub_takes(tags: dict[str, str], group: str, launcher: str) -> None:
    resource = Resource(EC2_INSTANCE, "i-1", ACCOUNT, REGION, tags, "running", launch_template=group)
    account = rules().of(ACCOUNT)
    content = with_launcher(wording.open_content(resource, judge(resource, account, TODAY), account), launcher)
    names = [name for name, _ in content["facts"]]
    assert len(names) <= MOST_FACTS and names.count(FACT) <= 1
    assert wording.size(content) <= wording.MOST_BYTES  # type: ignore[arg-type]


def test_group_and_template_are_said_beside_it_and_tags_give_way() -> None:
    tags = {f"key-{number:02}": "v" * 80 for number in range(40)}
    resource = Resource(EC2_INSTANCE, "i-1", ACCOUNT, REGION, tags, "running", launch_template="lt-1")
    account = rules().of(ACCOUNT)
    before = wording.open_content(resource, judge(resource, account, TODAY), account)
    after = with_launcher(before, WHO)
    assert dict(after["facts"])[FACT] == f"{WHO}; launch template lt-1"
    shown = dict(after["facts"])["Tags"]
    assert 200 < len(shown) <= len(dict(before["facts"])["Tags"])
    assert with_launcher({}, WHO) == {}


# -- the message


@pytest.fixture
def place() -> ComplianceWorld:
    return ComplianceWorld(notify=NOTIFY)


def launched(place: ComplianceWorld, number: int = 1, known_after: int = 300, **more: Any) -> str:
    """An instance without its owner, and CloudTrail's memory of it."""
    id_ = place.account.launch(number, NO_OWNER, **more)
    place.trail.launches[id_] = (place.clock.at + known_after * SECOND, WHO)
    return id_


def said(place: ComplianceWorld, id_: str) -> list[str]:
    """What the findings of an instance say of its launch, the earliest first, each once."""
    found = {one["at"]: dict(one.get("facts", ())).get(FACT, "") for one in place.people.received}
    assert {one["subject"] for one in place.people.received} <= {id_}
    return [found[at] for at in sorted(found)]


def test_it_is_added_a_quarter_of_an_hour_after_the_finding(place: ComplianceWorld) -> None:
    id_ = launched(place)
    place.wait(130)
    assert said(place, id_) == [""]
    assert [json.loads(one.body) for one in place.queue.waiting] == [{"launcher": {"type": EC2_INSTANCE, "id": id_}}]
    place.wait(LONGEST_DELAY_S)
    assert place.heard(id_) == ["ALARM", "ALARM"] and said(place, id_) == ["", WHO]
    first, second = place.people.received
    differing = {name for name in first if first[name] != second[name]}
    assert differing == {"at", "facts"} and second["at"] > second["adds_to"] == first["at"]
    assert place.row(id_).body["launcher"] == WHO and place.row(id_).owed is None
    place.run()
    assert len(place.people.received) == 2


def test_later_findings_say_it_and_nobody_asks_again(place: ComplianceWorld) -> None:
    id_ = launched(place)
    place.run()
    for tags in ({"Environment": "prod"}, GOOD, NO_OWNER):
        place.account.tag(id_, tags)
        place.wait(1)
    assert place.heard(id_) == ["ALARM", "ALARM", "ALARM", "OK", "ALARM"]
    assert said(place, id_) == ["", WHO, WHO, "", WHO]
    place.scan()
    assert place.row(id_).content["facts"] == place.people.received[-1]["facts"]
    assert place.faults.calls.count("trail.launcher") == 1


def test_a_finding_of_a_scan_has_it_too(place: ComplianceWorld) -> None:
    place.loses = lambda _event: True
    id_ = launched(place)
    place.wait(3_600)
    place.scan()
    assert place.heard(id_) == ["ALARM", "ALARM"] and said(place, id_) == ["", WHO]


@pytest.mark.parametrize("after", ["fixed", "other faults", "terminated", "forgotten", "exempt"])
@pytest.mark.parametrize("lost", [False, True], ids=["known", "event lost"])
def test_what_is_not_so_any_more_is_not_said_again(place: ComplianceWorld, after: str, lost: bool) -> None:
    id_ = launched(place, known_after=0)
    place.wait(130)
    message = next(one.body for one in place.queue.waiting if "launcher" in one.body)
    place.loses = lambda _event: lost
    changes = {
        "fixed": lambda: place.account.tag(id_, GOOD),
        "other faults": lambda: place.account.tag(id_, {"Environment": "prod"}),
        "terminated": lambda: place.account.turn(id_, "terminated"),
        "forgotten": lambda: place.account.forget(id_),
        "exempt": lambda: place.account.tag(id_, {"Temporary": "yes"}),
    }
    changes[after]()
    place.wait(1)
    before = list(place.people.received)
    place.handle(message)
    place.handle(message)
    # What only the event would have told is found by the next scan.
    is_told = after == "other faults" and not lost
    assert place.heard(id_) == [one["state"] for one in before] + ["ALARM"] * is_told
    assert said(place, id_)[len(before) :] == [WHO] * is_told


def test_what_was_fixed_is_not_opened_again_whenever_the_message_comes(place: ComplianceWorld) -> None:
    """Before each call of the message the tags are set, and another invocation sees it."""
    for at in range(1, 6):
        other = ComplianceWorld(notify=NOTIFY)
        id_ = launched(other)
        other.wait(130)
        message = next(one for one in other.queue.waiting if "launcher" in one.body)
        other.queue.waiting.remove(message)
        other.clock.at += LONGEST_DELAY_S * SECOND
        fix_before(other, len(other.faults.calls) + at, id_)
        other.handle(message.body)
        other.run()
        assert other.heard(id_)[-1] == "OK" and other.row(id_).status is Status.COMPLIANT, at
        assert other.heard(id_).count("ALARM") <= 2


def fix_before(place: ComplianceWorld, number: int, id_: str) -> None:
    def before(_name: str) -> None:
        if len(place.faults.calls) == number:
            place.faults.before = lambda _name: None
            place.account.tag(id_, GOOD)
            place.wait(0)

    place.faults.before = before


def test_the_same_message_again_says_nothing_again(place: ComplianceWorld) -> None:
    id_ = launched(place)
    place.wait(130)
    message = next(one.body for one in place.queue.waiting if "launcher" in one.body)
    place.run()
    for _ in range(3):
        place.handle(message)
    assert place.heard(id_) == ["ALARM", "ALARM"]
    assert place.faults.calls.count("trail.launcher") == 1


@pytest.mark.parametrize("name", ["ledger.load", "resources.find", "trail.launcher", "ledger.save", "findings.send"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("failure", [Throttled, Killed])
def test_what_fails_is_tried_again_and_said_once(place: ComplianceWorld, name: str, when: str, failure: Any) -> None:
    id_ = launched(place)
    place.wait(130)
    failures = [failure(), failure()]

    def fail(called: str) -> None:
        if called == name and failures:
            raise failures.pop()

    setattr(place.faults, when, fail)
    place.run()
    place.tick()
    assert not failures
    assert place.heard(id_) == ["ALARM", "ALARM"] and said(place, id_) == ["", WHO]
    assert place.row(id_).owed is None and place.queue.dead == []


def test_what_cannot_be_known_is_given_up_without_a_dead_letter(place: ComplianceWorld) -> None:
    def fail(called: str) -> None:
        if called == "trail.launcher":
            raise Throttled

    place.faults.before = fail
    id_ = launched(place)
    place.run()
    assert place.heard(id_) == ["ALARM"] and place.queue.dead == []
    assert place.faults.calls.count("trail.launcher") == len(app.LATER) + 1 < MAX_RECEIVES


@pytest.mark.parametrize(("known_after", "asked"), [(1_100, 3), (10**9, 4)])
def test_what_cloudtrail_gets_to_know_late_is_asked_for_again(
    place: ComplianceWorld, known_after: int, asked: int
) -> None:
    id_ = launched(place, known_after=known_after)
    place.run()
    assert said(place, id_) == ["", WHO][: 1 + (asked < 4)]
    assert place.faults.calls.count("trail.launcher") == asked and place.queue.dead == []


def test_what_was_launched_long_ago_is_asked_for_once(place: ComplianceWorld) -> None:
    place.loses = lambda _event: True
    id_ = launched(place, known_after=10**9)
    place.wait(7_200)
    place.scan()
    assert said(place, id_) == [""] and place.faults.calls.count("trail.launcher") == 1


def test_a_group_is_known_and_nobody_is_asked(place: ComplianceWorld) -> None:
    id_ = launched(place, launched_by=("auto-scaling",), auto_scaling_group="web")
    place.run()
    assert said(place, id_) == ["auto-scaling group web"]
    assert "trail.launcher" not in place.faults.calls


def test_a_queue_that_takes_no_message_keeps_no_finding_back(place: ComplianceWorld) -> None:
    id_ = launched(place)

    def fail(called: str) -> None:
        if called == "messages.send":
            raise Throttled

    place.faults.before = fail
    place.run()
    assert place.heard(id_) == ["ALARM"] and place.row(id_).owed is None


def test_who_asks_for_no_launcher_gets_none() -> None:
    place = ComplianceWorld(notify={**NOTIFY, "launcher": False})
    id_ = launched(place)
    place.wait(130)
    assert not place.queue.waiting
    # What an earlier version has left in the queue.
    place.handle(FindLauncher(place.row(id_).key).to_message())
    assert place.heard(id_) == ["ALARM"]


def test_what_a_summary_tells_has_no_launcher() -> None:
    place = ComplianceWorld(notify={**NOTIFY, "changes": "summary"})
    id_ = launched(place)
    place.run()
    place.tick()
    assert place.heard(SUMMARY.id) == ["ALARM"] and not place.queue.waiting
    place.handle(FindLauncher(place.row(id_).key).to_message())
    assert place.heard(id_) == [] and "trail.launcher" not in place.faults.calls


def test_another_writer_in_between_is_read_again(place: ComplianceWorld) -> None:
    id_ = launched(place)
    place.wait(130)
    (message,) = place.queue.waiting
    place.queue.waiting.clear()
    place.clock.at += LONGEST_DELAY_S * SECOND
    writes = [2, 1]

    def write(name: str) -> None:
        if name == "ledger.save" and writes:
            seen = writes.pop()
            row = place.row(id_)
            place.ledger.rows[row.key] = replace(row, last_scan=seen, version=row.version + 1)

    place.faults.before = write
    place.handle(message.body)
    assert said(place, id_) == ["", WHO] and place.row(id_).last_scan == 2
    writes.extend([3] * 50)
    place.ledger.rows[place.row(id_).key] = replace(place.row(id_), body={})
    with pytest.raises(PostponedMessage):
        place.handle(message.body)


@pytest.mark.parametrize("body", ['{"launcher": 3}', '{"launcher": {"type": "ec2:instance"}}', '{"launcher": {}}'])
def test_a_message_of_nothing_cannot_be_read(body: str) -> None:
    with pytest.raises(Unreadable):
        read(body)
