"""No data: every alarm that it does not raise has its reason in the catalogue, and what runs by the clock is raised.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from generator.build import Built
from generator.evaluate.simulate import simulate
from generator.evaluate.template.template import read
from generator.evaluate.types import MetricId, Published
from generator.manifest import HUB_TEMPLATE
from tests.played import ALPHA, BETA, DAY, HOUR, HUB_ACCOUNT, MINUTE, REGION, START, deployed
from tests.support import ROOT, built, spec

KINDS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::LogAlarm")
SHIPPED = (ROOT / "observability.yaml").read_text(encoding="utf-8")
TITLE = "## Alarms that do not treat missing data as breaching\n"


def rows(made: Built, environment: str = "prod") -> dict[str, list[str]]:
    """The catalogue's rows: the alarm, with the accounts it is said of, to choice, reason and whose it is."""
    section = made.artifacts[f"{environment}/catalogue.md"].decode().partition(TITLE)[2].partition("\n## ")[0]
    cells = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    return {alarm: rest for alarm, *rest in cells[2:]}


def alarms(made: Built, environment: str = "prod") -> dict[str, dict[str, Any]]:
    return {
        str(resource["Properties"]["AlarmName"]): resource["Properties"]
        for template in made.templates[environment].values()
        for resource in template["Resources"].values()
        if resource["Type"] in KINDS
    }


@pytest.fixture(scope="module")
def shipped() -> Built:
    return built(SHIPPED)


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_every_alarm_that_no_data_does_not_raise_is_listed_and_no_other(shipped: Built, environment: str) -> None:
    quiet = {name for name, one in alarms(shipped, environment).items() if one["TreatMissingData"] != "breaching"}
    listed = rows(shipped, environment)
    assert {alarm.partition(" in ")[0] for alarm in listed} == quiet
    assert all(reason and given_by for _, reason, given_by in listed.values())


def test_each_reason_is_a_waivers_a_packs_or_obsgens(shipped: Built) -> None:
    listed = rows(shipped)
    assert listed["deploying-alarm-prod"] == ["not breaching", "silence means that nobody is deploying", "waiver"]
    assert listed["handler-latency-alarm-prod"][2] == "waiver until 2027-06-30"
    assert listed["payment-handler-errors-alarm-prod"][2] == "pack lambda"
    assert listed["path-watch-incident-rule-prod"][1:] == [
        "EventBridge sends this metric only if it is not zero",
        "obsgen",
    ]
    assert {given_by.split()[0] for _, _, given_by in listed.values()} == {"waiver", "pack", "obsgen"}
    assert "orders-table-read-throttles-alarm-prod in checkout, ledger" in listed


def test_a_choice_of_one_account_is_said_of_that_account() -> None:
    made = built(
        spec(
            "waivers: [{rule: alarms-treat-missing-data-as-breaching, for: alarms.errors, reason: a | b for a test}]\n"
            "alarms: {errors: {overrides: [{where: {account: alpha}, missing_data: ignore}]}}"
        )
    )
    listed = rows(made)
    assert listed["errors-alarm-prod in alpha"] == ["ignore", "a \\| b for a test", "waiver"]
    assert "errors-alarm-prod" not in listed


def test_a_default_is_said_of_each_alarm_that_has_it_with_the_waivers_reason() -> None:
    made = built(
        spec(
            "defaults: {alarms: {missing_data: missing}}\n"
            "waivers: [{rule: alarms-treat-missing-data-as-breaching, for: alarms, reason: a workshop of one day}]"
        )
    )
    assert rows(made)["errors-alarm-prod"] == ["missing", "a workshop of one day", "waiver"]


