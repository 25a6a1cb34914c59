"""Two runs of `obsgen selftest` at once: neither touches what the other has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.rollout.selftest.permissions import PREFIX
from generator.rollout.selftest.state_lock import locked
from tests.selftest.world import RUN, Killed, World, selftest_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with selftest_world(tmp_path) as account:
        yield account


@pytest.mark.parametrize("name", ["a-b", "20261130-101500", "", "a_b", "A", "a" * 17, "a\n", "é"])
def test_no_id_of_a_run_begins_as_another_and_has_a_hyphen(world: World, name: str) -> None:
    """`--clean-up 20261130` would delete every run of that day if their IDs went on with a hyphen."""
    for option in ("--run", "--clean-up"):
        done = world.run("--yes", option, name)
        assert done.returncode == 2
    assert world.calls == []


def test_the_time_is_an_id_without_a_hyphen(world: World) -> None:
    done = world.run("--yes", "--only", "alarm-percentile-rank")
    assert done.returncode == 0, done.stderr
    assert "Selftest 20260101t000000 in account" in done.stdout
    assert world.run("--yes", "--clean-up", "20260101t000000").returncode == 0


def test_a_run_of_the_same_id_in_another_region_keeps_its_dashboards_and_roles(world: World) -> None:
    """An account has one dashboard and one role of a name in all Regions.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/create_dashboard.html: dashboards are global.
    """
    document = '{"Version": "2012-10-17", "Statement": []}'
    role = f"{PREFIX}{RUN}-us-east-1-query"
    world.client("iam").create_role(RoleName=role, Path="/obsgen-selftest/", AssumeRolePolicyDocument=document)
    dashboard = f"{PREFIX}{RUN}-us-east-1-x"
    world.client("cloudwatch").put_dashboard(DashboardName=dashboard, DashboardBody='{"widgets": []}')
    done = world.quick(names=("dashboard-contributors", "log-alarm-no-lines"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Nothing that begins with {PREFIX}{RUN}- remains." in done.stdout
    assert world.run("--clean-up", RUN, "--yes").returncode == 0
    assert world.existing() == sorted([role, dashboard])


@pytest.mark.parametrize("words", [("--run", RUN, "--only", "history-start"), ("--clean-up", RUN)])
def test_a_run_in_progress_is_not_taken_for_one_that_died(world: World, words: tuple[str, ...]) -> None:
    """The second process would delete, as leftovers, what the first has just created."""

    def die(_service: str, operation: str, _params: dict[str, Any]) -> None:
        if operation == "SetAlarmState":
            raise Killed

    world.after = die
    with pytest.raises(Killed):
        world.quick(names=("history-start",))
    world.after = lambda *_: None
    left = world.existing()
    assert left
    with locked(world.folder / f"obsgen-selftest-{RUN}.jsonl"):
        done = world.run("--yes", *words)
        assert done.returncode == 2
        assert f"run {RUN} is in progress" in done.stderr
    assert world.existing() == left
    assert world.run("--yes", "--clean-up", RUN).returncode == 0
    assert world.existing() == []
