"""`obsgen deploy` as one types it, against a stand-in for an organization: bucket, hub, members, and again."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.rollout.stand_in import stand_in
from tests.support import spec

HUB = "123456789012"


@dataclass
class Team:
    """A platform team at its desk: a folder, an organization, and the command."""

    folder: Path
    endpoint: str
    environment: dict[str, str]
    accounts: dict[str, str]

    def obsgen(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from generator.cli.main import main; main()", *words]
        return subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, **self.environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def write(self, change: str) -> None:
        """observability.yaml, built."""
        (self.folder / "observability.yaml").write_text(spec(f"{self.base()}\n{change}"), encoding="utf-8")
        done = self.obsgen("build", "--no-lint")
        assert done.returncode == 0, done.stdout + done.stderr

    def base(self) -> str:
        gone = [f"{name}: null" for name in ("alpha", "beta", "gamma") if name not in self.accounts]
        ids = ", ".join([*(f'{name}: {{id: "{account}"}}' for name, account in self.accounts.items()), *gone])
        organization = self.client("organizations").describe_organization()["Organization"]["Id"]
        return (
            f'hub: {{account: "{HUB}"}}\n'
            f"organization: {{id: {organization}, stack_sets: management}}\n"
            f"accounts: {{{ids}}}\n"
        )

    def deploy(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.obsgen("deploy", *words, **environment)

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="nobody",
            aws_secret_access_key="nothing",
        )

    def instances(self) -> set[str]:
        listed = self.client("cloudformation").list_stack_instances(StackSetName="observability-members-prod")
        names = {account: name for name, account in self.accounts.items()}
        return {names.get(one["Account"], one["Account"]) for one in listed["Summaries"]}

    def outputs(self) -> dict[str, str]:
        (stack,) = self.client("cloudformation").describe_stacks(StackName="observability-hub-prod")["Stacks"]
        return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with stand_in() as endpoint:
        environment = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
            "AWS_DEFAULT_REGION": "us-east-1",
            "HOME": str(tmp_path),
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }
        made = Team(tmp_path, endpoint, environment, {})
        organizations = made.client("organizations")
        organizations.create_organization(FeatureSet="ALL")
        for name in ("alpha", "beta", "gamma"):
            status = organizations.create_account(AccountName=name, Email=f"{name}@example.com")["CreateAccountStatus"]
            made.accounts[name] = status["AccountId"]
        made.write("")
        yield made


def test_from_nothing_to_everything_and_then_to_nothing_to_do(team: Team) -> None:
    planned = team.deploy("--plan")
    assert planned.returncode == 1, planned.stderr
    assert "Bucket for packages and templates: new" in planned.stdout
    assert "create in alpha, beta, gamma; us-east-1: new in the spec" in planned.stdout
    assert team.client("cloudformation").describe_stacks()["Stacks"] == []
    done = team.deploy("--yes")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "prod is deployed"), done.stderr
    assert team.instances() == {"alpha", "beta", "gamma"}
    again = team.deploy("--plan")
    assert (again.returncode, again.stdout.splitlines()[-1]) == (0, "  nothing to do"), again.stdout + again.stderr
    assert team.deploy("--yes").returncode == 0


def test_members_get_the_sink_that_the_hub_made(team: Team) -> None:
    assert team.deploy("--yes").returncode == 0
    found = team.client("cloudformation").describe_stack_set(StackSetName="observability-members-prod")["StackSet"]
    values = {one["ParameterKey"]: one["ParameterValue"] for one in found["Parameters"]}
    assert values["SinkArn"] == team.outputs()["SinkArn"] != ""


def test_a_changed_threshold_is_planned_in_alarm_language_and_rolled_out(team: Team) -> None:
    assert team.deploy("--yes").returncode == 0
    team.write('alarms: {errors: {threshold: "> 9", overrides: [{where: {account: beta}, threshold: "> 1"}]}}')
    planned = team.deploy("--plan")
    assert planned.returncode == 1
    assert "~ errors-alarm-prod now fires when Sum is > 9 instead of > 5" in planned.stdout
    assert "update the stack set and every instance: template changed" in planned.stdout
    assert "update in beta; us-east-1: its own values changed" in planned.stdout
    assert team.deploy("--yes").returncode == 0
    assert team.deploy("--plan").returncode == 0


def test_an_account_joins_and_another_leaves(team: Team) -> None:
    gone = team.accounts.pop("gamma")
    waiver = "waivers: [{rule: at-least-three-accounts, for: accounts, reason: two are enough here}]"
    team.write(waiver)
    assert team.deploy("--yes").returncode == 0
    assert team.instances() == {"alpha", "beta"}
    del team.accounts["beta"]
    team.accounts["gamma"] = gone
    team.write(waiver)
    planned = team.deploy("--plan")
    assert "create in gamma" in planned.stdout
    assert re.search(r"DELETE in \d{12}; us-east-1: no longer in the spec", planned.stdout)
    assert team.deploy("--yes").returncode == 0
    assert team.instances() == {"alpha", "gamma"}


def test_what_was_changed_by_hand_is_not_deployed(team: Team) -> None:
    template = team.folder / "out/prod/hub.template.yaml"
    template.write_text(template.read_text().replace("MemorySize: 128", "MemorySize: 256"))
    done = team.deploy("--yes")
    assert done.returncode == 1
    assert done.stderr.endswith("not what build would write\n  = try: obsgen build, and have it reviewed\n")
    assert team.client("s3").list_buckets()["Buckets"] == []


def test_a_rollout_that_stopped_after_the_hub_is_finished_by_the_next(team: Team) -> None:
    assert team.deploy("--yes").returncode == 0
    cloudformation = team.client("cloudformation")
    accounts = list(team.accounts.values())
    asked = {"StackSetName": "observability-members-prod", "Regions": ["us-east-1"], "RetainStacks": False}
    cloudformation.delete_stack_instances(**asked, Accounts=accounts[:2])
    s3 = team.client("s3")
    s3.delete_object(Bucket=f"obsgen-assets-{HUB}-us-east-1", Key="rollouts/prod/members.json")
    done = team.deploy("--yes")
    assert done.returncode == 0, done.stderr
    assert team.instances() == {"alpha", "beta", "gamma"}
    assert team.deploy("--plan").returncode == 0


def test_a_plan_as_data(team: Team) -> None:
    done = team.deploy("--plan", "--json")
    data = json.loads(done.stdout)
    assert done.returncode == 1
    assert (data["account"], data["bucket_new"], data["nothing_to_do"]) == (HUB, True, False)
    assert [operation["kind"] for operation in data["members"]] == ["create-set", "create"]


def test_nobody_is_asked_where_nobody_is(team: Team) -> None:
    done = team.deploy()
    assert done.returncode == 2
    assert "nobody is here to be asked" in done.stderr


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        (
            {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"},
            "no AWS credentials",
        ),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "AWS was not reached"),
        ({"AWS_PROFILE": "nobody"}, "The config profile (nobody) could not be found"),
    ],
    ids=["no credentials", "no network", "no profile"],
)
def test_what_aws_or_the_way_there_refuses_is_a_sentence(team: Team, environment: dict[str, str], message: str) -> None:
    done = team.deploy("--plan", **environment)
    assert done.returncode == 3, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_credentials_of_another_account_are_refused(team: Team) -> None:
    text = (team.folder / "observability.yaml").read_text().replace(HUB, "111111111111")
    (team.folder / "observability.yaml").write_text(text)
    assert team.obsgen("build", "--no-lint").returncode == 0
    done = team.deploy("--yes")
    assert done.returncode == 3
    assert f"these credentials are of account {HUB}; the hub is 111111111111" in done.stderr
