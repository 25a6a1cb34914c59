"""Remediation on moto's server: what is read, what is set, in how many calls, and what is logged of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import urllib3
from botocore.awsrequest import AWSResponse

from generator.aws.taggable import SOURCE_ACTIONS, remedy_actions
from handlers.compliance.aws_remedy import MAX_REFUSALS, RemediationResult, Remediator
from handlers.compliance.ec2 import instances
from handlers.compliance.judge import judge
from handlers.compliance.resource import Resource
from handlers.compliance.rules import Rules
from handlers.compliance.verdict import Verdict
from tests.handlers.compliance.listing_world import REGION, Aws
from tests.handlers.compliance.test_remedy import ACCOUNT, OWNER, rules
from tests.handlers.world import moto

TODAY = date(2026, 11, 29)
IMAGE = "ami-12c6146b"
SOURCES = ["auto-scaling-group", "launch-template", "vpc", "account-label"]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with moto() as address:
        yield address


@pytest.fixture
def aws(endpoint: str) -> Aws:
    """An empty AWS."""
    urllib3.request("POST", f"{endpoint}/moto-api/reset")
    return Aws(endpoint)


def launch(aws: Aws, count: int, tags: dict[str, str] | None = None) -> list[str]:
    pairs = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
    specification = {"TagSpecifications": [{"ResourceType": "instance", "Tags": pairs}]} if pairs else {}
    made = aws.client("ec2").run_instances(ImageId=IMAGE, MinCount=count, MaxCount=count, **specification)
    return [instance["InstanceId"] for instance in made["Instances"]]


def judged(aws: Aws, table: Rules) -> list[tuple[Resource, Verdict]]:
    """Every instance as DescribeInstances has it now, in the order of the ids."""
    response = aws.client("ec2").describe_instances()
    found = sorted(instances(response, ACCOUNT, REGION), key=lambda resource: resource.id)
    return [(resource, judge(resource, table.of(ACCOUNT), TODAY)) for resource in found]


def remediate(aws: Aws, table: Rules) -> list[RemediationResult]:
    """One invocation; the calls that it took are in `aws.calls`."""
    before = judged(aws, table)
    aws.calls.clear()
    return Remediator(aws.client, table).remediate(before)


def dry(*defaults: dict[str, Any]) -> Rules:
    return rules(remediate={"mode": "dry-run", "tags": list(defaults)})


def group(aws: Aws, name: str, tags: dict[str, str]) -> None:
    """An auto-scaling group of one instance from a template whose default version is its first."""
    ec2 = aws.client("ec2")
    specification = {"ResourceType": "instance", "Tags": [{"Key": "Environment", "Value": "dev"}]}
    volumes = {"ResourceType": "volume", "Tags": [{"Key": "CostCenter", "Value": "1111"}]}
    named = specification | {"Tags": [{"Key": "Name", "Value": name}]}
    data = {"ImageId": IMAGE, "InstanceType": "t3.micro", "TagSpecifications": [specification, volumes]}
    template = ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)["LaunchTemplate"]
    ec2.create_launch_template_version(
        LaunchTemplateId=template["LaunchTemplateId"],
        LaunchTemplateData=data | {"TagSpecifications": [named]},
    )
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    aws.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName=name,
        LaunchTemplate={"LaunchTemplateId": template["LaunchTemplateId"], "Version": "2"},
        MinSize=1,
        MaxSize=1,
        VPCZoneIdentifier=subnet,
        Tags=[{"Key": key, "Value": value, "PropagateAtLaunch": False} for key, value in tags.items()],
    )


def test_one_call_sets_a_tag_on_all_that_miss_it(aws: Aws, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "handlers")
    table = rules(OWNER, {"key": "Environment", "value": "dev"})
    bare = launch(aws, 5)
    owned = launch(aws, 3, {"Owner": "alice"})
    done = remediate(aws, table)
    assert aws.calls == {"ec2:CreateTags": 2}
    after = {resource.id: resource.tags for resource, _ in judged(aws, table)}
    assert {number: after[number]["Owner"] for number in (*bare, *owned)} == dict.fromkeys(bare, "unassigned") | (
        dict.fromkeys(owned, "alice")
    )
    assert all(tags["Environment"] == "dev" for tags in after.values())
    assert {one.resource.id: one.resource.tags for one in done} == after and all(one.is_changed for one in done)

    lines = [vars(record) for record in caplog.records if record.getMessage() == "tag set"]
    assert len(lines) == 5 * 2 + 3
    details = {tuple(line[key] for key in ("key", "value", "source", "rules_version")) for line in lines}
    version = "0123456789ab"
    assert details == {("Owner", "unassigned", "value", version), ("Environment", "dev", "value", version)}
    assert {line["resource"] for line in lines} == {*bare, *owned}

    again = remediate(aws, table)
    assert not aws.calls and not any(one.remedies for one in again)


def test_a_dry_run_sets_nothing_and_says_what_it_would(aws: Aws) -> None:
    (number,) = launch(aws, 1)
    (one,) = remediate(aws, dry(OWNER))
    assert not aws.calls
    assert [(remedy.key, remedy.value, remedy.done, remedy.why_not) for remedy in one.remedies] == [
        ("Owner", "unassigned", False, "")
    ]
    assert not one.is_changed and one.resource.tags == {} and one.resource.id == number
    assert judged(aws, dry(OWNER))[0][0].tags == {}


def test_what_is_exempt_is_not_even_asked_about(aws: Aws) -> None:
    launch(aws, 2, {"Temporary": "yes"})
    done = remediate(aws, rules(OWNER | {"copy_from": SOURCES}))
    assert not aws.calls and [one.remedies for one in done] == [(), ()]


def test_tags_are_copied_from_where_the_instance_comes_from(aws: Aws) -> None:
    group(aws, "web", {"Owner": "payments"})
    vpc = aws.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    aws.client("ec2").create_tags(Resources=[vpc], Tags=[{"Key": "Team", "Value": "network"}])
    keys = ("Owner", "Environment", "Team", "CostCenter")
    table = rules(*({"key": key, "copy_from": SOURCES} for key in keys))
    ((resource, _),) = judged(aws, table)
    # As if somebody had removed it; moto gives it to the instance although its version of the template does not.
    aws.client("ec2").delete_tags(Resources=[resource.id], Tags=[{"Key": "Environment"}])
    (one,) = remediate(aws, table)
    assert [(remedy.key, remedy.value, remedy.source) for remedy in one.remedies] == [
        ("Owner", "payments", "auto-scaling-group web"),
        ("Environment", "dev", f"launch-template {resource.launch_template}"),
        ("Team", "network", f"vpc {vpc}"),
        ("CostCenter", "4711", "account-label"),
    ]
    assert aws.actions() == set(remedy_actions(tuple(SOURCES), apply=True))
    assert one.resource.tags == judged(aws, table)[0][0].tags


@pytest.mark.parametrize("source", SOURCES)
def test_only_the_sources_that_are_configured_are_read_once_each(source: str, aws: Aws) -> None:
    group(aws, "web", {"Owner": "payments"})
    launch(aws, 3)
    table = dry({"key": "Owner", "copy_from": [source], "value": "x"}, {"key": "Team", "copy_from": [source]})
    before = judged(aws, table)
    aws.calls.clear()
    remediator = Remediator(aws.client, table)
    assert remediator.remediate(before) == remediator.remediate(before)
    assert aws.actions() == set(SOURCE_ACTIONS[source]) and aws.calls.total() <= 1


def test_a_template_that_was_deleted_has_no_tags(aws: Aws) -> None:
    group(aws, "web", {})
    table = rules(OWNER | {"copy_from": ["launch-template"]})
    before = judged(aws, table)
    aws.client("ec2").delete_launch_template(LaunchTemplateId=before[0][0].launch_template)
    (one,) = Remediator(aws.client, table).remediate(before)
    assert [(remedy.value, remedy.source, remedy.done) for remedy in one.remedies] == [("unassigned", "value", True)]


def test_a_source_that_aws_refuses_leaves_the_tag_to_the_next_check(aws: Aws) -> None:
    group(aws, "web", {"Owner": "payments"})
    refuse(aws, "autoscaling", "DescribeAutoScalingGroups", "AccessDenied")
    (one,) = remediate(aws, rules(OWNER | {"copy_from": ["auto-scaling-group"]}))
    assert [remedy.why_not for remedy in one.remedies] == ["auto-scaling-group web was not read: AccessDenied"]
    assert "ec2:CreateTags" not in aws.calls and "Owner" not in one.resource.tags


def refuse(aws: Aws, service: str, operation: str, code: str, bad: str = "") -> None:
    """AWS refuses a call; where `bad` is given, only one that names it. moto checks no condition of a policy."""

    def answer(params: dict[str, Any], **_: Any) -> Any:
        if bad and bad not in params["body"].values():
            return None
        error = {"Error": {"Code": code, "Message": "no"}}
        return AWSResponse("", 403, {}, None), error

    aws.client(service).meta.events.register(f"before-call.*.{operation}", answer)


@pytest.mark.parametrize("code", ["UnauthorizedOperation", "InvalidInstanceID.NotFound"])
def test_one_bad_instance_does_not_keep_the_others_from_their_tag(code: str, aws: Aws) -> None:
    ids = sorted(launch(aws, 40))
    refuse(aws, "ec2", "CreateTags", code, bad=ids[17])
    done = {one.resource.id: one.remedies[0] for one in remediate(aws, rules(OWNER))}
    assert [number for number, remedy in done.items() if not remedy.done] == [ids[17]]
    assert done[ids[17]].why_not == f"AWS refused: {code}"
    assert {resource.id for resource, _ in judged(aws, rules()) if "Owner" in resource.tags} == set(ids) - {ids[17]}


@pytest.mark.parametrize(("code", "most"), [("UnauthorizedOperation", 2 * MAX_REFUSALS), ("RequestLimitExceeded", 1)])
def test_where_everything_is_refused_it_ends_soon(
    code: str, most: int, aws: Aws, caplog: pytest.LogCaptureFixture
) -> None:
    launch(aws, 100)
    refuse(aws, "ec2", "CreateTags", code)
    done = remediate(aws, rules(OWNER))
    assert {one.remedies[0].why_not for one in done} == {f"AWS refused: {code}"}
    assert not any(one.is_changed for one in done) and all("Owner" not in one.resource.tags for one in done)
    assert aws.calls["ec2:CreateTags"] <= most
    assert sum(record.getMessage() == "tag not set" for record in caplog.records) == 100
