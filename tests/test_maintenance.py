"""Maintenance: what CloudWatch is told to mute, where, and which schedules it would not take."""

from __future__ import annotations

import json
import re

import pytest

from generator.evaluate.alarms.mute_schedule import Misread, Once, Recurring, read
from generator.evaluate.template.template import read as read_template
from generator.findings import dotted
from generator.render.section_words import changes_of
from tests.played import ALPHA, BETA, HUB_ACCOUNT, deployed
from tests.support import built, spec

NIGHTLY = """
alarms:
  errors: {overrides: [{where: {account: beta}, enabled: false}]}
  lag: {in: hub, metric: {namespace: Shop, name: Lag}, statistic: Maximum, threshold: "> 30"}
maintenance:
  nightly: {alarms: [errors, lag], schedule: 'cron(0 2 * * *)', duration: 45m, timezone: Europe/Berlin}
"""
DAY = 86_400


def test_alarms_are_muted_where_they_stand() -> None:
    muted = {
        stack.account: [(one.name, one.alarms, one.duration, one.time_zone) for one in read_template(stack).mutes]
        for stack in deployed(NIGHTLY)
    }

    times = ("PT45M", "Europe/Berlin")
    lags = tuple(f"lag-{name}-alarm-prod" for name in ("alpha", "beta", "gamma"))
    assert muted[HUB_ACCOUNT] == [("nightly-mute-prod", lags, *times)]
    assert muted[ALPHA] == [("nightly-mute-prod", ("errors-alarm-prod",), *times)]
    # Beta has none of them: a rule that names nothing is not made.
    assert muted[BETA] == []


def test_what_is_made_is_what_cloudformation_knows() -> None:
    assert {one.code for one in built(spec(NIGHTLY), lint=True).findings} == {"T46"}


@pytest.mark.parametrize(
    "alarms", ["edge-errors", "edge-errors, edge-client-errors", "edge-errors, errors", "edge-errors, shop-errors"]
)
def test_what_one_region_has_is_muted_there(alarms: str) -> None:
    # A reference to an alarm that another Region does not make would fail the stack there.
    edge = "edge: {type: cloudfront, distribution: E1A2B3C4D5E6F7}"
    edge += ", shop: {type: cloudfront, distribution: E2A2B3C4D5E6F7, accounts: [alpha]}"
    muted = f"nightly: {{alarms: [{alarms}], schedule: 'cron(0 2 * * *)', duration: 45m, timezone: Europe/Berlin}}"

    found = built(
        spec(f"regions: [us-east-1, eu-west-1]\nservices: {{{edge}}}\nmaintenance: {{{muted}}}"), lint=True
    ).findings

    assert [one for one in found if one.path[:1] == ("maintenance",)] == []


