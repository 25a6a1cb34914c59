"""The part of a report about coverage, as people read it: numbers of the build's lock, which get old."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from handlers.reports import google_chat, mail, page, slack, teams, text
from handlers.reports.build import build
from handlers.reports.gathered import ReportData
from handlers.reports.period import period
from handlers.reports.report import Report
from handlers.reports.settings import report_settings_of
from tests.handlers.report_world import AT, DATA, HOSTILE, SETTINGS

DAY = period("daily", datetime.fromtimestamp(AT / 1000, UTC), "Europe/Berlin")
COUNTS = {"resources": 920, "watched": 812, "unwatched": 40, "silent": 4, "no_data": 10, "waived": 34, "unknown": 20}
ACCOUNTS = [
    {"name": "ledger", "day": "2026-11-01", "resources": 60, "watched": 18, "unwatched": 38, "silent": 4},
    {"name": "checkout", "day": "2026-11-20", "resources": 500, "watched": 454, "unwatched": 2, "waived": 34}
    | {"no_data": 10},
]
WAIVERS = [
    {"resources": "sqs tmp-*", "accounts": ["checkout"], "reason": "goes with the migration", "until": "2026-11-28"},
    {"resources": "ebs *", "reason": "disks of the old cluster", "until": "2026-12-04"},
    {"resources": "lambda x", "reason": "agreed with its team", "until": "2027-11-20"},
]


def data(**keys: Any) -> dict[str, Any]:
    coverage = {"day": "2026-11-20", "oldest": "2026-11-20", **COUNTS, "accounts": ACCOUNTS, "account_count": 2}
    waivers = keys.get("waivers", WAIVERS)
    return {**DATA, "coverage": {**coverage, "waivers": waivers, "waiver_count": len(waivers), **keys}}


def report(**keys: Any) -> Report:
    return build("daily", DAY, ReportData(coverage=report_settings_of(data(**keys)).coverage), SETTINGS)


def test_the_numbers_are_a_figure_a_table_and_the_waivers() -> None:
    before = {"day": "2026-10-20", "resources": 900, "watched": 800, "unwatched": 100}
    as_text = text.as_text(report(before=before))
    change = "812 of 900 on 2026-11-20, 20 not judged; 12 more watched, 46 fewer not watched since 2026-10-20"
    assert f"resources that alarms watch: 90 % ({change})\n" in as_text
    of_coverage = as_text.partition("Coverage on")[2].partition("\n\nAlarms without data")[0]
    assert re.sub("\n-+\n", "\n---\n", of_coverage) == (
        """ 2026-11-20: 812 of 900 resources are watched (90 %), 34 are waived, 20 not judged
---
* #################### ledger (2026-11-01)
    Not watched: 38
    Call no one: 4
    Without data: 0
    Waived: 0
    Watched: 18 of 60 (30 %)
* ###### checkout
    Not watched: 2
    Call no one: 0
    Without data: 10
    Waived: 34
    Watched: 454 of 500 (90 %)

Waivers of coverage
---
* sqs tmp-*
    Accepted: until 2026-11-28: ended, the resources count as not watched from the next update on
    Accounts: checkout
    Reason: goes with the migration
* ebs *
    Accepted: until 2026-12-04: 5 days left
    Accounts: all
    Reason: disks of the old cluster
