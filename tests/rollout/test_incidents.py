"""`obsgen incidents` and `obsgen redrive` over deliveries: what the functions' code writes, the commands read."""

from __future__ import annotations

import dataclasses
import json
import time
from typing import Any

import pytest

from generator.cli.main import group
from generator.render.incident_words import age
from generator.rollout.operate import incident_items
from generator.wording import plain_name
from handlers.common import event_names
from handlers.incident.events import Key
from handlers.incident.finding import Finding
from handlers.incident.state import items
from handlers.incident.state.records import Incident, Kind, Rank, Status, rank
from handlers.incident.state.table import DueDelivery, OutstandingDelivery, ParkedEvent
from tests.handlers.table_world import TABLE
from tests.rollout.front import Fault
from tests.rollout.incident_world import CHANNELS, DAY, HOUR, MINUTE, World
from tests.rollout.team import HUB, Team

NOW = time.time_ns() // 1_000_000


@pytest.fixture(autouse=True)
def _now() -> None:
    """The command looks at the clock, and a run of all tests is long: what is an hour old is so when a test begins."""
    global NOW
    NOW = time.time_ns() // 1_000_000


@pytest.fixture
def world(team: Team) -> World:
    team.write(CHANNELS)
    return World(team, NOW)


def test_where_nothing_is_open_it_says_so(world: World) -> None:
    said = world.team.typed("incidents")
    assert (said.code, said.err) == (0, "")
    assert said.out == f"prod of account {HUB}, us-east-1: 0 incidents open, 0 deliveries owed\n"


def test_both_sides_mean_the_same(world: World) -> None:
    """Every field that is shown, through the functions' own code into the table and out by the command's."""
    incident = world.incident(
        "a1", state="INSUFFICIENT_DATA", changed_at=NOW - 5, alarm_count=4, reason="no data", severity="critical"
    )
    assert incident_items.incident_of(items.incident_item(incident, 1, NOW)) == incident_items.Incident(
        id="a1",
        alarm="errors-alarm-prod",
        account=incident.key.account,
        region="us-east-1",
        kind="alone",
        severity="critical",
        state="INSUFFICIENT_DATA",
        opened=incident.opened,
        changed_at=NOW - 5,
        alarm_at=incident.alarm_at,
        alarm_count=4,
        ended=None,
        recipients=("ops-jira", "ops-email"),
        reason="no data",
    )
    delivery = world.delivery(
        incident,
        "ops-jira",
        Rank.CRITICAL,
        state="ALARM",
        reference="OPS-1",
        digested=True,
        attempts=3,
        first_failed=NOW - MINUTE,
        not_before=NOW + MINUTE,
        reason="why",
    )
    read = incident_items.delivery_of(items.delivery_item(delivery, 3, Rank.CRITICAL, incident, NOW))
    assert (read.incident, read.channel, read.status, read.version) == ("a1", "ops-jira", "owed", 3)
    assert (read.state, read.reference, read.is_digested) == ("ALARM", "OPS-1", True)
    assert (read.attempts, read.not_before, read.reason) == (3, NOW + MINUTE, "why")
    assert read.waits_since(incident_items.incident_of(items.incident_item(incident, 1, NOW))) == NOW - MINUTE
    world.down()
    found = next(iter(world.table._index(items.CHANNELS, None)))
    state = incident_items.channel_of(world.table._get({"pk": found["pk"], "sk": found["sk"]}))
    assert state == incident_items.ChannelState(
        "ops-jira", NOW - 2 * HOUR, NOW + 4 * MINUTE, 0, 9, 15.0, "Jira failed (503)"
    )
    world.table.park(ParkedEvent(Key(HUB, "us-east-1", "odd#name-alarm-prod"), "{}", NOW), NOW)
    parked = next(iter(world.table._index(items.PARKED, None)))
    assert incident_items.parked_of(parked) == incident_items.ParkedAlarm(HUB, "us-east-1", "odd#name-alarm-prod", NOW)
    assert (items.INDEX, items.OPEN, items.CHANNELS, items.PARKED) == (
        incident_items.INDEX,
        incident_items.OPEN,
        incident_items.CHANNELS,
        incident_items.PARKED,
    )
    words = incident_items.OWED, incident_items.SETTLED, incident_items.GIVEN_UP, incident_items.REFUSED
    assert {str(status) for status in Status} == set(words)
    assert items.due_pk("c") == incident_items.due_pk("c")


