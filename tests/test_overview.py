"""The derived overview: alarms first, how it becomes several dashboards, and that their pictures are up to date."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from functools import cache
from typing import Any

import pytest
import yaml

from generator.evaluate.math.parser import read
from generator.findings import dotted
from tests.draw_dashboards import FOLDER, pictures
from tests.support import ROOT, built, spec

SHIPPED = (ROOT / "observability.yaml").read_text(encoding="utf-8")
HUB, MEMBERS = "111111111111", {"222222222222": "checkout", "333333333333": "ledger", "444444444444": "settlement"}
OVERVIEW = "observability-dashboard-prod"
SECTIONS = [f"observability-{section}-dashboard-prod" for section in ("services", "alarms", "monitoring")]


@cache
def bodies(text: str) -> dict[str, dict[str, Any]]:
    """Every dashboard of prod by name."""
    made = built(text)
    assert made.artifacts, made.findings
    resources = made.templates["prod"]["hub.template.yaml"]["Resources"].values()
    found = [one["Properties"] for one in resources if one["Type"] == "AWS::CloudWatch::Dashboard"]
    return {one["DashboardName"]: json.loads(one["DashboardBody"]) for one in found}


def widgets(name: str, text: str = SHIPPED) -> list[dict[str, Any]]:
    return list(bodies(text)[name]["widgets"])


def titled(title: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    """The properties of the widget of this title; the first, where an alarm is called as its group is."""
    return dict(next(one["properties"] for one in found if one["properties"].get("title") == title))


def rows(graph: dict[str, Any]) -> list[dict[str, Any]]:
    """The options of each row."""
    return [row[-1] for row in graph["metrics"]]


# --- what a first look sees --------------------------------------------------------------------------------


def test_the_shipped_overview_has_alarms_first_and_at_most_25_widgets() -> None:
    shown = widgets(OVERVIEW)
    assert len(shown) <= 25
    kinds = [one["type"] for one in shown]
    assert kinds[:4] == ["text", "alarm", "log", "text"]
    titles = [one["properties"].get("title") for one in shown]
    assert titles.index("payment-handler") < titles.index("application-error") < titles.index("CPU by account")
    assert titles[-1] == "Latest state changes"


def test_tiles_of_the_overview_are_alarms_of_the_hub_itself() -> None:
    """What an alarm widget shows of another account it asks for through that account's sharing role, which is not ours.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_xaxr_dashboard.html (Prerequisite)
    """
    tiles = [one["properties"]["alarms"] for one in widgets(OVERVIEW) if one["type"] == "alarm"]
    assert tiles
    assert {arn.split(":")[4] for arns in tiles for arn in arns} == {HUB}


def test_the_table_of_alarms_is_what_cloudwatch_said_of_every_account() -> None:
    query = titled("In ALARM", widgets(OVERVIEW))["query"]
    assert query.startswith("SOURCE '/aws/events/alarm-state-changes-prod' | ")
    for number, name in {HUB: "hub", **MEMBERS}.items():
        assert f'"{number}", "{name}"' in query
    assert "latest(state) as now" in query and 'filter now = "ALARM"' in query
    # Of severity `none`: what the rules of composites are made of.
    assert '"deploying-alarm-prod"' in query and '"checkout-availability-fast-1h-alarm-prod"' in query
    assert "payment-handler-errors-alarm-prod" not in query


def test_queries_stay_within_their_length() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html"""
    silent = {"metric": {"filter": "errors"}, "statistic": "Sum", "threshold": "> 1", "severity": "none"}
    change = {
        "accounts": {f"{'long-' * 9}account-{n}": {"id": f"{n:012}"} for n in range(10, 26)},
        "alarms": {f"{'long-' * 9}name-{n}": silent for n in range(70)},
        "dashboards": {"overview": "auto"},
        "audit": {"alarm_changes": True},
    }
    shown = widgets(OVERVIEW, spec(yaml.safe_dump(change)))
    queries = [one["properties"]["query"] for one in shown if one["type"] == "log"]
    assert len(queries) == 2
    assert all(len(query) <= 10_000 for query in queries)


# --- alarms past their threshold ---------------------------------------------------------------------------


def test_a_group_has_a_line_for_each_account_that_has_the_thing() -> None:
    shown = widgets(OVERVIEW)
    drawn = {
        title: [row["label"] for row in rows(titled(title, shown)) if row.get("visible", True)]
        for title in ("application", "payment-processor", "orders-table")
    }
    assert drawn == {
        "application": ["checkout", "ledger", "settlement"],
        "payment-processor": ["checkout"],
        "orders-table": ["checkout", "ledger"],
    }


