"""Objectives: what they are made into, played, and what is refused.

The arithmetic is that of https://sre.google/workbook/alerting-on-slos/ for 99.9 % over 30 days.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from generator.evaluate.types import MetricId, SimulationResult
from generator.findings import Severity
from generator.model.alarms import Alarm
from generator.model.dashboards import Formula, MetricWidget
from tests.played import (
    ALPHA,
    BETA,
    DAY,
    HOUR,
    HUB_ACCOUNT,
    MINUTE,
    REGION,
    alarmed,
    changes,
    deployed,
    played,
    published,
)
from tests.support import built, spec

SLO = """
slos:
  checkout:
    objective: 99.9
    bad: {namespace: Shop, name: Failed}
    total: {namespace: Shop, name: Calls}
"""
FAST, SLOW = "checkout-fast-alarm-prod", "checkout-slow-alarm-prod"
CALLS = 1000


def after(
    days: float, failing: Callable[[int], float], change: str = SLO, calls: float | None = CALLS
) -> SimulationResult:
    """So many days with calls every five minutes, of which a function of the minute says how many fail."""
    minutes = range(0, int(days * 24 * 60), 5)
    period = 5 * MINUTE
    total = published("Calls", [calls] * len(minutes), period=period)
    failed = published("Failed", [failing(minute) for minute in minutes], period=period)
    return played(deployed(change), total, failed, lasts=int(days * DAY))


def test_a_fast_burn_wakes_somebody_up_within_the_hour() -> None:
    """2 % of them fail from noon on: a burn rate of 20, over 14.4."""
    found = after(1, lambda minute: 20 if minute >= 12 * 60 else 0)

    first = next(at for at, state in changes(found, FAST) if state == "ALARM")
    # 14.4 / 20 of the hour's calls have to be such ones: 43 minutes, and calls come in lots of five.
    assert 12 * HOUR + 40 * MINUTE <= first <= 12 * HOUR + 50 * MINUTE


def test_it_is_over_soon_after_the_burning_stops() -> None:
    """The hour goes on remembering; the five minutes do not."""
    found = after(1, lambda minute: 20 if 12 * 60 <= minute < 13 * 60 else 0)

    assert [state for at, state in changes(found, FAST) if at > 12 * HOUR] == ["ALARM", "OK"]
    assert changes(found, FAST)[-1][0] <= 13 * HOUR + 5 * MINUTE
    assert changes(found, "checkout-fast-1h-alarm-prod")[-1][0] > 13 * HOUR + 10 * MINUTE


def test_a_slow_burn_fires_the_slow_one_alone() -> None:
    """0.4 % of them fail all day: a burn rate of 4, over 3 and under 6."""
    found = after(2, lambda minute: 4 if minute >= 600 else 0)

    assert alarmed(found, SLOW)
    assert not alarmed(found, FAST)


def test_a_burn_that_would_not_last_the_month_is_found_within_days() -> None:
    """0.15 % of them fail from the third day on: a burn rate of 1.5, which only three days are long enough for."""
    found = after(7, lambda minute: 1.5 if minute >= 3 * 24 * 60 else 0)

    # The first of the three days is bad when two thirds of it are: 1.5 * 2 / 3 = 1.
    first = next(at for at, state in changes(found, SLOW) if state == "ALARM")
    assert (3 + 2) * DAY + 16 * HOUR < first <= (3 + 2) * DAY + 18 * HOUR
    assert not alarmed(found, "checkout-slow-1d-alarm-prod")
    assert not alarmed(found, FAST)


def test_a_brief_blip_is_let_pass() -> None:
    """A tenth fails for five minutes: a burn rate of 100 over those, of 8.3 over the hour, of 1.4 over six."""
    found = after(2, lambda minute: 100 if minute == 600 else 0)

    assert alarmed(found, "checkout-fast-5m-alarm-prod")
    assert not alarmed(found, FAST)
    assert not alarmed(found, SLOW)


def test_as_much_as_is_allowed_is_let_pass() -> None:
    """0.1 % of them fail: a burn rate of exactly 1."""
    found = after(5, lambda _: 1)

    assert not alarmed(found, FAST)
    assert not alarmed(found, SLOW)


@pytest.mark.parametrize("calls", [0, None], ids=["nothing is counted", "nothing is published"])
def test_no_traffic_is_quiet(calls: float | None) -> None:
    found = after(2, lambda _: 0, calls=calls)

    assert not alarmed(found, FAST)
    assert not alarmed(found, SLOW)


def test_no_traffic_is_bad_news_where_that_is_said() -> None:
    found = after(2, lambda _: 0, SLO + "    no_traffic: failing\n", calls=None)

    assert alarmed(found, FAST)
    assert alarmed(found, SLOW)


def test_a_night_without_traffic_is_no_reason_for_an_alarm_and_none_to_forget_one() -> None:
    """Ten notifies an hour, all failing, is a burn rate of 1000 however few they are."""
    found = after(1, lambda minute: 1 if minute == 600 else 0, calls=1)

    assert alarmed(found, FAST)


def test_what_was_good_may_be_counted_instead() -> None:
    change = SLO.replace("bad: {namespace: Shop, name: Failed}", "good: {namespace: Shop, name: Failed}")

    assert alarmed(after(1, lambda _: CALLS - 20, change), FAST)
    assert not alarmed(after(1, lambda _: CALLS, change), FAST)


def test_in_the_hub_all_accounts_have_one_objective() -> None:
    """What one account is to the others counts: beta has a hundredth of alpha's calls."""
    change = SLO + "    in: hub\n"
    minutes = 2 * 60

    def both(share: float) -> SimulationResult:
        given = [
            published("Calls", [1000] * minutes),
            published("Failed", [0] * minutes),
            published("Calls", [10] * minutes, BETA),
            published("Failed", [10 * share] * minutes, BETA),
        ]
        return played(deployed(change), *given, lasts=2 * HOUR)

    # 5 and 10 of 1010 calls: burn rates of 4.95 and 9.9, below and above the 6 of six hours.
    assert not alarmed(both(0.5), FAST, HUB_ACCOUNT)
    assert alarmed(both(1), FAST, HUB_ACCOUNT)