@pytest.mark.parametrize("severity", ["critical", "high", "medium", "low"])
@pytest.mark.parametrize("ended", [None, NOW], ids=["open", "ended"])
def test_what_is_tried_again_stands_where_the_worker_would_put_it(severity: str, ended: int | None) -> None:
    incident = Incident("a", Key("1", "r", "n"), Kind.ALONE, severity, 1, "ALARM", 1, 1, ended=ended)
    mine = incident_items.incident_of(items.incident_item(incident, 1, NOW))
    assert incident_items.rank(mine) == rank(severity, "OK" if ended else "ALARM")


def test_open_incidents_and_what_each_channel_was_sent(world: World) -> None:
    first = world.incident("a1", alarm_count=3)
    world.delivery(first, "ops-jira", status=Status.SETTLED, state="ALARM", reference="OPS-12")
    world.delivery(
        first,
        "ops-email",
        Rank.HIGH,
        attempts=2,
        first_failed=NOW - 10 * MINUTE,
        not_before=NOW + 3 * MINUTE,
        reason="SNS failed\x1b[2J (503)",
    )
    worse = world.incident(
        "b2", "latency-alarm-prod", severity="critical", opened=NOW - MINUTE, changed_at=NOW - MINUTE
    )
    world.delivery(worse, "ops-jira", Rank.CRITICAL, not_before=NOW - MINUTE)
    world.delivery(worse, "ops-email", status=Status.SETTLED, state="ALARM", digested=True)
    said = world.team.run("incidents")
    assert said.code == 0, said.err
    text = said.out
    assert text.splitlines()[0].endswith(": 2 incidents open, 2 deliveries owed")
    assert text.index("critical  latency-alarm-prod in beta us-east-1: ALARM since") < text.index(
        "high  errors-alarm-prod"
    )
    assert "incident a1, opened " in text
    assert ", 3 times in ALARM\n" in text
    assert "      ops-jira: sent ALARM, OPS-12\n" in text
    assert "      ops-email: named in a digest\n" in text
    assert "2 attempts failed: SNS failed [2J (503); next " in text
    assert "(10 min); 2 attempts failed" in text
    assert "      ops-jira: owed since " in text
    assert "next attempt at once\n" in text


def test_a_channel_that_does_not_answer(world: World) -> None:
    world.down()
    incident = world.incident("a1")
    world.delivery(incident, "ops-jira", Rank.HIGH, attempts=4, first_failed=NOW - HOUR, not_before=NOW + MINUTE)
    said = world.team.run("incidents")
    assert said.code == 1
    assert "  Channels that do not respond" in said.out
    assert "(2 h), 9 calls failed in a row: Jira failed (503); next call " in said.out
    assert "; 15 calls a minute at most then\n" in said.out
    assert "4 attempts failed, the channel does not respond; it is called next " in said.out


def test_what_is_owed_of_incidents_that_are_over_what_was_given_up_and_what_is_unknown(world: World) -> None:
    over = world.incident("a1", ended=NOW - MINUTE, state="OK", changed_at=NOW - MINUTE)
    world.delivery(over, "ops-jira", Rank.ENDED, state="ALARM", reference="OPS-7", not_before=NOW - 20 * MINUTE)
    world.delivery(over, "ops-email", status=Status.REFUSED, reason="SNS refused (400)")
    lost = world.incident("b2", "latency-alarm-prod")
    world.delivery(lost, "ops-jira", status=Status.GIVEN_UP, reason="Jira refused (401): check the token")
    world.table.park(ParkedEvent(Key(world.team.accounts["alpha"], "us-east-1", "new-alarm-prod"), "{}", NOW), NOW)
    said = world.team.run("incidents")
    assert said.code == 1
    for words in (
        "  Owed of incidents that are over: 1 delivery\n",
        "    ops-jira: high  errors-alarm-prod in beta us-east-1, over since ",
        "      sent ALARM, OPS-7; owed since ",
        "  Given up or refused: 2 deliveries; to try again:\n    obsgen redrive --environment prod --send\n",
        "    ops-jira: high  latency-alarm-prod in beta us-east-1, still open\n",
        "  given up: Jira refused (401): check the token\n",
        "  refused: SNS refused (400)\n",
        "  Unknown to the deployed build: 1 alarm; decided once a build knows them\n",
        "    new-alarm-prod in alpha us-east-1, ",
    ):
        assert words in said.out


