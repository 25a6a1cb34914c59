"""Links that share in part: what the filter says, what the hub then reads, and what of it is told."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from generator.cli.main import group
from generator.model.dashboards import MetricWidget, Search
from generator.model.link_filters import LinkFilter
from generator.render.routing import routing_json
from generator.render.sharing_words import sharing_differences
from handlers.incident.events import Key
from handlers.incident.routing import Routing
from tests.support import built, spec

# The grammar: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-oam-link-linkfilter.html


@pytest.mark.parametrize(
    ("names", "excludes", "expression"),
    [
        (["AWS/EC2", "AWS/S3"], False, "Namespace IN ('AWS/EC2', 'AWS/S3')"),
        (["AWS/*"], True, "Namespace NOT LIKE 'AWS/%'"),
        (["AWS/*", "Shop"], False, "Namespace IN ('Shop') OR Namespace LIKE 'AWS/%'"),
        (["AWS/*", "Shop"], True, "Namespace NOT IN ('Shop') AND Namespace NOT LIKE 'AWS/%'"),
    ],
)
def test_a_filter_says_what_the_check_compares_with(names: list[str], excludes: bool, expression: str) -> None:
    chosen = LinkFilter(tuple(names), excludes, ())
    assert chosen.expression("Namespace") == expression
    shared = {name for name in ("AWS/EC2", "AWS/S3", "AWS/", "aws/EC2", "Shop", "Shops") if chosen.passes(name)}
    named = {"AWS/EC2", "AWS/S3", "AWS/"} if "AWS/*" in names else {"AWS/EC2", "AWS/S3"}
    named |= {"Shop"} & set(names)
    assert shared == ({"AWS/EC2", "AWS/S3", "AWS/", "aws/EC2", "Shop", "Shops"} - named if excludes else named)


@pytest.mark.parametrize(("beginnings", "codes"), [(6, set()), (7, {"R05"})])
def test_a_filter_has_as_many_parts_as_aws_takes(beginnings: int, codes: set[str]) -> None:
    names = [f"N{number}*" for number in range(beginnings)]
    assert {one.code for one in built(spec(f"access: {{sharing: {{metrics: {json.dumps(names)}}}}}")).findings} == codes


@pytest.mark.parametrize(("shared", "drawn"), [("all", True), ("[Else]", False)])
def test_what_nobody_wrote_leaves_out_what_is_not_shared(shared: str, drawn: bool) -> None:
    change = f"""\
access: {{sharing: {{metrics: {shared}, logs: {shared}}}}}
dashboards: {{overview: auto}}
compliance: {{required_tags: {{Owner: {{}}}}, scan: {{at: "03:00"}}}}
"""
    made = built(spec(change))
    assert made.findings == []
    (estate,) = made.estates.values()
    graphs = [one for board in estate.dashboards for one in board.widgets if isinstance(one, MetricWidget)]
    searches = [line.expression for graph in graphs for line in graph.series if isinstance(line, Search)]
    assert any("CPUUtilization" in one for one in searches) is drawn
    assert any("NonCompliantInstances" in one for one in searches) is drawn
    assert ("errors" in {graph.title for graph in graphs}) is drawn


def test_tickets_quote_no_lines_that_are_not_shared() -> None:
    for shared, readable in (("[/aws/application/prod]", True), ("{except: [/aws/application/*]}", False)):
        made = built(spec(f"access: {{sharing: {{metrics: all, logs: {shared}}}}}"))
        assert made.findings == []
        query = Routing(json.loads(routing_json(made.estates["prod"]))).log_query(
            Key("222222222222", "us-east-1", "errors-alarm-prod")
        )
        assert query and query.readable is readable
        assert (b"QuotesLogs" in made.artifacts["prod/hub.template.yaml"]) is readable


def test_the_owner_of_the_links_fills_in_its_own_environment() -> None:
    change = """\
