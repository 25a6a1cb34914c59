"""Each operation, in moto's AWS."""

from __future__ import annotations

import json
import urllib.parse
from dataclasses import replace
from typing import Any

import pytest

from generator.rollout.operate import mute_items
from handlers.api import errors_api
from handlers.events.records import Conflict, Count, EventType, FindingState, SentFinding, Source, State
from handlers.incident.state.records import Kind
from tests.api.api_world import ALPHA, BETA, BUCKET, DAY, FINGERPRINT, HOUR, INCIDENTS, MINUTE, NOW, ApiWorld, agent

ERROR = f"/v1/errors/{FINGERPRINT}"
EVENT = "/v1/events/00000000000000000000"


def test_an_error_is_shown_with_its_counts_by_hour(place: ApiWorld) -> None:
    place.add_error(sample="Timeout after [number] ms", shape="Timeout after # ms", runbook="https://wiki/timeout")
    for start, source, count, exact in (
        (NOW - HOUR, ALPHA, 3, True),
        (NOW - HOUR + 5 * MINUTE, BETA, 4, False),
        (NOW, ALPHA, 5, True),
        (NOW - 2 * DAY, ALPHA, 100, True),
    ):
        place.store.put_count(Count(FINGERPRINT, start, source, count, exact))
    shown = place.get(ERROR).data
    assert shown["count"] == 12
    assert not shown["exact"]
    assert len(shown["hours"]) == 24
    assert [hour for hour in shown["hours"] if hour["count"]] == [
        {"hour": "2026-11-20T09:00:00Z", "count": 7, "exact": False},
        {"hour": "2026-11-20T10:00:00Z", "count": 5, "exact": True},
    ]
    assert shown["sources"] == [{"account": ALPHA.account, "account_name": "alpha", "region": "us-east-1"}]
    assert (shown["state"], shown["state_at"], shown["state_by"]) == ("new", None, "")
    assert shown["last_seen"] == "2026-11-20T09:59:00Z"
    assert [link["title"] for link in shown["links"]] == ["Runbook", "/ecs/ledger"]
    assert shown["links"][1]["url"].endswith("#logsV2:log-groups/log-group/$252Fecs$252Fledger")


def test_of_an_error_with_too_many_counts_the_latest_are_shown(
    place: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errors_api, "MOST_COUNTS", 3)
    place.add_error()
    for number in range(5):
        place.store.put_count(Count(FINGERPRINT, NOW - number * HOUR, ALPHA, 1, True))
    shown = place.get(ERROR).data
    assert (shown["count"], shown["exact"]) == (3, False)
    assert [hour["count"] for hour in shown["hours"]][-5:] == [0, 0, 1, 1, 1]
    assert not any(hour["exact"] for hour in shown["hours"])
    monkeypatch.setattr(errors_api, "MOST_COUNTS", 5)
    assert place.get(ERROR).data["exact"]


def test_what_is_not_there_is_said(place: ApiWorld) -> None:
    for method, path, body in (
        ("GET", ERROR, None),
        ("POST", f"{ERROR}/resolve", None),
        ("POST", f"{ERROR}/merge", {"into": "1-0000000000000000"}),
        ("GET", EVENT, None),
        ("POST", f"{EVENT}/acknowledge", None),
        ("GET", "/v1/reports/daily/2026-11-19", None),
        ("GET", "/v1/nothing", None),
        ("GET", "/", None),
    ):
        reply = place.call(method, path, body=body)
        assert reply.status == 404, (path, reply.body)
        assert reply.headers["Content-Type"] == "application/problem+json"
        assert reply.data["request_id"] == "r-1"


def test_people_decide_about_an_error(place: ApiWorld) -> None:
    place.add_error()
    for what, state in (("acknowledge", "acknowledged"), ("resolve", "resolved")):
        reply = place.post(f"{ERROR}/{what}")
        assert (reply.status, reply.data["state"], reply.data["state_by"]) == (
            200,
            state,
            "Operator/alice of 111111111111",
        )
        assert reply.data["state_at"] == "2026-11-20T10:00:00Z"
    again = place.post(f"{ERROR}/acknowledge")
    assert (again.status, again.data["title"]) == (409, "Conflict")
    assert "new when it occurs again" in again.data["detail"]
    assert place.store.head(FINGERPRINT).state is State.RESOLVED  # type: ignore[union-attr]