def test_in_the_hub_a_metric_is_called_as_in_its_account() -> None:
    """Not with the hub's own ID, under which nothing is published: such an alarm would never fire."""
    change = SLO.replace("name: Failed}", 'name: Failed, dimensions: {Account: "{account_id}"}}') + "    in: hub\n"
    calls = published("Calls", [1000] * 120)
    failed = [
        replace(published("Failed", [500] * 120, account), metric=MetricId(account, REGION, "Shop", "Failed", own))
        for account in (ALPHA, BETA)
        for own in [(("Account", account),)]
    ]

    assert alarmed(played(deployed(change), calls, *failed, lasts=2 * HOUR), FAST, HUB_ACCOUNT)


def test_an_objective_may_count_a_filter_of_ours() -> None:
    made = built(spec(SLO.replace("{namespace: Shop, name: Failed}", "{filter: errors}")))

    alarm = next(one for one in made.estates["prod"].alarms if one.key == "checkout-fast-1h")
    assert alarm.counted == "errors"


@pytest.mark.parametrize(
    ("window", "factors"),
    [
        ("30d", {"fast-1h": 14.4, "fast-6h": 6, "slow-1d": 3, "slow-3d": 1}),
        ("28d", {"fast-1h": 13.44, "fast-6h": 5.6, "slow-1d": 2.8, "slow-3d": 1}),
        ("7d", {"fast-1h": 3.36, "fast-6h": 1.4, "slow-1d": 1, "slow-3d": 1}),
        ("90d", {"fast-1h": 43.2, "fast-6h": 18, "slow-1d": 9, "slow-3d": 3}),
    ],
)
def test_the_factors_follow_the_window(window: str, factors: dict[str, float]) -> None:
    made = built(spec(f"{SLO}    window: {window}\n"))

    alarms: dict[str, Alarm] = {one.key: one for one in made.estates["prod"].alarms}
    long = {key: alarms[f"checkout-{key}"].tuning.threshold for key in factors}
    assert long == factors
    assert len([key for key in alarms if key.startswith("checkout-")]) == 2 * len(factors)


def test_an_objective_that_leaves_room_loses_the_pair_that_can_never_fire() -> None:
    """At 90 % the budget burns ten times as fast as it may when everything fails: never 14.4 times."""
    made = built(spec(SLO.replace("99.9", "90")))

    keys = {one.key for one in made.estates["prod"].alarms if one.key.startswith("checkout-fast")}
    assert keys == {"checkout-fast-6h", "checkout-fast-30m"}


def told(change: str) -> list[tuple[str, str]]:
    return [(one.code, ".".join(map(str, one.path))) for one in built(spec(change)).findings]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (SLO.replace("    bad: {namespace: Shop, name: Failed}\n", ""), [("R06", "slos.checkout")]),
        (SLO + "    good: {namespace: Shop, name: Fine}\n", [("R06", "slos.checkout")]),
        (SLO.replace("99.9", "100"), [("S03", "slos.checkout.objective")]),
        (SLO.replace("99.9", "80"), [("R07", "slos.checkout.objective")]),
        (SLO + "    window: 6d\n", [("R07", "slos.checkout.window")]),
        (SLO.replace("{namespace: Shop, name: Failed}", "{filter: eror}"), [("R02", "slos.checkout.bad.filter")]),
        (SLO.replace("name: Calls", "name: calls, namespace: AWS/Lambda"), [("T06", "slos.checkout.total.name")]),
        (SLO + "    missing_data: ignore\n", [("H01", "slos.checkout.missing_data")] * 8),
    ],
)
def test_what_cannot_be_is_refused(change: str, found: list[tuple[str, str]]) -> None:
    assert told(change) == found