* lambda x
    Accepted: until 2027-11-20
    Accounts: all
    Reason: agreed with its team"""
    )


def test_a_waiver_that_ended_is_something_to_do() -> None:
    assert report().headline == "1 waiver of coverage has ended."
    # On its last day it holds.
    last = [{**WAIVERS[0], "until": "2026-11-29"}]
    assert report(waivers=last).headline.startswith("Nothing to do")
    assert "until 2026-11-29: 0 days left" in text.as_text(report(waivers=last))


def test_waivers_that_the_build_left_out_are_counted() -> None:
    """They end after all others."""
    ended = [WAIVERS[0]] * 50
    of_all = report(waivers=ended, waiver_count=70)
    assert of_all.headline == "at least 50 waivers of coverage have ended."
    (section,) = (section for section in of_all.sections if section.title == "Waivers of coverage")
    assert len(section.rows) + section.more == 70
    assert report(waivers=[*ended[:-1], WAIVERS[1]], waiver_count=70).headline == "49 waivers of coverage have ended."


@pytest.mark.parametrize(("oldest", "age"), [("2026-10-30", 0), ("2026-10-29", 31)])
def test_old_numbers_are_called_old(oldest: str, age: int) -> None:
    old = report(oldest=oldest)
    (figure,) = (figure for figure in old.figures if figure.name == "resources that alarms watch")
    assert figure.is_bad is bool(age)
    notes = text.as_text(old)
    sentence = f"Not in this report: coverage of the last {age} days, because its numbers are of {oldest}; run `obsgen"
    assert (sentence in notes) is bool(age)


def test_numbers_that_did_not_change_are_said_to_be_the_same() -> None:
    as_text = text.as_text(report(before={"day": "2026-10-20", **COUNTS}))
    assert "90 % (812 of 900 on 2026-11-20, 20 not judged; as on 2026-10-20)" in as_text


def test_where_everything_is_watched_there_is_a_sentence() -> None:
    whole = dict.fromkeys(COUNTS, 0) | {"resources": 3, "watched": 3}
    as_text = text.as_text(report(accounts=[], account_count=0, waivers=[], **whole))
    assert "Coverage on 2026-11-20: 3 of 3 resources are watched (100 %)\n" in as_text
    assert "\nAll resources are watched.\n" in as_text
    assert "Waivers" not in as_text
    unknown = dict.fromkeys(COUNTS, 0) | {"resources": 2, "unknown": 2}
    as_text = text.as_text(report(accounts=[], account_count=0, waivers=[], **unknown))
    assert "The capture could judge no resource." in as_text
    assert "resources that alarms watch: –" in as_text  # noqa: RUF001


def test_all_of_what_was_judged_is_not_all() -> None:
    """One resource is watched, nine are in an account whose alarms were not read, and two Regions were not read."""
    part = dict.fromkeys(COUNTS, 0) | {"resources": 10, "watched": 1, "unknown": 9, "unread": 2}
    as_text = text.as_text(report(accounts=[], account_count=0, waivers=[], **part))
    gaps = "9 not judged, 2 accounts and Regions not read"
    assert f"Coverage on 2026-11-20: 1 of 1 resource is watched (100 %), {gaps}\n" in as_text
    assert f"resources that alarms watch: 100 % (1 of 1 on 2026-11-20, {gaps})\n" in as_text
    assert "\nAll resources that the capture could judge are watched.\n" in as_text
    assert "\nAll other resources that the capture could" in text.as_text(
        report(accounts=[], account_count=0, waivers=[], **{**part, "waived": 1})
    )


@pytest.mark.parametrize(("day", "is_later"), [("2026-11-30", False), ("2026-12-01", True), ("2999-11-20", True)])
def test_numbers_of_a_day_to_come_never_get_old(day: str, is_later: bool) -> None:
    """A capture may be of the day after the report's end, which a file has reached before its report is due."""
    as_text = text.as_text(report(day=day, oldest=day))
    assert (f"coverage of today, because its lock says that it is of {day}; run" in as_text) is is_later


def test_without_a_lock_no_report_speaks_of_it() -> None:
    assert report_settings_of(DATA).coverage is None
    assert "overage" not in text.as_text(build("daily", DAY, ReportData(), SETTINGS))


def test_every_medium_has_the_numbers_and_no_markup_of_names() -> None:
    hostile = report(
        accounts=[{**ACCOUNTS[0], "name": HOSTILE}], waivers=[{**WAIVERS[0], "reason": HOSTILE, "resources": HOSTILE}]
    )
    forms = {
        "page": page.as_page(hostile),
        "mail": mail.as_mail(hostile),
        "text": text.as_text(hostile),
        "slack": json.dumps(slack.message(hostile)),
        "teams": json.dumps(teams.message(hostile)),
        "google_chat": json.dumps(google_chat.message(hostile)),
    }
    for name, form in forms.items():
        assert "812 of 900" in form, name
        assert "Waivers of coverage" in form, name
        assert "\u202e" not in form, name
    assert "<script" not in forms["page"] + forms["mail"]
