"""The agent on instances: what its file says, whom it is for, and that it may do what it is told."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from generator.aws.agent import PLUGINS
from generator.build import Built
from generator.checks.check import MEMBER_TEMPLATE, Subject, registry
from generator.findings import Severity
from tests.support import built, codes, spec

CHECKS = {check.code: check for check in registry()}
TARGETS = 'targets: {"tag:Monitored": "true"}'
ALL = spec(f"agent: {{{TARGETS}, metrics: [{', '.join(PLUGINS)}], logs: {{application: /var/log/app/*.log}}}}")
EVERYTHING = built(ALL)


def resources(made: Built, environment: str = "prod") -> dict[str, Any]:
    found = made.templates[environment][MEMBER_TEMPLATE]["Resources"]
    return {name: one["Properties"] for name, one in found.items() if name.startswith("Agent")}


def file(made: Built) -> dict[str, Any]:
    """The agent's own file."""
    return dict(json.loads(resources(made)["AgentConfiguration"]["Value"]))


def test_everything_at_once_fits_and_says_nothing() -> None:
    assert built(ALL, lint=True).findings == []
    assert set(file(EVERYTHING)["metrics"]["metrics_collected"]) == set(PLUGINS)


def test_metrics_come_by_instance_and_over_all_of_them() -> None:
    metrics = file(EVERYTHING)["metrics"]
    assert metrics["append_dimensions"] == {"InstanceId": "${aws:InstanceId}"}
    assert metrics["aggregation_dimensions"] == [["InstanceId"], []]


def test_what_is_collected_is_in_the_catalogue_of_metrics() -> None:
    from generator.aws.metrics import lookup

    known = lookup("CWAgent")
    assert known
    names = {f"{plugin}_{one}" for plugin, settings in PLUGINS.items() for one in settings["measurement"]}
    assert names <= set(known.metrics)


@pytest.mark.parametrize(
    ("path", "every"),
    [("/var/log/app/*.log", True), ("/var/log/app.log*", False), ("/var/log/app.log", False), ("/a/*/b.log*", True)],
)
def test_only_the_newest_of_what_is_rotated_is_read(path: str, every: bool) -> None:
    made = built(spec(f'agent: {{{TARGETS}, logs: {{application: "{path}"}}}}'))
    (one,) = file(made)["logs"]["logs_collected"]["files"]["collect_list"]
    assert (one["file_path"], one["log_group_name"]) == (path, "/aws/application/prod")
    assert one.get("publish_multi_logs", False) is every


def test_a_changed_configuration_is_a_changed_association() -> None:
    def configuration(metrics: str) -> Any:
        made = built(spec(f"agent: {{{TARGETS}, metrics: [{metrics}]}}"))
        return resources(made)["AgentAssociation"]["Parameters"]["configuration"]

    assert configuration("mem, disk") == configuration("disk, mem, mem") != configuration("mem")


def test_installing_comes_before_configuring() -> None:
    content = resources(EVERYTHING)["AgentDocument"]["Content"]
    steps = [step["inputs"]["documentPath"] for step in content["mainSteps"]]
    assert steps == ["AWS-ConfigureAWSPackage", "AmazonCloudWatch-ManageAgent"]
    assert set(resources(EVERYTHING)["AgentAssociation"]["Parameters"]) == set(content["parameters"])


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("access: {monitoring_role: false, sharing: []}", None),
        ("access: {owned_by: prod}", {"prod"}),
    ],
)
def test_environments_that_share_instances_need_an_owner(more: str, expected: set[str] | None) -> None:
    text = spec(f"environments: [dev, prod]\n{more}\nagent: {{{TARGETS}, metrics: [mem]}}")
    if expected is None:
        assert "R10" in codes(text)
    else:
        made = built(text)
        assert {name for name in made.environments if resources(made, name)} == expected