def test_an_error_that_is_over_closes_its_incident_even_where_the_bus_is_down(place: ApiWorld) -> None:
    notified = SentFinding(NOW - HOUR, FindingState.ALARM, "0a1b")
    one, other = place.add_error(0, notified=notified), place.add_error(1, notified=notified)
    place.post(f"/v1/errors/{one.fingerprint}/acknowledge")
    assert place.findings.sent == []
    place.post(f"/v1/errors/{one.fingerprint}/resolve")
    (closing,) = place.findings.sent
    assert (closing.state, closing.detail["subject"]) == (FindingState.OK, one.fingerprint)
    assert "Operator/alice" in json.dumps(closing.detail)
    place.findings.is_down = True
    assert place.post(f"/v1/errors/{other.fingerprint}/ignore", {"until": "2026-12-31"}).status == 200
    (due,) = place.store.due(NOW + HOUR, 10)
    assert due.owed and due.owed.state is FindingState.OK


def test_who_is_slower_than_others_decides_again(place: ApiWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    made = place.add_event()
    load, others = place.store.event, [1]

    def event(_self: object, id_: str) -> Any:
        found = load(id_)
        if others:
            others.pop()
            place.store.save_event(replace(made, severity="high"), 1)
        return found

    monkeypatch.setattr(type(place.store), "event", event)
    reply = place.post(f"{EVENT}/resolve")
    assert (reply.status, reply.data["state"], reply.data["severity"]) == (200, "resolved", "high")
    monkeypatch.setattr(type(place.store), "save_event", conflict)
    assert place.post(f"{EVENT}/ignore", {"until": "2026-11-30"}).status == 409


def conflict(*_arguments: object) -> None:
    raise Conflict


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ({"until": "2026-12-31"}, {"until": "2027-01-01T00:00:00Z", "until_count": None, "within_seconds": None}),
        ({"until_count": 100, "within": "1h"}, {"until": None, "until_count": 100, "within_seconds": 3600}),
    ],
)
def test_an_error_is_ignored_until_a_day_or_a_count(place: ApiWorld, body: Any, shown: Any) -> None:
    place.add_error()
    reply = place.post(f"{ERROR}/ignore", body)
    assert (reply.status, reply.data["state"], reply.data["ignored"]) == (200, "ignored", shown)
    assert place.post(f"{ERROR}/acknowledge").status == 409
    assert place.post(f"{ERROR}/resolve").data["ignored"] is None


def test_a_time_that_is_over_or_too_far_is_a_mistake(place: ApiWorld) -> None:
    place.add_error()
    place.add_event()
    for body, name in (
        ({"until": "2026-11-19"}, "/until"),
        ({"until": "2028-01-01"}, "/until"),
        ({"until_count": 1, "within": "31d"}, "/within"),
    ):
        reply = place.post(f"{ERROR}/ignore", body)
        assert (reply.status, reply.data["errors"][0]["name"]) == (400, name)
    assert place.post(f"{EVENT}/ignore", {"until": "2026-11-19"}).status == 400
    assert place.post(f"{EVENT}/ignore", {"until": "2026-11-20"}).status == 200


def test_a_merged_error_counts_as_the_other(place: ApiWorld) -> None:
    one, other = place.add_error(), place.add_error(1)
    reply = place.post(f"{ERROR}/merge", {"into": other.fingerprint})
    assert reply.status == 200
    assert (reply.data["fingerprint"], reply.data["merged"]) == (other.fingerprint, [FINGERPRINT])
    assert place.get(ERROR).data["merged_into"] == other.fingerprint
    assert [one["fingerprint"] for one in place.get("/v1/errors").data["errors"]] == [other.fingerprint]
    listed = place.get("/v1/errors", state=["resolved"]).data["errors"]
    assert [one["fingerprint"] for one in listed] == [one.fingerprint]
    unknown = place.post(f"/v1/errors/{other.fingerprint}/merge", {"into": "1-0000000000000000"})
    assert (unknown.status, unknown.data["errors"][0]["name"]) == (400, "/into")
    assert place.post(f"/v1/errors/{other.fingerprint}/merge", {"into": FINGERPRINT}).status == 409
    assert place.post(f"{ERROR}/acknowledge").status == 409


def test_errors_are_filtered(place: ApiWorld) -> None:
    place.add_error(0)
    place.add_error(1, service="checkout", kind="lambda", sources=(BETA,))
    place.add_error(2, state=State.IGNORED, ignore_until=NOW + DAY)
    place.add_error(3, last_seen=NOW - 8 * DAY)

    def numbers(**query: Any) -> list[int]:
        found = place.get("/v1/errors", **query).data["errors"]
        return sorted(int(one["title"].removeprefix("Timeout ")) for one in found)

    assert numbers() == [0, 1, 2]
    assert numbers(since="2026-11-01T00:00:00Z") == [0, 1, 2, 3]
    assert numbers(service="checkout") == numbers(kind="lambda") == numbers(account=BETA.account) == [1]
    assert numbers(state=["ignored", "resolved"]) == [2]
    assert numbers(since="2027-01-01T00:00:00Z") == []


