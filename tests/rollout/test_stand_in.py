"""The stand-in for AWS that docs/deploy.md lets people start by hand, and that the tests of rollouts have."""

from __future__ import annotations

import json
import subprocess
import sys

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
