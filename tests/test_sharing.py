"""Links that share in part: what the filter says, what the hub then reads, and what of it is told."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from generator.cli.main import group
from generator.model.link_filters import LinkFilter
from generator.model.views import MetricWidget, Search
from generator.render.routing import routing_json
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