def test_each_account_is_compared_with_its_own_threshold() -> None:
    change = """
    alarms:
      errors:
        overrides: [{where: {account: beta}, threshold: "<= 2"}, {where: {account: gamma}, enabled: false}]
    dashboards: {overview: auto}
    """
    counts = titled("application", widgets(OVERVIEW, spec(change)))["metrics"]
    expressions = {row["label"]: row["expression"] for (*_, row) in counts if "expression" in row}
    assert expressions == {
        "alpha": "IF(m1_1_value > 5, 1, 0)",
        "beta": "IF(m2_1_value <= 2, 1, 0)",
    }
    accounts = {options["id"]: options["accountId"] for (*_, options) in counts if "accountId" in options}
    assert accounts == {"m1_1_value": "222222222222", "m2_1_value": "333333333333"}


def test_an_expression_never_mixes_periods() -> None:
    for one in widgets(OVERVIEW):
        options = rows(one["properties"]) if "metrics" in one["properties"] else []
        period = {row["id"]: row["period"] for row in options if "period" in row}
        for row in options:
            if "expression" in row and "period" in row:
                read(row["expression"])
                named = re.findall(r"\b[cm]\d+(?:_\d+)+(?:_[a-z]\w*)?\b", row["expression"])
                assert named and {period[name] for name in named} == {row["period"]}


def test_areas_lie_on_each_other_only_where_all_points_do() -> None:
    shown = widgets(OVERVIEW)
    assert titled("orders-table", shown)["stacked"] is True
    assert len({row["period"] for row in rows(titled("payment-handler", shown))}) > 1
    assert titled("payment-handler", shown)["stacked"] is False


def test_an_alarm_without_severity_is_not_counted() -> None:
    change = "alarms: {errors: {severity: none}}\ndashboards: {overview: auto}"
    titles = [one["properties"].get("title") for one in widgets(OVERVIEW, spec(change))]
    assert "application" not in titles and "errors" in titles


def test_more_than_twelve_groups_are_the_most_severe_and_the_heading_says_so() -> None:
    queue = {"type": "sqs", "queue": "q", "accounts": ["alpha"]}
    services = {f"queue-{n:02}": {**queue, "queue": f"q{n}"} for n in range(14)}
    critical = {"metric": {"filter": "errors"}, "statistic": "Sum", "threshold": "> 1", "severity": "critical"}
    change = {"services": services, "alarms": {"z": critical}, "dashboards": {"overview": "auto"}}
    shown = widgets(OVERVIEW, spec(yaml.safe_dump(change)))
    assert len(shown) <= 25
    titles = [one["properties"].get("title") for one in shown]
    assert "application" in titles and "queue-10" in titles and "queue-11" not in titles
    headings = [one["properties"]["markdown"] for one in shown if one["type"] == "text"]
    assert any("3 more groups" in heading for heading in headings)


def test_an_alarm_that_no_account_has_is_not_drawn() -> None:
    where = [{"where": {"account": account}, "enabled": False} for account in ("alpha", "beta", "gamma")]
    lag = {"metric": {"namespace": "Shop", "name": "Lag"}, "statistic": "Maximum", "threshold": "> 30"}
    change = {"alarms": {"lag": {**lag, "overrides": where}}, "dashboards": {"overview": "auto"}}
    titles = [one["properties"].get("title") for one in widgets(OVERVIEW, spec(yaml.safe_dump(change)))]
    assert "lag" not in titles and "CPU by account" in titles


# --- groups, and dashboards of their own -------------------------------------------------------------------


def test_a_full_overview_leads_to_a_dashboard_for_each_section() -> None:
    assert list(bodies(SHIPPED))[:4] == [OVERVIEW, *SECTIONS]
    heading = widgets(OVERVIEW)[0]["properties"]["markdown"]
    for name in bodies(SHIPPED):
        assert (f"dashboards/dashboard/{name})" in heading) == (name != OVERVIEW)
    for name in SECTIONS:
        back = widgets(name)[0]["properties"]["markdown"]
        assert (
            f"[button:primary:Overview](https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#dashboards/dashboard/{OVERVIEW})"
            in back
        )


def test_every_alarm_has_its_graph_in_one_section() -> None:
    alarms = built(SHIPPED).estates["prod"].alarms
    keys = {a.key for a in alarms if not a.everywhere_disabled and a.path[0] != "slos"} - {"timeouts"}
    titles = Counter(one["properties"].get("title") for name in SECTIONS for one in widgets(name))
    assert {key: titles[key] for key in keys} == dict.fromkeys(keys, 1)


