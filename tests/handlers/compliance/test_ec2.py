"""Instances from answers of DescribeInstances: moto's, the CLI's, and what nobody should send."""

from __future__ import annotations

import datetime
import json
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from handlers.compliance.ec2 import NotInstances, instances, is_gone
from handlers.compliance.resource import Resource
from tests.handlers.compliance.rule_tables import ACCOUNT

LAUNCHED = datetime.datetime(2026, 11, 20, 10, 0, tzinfo=datetime.UTC)


def response(**changes: Any) -> dict[str, Any]:
    """An answer with one instance, in the form of botocore."""
    listed = {
        "InstanceId": "i-1",
        "State": {"Code": 16, "Name": "running"},
        "LaunchTime": LAUNCHED,
        "Placement": {"AvailabilityZone": "eu-west-1a"},
        "VpcId": "vpc-1",
        **changes,
    }
    return {"Reservations": [{"OwnerId": ACCOUNT, "Instances": [listed]}]}


def one(**changes: Any) -> Resource:
    (found,) = instances(response(**changes), ACCOUNT, "eu-west-1")
    return found


def tagged(*keys: str, **changes: Any) -> Resource:
    return one(Tags=[{"Key": key, "Value": "x"} for key in keys], **changes)


@mock_aws
def test_what_the_api_answers() -> None:
    client = boto3.client("ec2", "eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    image = client.describe_images()["Images"][0]["ImageId"]
    tags = [{"Key": "Name", "Value": "web-1"}, {"Key": "Owner", "Value": "team-a"}]
    made = client.run_instances(
        ImageId=image, MinCount=2, MaxCount=2, TagSpecifications=[{"ResourceType": "instance", "Tags": tags}]
    )
    found = list(instances(client.describe_instances(), "123456789012", "eu-west-1"))
    assert {resource.id for resource in found} == {listed["InstanceId"] for listed in made["Instances"]}
    first = found[0]
    assert dict(first.tags) == {"Name": "web-1", "Owner": "team-a"}
    assert (first.type, first.state, first.name) == ("ec2:instance", "running", "web-1")
    assert first.arn == f"arn:aws:ec2:eu-west-1:123456789012:instance/{first.id}"
    assert first.vpc.startswith("vpc-")
    assert first.launched_at > 1_600_000_000_000
    client.terminate_instances(InstanceIds=[first.id])
    gone = [resource.id for resource in instances(client.describe_instances(), "", "") if is_gone(resource)]
    assert gone == [first.id]


@pytest.mark.parametrize(
    "written", ["2026-11-20T10:00:00+00:00", "2026-11-20T10:00:00.000Z", "2026-11-20T11:00:00+01:00"]
)
def test_what_the_cli_prints_is_the_same(written: str) -> None:
    printed = json.loads(json.dumps(response(LaunchTime=written)))
    assert list(instances(printed, ACCOUNT, "eu-west-1")) == [one()]
    assert one().launched_at == 1_795_168_800_000


def test_account_and_region_are_those_of_the_file_where_none_are_given() -> None:
    (found,) = instances(response(), "", "")
    assert (found.account, found.region) == (ACCOUNT, "eu-west-1")


@pytest.mark.parametrize(
    ("zone", "region"),
    [
        ("us-east-1f", "us-east-1"),
        ("us-gov-west-1a", "us-gov-west-1"),
        ("cn-northwest-1b", "cn-northwest-1"),
        ("eusc-de-east-1a", "eusc-de-east-1"),
        # https://docs.aws.amazon.com/local-zones/latest/ug/available-local-zones.html, and of Wavelength
        ("us-west-2-lax-1a", "us-west-2"),
        ("us-east-1-wl1-bos-wlz-1", "us-east-1"),
        ("", ""),
        ("nonsense", ""),
    ],
)
def test_the_region_of_a_zone(zone: str, region: str) -> None:
    (found,) = instances(response(Placement={"AvailabilityZone": zone}), "", "")
    assert found.region == region


def test_the_arn_has_the_partition_of_the_region() -> None:
    (found,) = instances(response(), ACCOUNT, "cn-north-1")
    assert found.arn == f"arn:aws-cn:ec2:cn-north-1:{ACCOUNT}:instance/i-1"


@pytest.mark.parametrize(
    ("tags", "changes", "launchers"),
    [
        ((), {}, ()),
        (("aws:autoscaling:groupName",), {}, ("auto-scaling",)),
        (("aws:eks:cluster-name",), {}, ("eks",)),
        (("eks:cluster-name",), {}, ("eks",)),
        (("kubernetes.io/cluster/shop",), {}, ("eks",)),
        (("aws:elasticmapreduce:job-flow-id",), {}, ("emr",)),
        ((), {"InstanceLifecycle": "spot"}, ("spot",)),
        ((), {"InstanceLifecycle": "scheduled"}, ()),
        (
            ("aws:elasticmapreduce:job-flow-id", "eks:cluster-name", "aws:autoscaling:groupName"),
            {"InstanceLifecycle": "spot"},
            ("auto-scaling", "eks", "emr", "spot"),
        ),
        (("kubernetes.io/clusters", "my:aws:autoscaling:groupName"), {}, ()),
    ],
)
def test_what_launched_an_instance(tags: tuple[str, ...], changes: dict[str, Any], launchers: tuple[str, ...]) -> None:
    assert tagged(*tags, **changes).launched_by == launchers


def test_group_template_and_vpc_are_named() -> None:
    found = tagged("aws:autoscaling:groupName", "aws:ec2launchtemplate:id")
    assert (found.auto_scaling_group, found.launch_template, found.vpc) == ("x", "x", "vpc-1")
    assert (one().auto_scaling_group, one().launch_template) == ("", "")


@pytest.mark.parametrize(
    ("state", "gone"),
    [
        ("pending", False),
        ("running", False),
        ("stopping", False),
        ("stopped", False),
        ("shutting-down", True),
        ("terminated", True),
    ],
)
def test_what_is_gone(state: str, gone: bool) -> None:
    assert is_gone(one(State={"Name": state})) is gone


def test_only_instances_are_gone_by_their_state() -> None:
    assert not is_gone(Resource("rds:db", "x", ACCOUNT, "eu-west-1", state="terminated"))


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ([], "no list `Reservations`"),
        ({}, "no list `Reservations`"),
        ({"Reservations": {}}, "no list `Reservations`"),
        ({"Reservations": [[]]}, "no list `Instances`"),
        ({"Reservations": [{"Instances": None}]}, "no list `Instances`"),
        ({"Reservations": [{"Instances": ["i-1"]}]}, "no `InstanceId`"),
        ({"Reservations": [{"Instances": [{"InstanceId": ""}]}]}, "no `InstanceId`"),
    ],
)
def test_what_is_no_answer_is_refused(bad: Any, why: str) -> None:
    with pytest.raises(NotInstances, match=why):
        list(instances(bad, ACCOUNT, "eu-west-1"))


@pytest.mark.parametrize("tags", [None, {}, "x", [None, 1, {"Value": "x"}, {"Key": 1, "Value": "x"}]])
def test_what_is_no_tag_is_left_out(tags: Any) -> None:
    assert one(Tags=tags).tags == {}


@pytest.mark.parametrize("launched", [None, "", "yesterday", 5, "0001-01-01T00:00:00+14:00"])
def test_a_launch_time_that_nobody_can_read_is_not_known(launched: Any) -> None:
    assert one(LaunchTime=launched).launched_at == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Tags", "Key", "Value", "State", "Name", "Placement", "AvailabilityZone", "LaunchTime"]),
            inner,
        )
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(["Tags", "State", "Placement", "LaunchTime", "VpcId", "InstanceLifecycle"]), JSON)
)
def test_any_json_in_an_instance_is_read(changes: dict[str, Any]) -> None:
    assert one(**changes).id == "i-1"
