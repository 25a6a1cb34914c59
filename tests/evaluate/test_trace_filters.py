"""X-Ray's filter expressions: what the guide's grammar admits, and where what it does not is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.evaluate.trace_filters import filter_problem

READABLE = [
    "fault",
    "!ok",
    "ok = false",
    "responseTime > 3",
    "duration >= 5 AND duration <= 8.5",
    "ok !partial duration <3",
    "fault or (error and http.status != 404)",
    'http.url BEGINSWITH "https://shop.example.com/" AND http.url CONTAINS "/v2/"',
    'user CONTAINS ""',
    "http.url AND responsetime > 2",
    'service("shop-api") { fault = true OR responsetime >= 5 }',
    "service() { fault }",
    'service { annotation[request.id] = "a" }',
    'edge("shop-api", "stock") { error }',
    "edge { source.annotation[tier] > 2 and destination.fault }",
    'service(id(name: "pay", type: "AWS::Lambda::Function", account.id: "222222222222"))',
    '!service(id(type: "AWS::DynamoDB"))',
    "annotation.age > 29",
    "annotation[paid] = true",
    '!annotation[age] group.name = "slow-prod"',
    'rootcause.fault.service { last and name = "Auth" }',
    "rootcause.responsetime.entity { remote coverage > 0.7 }",
    r'message = "said \"no\""',
]
UNREADABLE = [
    ("", 0, "the end is no keyword"),
    ("response_time > 3", 0, "`response_time` is no keyword"),
    ("responsetime > 3s", 15, "a number has no unit"),
    ('responsetime > "3"', 15, "`responsetime` is compared with a number"),
    ("responsetime >", 14, "`responsetime` is compared with a number, not the end"),
    ("responsetime CONTAINS 3", 13, "`responsetime` is not compared by `CONTAINS`"),
    ("fault > 1", 6, "`fault` is not compared by `>`"),
    ("fault = 1", 8, "`fault` is compared with true or false"),
    ("user = alice", 7, '`user` is compared with a text in "…", not `alice`'),
    ("user = 'alice'", 7, "a text has double quotes"),
    ('user = "alice', 7, "this text is never closed"),
    ("fault AND", 9, "the end is no keyword"),
    ("(fault", 6, "`)` is wanted before the end"),
    ("fault)", 5, "`)` is one too many"),
    ("service(shop) { fault }", 8, "a service's name is a text"),
    ('service("shop") { fault', 23, "`}` is wanted before the end"),
    ('edge("shop") { fault }', 11, "`,` is wanted before `)`"),
    ('service(id(kind: "x"))', 11, "id() has no `kind`"),
    ("annotation[] = 1", 11, "the annotation's key is missing"),
    ("fault & error", 6, "`&` means nothing here"),
    ("(" * 22 + "fault" + ")" * 22, 21, "nested more than 20 levels deep"),
]


@pytest.mark.parametrize("text", READABLE)
def test_what_the_guide_allows_is_read(text: str) -> None:
    assert filter_problem(text) is None


@pytest.mark.parametrize(("text", "position", "message"), UNREADABLE, ids=[row[0][:30] for row in UNREADABLE])
def test_what_it_does_not_is_told_with_its_place(text: str, position: int, message: str) -> None:
    found = filter_problem(text)
    assert found is not None
    assert found.message.startswith(message)
    assert found.position == position


def test_a_word_that_is_nearly_right_is_offered() -> None:
    found = filter_problem("responestime > 3")
    assert found and found.hint == "did you mean `responsetime`?"


@given(st.text(alphabet='faultor1 ="(){}[]!<>,:.id', max_size=30))
def test_no_text_is_a_traceback(text: str) -> None:
    found = filter_problem(text)
    assert found is None or 0 <= found.position <= len(text)