def test_an_alarm_on_the_metric_or_the_log_of_a_function_is_shown_with_its_service() -> None:
    shown = widgets("observability-services-dashboard-prod")
    order = [one["properties"].get("title") or one["properties"]["markdown"] for one in shown]
    handler = order[order.index("## payment-handler") : order.index("## payment-processor")]
    assert {"handler-latency", "handler-error-share", "payment-handler-errors"} <= set(handler)
    assert "order-errors" in order[order.index("## order-processor") : order.index("## orders-queue")]


def test_what_fits_stays_one_dashboard() -> None:
    assert list(bodies(spec("dashboards: {overview: auto}"))) == [OVERVIEW]


NEW = {
    "services": {"services": {"refunds-queue": {"type": "sqs", "queue": "refunds", "accounts": ["ledger"]}}},
    "alarms": {"canaries": {"refunds": {"url": "https://refunds.example.com", "severity": "low"}}},
}


@pytest.mark.parametrize("section", NEW)
def test_what_is_added_to_a_section_moves_nothing_in_the_others(section: str) -> None:
    data = yaml.safe_load(SHIPPED)
    for key, added in NEW[section].items():
        data[key] |= added
    before, after = bodies(SHIPPED), bodies(yaml.safe_dump(data, sort_keys=False))
    assert list(before) == list(after)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {OVERVIEW, f"observability-{section}-dashboard-prod"}


def test_a_name_that_a_section_has_is_taken() -> None:
    data = yaml.safe_load(SHIPPED)
    data["dashboards"]["observability-services"] = {"widgets": [{"type": "text", "markdown": "Hello"}]}
    found = [f"{finding.code} {dotted(finding.path)}" for finding in built(yaml.safe_dump(data)).findings]
    assert "R11 dashboards.observability-services" in found or "R11 dashboards.overview" in found


def test_a_hundred_accounts_stay_within_the_quotas() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html"""
    alarm = {"metric": {"filter": "errors"}, "statistic": "Sum", "threshold": "> 1"}
    change = {
        "accounts": {f"a{n}": {"id": f"{n:012}"} for n in range(1, 98)},
        "alarms": {f"alarm-{n}": alarm for n in range(30)},
        "dashboards": {"overview": "auto"},
    }
    made = bodies(spec(yaml.safe_dump(change)))
    assert len(made) == 3
    for body in made.values():
        counts = [len(one["properties"].get("metrics", ())) for one in body["widgets"]]
        assert max(counts) <= 500 and sum(counts) <= 2500 and len(counts) <= 500


def test_units_have_no_accounts_to_count_by() -> None:
    change = "accounts: {alpha: null, beta: null, gamma: null}\norganizational_units: [ou-ab12-cdefgh34]\n"
    titles = [
        one["properties"].get("title") for one in widgets(OVERVIEW, spec(f"{change}dashboards: {{overview: auto}}"))
    ]
    assert "application" not in titles and "errors" in titles


def test_an_expression_of_the_hub_is_drawn_once_and_not_for_each_member() -> None:
    graph = titled("monitoring-events-errors", widgets("observability-monitoring-dashboard-prod"))
    assert [row["label"] for row in rows(graph) if row.get("visible", True)] == ["failed calls, in percent"]
    assert not [row for row in rows(graph) if "accountId" in row]


# --- how it looks ------------------------------------------------------------------------------------------


def test_the_pictures_are_up_to_date() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.svg")}
    drawn = pictures()
    assert sorted(committed) == sorted(drawn)
    for name, picture in drawn.items():
        assert committed[name] == picture, f"python -m tests.draw_dashboards draws {name} again"
        assert len(picture.encode()) < 60_000


def test_no_title_of_a_shipped_dashboard_is_cut_off() -> None:
    for name, picture in pictures().items():
        assert not re.findall(r'class="(?:t|h1|h2|h3|w|a)"[^>]*>[^<]*…', picture), name


def test_rows_of_the_overview_and_its_sections_have_no_holes() -> None:
    for name in (OVERVIEW, *SECTIONS):
        shown = widgets(name)
        for _, row in itertools.groupby(shown, key=lambda one: one["y"]):
            assert sum(one["width"] for one in row) == 24, name


def test_the_page_shows_every_picture() -> None:
    page = (ROOT / "docs" / "dashboards.md").read_text(encoding="utf-8")
    shown = re.findall(r"!\[[^\]]+\]\(dashboards/([^)]+)\)", page)
    assert sorted(shown) == sorted(path.name for path in FOLDER.glob("*.svg"))