environments: [dev, prod]
access: {owned_by: prod, sharing: {metrics: all, logs: ["/aws/{environment}/*"]}}
metric_filters: {errors: {metric: {name: "Errors-{environment}"}}}
"""
    made = built(spec(change))
    assert made.artifacts, made.findings
    assert b"LogGroupName LIKE '/aws/prod/%'" in made.artifacts["prod/member.template.yaml"]
    for estate in made.estates.values():
        assert estate.sharing and estate.sharing.log_groups and estate.sharing.log_groups.names == ("/aws/prod/*",)


def test_explain_and_diff_say_how_much_is_shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "observability.yaml"

    def run(*words: str) -> str:
        result = CliRunner().invoke(group, list(words))
        assert result.exit_code in (0, 1), result.output
        return result.output

    file.write_text(spec(), encoding="utf-8")
    run("build", "--no-lint")
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "as it was"]):
        subprocess.run([*git, *words], check=True)
    file.write_text(spec("access: {sharing: {metrics: [Shop], traces: all}}"), encoding="utf-8")
    said = run("explain", "access.sharing")
    assert "  metrics: only Shop\n  traces: all\n" in said
    run("build", "--no-lint")
    changed = run("diff")
    assert "~ members share metrics with the hub: only Shop (was all)" in changed
    assert "- members share no logs with the hub any more (was all)" in changed
    assert "+ members share traces with the hub: all" in changed


EVERYWHERE = "regions: [us-east-1, eu-west-1]\naccess: {sinks: every-region}\n"
CHOSEN = "dashboards: {shop: {variables: [region], widgets: [{type: metric, title: E, metrics: [errors]}]}}\n"
CLOUD_FRONT = "{namespace: AWS/CloudFront, name: 5xxErrorRate, dimensions: {DistributionId: E1, Region: Global}}"


def told(change: str) -> list[str]:
    return [f"{one.code} {one.message}" for one in built(spec(change)).findings]


def test_the_sink_of_another_region_is_the_hubs_and_lints() -> None:
    made = built(spec(EVERYWHERE), lint=True)
    assert made.findings == []
    ((file, template),) = made.sinks["prod"].items()
    assert file == "sink.template.yaml"
    hub = made.templates["prod"]["hub.template.yaml"]
    assert template["Resources"]["Sink"] == hub["Resources"]["Sink"]
    assert template["Outputs"]["SinkArn"] == hub["Outputs"]["SinkArn"]
    assert f"prod/{file}" in made.artifacts


@pytest.mark.parametrize("regions", ["[us-east-1]", "null"])
def test_one_region_has_one_sink_whatever_is_asked_for(regions: str) -> None:
    made = built(spec(f"regions: {regions}\naccess: {{sinks: every-region}}"))
    assert made.findings == []
    assert made.artifacts == built(spec(f"regions: {regions}")).artifacts


def test_a_link_is_behind_a_condition_where_a_region_has_no_sink() -> None:
    """The link of the hub's Region is the same one with and without sinks elsewhere: nothing replaces it."""
    conditions = {}
    for change in ("regions: [us-east-1, eu-west-1]", EVERYWHERE):
        link = built(spec(change)).templates["prod"]["member.template.yaml"]["Resources"]["Link"]
        conditions[link.get("Condition")] = link["Properties"]["SinkIdentifier"]
    assert conditions == {
        "IsLinked": {"Ref": "SinkArn"},
        None: {"Fn::If": ["IsInEuWest1", {"Ref": "SinkArnEuWest1"}, {"Ref": "SinkArn"}]},
    }