def test_events_are_listed_by_time_whatever_the_day(place: ApiWorld) -> None:
    for number in range(7):
        place.add_event(number, at=NOW - 1 - number * 5 * HOUR)
    listed, pages = place.every("/v1/events", "events", from_="2026-11-18T00:00:00Z", limit=2)
    assert [one["title"] for one in listed] == [f"Task {number} stopped" for number in range(7)]
    assert pages == 4
    within = place.get("/v1/events", from_="2026-11-19T23:00:00Z", to="2026-11-20T05:00:00+00:00").data["events"]
    assert [one["at"] for one in within] == ["2026-11-20T04:59:59.999Z", "2026-11-19T23:59:59.999Z"]
    assert len(place.get("/v1/events").data["events"]) == 5
    assert place.get("/v1/events", from_="2026-11-20T00:00:00Z", to="2026-11-19T00:00:00Z").data["events"] == []
    assert place.get("/v1/events", from_="0001-01-01T00:00:00Z", to="9999-12-31T23:59:59Z").status == 200


def test_events_are_filtered_and_decided_about(place: ApiWorld) -> None:
    place.add_event(0)
    place.add_event(1, type=EventType.ALARM, severity="high", source=BETA)
    assert [one["id"][-1] for one in place.get("/v1/events", type=["alarm", "health"]).data["events"]] == ["1"]
    assert [one["id"][-1] for one in place.get("/v1/events", severity="medium").data["events"]] == ["0"]
    assert [one["id"][-1] for one in place.get("/v1/events", account=BETA.account).data["events"]] == ["1"]
    ignored = place.post(f"{EVENT}/ignore", {"until": "2026-11-20"}).data
    assert (ignored["state"], ignored["ignored_until"]) == ("ignored", "2026-11-21T00:00:00Z")
    assert len(place.get("/v1/events", state="new").data["events"]) == 1
    place.now += DAY
    assert place.get(EVENT).data["state"] == "new"
    assert place.get(EVENT).data["facts"] == [{"name": "Exit code", "value": "137"}]
    assert place.post(f"{EVENT}/resolve").data["state"] == "resolved"
    assert place.post(f"{EVENT}/acknowledge").status == 409