def test_as_data_and_for_one_channel(world: World) -> None:
    both = world.incident("a1")
    world.delivery(both, "ops-jira", Rank.HIGH, not_before=NOW)
    world.delivery(both, "ops-email", status=Status.GIVEN_UP, reason="x")
    world.incident("b2", "latency-alarm-prod", recipients=("ops-email",))
    whole = json.loads(world.team.run("incidents", "--format", "json").out)
    assert [one["incident"] for one in whole["open"]] == ["a1", "b2"]
    assert [one["channel"] for one in whole["given_up_or_refused"]] == ["ops-email"]
    assert whole["well"] is False
    said = world.team.run("incidents", "--format", "json", "--channel", "ops-jira")
    one = json.loads(said.out)
    assert said.code == 0
    assert [row["incident"] for row in one["open"]] == ["a1"]
    assert [row["channel"] for row in one["open"][0]["deliveries"]] == ["ops-jira"]
    assert one["given_up_or_refused"] == []
    assert one["owed"][0]["of"]["alarm"] == "errors-alarm-prod"
    wrong = world.team.run("incidents", "--channel", "ops-jria")
    assert (wrong.code, "did you mean `ops-jira`?" in wrong.err) == (2, True)


def test_what_waits_for_too_long_is_somebodys_business(world: World) -> None:
    incident = world.incident("a1")
    world.delivery(incident, "ops-jira", Rank.HIGH, not_before=NOW - 14 * MINUTE)
    assert world.team.run("incidents").code == 0
    world.delivery(incident, "ops-jira", Rank.HIGH, not_before=NOW - 16 * MINUTE)
    assert world.team.run("incidents").code == 1


def test_long_lists_are_cut_and_read_whole_with_all(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.rollout.operate.incident_state.MOST", 30)
    monkeypatch.setattr("generator.render.incident_words.MOST", 30)
    for number in range(35):
        world.incident(f"i{number:02}", f"n{number:02}-alarm-prod", recipients=())
    said = world.team.run("incidents")
    assert "more than 30 incidents open" in said.out
    assert "    and 10 more; --all shows them\n" in said.out
    assert "  Only the first 30 of a list were read; --all reads the rest\n" in said.out
    # The newest are those that are read first.
    whole = world.team.run("incidents", "--all")
    assert whole.out.splitlines()[0].endswith("35 incidents open, 0 deliveries owed")
    assert all(f"n{number:02}-alarm-prod" in whole.out for number in range(35))


def test_a_table_that_leaves_keys_out_is_asked_again(world: World) -> None:
    world.incident("a1")
    left_out = json.dumps({"Responses": {}, "UnprocessedKeys": {TABLE: {"Keys": [items.incident_key("a1")]}}})
    world.team.front.faults = [Fault("BatchGetItem", change=lambda _: left_out, times=1)]
    assert "1 incident open" in world.team.run("incidents").out


@pytest.mark.parametrize(
    ("code", "message", "words"),
    [
        ("AccessDeniedException", "no", "AWS denied dynamodb:Query on incident-episodes-prod"),
        ("ResourceNotFoundException", "no", "table incident-episodes-prod does not exist"),
        ("ValidationException", "The table does not have the specified index: due", "has no index due"),
    ],
)
def test_what_aws_refuses_is_a_sentence(world: World, code: str, message: str, words: str) -> None:
    answer = 400, json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message})
    world.team.front.faults = [Fault("Query", answer)]
    said = world.team.run("incidents")
    assert said.code == 3
    assert words in said.err
    assert "Traceback" not in said.err


def test_a_hub_of_an_older_version(team: Team) -> None:
    team.client("dynamodb").create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )
    said = team.run("incidents")
    assert said.code == 3
    assert "older version" in said.err
    assert "obsgen deploy" in said.err


# -- redrive


def queues(world: World) -> None:
    for name in ("incident-queue-prod", "incident-dead-letters-prod", "event-dead-letters-prod"):
        world.team.client("sqs").create_queue(QueueName=name)