def test_in_the_hub_accounts_have_to_be_named_and_few() -> None:
    units = "accounts: null\norganizational_units: [ou-ab12-cdefgh34]\n"
    six = "".join(f'  more-{n}: {{id: "{n:012}"}}\n' for n in range(1, 4))

    assert ("R07", "slos.checkout") in told(f"{SLO}    in: hub\n{units}")
    assert ("Q11", "slos.checkout") in told(f"{SLO}    in: hub\naccounts:\n{six}")
    assert ("Q11", "slos.checkout") not in told(f"{SLO}accounts:\n{six}")


def test_an_alarm_of_the_same_name_is_refused() -> None:
    change = SLO + 'alarms: {checkout-fast-1h: {metric: {filter: errors}, statistic: Sum, threshold: "> 1"}}'

    assert {code for code, _ in told(change)} == {"R11"}


def test_a_composite_and_a_widget_may_speak_of_an_objective() -> None:
    change = (
        SLO
        + """
composites: {both: {rule: checkout-fast and errors, severity: critical}}
dashboards: {shop: {widgets: [{type: alarms, title: Shop, alarms: [checkout-fast, checkout-slow]}]}}
"""
    )
    assert told(change) == []


def test_an_objective_holds_in_the_environments_that_it_names() -> None:
    change = f"""{SLO}    environments: [prod]
environments: [dev, prod]
access: {{owned_by: prod}}
composites: {{both: {{rule: checkout-fast or (errors and ok(checkout-slow-1d))}}}}
maintenance: {{nightly: {{alarms: [checkout-slow], schedule: 'cron(0 2 * * *)', duration: 1h}}}}
dashboards: {{shop: {{widgets: [{{type: alarms, title: Shop, alarms: [errors, checkout-fast]}}]}}}}
"""
    made = built(spec(change))

    assert [one.message for one in made.findings if one.severity is Severity.ERROR] == []
    assert [one.key for one in made.estates["dev"].alarms] == ["errors"]
    assert len(made.estates["prod"].alarms) == 9
    rule = made.templates["dev"]["member.template.yaml"]["Resources"]["CompositeBoth"]["Properties"]["AlarmRule"]
    assert rule == {"Fn::Sub": 'FALSE OR (ALARM("${AlarmErrors}") AND FALSE)'}
    assert ("R02", "slos.checkout.environments.0") in told(change.replace("[prod]\nenv", "[prd]\nenv"))


def test_the_overview_draws_an_objective_of_the_hub_as_one_line() -> None:
    made = built(spec(SLO + "    in: hub\ndashboards: {overview: auto}\n"))

    (overview,) = made.estates["prod"].dashboards
    (graph,) = (one for one in overview.widgets if isinstance(one, MetricWidget) and "burn rate" in one.title)
    (line,) = graph.series
    assert isinstance(line, Formula)
    assert len({one.account for one in line.operands}) == 3


def test_the_overview_draws_an_objective_once() -> None:
    made = built(spec(SLO + "dashboards: {overview: auto}\n"))

    (overview,) = made.estates["prod"].dashboards
    titles: list[Any] = [getattr(widget, "title", "") for widget in overview.widgets]
    assert [title for title in titles if "burn rate" in title] == ["checkout, burn rate"]
    assert ALPHA in str(made.templates["prod"]["hub.template.yaml"]["Resources"]["DashboardOverview"])


def test_an_objective_without_an_owner_has_that_of_the_defaults() -> None:
    change = """
defaults: {alarms: {owner: sre, runbook: "https://wiki.example.com/all"}}
metric_filters: {total: {log_group: application, pattern: '" "', metric: {namespace: Shop, name: Total, default: 0}}}
slos:
  plain: {objective: 99.9, bad: {filter: errors}, total: {filter: total}}
  own: {objective: 99.9, bad: {filter: errors}, total: {filter: total}, owner: carts}
"""
    made = built(spec(change))
    assert made.artifacts, made.findings
    found = {one.objective: one for one in made.estates["prod"].composites}
    page = "https://wiki.example.com/all"
    assert {key: (one.owner, one.runbook) for key, one in found.items()} == {
        "plain": ("sre", page),
        "own": ("carts", page),
    }
    assert [one.layer for one in found["plain"].origins] == ["built-in", "default", "default"]
    assert [one.layer for one in found["own"].origins] == ["built-in", "entry", "default"]
