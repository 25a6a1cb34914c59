"""What is refused, and how it is said."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.api.caller import caller_name
from handlers.api.request import SECURITY_HEADERS, request_of
from handlers.api.schemas import ANNOTATIONS, KEYWORDS, faults
from handlers.api.service import OPERATIONS
from handlers.api.times import NotATime, iso, milliseconds
from tests.api.api_world import ALICE, FINGERPRINT, NOW, ApiWorld, document, document_text

ERROR = f"/v1/errors/{FINGERPRINT}"
DEFINITIONS: dict[str, Any] = json.loads(document_text())["components"]["schemas"]


def test_every_mistake_is_said_at_once(place: ApiWorld) -> None:
    query = {"limit": 0, "acount": "1", "state": ["new", "old"], "since": "yesterday", "kind": []}
    reply = place.call("GET", "/v1/errors", {**query, "account": ["1", "2"]})
    assert reply.status == 400
    found = {(one["in"], one["name"]): one["detail"] for one in reply.data["errors"]}
    assert found == {
        ("query", "limit"): "less than 1",
        ("query", "acount"): "unknown; expected one of: state, account, service, kind, since, limit, cursor",
        ("query", "state"): "`old` is not one of new, acknowledged, resolved, ignored",
        ("query", "since"): "`yesterday` is not a time such as 2026-11-30T08:15:00Z",
        ("query", "account"): "specified more than once",
        ("query", "kind"): "fewer than 1 values",
    }
    assert reply.data["detail"] == "query `limit`: less than 1; 5 more in `errors`"
    reply = place.call("POST", "/v1/errors/x/ignore", {"a": "b"}, {"until_count": 0, "within": "soon", "x": 1})
    assert [(one["in"], one["name"]) for one in reply.data["errors"]] == [
        ("path", "fingerprint"),
        ("query", "a"),
        ("body", "/until_count"),
        ("body", "/within"),
        ("body", "/x"),
    ]


@pytest.mark.parametrize(
    ("limit", "detail"),
    [
        ("ten", "`ten` is not an integer"),
        ("101", "more than 100"),
        ("1.0", "`1.0` is not an integer"),
        ("-1", "less than 1"),
        ("", "`` is not an integer"),
        ("٣", "`٣` is not an integer"),
    ],
)
def test_a_limit_is_a_number(place: ApiWorld, limit: str, detail: str) -> None:
    assert place.get("/v1/errors", limit=limit).data["errors"][0]["detail"] == detail


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (None, None, 400),
        ("{", None, 400),
        ("NaN", None, 400),
        ("[" * 5000, None, 400),
        ("1" * 5000, None, 400),
        ('{"into": "\ud800"}', None, 400),
        ({"into": FINGERPRINT}, {"content-type": "Application/JSON; charset=utf-8"}, 404),
        ({"into": FINGERPRINT}, {"Content-Type": "text/plain"}, 415),
        ({"into": FINGERPRINT}, {}, 415),
        (" " * 10_001, None, 413),
        ([], None, 400),
        ({}, None, 400),
    ],
)
def test_a_body_is_json_of_a_size(place: ApiWorld, body: Any, headers: Any, status: int) -> None:
    assert place.call("POST", f"{ERROR}/merge", body=body, headers=headers).status == status


def test_what_cannot_be_encoded_is_not_sent_back(place: ApiWorld) -> None:
    reply = place.call("POST", f"{ERROR}/merge", body='{"into": "\\ud800", "\\udfff": 1}')
    assert reply.status == 400
    assert reply.body.encode()


def test_an_operation_without_a_body_takes_none(place: ApiWorld) -> None:
    reply = place.call("POST", f"{ERROR}/resolve", body={"by": "me"})
    assert reply.data["errors"] == [{"in": "body", "name": "", "detail": "this operation accepts no body"}]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "get", "POST"])
def test_a_method_that_is_not_there_is_told_which_are(place: ApiWorld, method: str) -> None:
    reply = place.call(method, "/v1/errors")
    assert (reply.status, reply.headers["Allow"]) == (405, "GET")


def test_nobody_gets_anything_without_a_signature(place: ApiWorld) -> None:
    place.add_error()
    for account, arn in (("", ALICE), ("111111111111", ""), ("", "")):
        for path in (ERROR, "/v1/openapi.json", "/v1/nothing"):
            reply = place.call("GET", path, account=account, arn=arn)
            assert (reply.status, reply.data["title"]) == (403, "Forbidden")


def test_every_answer_has_the_headers_of_security(place: ApiWorld) -> None:
    for reply in (place.get("/v1/agents"), place.get("/v1/x"), place.get("/v1/errors", limit=0)):
        assert SECURITY_HEADERS.items() <= dict(reply.headers).items()


def test_an_event_without_anything_is_a_request_of_nobody() -> None:
    empty = request_of({"body": "é!", "isBase64Encoded": True, "headers": None, "requestContext": None})
    assert dataclasses.replace(empty, body=b"") == request_of({})


def test_every_operation_of_the_document_is_there_and_no_other() -> None:
    assert {one.id for one in document().operations} == set(OPERATIONS)


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        (ALICE, "Operator/alice of 111111111111"),
        ("arn:aws:sts::1:assumed-role/Admin/alice@example.com", "Admin/alice@example.com of 1"),
        ("arn:aws:sts::1:assumed-role/Admin/botocore-session-1700000000", "Admin of 1"),
        ("arn:aws:sts::1:assumed-role/Deploy/0123456789abcdef0123", "Deploy of 1"),
        ("arn:aws:sts::1:assumed-role/Deploy/aws-sdk-js-session-1700000000123", "Deploy of 1"),
        ("arn:aws:sts::1:assumed-role/Web/i-0123456789abcdef0", "Web of 1"),
        ("arn:aws:iam::1:user/team/bob", "bob of 1"),
        ("arn:aws:iam::1:root", "root of 1"),
        ("arn:aws-cn:sts::1:assumed-role/Admin/wei", "Admin/wei of 1"),
        ("some\nthing", "something"),
        ("", "somebody"),
    ],
)
def test_who_it_was_is_said_for_people(arn: str, name: str) -> None:
    assert caller_name(arn) == name


# -- schemas


def test_the_document_has_no_keyword_that_is_not_understood() -> None:
    def keywords(schema: Any) -> set[str]:
        below = [*schema.get("properties", {}).values(), *schema.get("anyOf", ())]
        below += [schema["items"]] if "items" in schema else []
        below += [schema["additionalProperties"]] if isinstance(schema.get("additionalProperties"), dict) else []
        return set(schema).union(*(keywords(one) for one in below))

    schemas = [*DEFINITIONS.values()]
    schemas += [one["schema"] for operation in document().operations for one in operation.data.get("parameters", ())]
    assert set().union(*map(keywords, schemas)) <= KEYWORDS | ANNOTATIONS


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(("2026-12-31", "2026-02-30", "1h", "90m", "0d", "1h\n", FINGERPRINT, f"{FINGERPRINT}\n")),
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(st.sampled_from(("until", "until_count", "within", "into", "x")), below, max_size=3)
    ),
    max_leaves=6,
)


@pytest.mark.parametrize("name", ["Ignore", "IgnoreUntil", "Merge"])
@given(value=VALUES)
def test_a_value_is_valid_where_the_reference_implementation_says_so(name: str, value: Any) -> None:
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": DEFINITIONS}}
    checker = jsonschema.FormatChecker(("date",))
    reference = jsonschema.Draft202012Validator(schema, format_checker=checker)
    # JSON Schema takes 1.0 for an integer; whoever writes that means a number.
    if not any(isinstance(one, float) for one in (value.values() if isinstance(value, dict) else ())):
        assert bool(faults(value, DEFINITIONS[name], DEFINITIONS)) != reference.is_valid(value)


# -- times


@given(st.integers(0, 253_402_300_799_999))
def test_a_time_is_the_same_after_it_was_written_and_read(ms: int) -> None:
    assert milliseconds(iso(ms)) == ms


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("2026-11-20T10:00:00Z", NOW),
        ("2026-11-20t10:00:00.000000001z", NOW),
        ("2026-11-20T12:00:00.5+02:00", NOW + 500),
        ("1969-12-31T23:59:59Z", 0),
        ("2016-12-31T23:59:60Z", 1_483_228_799_000),
    ],
)
def test_a_time_is_rfc_3339(text: str, ms: int) -> None:
    assert milliseconds(text) == ms


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-20",
        "2026-11-20 10:00:00Z",
        "2026-11-20T10:00:00",
        "2026-02-30T10:00:00Z",
        "2026-11-20T10:00:00Z\n",
        "2026-11-20T25:00:00Z",
        "٢026-11-20T10:00:00Z",
        "now",
    ],
)
def test_what_is_no_time_is_none(text: str) -> None:
    with pytest.raises(NotATime):
        milliseconds(text)
