"""Records of the audit trail, and their keys in S3."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.compliance.judge import judge
from handlers.compliance.record import line, page_key, record, record_key
from handlers.compliance.resource import Resource
from handlers.compliance.verdict import Verdict
from tests.handlers.compliance.rule_tables import ACCOUNT, DEFAULT, GOOD, INSTANCE, TODAY, account_rules, instance

AT = 1_795_168_800_123
FIELDS = [
    "timestamp",
    "instanceId",
    "state",
    "isCompliant",
    "requiredTags",
    "tags",
    "missingTags",
    "invalidTags",
    "account",
    "region",
    "rulesVersion",
    "exempt",
    "source",
    "remediation",
]


def of(tags: dict[str, str], **more: Any) -> dict[str, Any]:
    subject = instance(tags)
    return record(subject, judge(subject, account_rules(*DEFAULT), TODAY), "0123456789ab", AT, **more)


def test_a_record_has_exactly_the_fields_of_the_audit_trail() -> None:
    data = of({"Environment": "qa", "Name": "web-1", "Owner": "a"}, source="scan", remediation=[{"key": "Application"}])
    assert list(data) == FIELDS
    assert data == {
        "timestamp": "2026-11-20T10:00:00.123Z",
        "instanceId": INSTANCE,
        "state": "running",
        "isCompliant": False,
        "requiredTags": ["Environment", "Owner", "Application"],
        "tags": {"Environment": "qa", "Name": "web-1", "Owner": "a"},
        "missingTags": ["Application"],
        "invalidTags": [{"key": "Environment", "value": "qa", "why": "is not one of dev, staging, prod"}],
        "account": ACCOUNT,
        "region": "eu-west-1",
        "rulesVersion": "0123456789ab",
        "exempt": "",
        "source": "scan",
        "remediation": [{"key": "Application"}],
    }


def test_a_compliant_record_has_the_same_fields() -> None:
    data = of(GOOD)
    assert list(data) == FIELDS
    assert (data["isCompliant"], data["missingTags"], data["invalidTags"]) == (True, [], [])


def test_an_exempt_record_says_why() -> None:
    data = record(instance({}), Verdict(exempt="a migration"), "v", AT)
    assert (data["isCompliant"], data["exempt"]) == (True, "a migration")


def test_other_types_have_their_type_and_id() -> None:
    data = record(Resource("rds:db", "orders", ACCOUNT, "eu-west-1"), Verdict(), "v", AT)
    assert list(data)[1:3] == ["resourceId", "resourceType"]
    assert (data["resourceId"], data["resourceType"]) == ("orders", "rds:db")
    assert "instanceId" not in data


def test_the_key_of_a_record_is_the_missions() -> None:
    assert record_key(instance(), AT) == f"scans/2026-11-20/{INSTANCE}-{AT}.json"
    assert record_key(instance(), 1_795_219_199_999) == f"scans/2026-11-20/{INSTANCE}-1795219199999.json"
    assert record_key(instance(), 1_795_219_200_000) == f"scans/2026-11-21/{INSTANCE}-1795219200000.json"


def test_the_key_of_a_page_of_a_scan() -> None:
    assert page_key("ec2:instance", 3, AT) == f"scans/2026-11-20/scan-{AT}-ec2-instance-00003.jsonl"


IDS = st.text(st.characters(), min_size=1, max_size=30) | st.from_regex(r"arn:aws:[a-z:/.*]{1,300}", fullmatch=True)


@given(IDS, IDS)
def test_keys_are_safe_everywhere_and_different_for_different_resources(first: str, second: str) -> None:
    keys = [record_key(Resource("s3", name, ACCOUNT, "eu-west-1"), AT) for name in (first, second)]
    for key in keys:
        assert re.fullmatch(r"scans/2026-11-20/[A-Za-z0-9._-]{1,250}\.json", key)
    assert (keys[0] == keys[1]) == (first == second)


@pytest.mark.parametrize("odd", ["a\ud800b", "\udfff"])
def test_what_cannot_be_encoded_is_replaced_and_nothing_else(odd: str) -> None:
    text = line(of({odd: odd, "control": "a\x00\x1b[31m\n", "Größe": "\U0001f980"}))
    tags = json.loads(text.encode())["tags"]
    assert tags["control"] == "a\x00\x1b[31m\n"
    assert tags["Größe"] == "\U0001f980"
    assert "\ufffd" in "".join(tags)


@given(st.dictionaries(st.text(st.characters(), max_size=5), st.text(st.characters(), max_size=9), max_size=5))
def test_any_tags_make_one_line_of_json(tags: dict[str, str]) -> None:
    text = line(of(tags))
    assert "\n" not in text
    assert list(json.loads(text.encode())) == FIELDS


@pytest.mark.parametrize(("first", "second"), [("a/b", "a-b"), ("a/b", "a:b"), ("x" * 300 + "1", "x" * 300 + "2")])
def test_ids_that_look_alike_have_different_keys(first: str, second: str) -> None:
    keys = {record_key(Resource("s3", name, ACCOUNT, "eu-west-1"), AT) for name in (first, second)}
    assert len(keys) == 2
