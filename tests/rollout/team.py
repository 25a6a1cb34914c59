"""A platform team at its desk: a folder, an organization behind the stand-in, and the command as it is typed."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from click.testing import CliRunner

from generator.build import Built, Inputs
from generator.cli.main import group
from generator.render.yaml_text import parse_template
from generator.rollout.aws.clients import Aws
from tests import moto_server
from tests.builds import build_once
from tests.rollout.front import Front, front
from tests.rollout.stand_in import SEED, stand_in
from tests.support import spec

HUB = "123456789012"
MEMBERS = ("alpha", "beta", "gamma")
# Where a test may have anything; the hub is in the first.
REGIONS = ("us-east-1", "eu-west-1")


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def last(self) -> str:
        """The last line that the standard output shows."""
        return self.out.splitlines()[-1] if self.out else ""


# Those of all teams of a process; by the environment they were made in, the service and the Region.
_CLIENTS: dict[tuple[Any, ...], Any] = {}


@dataclass
class Team:
    """accounts: name to id. environment: what the command sees of its own, and of nobody else's."""

    folder: Path
    front: Front
    target: str
    environment: dict[str, str]
    accounts: dict[str, str]

    def join(self) -> None:
        """Have an organization with three accounts."""
        organizations = self.client("organizations")
        organizations.create_organization(FeatureSet="ALL")
        for name in MEMBERS:
            status = organizations.create_account(AccountName=name, Email=f"{name}@example.com")["CreateAccountStatus"]
            self.accounts[name] = status["AccountId"]

    def start_over(self) -> None:
        """The same organization, in which nothing was ever deployed."""
        moto_server.reset(SEED)
        self.join()

    def typed(self, *words: str, **environment: str) -> Said:
        """The command as one types it, in a process of its own."""
        done = subprocess.run(
            [sys.executable, "-c", "from generator.cli.main import main; main()", *words],
            cwd=self.folder,
            env={**os.environ, **self.environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def run(self, *words: str, answers: str | None = None, **environment: str) -> Said:
        """The command in this process, which is quicker, and without cfn-lint, which has tests of its own.

        answers: what a person at a terminal would type.
        """
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.folder)
            patch.setattr("generator.cli.options.build", _built)
            # moto has done everything when it answers.
            patch.setattr("generator.rollout.aws.clients.FIRST_LOOK", 0)
            patch.setattr("generator.rollout.aws.clients.LAST_LOOK", 0)
            # What is written has to outlive the process, and not this machine.
            patch.setattr("generator.staged_files.os.fsync", lambda _file: None)
            patch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _seconds: None))
            patch.setattr("generator.render.yaml_text.parse_template", lambda text: pickle.loads(_parsed(text)))
            self._share_clients(patch, environment)
            if answers is not None:
                patch.setattr(
                    "generator.cli.confirmation.sys", SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True))
                )
            done = CliRunner().invoke(group, words, input=answers, env={**self.environment, **environment})
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
        return Said(done.exit_code, done.stdout, done.stderr)

    def _share_clients(self, patch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
        """Clients for all commands of a process: they take a quarter of its time to make. None where a request fails.

        What a client remembers of failures, such as how fast it may ask, is then a command's own.
        """
        if environment or self.front.faults:
            _CLIENTS.clear()
            return
        own, given = Aws.client, tuple(sorted(one for one in self.environment.items() if one[0].startswith("AWS_")))

        def client(aws: Aws, service: str, region: str, config: Any = None) -> Any:
            if config is not None or aws.profile is not None:
                return own(aws, service, region, config)
            key = (given, service, region)
            if key in _CLIENTS:
                return aws._clients.setdefault((service, region), _CLIENTS[key])
            return _CLIENTS.setdefault(key, own(aws, service, region))

        patch.setattr(Aws, "client", client)

    def write(self, change: str = "") -> None:
        """observability.yaml, built."""
        (self.folder / "observability.yaml").write_text(spec(f"{self._base()}\n{change}"), encoding="utf-8")
        done = self.run("build", "--no-lint", "--no-cache")
        assert done.code == 0, done.out + done.err

    def _base(self) -> str:
        gone = [f"{name}: null" for name in MEMBERS if name not in self.accounts]
        ids = ", ".join([*(f'{name}: {{id: "{account}"}}' for name, account in self.accounts.items()), *gone])
        organization = self.client("organizations").describe_organization()["Organization"]["Id"]
        return (
            f'hub: {{account: "{HUB}"}}\n'
            f"organization: {{id: {organization}, stack_sets: management}}\n"
            f"accounts: {{{ids}}}\n"
        )

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """Straight to moto, past whatever disturbs the command."""
        return _client(self.target, service, region)

    def instances(self) -> set[str]:
        """Names of the accounts that have a stack of the set."""
        listed = self.client("cloudformation").list_stack_instances(StackSetName="observability-members-prod")
        names = {account: name for name, account in self.accounts.items()}
        return {names.get(one["Account"], one["Account"]) for one in listed["Summaries"]}

    def stack(self, name: str = "observability-hub-prod") -> dict[str, Any]:
        """The stack, as AWS describes it; empty where there is none."""
        stacks = self.client("cloudformation").describe_stacks()["Stacks"]
        return next((one for one in stacks if one["StackName"] == name), {})

    def state(self) -> dict[str, Any]:
        """All that a rollout makes, without what differs between two runs of it."""
        cloudformation, s3 = self.client("cloudformation"), self.client("s3")
        stacks = sorted(
            (one["StackName"], region, one["StackStatus"])
            for region in REGIONS
            for one in self.client("cloudformation", region).describe_stacks()["Stacks"]
        )
        # A member's stack has a name of its own in moto.
        stacks = [one for one in stacks if not one[0].startswith("StackSet-")]
        listed = cloudformation.list_stack_sets()["Summaries"]
        sets = [one["StackSetName"] for one in listed if one["Status"] == "ACTIVE"]
        buckets = [one["Name"] for one in s3.list_buckets()["Buckets"]]
        keys = sorted(
            (name, one["Key"], one["Size"])
            for name in buckets
            for one in s3.list_objects_v2(Bucket=name).get("Contents", [])
        )
        instances = sorted(
            (name, one["Account"], one["Region"])
            for name in sets
            for one in cloudformation.list_stack_instances(StackSetName=name)["Summaries"]
        )
        bodies = [cloudformation.describe_stack_set(StackSetName=name)["StackSet"]["TemplateBody"] for name in sets]
        return {"stacks": stacks, "sets": sets, "instances": instances, "keys": keys, "bodies": bodies}


def _built(inputs: Inputs, _lint_cache: object = None) -> Built:
    return build_once(replace(inputs, lint=False))


@lru_cache(maxsize=64)
def _parsed(text: str) -> bytes:
    """A template, of which everybody is to have a copy of their own."""
    return pickle.dumps(parse_template(text))


@cache
def _client(target: str, service: str, region: str) -> Any:
    """One for all teams of a process: to make one takes longer than most of what it is asked."""
    return boto3.client(
        service,
        endpoint_url=target,
        region_name=region,
        aws_access_key_id="nobody",
        aws_secret_access_key="nothing",
    )


@contextmanager
def team(folder: Path) -> Iterator[Team]:
    """A team with three accounts and a spec that was built."""
    with stand_in() as target, front(target) as before:
        environment = {
            "AWS_ENDPOINT_URL": before.address,
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
            "AWS_DEFAULT_REGION": "us-east-1",
            "HOME": str(folder),
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }
        made = Team(folder, before, target, environment, {})
        made.join()
        made.write()
        yield made