@pytest.mark.parametrize(
    ("expression", "gap"),
    [
        ("cron(0 2 * * *)", DAY),
        ("cron(0 2,14 * * *)", DAY // 2),
        ("cron(0 2 * * SUN)", 7 * DAY),
        ("cron(0 2 * * SAT-SUN)", 6 * DAY),
        ("cron(0 2 * * SUN-MON)", 6 * DAY),
        ("cron(30 1 1 * *)", 31 * DAY),
        ("cron(0 0 1 JAN *)", 366 * DAY),
        ("cron(0 0 29 2 *)", None),
        ("cron(*/5 * * * *)", 300),
        ("cron(0 8-18/2 * * *)", 14 * 3600),
        ("cron(0 2 ? * MON-FRI)", 3 * DAY),
        ("cron(0 2 * * 1)", 7 * DAY),
        ("cron(0 2 * * 0)", 7 * DAY),
        ("cron(0 2 * * 7)", 7 * DAY),
        ("cron(0 2 * * 5-7)", 5 * DAY),
        ("cron(0 2 L * ?)", 31 * DAY),
        ("cron(0 2 ? * SUN#1)", 35 * DAY),
        ("cron(0 2 ? * FRIL)", 35 * DAY),
        ("cron(* * * * *)", 60),
        ("cron(0-59 0-23 * 1-12 *)", 60),
    ],
)
def test_a_schedule_is_read_as_the_cron_of_mute_rules(expression: str, gap: int | None) -> None:
    found = read(expression)

    assert (found.longest_gap() if isinstance(found, Recurring) else None) == gap


def test_one_time_is_one_time() -> None:
    assert isinstance(read("at(2027-03-01T02:00)"), Once)


@pytest.mark.parametrize(
    ("expression", "hint"),
    [
        ("cron(0 2 * * ? *)", "cron(0 2 * * *)"),
        ("cron(0 2 ? * MON *)", "cron(0 2 * * MON)"),
        ("cron(0 2 * *)", "cron(0 2 * * *)"),
        ("cron(60 2 * * *)", "0 to 59"),
        ("cron(0 24 * * *)", "0 to 23"),
        ("cron(0 2 0 * *)", "1 to 31"),
        ("cron(0 2 * * 8)", "SUN to SAT, or 0 to 7"),
        ("cron(0 2 * * MUN)", "SUN to SAT"),
        ("cron(0 2 * * L)", "SUN to SAT"),
        ("cron(0 2 * * SUN#6)", "SUN#1"),
        ("cron(0 2 15W * *)", "1 to 31, ? or L"),
        ("cron(? 2 * * *)", "0 to 59"),
        ("cron(*/0 2 * * *)", "0 to 59"),
        ("cron(0 2 1 * MON)", "two entries"),
        ("cron(0 2 31 2 *)", "cron"),
        ("rate(1 day)", "cron(0 2 * * *)"),
        ("at(2027-02-30T02:00)", "at(2027-03-01T02:00)"),
        ("0 2 * * *", "cron(0 2 * * *)"),
        ("cron(0 2 * 1-2-3 *)", "JAN to DEC"),
        ("cron(٠ 2 * * *)", "0 to 59"),
    ],
)
def test_what_is_no_schedule_is_told_what_would_be_one(expression: str, hint: str) -> None:
    found = read(expression)

    assert isinstance(found, Misread)
    assert hint in found.hint


def told(change: str) -> set[tuple[str, str]]:
    return {(one.code, dotted(one.path)) for one in built(spec(change)).findings if one.code != "T46"}


@pytest.mark.parametrize(
    ("old", "new", "code", "path"),
    [
        ("[errors, lag]", "[errors, lagg]", "R02", "maintenance.nightly.alarms[1]"),
        ("[errors, lag]", "[]", "S03", "maintenance.nightly.alarms"),
        ("[errors, lag]", "['laag*']", "R02", "maintenance.nightly.alarms[0]"),
        ("[errors, lag]", "['lag *']", "S03", "maintenance.nightly.alarms[0]"),
        ("45m", "90s", "R05", "maintenance.nightly.duration"),
        ("45m", "16d", "R05", "maintenance.nightly.duration"),
        ("45m", "1d", "T33", "maintenance.nightly.duration"),
        ("cron(0 2 * * *)", "cron(0 2 * * ? *)", "S03", "maintenance.nightly.schedule"),
        ("Europe/Berlin", "UTC+25:00", "S03", "maintenance.nightly.timezone"),
    ],
)
def test_what_cannot_be_is_refused(old: str, new: str, code: str, path: str) -> None:
    assert (code, path) in told(NIGHTLY.replace(old, new))


def test_a_pattern_is_every_alarm_whose_key_is_like_it() -> None:
    def muted(patterns: str, more: str = "") -> set[str]:
        stacks = deployed(NIGHTLY.replace("[errors, lag]", patterns) + more)
        return {name for stack in stacks for one in read_template(stack).mutes for name in one.alarms}

    lags = {f"lag-{name}-alarm-prod" for name in ("alpha", "beta", "gamma")}
    assert muted("['*']") == muted("[errors, 'la?', 'l*', lag]") == {"errors-alarm-prod", *lags}
    assert muted("['e*']") == {"errors-alarm-prod"}
    queue = "services: {jobs: {type: sqs, queue: jobs}}\ncomposites: {jobs-down: {rule: jobs-age or errors}}\n"
    names = muted("['jobs-*']", queue)
    assert {"jobs-age-alarm-prod", "jobs-down-alarm-prod"} <= names
    assert not any(name.startswith(("errors", "lag")) for name in names)


def test_an_objective_is_muted_by_its_composites() -> None:
    slo = "slos: {checkout: {objective: 99.9, bad: {filter: errors}, total: {namespace: Shop, name: Calls}}}\n"
    made = built(spec(slo + NIGHTLY.replace("[errors, lag]", "[checkout]")))

    assert [one.hint for one in made.findings if one.code != "T46"] == [
        "use the alarms of the objective, checkout-fast and checkout-slow"
    ]
    assert told(slo + NIGHTLY.replace("[errors, lag]", "[checkout-fast, checkout-slow]")) == set()


def test_the_catalogue_says_when_nobody_is_told() -> None:
    text = built(spec(NIGHTLY)).artifacts["prod/catalogue.md"].decode()

    assert re.search(
        r"\*\*nightly-mute-prod\*\* cron\(0 2 \* \* \*\) in Europe/Berlin for 45 minutes, in members", text
    )


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("", NIGHTLY, "nightly-mute-prod mutes errors at cron(0 2 * * *) in Europe/Berlin for 45 minutes, in members"),
        (NIGHTLY, NIGHTLY.replace("[errors, lag]", "[lag]"), "nightly-mute-prod no longer mutes errors"),
        (NIGHTLY, NIGHTLY.replace("45m", "2h"), "is at cron(0 2 * * *) in Europe/Berlin for 2 hours"),
        (
            NIGHTLY,
            NIGHTLY.replace("[errors, lag]", "[errors, lag, more]") + "\ncomposites: {more: {rule: errors}}",
            "also mutes more",
        ),
    ],
    ids=["new", "no longer", "longer", "more"],
)
def test_a_change_is_told_in_words(before: str, after: str, sentence: str) -> None:
    estates = [json.loads(built(spec(change)).artifacts["prod/estate.json"]) for change in (before, after)]

    assert any(sentence in change.sentence for change in changes_of(*estates) if change.area == "maintenance")
