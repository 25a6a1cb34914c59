"""Default tags are set before people would hear of them, and findings say what was not, within what the hub takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.compliance import wording
from handlers.compliance.facts import MOST_FACTS, with_facts
from handlers.compliance.judge import judge
from handlers.compliance.resource import EC2_INSTANCE, Resource
from tests.handlers.compliance.aws_world import AwsWorld, aws_world
from tests.handlers.compliance.scan_world import ACCOUNT, GOOD, REGION, rules
from tests.handlers.compliance.world import moment, state_change, tag_change
from tests.handlers.world import moto

NOW = 1_795_932_000_000
NO_OWNER = {key: value for key, value in GOOD.items() if key != "Owner"}
OWNER = [{"key": "Owner", "value": "unassigned"}]
TEXTS = st.text(max_size=300)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with moto() as address:
        yield address


def place(endpoint: str, patch: pytest.MonkeyPatch, mode: str) -> AwsWorld:
    return aws_world(endpoint, patch, remediate={"mode": mode, "tags": OWNER})


def records(place: AwsWorld) -> list[dict[str, Any]]:
    return [json.loads(body) for body in place.objects().values()]


def test_what_is_mended_is_recorded_and_nobody_hears(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    aws = place(endpoint, monkeypatch, "apply")
    (id_,) = aws.launch(NO_OWNER)
    assert aws.deliver(state_change(id_, "running", NOW))
    assert aws.findings() == []
    (record,) = records(aws)
    assert (record["isCompliant"], record["tags"]["Owner"]) == (True, "unassigned")
    assert [(one["key"], one["value"], one["done"]) for one in record["remediation"]] == [("Owner", "unassigned", True)]
    # Our own tag event comes back: it is looked at once more, and nothing is set again.
    assert aws.deliver(tag_change(id_, ["Owner"], {**NO_OWNER, "Owner": "unassigned"}, 1, NOW))
    assert [operation for _, operation, _ in aws.calls].count("CreateTags") == 1
    assert aws.findings() == [] and records(aws)[-1]["remediation"] == []


def test_a_scan_mends_a_page_at_once(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    aws = place(endpoint, monkeypatch, "apply")
    aws.launch(NO_OWNER, 3)
    aws.launch(GOOD)
    assert aws.deliver({"scan": {"at": moment(NOW), "by": "schedule"}})
    assert [operation for _, operation, _ in aws.calls].count("CreateTags") == 1
    assert aws.findings() == []
    assert [record["isCompliant"] for record in records(aws)] == [True] * 4


def test_a_dry_run_says_what_it_would_do(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    aws = place(endpoint, monkeypatch, "dry-run")
    (id_,) = aws.launch(NO_OWNER)
    assert aws.deliver(state_change(id_, "running", NOW))
    (finding,) = aws.findings()
    facts = dict(finding["detail"]["facts"])
    assert facts["Missing"] == "Owner" and facts["Would set"].startswith("Owner = unassigned")
    assert list(facts)[-1] == "Tags"
    assert [one["done"] for one in records(aws)[0]["remediation"]] == [False]
    assert "CreateTags" not in [operation for _, operation, _ in aws.calls]


@given(
    tags=st.dictionaries(TEXTS.filter(bool), TEXTS, max_size=20),
    more=st.lists(
        st.tuples(st.sampled_from(["Set", "Would set", "Not set", "Also needed on"]), TEXTS), unique_by=lambda f: f[0]
    ),
    group=TEXTS,
)
def test_more_facts_stay_within_what_the_hub_takes(
    tags: dict[str, str], more: list[tuple[str, str]], group: str
) -> None:
    resource = Resource(EC2_INSTANCE, "i-1", ACCOUNT, REGION, tags, "running", tags.get("Name", ""), vpc=group)
    account = rules().of(ACCOUNT)
    verdict = judge(resource, account, date(2026, 11, 29))
    content = with_facts(wording.open_content(resource, verdict, account), more)
    assert len(content["facts"]) <= MOST_FACTS
    assert wording.size(content) <= wording.MOST_BYTES  # type: ignore[arg-type]
    assert content["title"] and dict(content["facts"])["Instance"]


def test_the_tags_give_way_first() -> None:
    facts = [["Instance", "i-1"], ["Hints", "h" * 400], ["Launched by", "l" * 400], ["Tags", "t" * 400]]
    content = wording.Content(title="t", facts=facts, action="a" * 100, link="")
    names = [name for name, _ in with_facts(content, [("Set", "s" * 300), ("Not set", "n" * 300)])["facts"]]
    assert names == ["Instance", "Hints", "Launched by", "Set", "Not set"]
    assert with_facts({}, [("Set", "x")]) == {}
