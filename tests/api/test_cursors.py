"""A cursor opens for whom, and for what, it was made; and nothing else opens."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.api import signing_keys
from handlers.api.cursors import VALID_MS, BadCursor, Key, Query, opened, seal
from tests.api.api_world import NOW, SECRET, ApiWorld

KEY = Key("k1", b"s" * 64)
QUERY = Query("listErrors", "111111111111", {"state": ["new"], "limit": 5})
LIST = "/v1/errors"


@pytest.fixture
def full(place: ApiWorld) -> ApiWorld:
    for number in range(4):
        place.add_error(number)
        place.add_event(number)
        place.add_incident(number)
    return place


def cursor(full: ApiWorld, path: str = LIST, **query: Any) -> str:
    reply = full.get(path, limit=1, **query)
    assert reply.status == 200, reply.body
    return str(reply.data["next_cursor"])


def assert_refused(reply: Any) -> None:
    assert reply.status == 400, reply.body
    (mistake,) = reply.data["errors"]
    assert mistake["name"] == "cursor"
    assert "Timeout" not in reply.body


def test_a_cursor_is_of_one_query(full: ApiWorld) -> None:
    mine = cursor(full, service="ledger")
    assert len(full.get(LIST, cursor=mine, service="ledger").data["errors"]) == 3
    # Only how many are asked for may differ.
    assert len(full.get(LIST, cursor=mine, service="ledger", limit=2).data["errors"]) == 2
    for other in ({}, {"service": "checkout"}, {"service": "ledger", "kind": "log"}):
        assert_refused(full.get(LIST, cursor=mine, **other))
    for path in ("/v1/events", "/v1/incidents"):
        assert_refused(full.get(path, cursor=cursor(full)))
        assert_refused(full.get(LIST, cursor=cursor(full, path)))
    assert_refused(full.get("/v1/incidents", cursor=cursor(full, "/v1/incidents"), state="ended"))


def test_a_cursor_is_of_one_account(full: ApiWorld) -> None:
    for path in (LIST, "/v1/events", "/v1/incidents"):
        mine = cursor(full, path)
        assert_refused(full.call("GET", path, {"cursor": mine}, account="222222222222"))
        # Another person of the same account may go on.
        assert full.call("GET", path, {"cursor": mine}, arn="arn:aws:iam::111111111111:user/bob").status == 200


def test_a_cursor_ends(full: ApiWorld) -> None:
    mine = cursor(full)
    full.now += VALID_MS - 1
    assert full.get(LIST, cursor=mine).status == 200
    full.now += 1
    assert_refused(full.get(LIST, cursor=mine))


def test_bounds_stay_what_they_were_when_the_list_began(full: ApiWorld) -> None:
    mine = cursor(full, "/v1/events")
    full.now += 1_800_000
    full.add_event(100, at=full.now - 1)
    assert len(full.get("/v1/events", cursor=mine).data["events"]) == 3


def test_a_rotated_key_is_accepted_once(full: ApiWorld) -> None:
    mine = cursor(full)
    full.rotate("b" * 64)
    full.now += signing_keys.KEPT_MS
    later = cursor(full)
    assert later.partition(".")[0] != mine.partition(".")[0]
    assert full.get(LIST, cursor=mine).status == full.get(LIST, cursor=later).status == 200
    full.rotate("c" * 64)
    full.now += signing_keys.KEPT_MS
    assert full.get(LIST, cursor=later).status == 200
    assert_refused(full.get(LIST, cursor=mine))


def test_keys_that_are_not_known_cause_few_calls(full: ApiWorld) -> None:
    calls: list[str] = []
    client = full.client("secretsmanager")
    client.meta.events.register("before-call.secrets-manager.GetSecretValue", lambda **_: calls.append("get"))
    cursor(full)
    assert len(calls) == 2
    for _ in range(50):
        assert_refused(full.get(LIST, cursor="unknown.e30.AAAA"))
    assert len(calls) == 2
    full.now += signing_keys.LOOK_AGAIN_MS
    assert_refused(full.get(LIST, cursor="unknown.e30.AAAA"))
    assert len(calls) == 4


def test_a_secret_that_is_none_is_an_error_that_does_not_say_it(full: ApiWorld) -> None:
    full.rotate("short")
    with pytest.raises(signing_keys.NoKey) as failure:
        full.get(LIST, limit=1)
    assert str(failure.value) == f"the secret {SECRET} is shorter than 32 characters"
    full.client("secretsmanager").delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)
    with pytest.raises(signing_keys.NoKey, match="ResourceNotFoundException"):
        full.get(LIST, limit=1)


@given(st.text(max_size=80), st.sampled_from(("", "k1.", "k1.e30.", "k1..")))
def test_a_text_is_no_cursor(text: str, prefix: str) -> None:
    with pytest.raises(BadCursor):
        opened(prefix + text, QUERY, {"k1": KEY}.get, NOW)


@given(st.data())
def test_a_cursor_with_one_character_changed_is_none(data: st.DataObject) -> None:
    sealed = seal({"after": "x"}, QUERY, KEY, NOW)
    at = data.draw(st.integers(0, len(sealed) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda one: one != sealed[at]))
    with pytest.raises(BadCursor):
        opened(sealed[:at] + other + sealed[at + 1 :], QUERY, {"k1": KEY}.get, NOW)


def test_a_cursor_says_nothing_of_the_key() -> None:
    key_id, payload, _ = seal({"after": "x"}, QUERY, signing_keys.key_of("s" * 64, "s"), NOW).split(".")
    assert "ssss" not in key_id
    assert b"ssss" not in base64.urlsafe_b64decode(payload + "==")