def test_environments_with_tags_of_their_own_need_none() -> None:
    own = 'targets: {"tag:Monitored": "{environment}"}'
    more = "environments: [dev, prod]\naccess: {monitoring_role: false, sharing: []}"
    made = built(spec(f"{more}\nagent: {{{own}, metrics: [mem]}}"))
    assert not [finding for finding in made.findings if finding.severity is Severity.ERROR]
    targets = {name: resources(made, name)["AgentAssociation"]["Targets"] for name in made.environments}
    assert targets["dev"] == [{"Key": "tag:Monitored", "Values": ["dev"]}]


def test_roles_that_every_member_has_get_the_policy() -> None:
    made = built(spec(f"agent: {{{TARGETS}, metrics: [mem], roles: ['app-{{environment}}', web]}}"), lint=True)
    assert made.findings == []
    assert resources(made)["AgentPolicy"]["Roles"] == ["app-prod", "web"]


@pytest.mark.parametrize(
    ("metric", "hint"),
    [
        ("name: mem_used_percent", None),
        ("name: mem_used_percent, dimensions: {InstanceId: i-0123456789abcdef0}", None),
        ("name: disk_used_percent, dimensions: {InstanceId: i-0123456789abcdef0, path: /, fstype: xfs}", None),
        ("name: disk_used_percent, dimensions: {InstanceId: i-0123456789abcdef0, path: /}", "no dimensions"),
        ("name: mem_used", "did you mean `mem_used_percent`?"),
        ("name: swap_used_percent", "agent: {metrics: [disk, mem, swap]}"),
        ("name: jvm_heap", "one of disk_used_percent, disk_inodes_free, mem_used_percent"),
    ],
)
def test_an_alarm_looks_at_what_the_agent_collects(metric: str, hint: str | None) -> None:
    agent = f"agent: {{{TARGETS}, metrics: [mem, disk]}}"
    alarm = f"{{metric: {{namespace: CWAgent, {metric}}}, statistic: Maximum, threshold: '> 90'}}"
    found = [one for one in built(spec(f"{agent}\nalarms: {{machine: {alarm}}}")).findings if one.code == "T45"]
    assert [finding.severity for finding in found] == ([Severity.WARNING] if hint else [])
    assert all(finding.hint.startswith(hint or "") for finding in found)


def test_what_the_hub_sees_of_the_agent_is_looked_at_too() -> None:
    agent = f"agent: {{{TARGETS}, metrics: [mem]}}"
    metric = "{namespace: CWAgent, name: swap_used_percent}"
    alarm = f"{{in: hub, over: all-accounts, metric: {metric}, statistic: Maximum, threshold: '> 90'}}"
    assert "T45" in codes(spec(f"{agent}\nalarms: {{machine: {alarm}}}"))


Spoil = Callable[[dict[str, Any]], None]


def without(sid: str) -> Spoil:
    def spoil(agent: dict[str, Any]) -> None:
        policy = agent["AgentPolicy"]["Properties"]["PolicyDocument"]
        policy["Statement"] = [one for one in policy["Statement"] if one["Sid"] != sid]

    return spoil


def renamed(agent: dict[str, Any]) -> None:
    text = json.dumps(agent).replace("AmazonCloudWatch-agent-prod", "agent-prod")
    agent.update(json.loads(text))


def another(agent: dict[str, Any]) -> None:
    inputs = agent["AgentDocument"]["Properties"]["Content"]["mainSteps"][1]["inputs"]
    inputs["documentParameters"]["optionalConfigurationLocation"] = "AmazonCloudWatch-linux"


@pytest.mark.parametrize(
    "spoil",
    [without("ReadsItsConfiguration"), without("PutsMetrics"), without("WritesLogs"), renamed, another],
    ids=["reading", "metrics", "logs", "a name that is not read", "another's configuration"],
)
def test_an_agent_that_is_not_allowed_is_noticed(spoil: Spoil) -> None:
    estate, templates = EVERYTHING.estates["prod"], copy.deepcopy(EVERYTHING.templates["prod"])
    assert list(CHECKS["T44"].run(Subject(estate, templates))) == []
    spoil(templates[MEMBER_TEMPLATE]["Resources"])
    assert [finding.code for finding in CHECKS["T44"].run(Subject(estate, templates))] == ["T44"]
