"""Findings of the hub's own checks: who may send which, and of which account they are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator.model import compliance_names, error_log_names
from handlers.events import finding_detail
from handlers.events import meter as events_meter
from handlers.events import reading as events_reading
from handlers.events.store_items import DAY_INDEX, DUE_INDEX, RECENT_INDEX
from handlers.incident.decision.admission import KnownAlarm, MisdirectedFinding, UnknownAlarm, classify
from handlers.incident.events import Change, Unreadable, read
from handlers.incident.finding import HUB_SOURCE, RESERVED, SOURCE, SOURCES, check_of, name_of
from handlers.incident.message import finding_words
from handlers.incident.routing import Routing
from tests.handlers.finding_world import CONTENT, MEMBER, REGION, T0, TABLE

HUB, OTHER = "123456789012", "333333333333"
FINGERPRINT = "1-0123456789abcdef"
ROUTING = Routing({**TABLE, "findings": {check: {"severity": "low"} for check in error_log_names.CHECKS.values()}})


def event(detail_type: str = "Log Error Finding", sender: str = HUB, source: str = HUB_SOURCE, **changed: Any) -> str:
    check = {**SOURCES[HUB_SOURCE], **SOURCES[SOURCE]}.get(detail_type, "")
    detail = {
        **{"version": 1, "environment": "prod", "check": check, "subject": FINGERPRINT, "region": REGION},
        **{"account": MEMBER, "state": "ALARM", "at": T0, **CONTENT, **changed},
    }
    envelope = {"account": sender, "region": REGION, "source": source, "detail-type": detail_type}
    return json.dumps({**envelope, "detail": {name: value for name, value in detail.items() if value is not None}})


def read_change(body: str) -> Change:
    meaning = read(body)
    assert isinstance(meaning, Change)
    return meaning


def test_handlers_and_generator_call_everything_the_same() -> None:
    """They share no code; so each has the names for itself."""
    assert SOURCES[HUB_SOURCE] == error_log_names.CHECKS
    assert HUB_SOURCE == error_log_names.HUB_SOURCE == finding_detail.SOURCE
    assert {kind: check for check, kind in finding_detail.DETAIL_TYPES.items()} == error_log_names.CHECKS
    assert {kind: check for check, kind in finding_detail.KIND_OF_CHECK.items()} == error_log_names.CHECK_OF_KIND
    assert SOURCES[SOURCE] == {compliance_names.DETAIL_TYPE: "tag-compliance"}
    assert error_log_names.AGENT_SOURCE == events_reading.AGENT_SOURCE
    assert error_log_names.AGENT_DETAIL_TYPES == (events_reading.WINDOW, events_reading.MONITORING_EVENT)
    indexes = (error_log_names.RECENT_INDEX, error_log_names.DAY_INDEX, error_log_names.DUE_INDEX)
    assert indexes == (RECENT_INDEX, DAY_INDEX, DUE_INDEX)
    assert events_meter.NAMESPACE == error_log_names.NAMESPACE


def test_the_events_package_knows_which_facts_are_reserved() -> None:
    from handlers.events.wording import RESERVED as KNOWN_THERE

    assert KNOWN_THERE == RESERVED


@pytest.mark.parametrize(("detail_type", "check"), sorted(SOURCES[HUB_SOURCE].items()))
def test_the_hub_speaks_of_every_account(detail_type: str, check: str) -> None:
    change = read_change(event(detail_type))
    assert change.key == (type(change.key))(MEMBER, REGION, f"{check}/{FINGERPRINT}")
    assert classify(change, ROUTING, T0) == KnownAlarm()
    assert check_of(name_of(check, "x")) == check
    assert finding_words.check(change.key.alarm) == check.replace("-", " ").capitalize()


@pytest.mark.parametrize("sender", [MEMBER, OTHER, "999999999999"])
def test_nobody_else_speaks_for_the_hub(sender: str) -> None:
    """A member whose role could put the hub's source on the bus: whatever it names, itself too, is dead."""
    for account in (MEMBER, sender, HUB):
        change = read_change(event(sender=sender, account=account))
        verdict = classify(change, ROUTING, T0)
        assert verdict == MisdirectedFinding(f"account {sender} sent a finding that only the hub account may send")


def test_a_members_check_speaks_of_the_member_alone() -> None:
    """Its detail may name whom it wants."""
    body = event("Tag Compliance Finding", sender=OTHER, source=SOURCE, subject="i-1")
    assert read_change(body).key.account == OTHER


@pytest.mark.parametrize(
    ("detail_type", "source", "sender"),
    [
        ("Log Error Finding", SOURCE, MEMBER),
        ("Log Error Finding", SOURCE, HUB),
        ("Agent Finding", "obsgen.error-logs", MEMBER),
        ("Tag Compliance Finding", HUB_SOURCE, HUB),
        ("Unheard Finding", HUB_SOURCE, HUB),
    ],
)
def test_each_source_has_its_own_checks(detail_type: str, source: str, sender: str) -> None:
    meaning = read(event(detail_type, sender=sender, source=source))
    assert isinstance(meaning, Unreadable)
    assert "no handler for events of source" in meaning.reason


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"account": None}, "account is missing or not a string"),
        ({"account": 222222222222}, "account is missing or not a string"),
        ({"account": "2222"}, 'account is "2222", not an account ID'),
        ({"check": "tag-compliance"}, 'check is "tag-compliance", not "log-error"'),
    ],
)
def test_a_finding_of_the_hub_says_whom_it_is_about(changed: dict[str, Any], reason: str) -> None:
    meaning = read(event(**changed))
    assert isinstance(meaning, Unreadable)
    assert reason in meaning.reason


def test_an_account_that_the_file_does_not_name_is_not_taken() -> None:
    change = read_change(event(account="999999999999"))
    assert classify(change, ROUTING, T0) == UnknownAlarm("account 999999999999 is not a member", parked=False)