def given_up(world: World) -> Incident:
    incident = world.incident("a1")
    world.delivery(
        incident,
        "ops-jira",
        status=Status.GIVEN_UP,
        attempts=7,
        first_failed=NOW - 14 * DAY,
        reference="OPS-1",
        step="repeat",
        progress={"begun_for": "1"},
        reason="Jira failed (503)",
    )
    world.delivery(incident, "ops-email", status=Status.REFUSED, plain=True, reason="SNS refused (400)")
    return incident


def test_redrive_lists_what_was_given_up_and_leaves_it(world: World) -> None:
    queues(world)
    given_up(world)
    said = world.team.run("redrive")
    assert said.code == 1
    assert "  deliveries given up or refused: 2\n" in said.out
    assert "    ops-jira: high  errors-alarm-prod in beta us-east-1, still open\n" in said.out
    assert said.last == "2 deliveries given up or refused: use --send to retry"
    assert world.woken() == []
    assert world.table.load_delivery(DueDelivery("a1", "ops-jira", Rank.HIGH, 0))[1].status is Status.GIVEN_UP


def test_what_was_given_up_is_owed_again_from_now_on_and_its_channel_is_woken(world: World) -> None:
    queues(world)
    given_up(world)
    asked = world.team.run("redrive", "--send", "--yes")
    assert asked.code == 0, asked.out + asked.err
    assert asked.last == "2 of 2 deliveries owed again"
    assert world.woken() == ["ops-email", "ops-jira"]
    rows = world.table.due("ops-jira", Rank.HIGH, time.time_ns() // 1_000_000, 10)
    assert [row.incident for row in rows] == ["a1"]
    _, jira, version = world.table.load_delivery(rows[0])
    assert version == 4
    assert (jira.status, jira.attempts, jira.first_failed) == (Status.OWED, 0, 0)
    assert abs(jira.not_before - NOW) < 10 * MINUTE
    # What was done of it already is not forgotten.
    assert (jira.reference, jira.step, dict(jira.progress)) == ("OPS-1", "repeat", {"begun_for": "1"})
    _, mail, _ = world.table.load_delivery(DueDelivery("a1", "ops-email", Rank.HIGH, 0))
    assert (mail.status, mail.plain) == (Status.OWED, False)
    again = world.team.run("redrive", "--send", "--yes")
    assert again.code == 0
    assert again.last == "no dead-letter messages"
    assert world.woken() == []


def test_only_what_was_asked_for(world: World) -> None:
    queues(world)
    given_up(world)
    other = world.incident("b2", "latency-alarm-prod")
    world.delivery(other, "ops-jira", status=Status.GIVEN_UP)
    assert "deliveries given up or refused: none" in world.team.run("redrive", "--only", "no-*").out
    said = world.team.run("redrive", "--channel", "ops-jira", "--only", "latency-*", "--send", "--yes")
    assert said.code == 0, said.out
    assert said.last == "1 of 1 delivery owed again"
    statuses = {
        (id_, name): world.table.load_delivery(DueDelivery(id_, name, Rank.HIGH, 0))[1].status
        for id_, name in (("a1", "ops-jira"), ("a1", "ops-email"), ("b2", "ops-jira"))
    }
    assert statuses == {
        ("a1", "ops-jira"): Status.GIVEN_UP,
        ("a1", "ops-email"): Status.REFUSED,
        ("b2", "ops-jira"): Status.OWED,
    }


def test_what_was_decided_meanwhile_stands(world: World) -> None:
    """Between the look and the write a new ALARM made the delivery owed: nothing of that is undone."""
    queues(world)
    incident = given_up(world)
    read = world.table.load(incident.key)

    def decide(text: str) -> str:
        raised = dataclasses.replace(incident, revision=2)
        world.table.commit(read, read.alarm, [(raised, 1, [OutstandingDelivery("ops-jira", Rank.HIGH, NOW)])], NOW)
        return text

    # Incidents are read first, then deliveries.
    world.team.front.faults = [Fault("BatchGetItem", change=decide, skip=1, times=1)]
    said = world.team.run("redrive", "--channel", "ops-jira", "--send", "--yes")
    assert said.last == "0 of 1 delivery owed again, 1 changed meanwhile"
    _, after, version = world.table.load_delivery(DueDelivery("a1", "ops-jira", Rank.HIGH, 0))
    assert (after.status, after.desired, version) == (Status.OWED, 2, 3)


def test_what_is_owed_again_is_not_put_off_by_an_update(world: World) -> None:
    queues(world)
    incident = given_up(world)
    world.team.run("redrive", "--channel", "ops-jira", "--send", "--yes")
    first = world.table.next_due("ops-jira")
    update = OutstandingDelivery("ops-jira", Rank.UPDATE, NOW + DAY, yields=True)
    world.table.commit_review(dataclasses.replace(incident, revision=2), 1, [update], NOW)
    assert first is not None
    assert world.table.next_due("ops-jira") == first


def test_a_table_of_an_older_version_does_not_keep_dead_letters_from_being_sent(world: World) -> None:
    queues(world)
    sqs = world.team.client("sqs")
    url = sqs.get_queue_url(QueueName="incident-dead-letters-prod")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody='{"source": "aws.cloudwatch"}')
    world.client.delete_table(TableName=TABLE)
    said = world.team.run("redrive", "--send", "--yes")
    assert said.code == 1
    assert "skipped: table incident-episodes-prod does not exist" in said.out
    assert "1 message sent, 0 not redrivable" in said.out


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [(0, "0 s"), (59_000, "59 s"), (300_000, "5 min"), (7_800_000, "2 h 10 min"), (273_600_000, "3 d 4 h")],
)
def test_ages(milliseconds: int, words: str) -> None:
    assert age(milliseconds) == words


