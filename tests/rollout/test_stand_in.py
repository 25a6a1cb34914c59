"""The stand-in for AWS that docs/deploy.md lets people start by hand, and that the tests of rollouts have."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from tests import direct_requests
from tests.rollout.front import Fault, s3_refusal
from tests.rollout.team import Team
from tests.support import ROOT


def test_it_starts_and_says_what_to_export() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.rollout"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(9)]
        process.terminate()
    assert lines[0].startswith("export AWS_ENDPOINT_URL=http://127.0.0.1:"), lines
    assert lines[-1].startswith("#   fourth: {id: "), lines


def test_a_resource_that_a_template_has_again_is_made_anew(team: Team) -> None:
    """The template's resources are what a stack has.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
    """
    client = team.client("cloudformation")
    for number, names in enumerate((["One", "Other"], ["One"], ["One", "Other"])):
        resources = {
            name: {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {"AlarmName": name, "AlarmRule": "FALSE"}}
            for name in names
        }
        client.create_change_set(
            StackName="few",
            ChangeSetName=f"few-{number}",
            ChangeSetType="UPDATE" if number else "CREATE",
            TemplateBody=json.dumps({"Resources": resources}),
        )
        client.execute_change_set(StackName="few", ChangeSetName=f"few-{number}")
        found = team.client("cloudwatch").describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
        assert [alarm["AlarmName"] for alarm in found] == names


def answers(team: Team) -> list[Any]:
    """Of calls whose bodies and answers are of every kind: none, text, XML, a stream, pieces, an error."""
    keys = {"aws_access_key_id": "nobody", "aws_secret_access_key": "nothing", "region_name": "us-east-1"}
    s3, sts = (boto3.client(name, endpoint_url=team.front.address, **keys) for name in ("s3", "sts"))
    seen: list[Any] = [s3.create_bucket(Bucket="box"), s3.put_object(Bucket="box", Key="a b/ü?", Body=b"text")]
    seen.append(s3.upload_fileobj((team.folder / "observability.yaml").open("rb"), "box", "file"))
    got = s3.get_object(Bucket="box", Key="a b/ü?")
    seen += [got, got.pop("Body").read(), s3.head_object(Bucket="box", Key="file"), s3.list_objects_v2(Bucket="box")]
    for call in (lambda: s3.head_object(Bucket="box", Key="none"), lambda: s3.get_object(Bucket="box", Key="none")):
        with pytest.raises(ClientError) as error:
            call()
        seen.append(error.value.response)
    team.front.faults = [Fault("^GET /box/f", s3_refusal("SlowDown", 503), times=1), Fault("^GET /box/f", times=9)]
    with pytest.raises(ConnectionClosedError):
        s3.get_object(Bucket="box", Key="file")
    team.front.faults = []
    for one in (*s3.list_objects_v2(Bucket="box")["Contents"],):
        s3.delete_object(Bucket="box", Key=one["Key"])
    return [*seen, sts.get_caller_identity(), s3.delete_bucket(Bucket="box")]


def comparable(found: Any) -> Any:
    """Without what differs from call to call, and what is said of the connection."""
    if isinstance(found, dict):
        volatile = ("date", "requestid", "hostid", "x-amz", "lastmodified", "last-modified", "connection", "server")
        kept = {key: value for key, value in found.items() if not key.lower().startswith(volatile)}
        return {key: comparable(value) for key, value in kept.items()}
    return [comparable(one) for one in found] if isinstance(found, list) else found


def test_what_is_answered_by_a_call_is_what_comes_over_the_network(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    directly = answers(team)
    monkeypatch.setattr(direct_requests, "_SERVERS", {})
    assert comparable(answers(team)) == comparable(directly)