def test_a_dashboard_with_regions_to_choose_from_shows_those_with_a_sink() -> None:
    without = EVERYWHERE.replace("every-region", "hub-region")
    assert told(without + CHOSEN) == [
        "T17 members are linked in us-east-1 only: the dashboard is empty for other Regions",
    ]
    assert told(EVERYWHERE + CHOSEN) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("regions: [eu-central-1, us-east-1]\naccess: {sinks: every-region}", []),
        ("regions: [eu-central-1, us-east-1]", ["members are linked in eu-central-1 only: it is empty"]),
        ("access: {sinks: every-region}", ["members are linked in eu-central-1 only: it is empty"]),
    ],
)
def test_a_graph_of_what_one_region_has_wants_a_sink_there(change: str, words: list[str]) -> None:
    graph = f"{{type: metric, title: Edge, metric: {CLOUD_FRONT}}}"
    found = told(f"hub: {{region: eu-central-1}}\n{change}\ndashboards: {{edge: {{widgets: [{graph}]}}}}")
    assert found == [f"T17 only us-east-1 has AWS/CloudFront 5xxErrorRate, and {one}" for one in words]


def test_alarms_of_the_hub_see_their_own_region_with_sinks_in_every_one() -> None:
    assert told(EVERYWHERE + "alarms: {errors: {in: hub}}") == [
        "T17 this alarm of the hub covers us-east-1 only, not eu-west-1"
    ]


OWNED = """\
environments:
  dev: {regions: [us-east-1, ap-south-1]}
  prod: {regions: [us-east-1, eu-west-1]}
metric_filters: {errors: {metric: {name: "Errors-{environment}"}}}
"""


def test_the_owner_has_the_sinks_and_a_region_that_it_has_not_is_told() -> None:
    made = built(spec(f"{OWNED}access: {{sinks: every-region, owned_by: prod}}"))
    assert [(one.code, one.message) for one in made.findings if one.code == "R10"] == [
        (
            "R10",
            "prod creates sinks and links, but has no stacks in ap-south-1 of dev: the hub cannot see them",
        )
    ]
    assert list(made.sinks) == ["prod"]
    dev, prod = made.estates["dev"], made.estates["prod"]
    assert [dev.has_sink_in(region) for region in ("us-east-1", "eu-west-1", "ap-south-1")] == [True, True, False]
    assert {one.name for one in prod.linked_in("eu-west-1")} == {"alpha", "beta", "gamma"}
    assert (dev.linked_in("ap-south-1"), dev.is_linked_everywhere, prod.is_linked_everywhere) == ((), False, True)


def test_an_account_of_other_regions_is_linked_in_these() -> None:
    made = built(spec(f"{EVERYWHERE}accounts: {{gamma: {{regions: [eu-west-1]}}}}"))
    (estate,) = made.estates.values()
    assert {one.name for one in estate.linked_accounts} == {"alpha", "beta"}
    assert {one.name for one in estate.linked_in("eu-west-1")} == {"alpha", "beta", "gamma"}


def test_explain_and_diff_say_where_the_sinks_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "observability.yaml").write_text(spec(EVERYWHERE), encoding="utf-8")
    said = CliRunner().invoke(group, ["explain", "access.sinks"])
    assert "  sinks: us-east-1, eu-west-1" in said.output, said.output
    one, both = (
        json.loads(built(spec(text)).artifacts["prod/estate.json"])
        for text in ("regions: [us-east-1, eu-west-1]", EVERYWHERE)
    )
    assert list(sharing_differences(one, both)) == [
        ("changed", "members link to the hub's account in us-east-1, eu-west-1 (was in us-east-1)")
    ]
    assert list(sharing_differences(both, both)) == []


HERE = "{regions: [us-east-1]}"
LOGS = "{type: logs, title: L, log_group: application, query: 'limit 9', region: eu-west-1}"
GRAPH = "{type: metric, title: E, metrics: [errors], by: account, region: eu-west-1}"
ROW = "{type: row, title: R, metrics: [errors], by: account, region: eu-west-1}"


def shown(change: str) -> list[dict[str, Any]]:
    made = built(spec(change))
    assert made.findings == []
    body = made.templates["prod"]["hub.template.yaml"]["Resources"]["DashboardShop"]["Properties"]["DashboardBody"]
    return [one for one in json.loads(body)["widgets"] if one["type"] != "text"]