def test_the_command_is_listed() -> None:
    assert "incidents" in group.list_commands(None)  # type: ignore[arg-type,attr-defined]


def test_a_finding_is_said_by_its_title(world: World) -> None:
    found = Finding("2 tags are missing or wrong on i-0abc (web-1)\x1b[2J", (("Missing", "Owner"),))
    more: dict[str, Any] = {"finding": found, "content": found.content, "again_at": NOW - HOUR, "alarm_count": 2}
    incident = world.incident("f1", alarm="tag-compliance/i-0abc", severity="low", **more)
    world.delivery(incident, "ops-jira", state="ALARM", reference="OPS-1", status=Status.SETTLED, delivered=1)
    world.delivery(incident, "ops-email", Rank.OTHER)
    said = world.team.typed("incidents").out
    assert "low  2 tags are missing or wrong on i-0abc (web-1) [2J in beta us-east-1: open since" in said
    assert ", 2 times open" in said
    assert "ops-jira: sent open, OPS-1" in said
    assert "ALARM" not in said
    data = json.loads(world.team.typed("incidents", "--format", "json").out)
    assert (data["open"][0]["alarm"], data["open"][0]["finding"]) == ("tag-compliance/i-0abc", found.title)


def test_an_event_of_an_event_rule_is_said_by_its_title_and_never_by_its_key(world: World) -> None:
    found = Finding("Spot interruption of i-0abc", event="1")
    more: dict[str, Any] = {"finding": found, "content": found.content, "again_at": NOW - HOUR, "events": 5}
    name = "event/spot-interruption/i-0abc"
    assert plain_name(name) == event_names.plain_name(name) == "spot-interruption: i-0abc"
    for other in ("tag-compliance/i-1", "event/x", "errors-alarm-prod"):
        assert plain_name(other) == event_names.plain_name(other) == other
    world.incident("e1", alarm=name, severity="high", **more)
    world.incident("e2", alarm="event/guardduty/0abc", severity="high", kind=Kind.STORM, members=40, open_members=40)
    world.table.park(ParkedEvent(Key(HUB, "us-east-1", "event/new-rule/0-1"), "{}", NOW), NOW)
    said = world.team.typed("incidents").out
    assert "high  Spot interruption of i-0abc in beta us-east-1: open since" in said
    assert ", 5 events" in said
    assert "guardduty: 0abc" in said
    assert "new-rule: 0-1" in said
    assert "event/" not in said
    data = json.loads(world.team.typed("incidents", "--format", "json").out)
    assert {one["incident"]: one["events"] for one in data["open"]} == {"e1": 5, "e2": 0}
