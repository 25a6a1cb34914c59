"""Which state changes are taken, by alarm, account and time."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from generator.render.routing import routing_json
from handlers.incident.decision.admission import KnownAlarm, RejectedEvent, UnknownAlarm, classify
from handlers.incident.events import Change, Key
from handlers.incident.routing import Routing
from tests.support import built, spec

NOW = 1_795_168_800_000
SECOND, MINUTE, DAY = 1_000, 60_000, 86_400_000
OURS = Change(Key("222222222222", "eu-west-1", "errors-alarm-prod"), "ALARM", NOW)
UNITS = "organizational_units: [ou-ab12-cdefgh34]"


def routing(change: str = "") -> Routing:
    made = built(spec(change))
    assert made.estates, made.findings
    return Routing(json.loads(routing_json(made.estates["prod"])))


def change(**key: Any) -> Change:
    return replace(OURS, key=replace(OURS.key, **key))


@pytest.mark.parametrize("account", ["222222222222", "333333333333", "111111111111"])
@pytest.mark.parametrize("at", [0, 5 * MINUTE, -31 * DAY])
def test_an_alarm_of_ours_at_a_likely_time_is_known(account: str, at: int) -> None:
    assert classify(replace(change(account=account), at=NOW + at), routing(), NOW) == KnownAlarm()


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (5 * MINUTE + 1, "the timestamp is 5 minutes in the future"),
        (3 * DAY, "the timestamp is 3 days in the future"),
        (-31 * DAY - 1, "the timestamp is 31 days in the past"),
    ],
)
def test_another_time_is_refused_whoever_it_is(at: int, reason: str) -> None:
    for one in (OURS, change(account="999999999999"), change(alarm="x")):
        assert classify(replace(one, at=NOW + at), routing(), NOW) == RejectedEvent(reason)


@pytest.mark.parametrize("spec_change", ["", UNITS])
def test_an_unknown_alarm_is_parked_where_its_account_is_named(spec_change: str) -> None:
    known = routing(spec_change)
    reason = "alarm new-alarm-prod is not in this build's routing table"
    assert classify(change(alarm="new-alarm-prod"), known, NOW) == UnknownAlarm(reason, parked=True)
    strangers = change(alarm="new-alarm-prod", account="999999999999")
    assert classify(strangers, known, NOW) == UnknownAlarm(reason, parked=False)


def test_a_known_name_of_an_account_that_the_file_does_not_name_is_unknown_unless_accounts_join_by_themselves() -> None:
    stranger = change(account="999999999999")
    assert classify(stranger, routing(), NOW) == UnknownAlarm("account 999999999999 is not a member", parked=False)
    assert classify(stranger, routing(UNITS), NOW) == KnownAlarm()