def test_what_runs_by_the_clock_breaches_when_it_is_silent_and_waits_for_its_first_data(shipped: Built) -> None:
    """The notifier is called every minute, and each call has a value of Errors and Throttles, mostly 0.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html: binary indicators of the outcome
    """
    minutes = {
        re.sub("^path-watch-|-prod$", "", name): one["WarmUpConfiguration"]["WarmUpPeriodDurationInMinutes"]
        for name, one in alarms(shipped).items()
        if name.startswith("path-watch-") and one["TreatMissingData"] == "breaching"
    }
    assert minutes == {
        **dict.fromkeys(["notifier-errors", "notifier-throttles", "notifier-silent"], 15),
        **dict.fromkeys(["checkout-heartbeat", "ledger-heartbeat", "settlement-heartbeat"], 120),
    }
    # Made after what feeds them and deleted before it, so that neither is mailed.
    for resource in shipped.templates["prod"][HUB_TEMPLATE]["Resources"].values():
        if "path-watch-notifier" in str(resource["Properties"].get("AlarmName")):
            assert resource["DependsOn"] == ["NotifierSchedule", "WakeUpQueueToNotifier"]


HALF_A_DAY = DAY // 2
NOTIFIER = {"FunctionName": "incident-notifier-prod"}


def fed(namespace: str, name: str, period: int, first: int, last: int, value: float, **dimensions: str) -> Published:
    """A metric of the hub that has one value a period between two seconds of the day, but for every tenth.

    A call that a minute's tick is late for falls into the next minute.
    """
    spans = range(0, DAY, period)
    values = tuple((value,) if first <= at < last and at // period % 10 else None for at in spans)
    return Published(
        MetricId(HUB_ACCOUNT, REGION, namespace, name, tuple(sorted(dimensions.items()))), START, period, values
    )


def first_day(
    notifier_stops: int = DAY, members_come: int = 90 * MINUTE, beta_leaves: int = DAY
) -> dict[str, list[int]]:
    """When each alarm of the path fires on the hub's first day, in seconds; one that never does is not there."""
    feeds = [
        fed("AWS/Lambda", "Errors", MINUTE, 3 * MINUTE, notifier_stops, 0, **NOTIFIER),
        fed("AWS/Lambda", "Throttles", MINUTE, 3 * MINUTE, notifier_stops, 0, **NOTIFIER),
        fed("Obsgen/Incidents", "Ticks", MINUTE, 3 * MINUTE, notifier_stops, 1, Environment="prod"),
    ]
    for account in (ALPHA, BETA, "444444444444"):
        leaves = beta_leaves if account == BETA else DAY
        dimensions = {"Account": account, "Region": REGION}
        feeds.append(fed("Obsgen/Path", "Heartbeats-prod", 5 * MINUTE, members_come, leaves, 1, **dimensions))
    hub = read(deployed("")[0])
    made = {one.alarm: START for one in hub.metric_alarms}
    found = simulate([hub], feeds, (), START, START + DAY, created=made)
    fired: dict[str, list[int]] = {}
    for change in found.transitions:
        if change.after == "ALARM" and change.alarm.name.startswith("path-watch-"):
            fired.setdefault(change.alarm.name, []).append(change.at - START)
    return fired


def test_the_path_is_quiet_on_its_first_day_and_tells_of_what_stops() -> None:
    assert first_day() == {}

    stopped = first_day(notifier_stops=HALF_A_DAY, beta_leaves=HALF_A_DAY)
    assert set(stopped) == {
        *(f"path-watch-notifier-{what}-prod" for what in ("errors", "throttles", "silent")),
        "path-watch-beta-heartbeat-prod",
    }
    heartbeat = stopped.pop("path-watch-beta-heartbeat-prod")
    # CloudWatch looks further back than one period for a value before it takes no data for breaching.
    assert all(0 < at - HALF_A_DAY <= 10 * MINUTE for (at,) in stopped.values())
    assert all(0 < at - HALF_A_DAY <= 2 * HOUR for at in heartbeat)


def test_a_member_that_does_not_come_at_all_is_told_of_when_the_warm_up_is_over() -> None:
    found = first_day(members_come=DAY)
    assert set(found) == {f"path-watch-{name}-heartbeat-prod" for name in ("alpha", "beta", "gamma")}
    assert all(2 * HOUR <= at <= 3 * HOUR for (at,) in found.values())
