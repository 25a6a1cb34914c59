"""The report as a pure function of what the tables say, and its four forms."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from generator.render.compliance_chart import chart
from generator.render.compliance_html import as_html
from generator.render.compliance_report import DAY_MS, Day, period_ms, report
from generator.render.compliance_text import as_csv, as_data, as_text
from generator.render.compliance_values import cell, sparkline
from generator.rollout.aws.operations import SUSPENDED, Instance
from generator.rollout.deploy.desired import DesiredGroup, DesiredStack, DesiredStackSet, DesiredState
from generator.rollout.operate.compliance_access import Checker, locations_of
from generator.rollout.operate.compliance_state import (
    AccountRegion,
    ComplianceSnapshot,
    Counts,
    OpenResource,
    ScanTotal,
    WrongValue,
)

# 2026-11-20T10:00:01Z
NOW = 1_795_168_801_000
EC2 = "ec2:instance"
FORMS = {
    "report.txt": as_text,
    "report.csv": as_csv,
    "report.html": as_html,
    "report.json": lambda found: json.dumps(as_data(found), indent=1),
}
GOLDEN = Path(__file__).parent / "golden"


def scan(days_ago: int, compliant: int, non_compliant: int, exempt: int = 0) -> ScanTotal:
    counts = Counts(compliant, non_compliant, exempt)
    return ScanTotal(NOW - days_ago * DAY_MS - 3_600_000, counts, {EC2: counts})


def ledgers() -> list[ComplianceSnapshot]:
    """Two accounts and a Region that cannot be read."""
    checkout, ledger = (
        AccountRegion("222222222222", "checkout", "us-east-1"),
        AccountRegion("333333333333", "ledger", "us-east-1"),
    )
    wrong = WrongValue("Environment", "live <b>", "is not one of dev, staging, prod")
    return [
        ComplianceSnapshot(
            checkout,
            (scan(3, 90, 6, 1), scan(2, 92, 4, 1), scan(1, 94, 3, 1), scan(0, 95, 2, 1)),
            (
                OpenResource(EC2, "i-0a1", "web-1", "running", "", ("Owner", "Application"), (), NOW - 60_000),
                OpenResource(EC2, "i-0a2", "=cmd()", "stopped", "team-web", (), (wrong,), NOW - 60_000),
            ),
        ),
        ComplianceSnapshot(
            ledger, (scan(3, 40, 1),), (OpenResource(EC2, "i-0b1", "", "running", "", ("Owner",)),), NOW - 5_000
        ),
        ComplianceSnapshot(
            replace(ledger, region="eu-west-1"), problem="AWS denied sts:AssumeRole", hint="deploy this version"
        ),
    ]


@pytest.mark.parametrize("name", FORMS)
def test_each_form_is_as_it_was(name: str, update: bool) -> None:
    text = FORMS[name](report(ledgers(), environment="prod", now=NOW, days=4, schedule="rate(1 day)")).rstrip("\n")
    file = GOLDEN / name
    if update:
        GOLDEN.mkdir(exist_ok=True)
        file.write_text(text + "\n", encoding="utf-8", newline="")
    with file.open(encoding="utf-8", newline="") as golden:
        assert text == golden.read().rstrip("\n")


def test_the_trend_goes_on_with_the_last_total_of_each_place() -> None:
    made = report(ledgers(), environment="prod", now=NOW, days=4)
    assert [(day.date[-2:], day.counts.non_compliant, day.places) for day in made.trend] == [
        ("17", 7, 2), ("18", 5, 2), ("19", 4, 2), ("20", 3, 2),
    ]  # fmt: skip


def test_days_before_the_first_scan_are_left_out() -> None:
    one = ComplianceSnapshot(AccountRegion("1", "a", "r"), (scan(1, 1, 1),))
    made = report([one], environment="prod", now=NOW, days=30)
    assert [day.date for day in made.trend] == ["2026-11-19", "2026-11-20"]


def test_without_a_schedule_no_scan_is_late() -> None:
    made = report([ComplianceSnapshot(AccountRegion("1", "a", "r"))], environment="prod", now=NOW, schedule="")
    assert made.stale == ()
    assert made.is_well


@pytest.mark.parametrize(("hours", "late"), [(47, False), (49, True)])
def test_a_scan_is_late_after_two_periods(hours: int, late: bool) -> None:
    one = ComplianceSnapshot(AccountRegion("1", "a", "r"), (ScanTotal(NOW - hours * 3_600_000, Counts(1)),))
    made = report([one], environment="prod", now=NOW, schedule="rate(24 hours)")
    assert bool(made.stale) is late


@pytest.mark.parametrize(
    ("schedule", "times", "period"),
    [
        ("rate(6 hours)", [], 6 * 3_600_000),
        ("rate(1 day)", [], DAY_MS),
        ("rate(30 minutes)", [0, DAY_MS], 1_800_000),
        # A scan on weekdays: the longest time is the weekend's.
        ("cron(0 6 ? * MON-FRI *)", [0, DAY_MS, 4 * DAY_MS], 3 * DAY_MS),
        ("cron(0 6 * * ? *)", [0], None),
    ],
)
def test_how_long_it_is_to_the_next_scan(schedule: str, times: list[int], period: int | None) -> None:
    assert period_ms(schedule, times) == period


def test_a_share_is_never_rounded_up_to_all() -> None:
    assert Counts(99_999, 1).percent == 99.9
    assert Counts(5, 0, 3).percent == 100.0
    assert Counts(0, 0, 3).percent is None


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "＝", "\t=", "  =", "\r\n@"])
def test_a_cell_is_no_formula(first: str) -> None:
    assert cell(f"{first}SUM(A1)").lstrip().startswith("'")


@pytest.mark.parametrize("text", ["", "web-1", "2026-11-20", "a=b", "'quoted'"])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert cell(text) == text


def test_a_sparkline_shows_the_shape() -> None:
    assert sparkline([0, 7, 14]) == "▁▄█"
    assert sparkline([3, 3]) == "▄▄"
    assert sparkline([0, 0]) == "▁▁"
    assert sparkline([]) == ""


@pytest.mark.parametrize("values", [(0, 0), (1, 0), (7, 1999), (10_000, 2)])
def test_a_chart_stays_in_its_frame(values: tuple[int, int]) -> None:
    days = [Day(f"2026-11-1{number}", Counts(0, value), 1) for number, value in enumerate(values)]
    points = re.findall(r"(-?\d+\.\d),(-?\d+\.\d)", chart(days))
    assert all(0 <= float(x) <= 720 and 0 <= float(y) <= 180 for x, y in points)


def wanted(units: tuple[str, ...] = ()) -> DesiredState:
    stack = DesiredStack("hub", "111111111111", "us-east-1", "")
    group = DesiredGroup((("222222222222", "alpha"),), ())
    members = DesiredStackSet("members", "", True, "SELF", ("us-east-1", "eu-west-1"), units, (), (group,))
    return DesiredState("shop", "prod", (), (), stack, members, "", {})


CHECKER = Checker("tag-compliance-prod", "tag-compliance-prod", "tag-compliance-operator-role-{region}-prod")


def test_accounts_of_units_are_those_that_have_a_stack() -> None:
    instances = [
        Instance("333333333333", "us-east-1"),
        # The hub may be in a unit, and has no checker of its own.
        Instance("111111111111", "us-east-1"),
        # A Region that has left the spec, and an account that was closed.
        Instance("333333333333", "ap-south-1"),
        Instance("444444444444", "us-east-1", detail=SUSPENDED),
    ]
    places = locations_of(wanted(("ou-1",)), CHECKER, instances)
    assert [str(place) for place in places] == ["333333333333 us-east-1", "alpha eu-west-1", "alpha us-east-1"]
    only = replace(CHECKER, accounts=("222222222222",), later=False, regions=("us-east-1",))
    assert [str(place) for place in locations_of(wanted(("ou-1",)), only, instances)] == ["alpha us-east-1"]
    later = replace(CHECKER, accounts=())
    assert [str(place) for place in locations_of(wanted(("ou-1",)), later, instances)] == ["333333333333 us-east-1"]
