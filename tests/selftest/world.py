"""A throw-away account for `obsgen selftest`: moto's server with what it lacks, and a virtual clock."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import botocore.client
import pytest
from botocore.validate import validate_parameters

from generator.rollout.aws.clients import Aws
from generator.rollout.selftest.permissions import PREFIX
from tests import moto_server
from tests.command import Done, obsgen
from tests.selftest.stand_in import StandIn

ACCOUNT, REGION, RUN = "123456789012", "eu-west-1", "r1"
NOW_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
# Experiments of which moto has all calls, or refuses those that it does not have: quick, and with every kind it knows.
QUICK = ("alarm-percentile-rank", "dashboard-contributors", "sse-sqs-queues", "history-start")


class Killed(BaseException):
    """The end of the process."""


# Clients of all worlds of a process: each would cost the time of reading a service's model.
_CLIENTS: dict[tuple[str, str], Any] = {}


@cache
def _session() -> Any:
    return boto3.session.Session(aws_access_key_id="x", aws_secret_access_key="x")


@dataclass
class World:
    """before, after: of each call, with service, operation and parameters. answers: instead of those of the stand-in,
    by operation. now_ms: of the virtual clock.
    """

    folder: Path
    now_ms: int = NOW_MS
    slept_s: float = 0.0
    is_running: bool = False
    before: Callable[[str, str, dict[str, Any]], None] = lambda _service, _operation, _params: None
    after: Callable[[str, str, dict[str, Any]], None] = lambda _service, _operation, _params: None
    answers: dict[str, Callable[[dict[str, Any]], dict[str, Any] | None]] = field(default_factory=dict)
    stand_in: StandIn = field(init=False)
    aws: Aws = field(init=False)
    calls: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stand_in = StandIn(lambda: self.now_ms)
        self.aws = Aws(sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now_ms += round(seconds * 1000)
        self.slept_s += seconds

    def run(self, *words: str, account: str = ACCOUNT, region: str = REGION) -> Done:
        """The command in this account."""
        environment = {"AWS_ENDPOINT_URL": moto_server.address(), "HOME": str(self.folder), **CREDENTIALS}
        target = ("--account", account, "--region", region)
        self.is_running = True
        try:
            return obsgen(self.folder, "selftest", *target, *words, **environment)
        finally:
            self.is_running = False

    def quick(self, *words: str, names: tuple[str, ...] = QUICK) -> Done:
        """A run of some experiments."""
        only = [word for name in names for word in ("--only", name)]
        return self.run("--yes", "--run", RUN, *only, *words)

    def client(self, service: str) -> Any:
        """A client of the account, whose calls are watched while the command runs only."""
        return self.aws.client(service, REGION)

    def existing(self, prefix: str = PREFIX) -> list[str]:
        """Names of what exists with a prefix, of every kind that moto lists."""
        alarms = self.client("cloudwatch").describe_alarms(AlarmNamePrefix=prefix)
        names = [row["AlarmName"] for key in ("MetricAlarms", "CompositeAlarms") for row in alarms[key]]
        dashboards = self.client("cloudwatch").list_dashboards(DashboardNamePrefix=prefix)
        names += [row["DashboardName"] for row in dashboards["DashboardEntries"]]
        names += [row["Name"] for row in self.client("events").list_rules(NamePrefix=prefix)["Rules"]]
        queues = self.client("sqs").list_queues(QueueNamePrefix=prefix).get("QueueUrls", [])
        names += [url.rpartition("/")[2] for url in queues]
        groups = self.client("logs").describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]
        names += [group["logGroupName"] for group in groups]
        names += [role["RoleName"] for role in self.client("iam").list_roles()["Roles"]]
        names += [rule["Name"] for rule in self.client("cloudwatch").describe_insight_rules()["InsightRules"]]
        return sorted(name for name in [*names, *self.stand_in.names()] if name.startswith(prefix))


def written(world: World) -> dict[str, Any]:
    """The file of a run."""
    data: dict[str, Any] = json.loads((world.folder / "selftest.json").read_text(encoding="utf-8"))
    return data


def verdicts(world: World) -> dict[str, str]:
    """Verdicts by experiment."""
    return {row["name"]: row["verdict"] for row in written(world)["experiments"]}


@contextmanager
def selftest_world(folder: Path) -> Iterator[World]:
    """An account without anything."""
    moto_server.reset()
    world = World(folder)
    world.aws._session, world.aws._clients = _session(), _CLIENTS
    real = botocore.client.BaseClient._make_api_call

    def call(self: Any, operation: str, params: dict[str, Any]) -> Any:
        service = self.meta.service_model.service_name
        if not world.is_running:
            return real(self, operation, params)
        world.calls.append((service, operation, params))
        world.before(service, operation, params)
        validate_parameters(params, self.meta.service_model.operation_model(operation).input_shape)
        own = world.answers.get(operation, lambda params: world.stand_in.answer(operation, params))
        answer = own(params)
        answer = real(self, operation, params) if answer is None else answer
        world.after(service, operation, params)
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", moto_server.address())
        patch.setattr(botocore.client.BaseClient, "_make_api_call", call)
        patch.setattr("generator.rollout.aws.clients.Aws.now_ms", lambda _self: world.now_ms)
        patch.setattr("generator.cli.selftest_target.aws", lambda _profile: world.aws)
        patch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _seconds: None))
        yield world