def test_widgets_of_another_region_show_who_is_there() -> None:
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    alone = "accounts: {beta: {regions: [us-east-1]}, gamma: {regions: [eu-west-1]}}\n"
    threshold = "alarms: {errors: {overrides: [{where: {region: eu-west-1}, threshold: '> 9'}]}}\n"
    here = GRAPH.replace("eu-west-1", "us-east-1")
    found = shown(f"{EVERYWHERE}{alone}{threshold}dashboards: {{shop: {{widgets: [{GRAPH}, {ROW}, {LOGS}, {here}]}}}}")
    assert [one["properties"]["region"] for one in found] == ["eu-west-1"] * 3 + ["us-east-1"]
    drawn = [{row[-1]["accountId"] for row in one["properties"].get("metrics", ())} for one in found]
    assert drawn == [{"222222222222", "444444444444"}] * 2 + [set(), {"222222222222", "333333333333"}]
    assert "arn:aws:logs:eu-west-1:444444444444:log-group:/aws/application/prod" in found[2]["properties"]["query"]
    values = [
        [each["value"] for each in one["properties"]["annotations"]["horizontal"]] for one in (found[0], found[3])
    ]
    assert values == [[9], [5]]


@pytest.mark.parametrize(
    ("change", "widget", "message"),
    [
        (
            EVERYWHERE,
            GRAPH.replace("eu-west-1", "eu-west-2"),
            "members are monitored in eu-west-1, us-east-1, not in eu-west-2",
        ),
        (
            "regions: [us-east-1, eu-west-1]\n",
            GRAPH,
            "the hub account has no sink in eu-west-1, so this widget would be empty",
        ),
        (
            f"{EVERYWHERE}alarms: {{own: {{accounts: [hub], metric: {{namespace: Shop, name: Own}}, statistic: Sum,"
            " threshold: '> 5'}}\n",
            GRAPH.replace("errors", "own"),
            "this widget shows resources of the hub, which are not in eu-west-1",
        ),
        (
            f"{EVERYWHERE}accounts: {{alpha: {HERE}, beta: {HERE}, gamma: {HERE}}}\n",
            GRAPH,
            "no account of prod is monitored in eu-west-1",
        ),
    ],
)
def test_a_widget_of_a_region_that_the_hub_cannot_see_is_refused(change: str, widget: str, message: str) -> None:
    found = built(spec(f"{change}dashboards: {{shop: {{widgets: [{widget}]}}}}")).findings
    assert [(one.path[:5], one.message) for one in found if one.code != "T46"] == [
        (("dashboards", "shop", "widgets", 0, "region"), message)
    ]


def test_a_reader_chooses_the_region_or_the_widget_has_one() -> None:
    message = "the Region of this dashboard is chosen by the reader"
    change = f"{EVERYWHERE}dashboards: {{shop: {{variables: [region], widgets: [{GRAPH}]}}}}"
    assert told(change) == [f"R07 {message}"]


def test_a_widget_of_a_region_of_another_environment_is_left_out() -> None:
    change = f"{OWNED}access: {{sinks: every-region, owned_by: prod}}\ndashboards: {{shop: {{widgets: [{GRAPH}]}}}}"
    made = built(spec(change))
    assert [one.key for one in made.estates["dev"].dashboards] == []
    assert [one.key for one in made.estates["prod"].dashboards] == ["shop"]


def test_what_the_hub_has_itself_is_shown_in_its_own_region() -> None:
    own = "alarms: {own: {accounts: [hub], metric: {namespace: Shop, name: Own}, statistic: Sum, threshold: '> 5'}}\n"
    widget = GRAPH.replace("errors", "own").replace("eu-west-1", "us-east-1")
    found = built(spec(f"{own}dashboards: {{shop: {{widgets: [{widget}]}}}}")).findings
    assert [one.code for one in found if one.code != "T46"] == []