def test_a_list_ends_after_a_bounded_number_of_reads_however_little_it_finds(
    place: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.api.paging.READ_ITEMS", 3)
    monkeypatch.setattr("handlers.api.paging.MOST_READS", 2)
    for number in range(14):
        place.add_error(number, service="rare" if number in (0, 13) else "ledger")
    found, pages = place.every("/v1/errors", "errors", service="rare", limit=50)
    assert sorted(one["title"] for one in found) == ["Timeout 0", "Timeout 13"]
    assert pages == 3
    every, _ = place.every("/v1/errors", "errors", limit=4)
    assert len({one["fingerprint"] for one in every}) == len(every) == 14


def test_incidents_are_listed_open_or_ended(place: ApiWorld) -> None:
    for number in range(3):
        place.add_incident(number)
    place.add_incident(9, ended=NOW - MINUTE, state="OK", reason="1 datapoint")
    opened, pages = place.every("/v1/incidents", "incidents", limit=2)
    assert [one["id"][-1] for one in opened] == ["0", "1", "2"]
    assert pages == 2
    (ended,) = place.get("/v1/incidents", state="ended").data["incidents"]
    assert (ended["state"], ended["ended"], ended["reason"]) == ("ended", "2026-11-20T09:59:00Z", "1 datapoint")
    assert (ended["account_name"], ended["subject"]) == ("alpha", "errors-prod")


def muted(place: ApiWorld, id_: str, minutes: int, **more: Any) -> mute_items.StoredMute:
    """A mute as `obsgen mute` writes it, a minute ago."""
    until = NOW + minutes * MINUTE
    made = mute_items.StoredMute(id_, "ana", "arn:x", NOW - MINUTE, until, "load test", ("errors-prod",))
    for item in mute_items.items_of(replace(made, **more)):
        place.client("dynamodb").put_item(TableName=INCIDENTS, Item=item)
    return made


def test_mutes_in_force_are_listed_by_their_ends(place: ApiWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mute_items, "ALARMS_AN_ITEM", 25)
    muted(place, "00000002", 120, alarms=tuple(f"a{number:02}-prod" for number in range(60)))
    muted(place, "00000001", 60, accounts=(ALPHA.account, "999999999999"))
    ended = muted(place, "00000003", 90)
    muted(place, "00000004", 0)
    key = {"pk": {"S": "MUTES"}, "sk": {"S": f"{ended.until:013d}#{ended.id}"}}
    update = mute_items.ending(key["sk"]["S"], "bob", NOW - 1)
    place.client("dynamodb").update_item(TableName=INCIDENTS, **update)
    first, second = place.get("/v1/mutes").data["mutes"]
    assert first == {
        "id": "00000001",
        "by": "ana",
        "reason": "load test",
        "begun": "2026-11-20T09:59:00Z",
        "until": "2026-11-20T11:00:00Z",
        "accounts": [
            {"account": ALPHA.account, "account_name": "alpha"},
            {"account": "999999999999", "account_name": ""},
        ],
        "alarms": ["errors-prod"],
        "alarm_count": 1,
    }
    assert (second["id"], len(second["alarms"]), second["alarm_count"], second["accounts"]) == ("00000002", 20, 60, [])


def test_an_incident_says_which_mute_withholds_or_withheld_it(place: ApiWorld) -> None:
    note = "Muted by ana until Fri 20 Nov 2026 11:00 UTC: load test."
    place.add_incident(0, withheld_from=1, muted_until=NOW + HOUR, note=note)
    place.add_incident(1, released_at=NOW - MINUTE, muted_until=NOW - 2 * MINUTE, note=note)
    place.add_incident(2, kind=Kind.GROUP, muted=note.removeprefix("Muted "), members=2)
    place.add_incident(3, note="two alarms at the same time")
    shown = place.get("/v1/incidents").data["incidents"]
    words = note.removeprefix("Muted ")
    assert [one["muted"] for one in shown] == [words, words, words, ""]
    assert [one["muted_until"] for one in shown] == ["2026-11-20T11:00:00Z", None, None, None]


def test_agents_are_listed(place: ApiWorld) -> None:
    place.store.save_agent(agent(), 0)
    place.store.save_agent(agent(BETA, heartbeat_at=0, body={}), 0)
    first, second = place.get("/v1/agents").data["agents"]
    assert (first["account_name"], first["log_groups"], first["failed"]) == ("alpha", 42, ["/ecs/x: AccessDenied"])
    assert (second["heartbeat_at"], second["log_groups"]) == (None, 0)


def test_the_summary_counts_everything(place: ApiWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    place.add_error(0)
    place.add_error(1, kind="lambda", first_seen=NOW - 5 * DAY, state=State.ACKNOWLEDGED)
    place.add_event(0)
    place.add_event(1, type=EventType.ALARM, severity="high", source=Source("444444444444", "eu-west-1"))
    place.add_incident()
    place.store.save_agent(agent(), 0)
    found = place.get("/v1/summary").data
    assert found == {
        "from": "2026-11-19T10:00:00Z",
        "to": "2026-11-20T10:00:00Z",
        "complete": True,
        "events": {
            "total": 2,
            "by_type": {"alarm": 1, "task-failure": 1},
            "by_severity": {"high": 1, "medium": 1},
        },
        "errors": {
            "total": 2,
            "new": 1,
            "by_state": {"acknowledged": 1, "new": 1},
            "by_kind": {"lambda": 1, "log": 1},
        },
        "incidents": {"open": 1, "by_severity": {"high": 1}},
        "agents": {"by_status": {"updated": 1}},
    }
    monkeypatch.setattr("handlers.api.overview_api.MOST_COUNTED", 1)
    assert not place.get("/v1/summary").data["complete"]


def test_a_report_is_a_redirect_that_is_signed_afresh(place: ApiWorld) -> None:
    place.client("s3").put_object(Bucket=BUCKET, Key="daily/2026-11-19.html", Body=b"<p>", ContentType="text/html")
    reply = place.get("/v1/reports/daily/2026-11-19")
    assert (reply.status, reply.body) == (302, "")
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(reply.headers["Location"]).query)
    assert (query["X-Amz-Algorithm"], query["X-Amz-Expires"]) == (["AWS4-HMAC-SHA256"], ["900"])
    assert place.get("/v1/reports/monthly/2026-11-19").status == 400


def test_where_there_are_no_reports_there_is_none(place: ApiWorld) -> None:
    place.world = replace(place.world, reports=type(place.world.reports)(lambda: None, ""))
    assert place.get("/v1/reports/daily/2026-11-19").status == 404


def test_the_document_is_served(place: ApiWorld) -> None:
    assert place.get("/v1/openapi.json").data == place.world.document
