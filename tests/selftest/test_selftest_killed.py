"""A selftest that dies after any of its steps: clean-up finds everything, and the run can continue."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.rollout.selftest.permissions import PREFIX
from generator.rollout.selftest.registry import registry
from generator.rollout.selftest.state import RunState
from tests import moto_server
from tests.command import RUN as COMMAND
from tests.selftest.stand_in import refusal
from tests.selftest.world import ACCOUNT, CREDENTIALS, REGION, RUN, Killed, World, selftest_world
from tests.support import ROOT

CHANGES = ("Create", "Put", "Set", "Delete", "Remove")
# A run of every kind: queues with rules, roles and log groups, composites, and what only the stand-in has.
NAMES = (
    "composite-at-least",
    "dashboard-widget-times",
    "log-alarm-no-lines",
    "mute-window-events",
    "slo-percentile-rank",
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with selftest_world(tmp_path) as account:
        yield account


def fail_after(world: World, step: int, error: BaseException, *, before: bool = False) -> None:
    """Fail once, at that change: after AWS has done it, or before."""
    steps = iter(range(100_000))

    def fail(_service: str, operation: str, _params: dict[str, Any]) -> None:
        if operation.startswith(CHANGES) and next(steps) == step:
            raise error

    if before:
        world.before = fail
    else:
        world.after = fail


def state_file(world: World) -> Path:
    return world.folder / f"obsgen-selftest-{RUN}.jsonl"


def test_clean_up_after_a_death_at_any_step_leaves_nothing(world: World) -> None:
    step = deaths = 0
    while True:
        fail_after(world, step, Killed())
        try:
            world.quick("-o", f"{step}.json", names=NAMES[1:])
            break
        except Killed:
            deaths += 1
        world.after = lambda *_: None
        done = world.run("--clean-up", RUN, "--yes")
        assert done.returncode == 0, (step, done.stdout + done.stderr)
        assert world.existing() == [], step
        assert not state_file(world).exists()
        step += 6
    assert deaths >= 5
    assert world.existing() == []


def test_what_is_going_to_be_created_is_in_the_state_before(world: World) -> None:
    names: list[tuple[str, str]] = []

    def check(_service: str, operation: str, params: dict[str, Any]) -> None:
        if operation in ("PutMetricAlarm", "CreateQueue", "PutRule", "PutDashboard", "CreateRole"):
            keys = ("AlarmName", "QueueName", "Name", "DashboardName", "RoleName")
            last = json.loads(state_file(world).read_text(encoding="utf-8").splitlines()[-1])
            names.append((next(params[key] for key in keys if key in params), last.get("creating", {}).get("name")))

    world.before = check
    assert world.quick(names=NAMES[1:3]).returncode in (0, 1)
    assert len(names) > 3
    assert [created for created, announced in names if created != announced] == []


def test_a_run_that_died_continues_with_the_experiments_that_had_not_ended(world: World) -> None:
    fail_after(world, 40, Killed())
    with pytest.raises(Killed):
        world.quick(names=NAMES)
    world.after = lambda *_: None
    ended = [
        json.loads(line)["outcome"]["experiment"]
        for line in state_file(world).read_text(encoding="utf-8").splitlines()
        if '"outcome"' in line
    ]
    assert 0 < len(ended) < len(NAMES)
    world.calls.clear()
    done = world.quick(names=NAMES)
    # What was left is deleted before anything of the same name is created.
    assert next(name for _, name, _ in world.calls if name.startswith(CHANGES)).startswith(("Delete", "Remove"))
    assert f"{len(ended)} experiment" in done.stdout
    data = json.loads((world.folder / "selftest.json").read_text(encoding="utf-8"))
    assert [row["name"] for row in data["experiments"]] == sorted(NAMES)
    assert not [row for row in data["experiments"] if "the run ended before" in row["errors"]]
    assert not any(
        name in str(params) for name in ended for _, _, params in world.calls if name.startswith("dashboard")
    )
    assert world.existing() == []


def test_ctrl_c_deletes_what_was_created_and_writes_what_was_seen(world: World) -> None:
    fail_after(world, 40, KeyboardInterrupt())
    done = world.quick(names=NAMES)
    assert done.returncode == 130
    assert "Interrupted. Deleting what was created" in done.stderr
    assert world.existing() == []
    data = json.loads((world.folder / "selftest.json").read_text(encoding="utf-8"))
    assert any(row["errors"] == ["the run ended before"] for row in data["experiments"])


def test_a_pipeline_that_ends_the_process_waits_for_the_deletion(world: World) -> None:
    """SIGTERM in the middle, and again while what was created is being deleted."""
    steps = iter(range(100_000))

    def terminate(_service: str, operation: str, _params: dict[str, Any]) -> None:
        if operation.startswith(CHANGES) and next(steps) in (20, 24):
            os.kill(os.getpid(), signal.SIGTERM)

    world.after = terminate
    done = world.quick(names=NAMES)
    assert done.returncode == 130, done.stdout + done.stderr
    assert world.existing() == []


def test_a_full_disk_ends_the_run_and_leaves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real, writes = RunState._write, iter(range(100_000))

    def write(state: RunState, line: Any, *, new: bool = False) -> None:
        if next(writes) > 12:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(state.path))
        real(state, line, new=new)

    monkeypatch.setattr(RunState, "_write", write)
    done = world.quick(names=NAMES)
    assert done.returncode == 2
    assert "No space left on device" in done.stderr
    assert world.existing() == []


def test_a_second_ctrl_c_names_the_command_that_cleans_up(world: World) -> None:
    steps = iter(range(100_000))

    def interrupt(_service: str, operation: str, _params: dict[str, Any]) -> None:
        if operation.startswith(CHANGES) and next(steps) in (40, 41):
            raise KeyboardInterrupt

    world.after = interrupt
    done = world.quick(names=NAMES)
    assert done.returncode == 130
    assert f"--account {ACCOUNT} --region {REGION} --clean-up {RUN}" in done.stderr
    assert world.existing() != []
    assert world.run("--clean-up", RUN, "--yes").returncode == 0
    assert world.existing() == []


def test_a_session_that_ends_is_said_and_the_run_continues(world: World) -> None:
    def expire(_service: str, operation: str, _params: dict[str, Any]) -> None:
        if operation.startswith("Delete"):
            raise refusal("ExpiredToken")

    world.before = expire
    done = world.quick(names=NAMES[:2])
    assert done.returncode == 3
    assert "the AWS session has expired" in done.stderr
    assert f"--clean-up {RUN}" in done.stderr
    world.before = lambda *_: None
    world.quick(names=NAMES[:2])
    assert world.existing() == []


def test_clean_up_without_lists_deletes_what_the_state_file_has(world: World) -> None:
    def deny(_service: str, operation: str, _params: dict[str, Any]) -> None:
        if operation.startswith(("List", "Describe")) and operation not in ("ListTargetsByRule", "ListRolePolicies"):
            raise refusal("AccessDenied")

    fail_after(world, 30, Killed())
    with pytest.raises(Killed):
        world.quick(names=NAMES)
    world.after, world.before = lambda *_: None, deny
    assert world.existing() != []
    done = world.run("--clean-up", RUN, "--yes")
    assert "not verified: queue: sqs:list_queues: AccessDenied" in done.stdout
    assert world.existing() == []


def test_a_signal_within_the_last_deletion_waits_for_its_end(world: World) -> None:
    lists = iter(range(100))

    def terminate(_service: str, operation: str, _params: dict[str, Any]) -> None:
        if operation == "ListDashboards" and next(lists) == 1:
            os.kill(os.getpid(), signal.SIGTERM)

    world.before = terminate
    done = world.quick(names=("dashboard-widget-times",))
    assert done.returncode == 0, done.stderr
    assert "remains." in done.stdout


def test_clean_up_without_the_state_file_deletes_what_is_listed(world: World) -> None:
    fail_after(world, 30, Killed())
    with pytest.raises(Killed):
        world.quick(names=NAMES)
    world.after = lambda *_: None
    state_file(world).unlink()
    assert world.existing() != []
    assert world.run("--clean-up", RUN, "--yes").returncode == 0
    assert world.existing() == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("no json\n", "is no state file of a selftest"),
        (
            '{"format": 1, "run": "other", "account": "1", "region": "x", "started_ms": 1}\n',
            "is the state of another run",
        ),
        ("[1]\n", "is no state file of a selftest"),
        ("[" * 100_000 + "\n", "is no state file of a selftest"),
        (
            '{"format": 1, "run": "r1", "account": "222222222222", "region": "x", "started_ms": 1}\n',
            "is in account 2222",
        ),
        (
            '{"format": 1, "run": "r1", "account": "123456789012", "region": "eu-west-1", "started_ms": 1}\n'
            '{"creating": {"experiment": "x", "kind": "queue", "name": "payments"}}\n',
            f"has a name that does not begin with {PREFIX}{RUN}-",
        ),
    ],
    ids=["no-json", "other-run", "list", "deep", "other-account", "foreign-name"],
)
def test_a_state_file_of_something_else_deletes_nothing(world: World, content: str, sentence: str) -> None:
    state_file(world).write_text(content, encoding="utf-8")
    world.client("sqs").create_queue(QueueName="payments")
    done = world.run("--clean-up", RUN, "--yes")
    assert done.returncode == 2
    assert sentence in done.stderr
    assert world.existing("payments") == ["payments"]


def test_a_line_that_was_not_written_whole_announces_nothing(world: World) -> None:
    header = {"format": 1, "run": RUN, "account": ACCOUNT, "region": REGION, "started_ms": 1}
    state_file(world).write_text(json.dumps(header) + '\n{"creating": {"exper', encoding="utf-8")
    done = world.run("--clean-up", RUN, "--yes")
    assert done.returncode == 0, done.stderr


def test_a_run_continues_after_a_line_that_was_not_written_whole(world: World) -> None:
    """The next line would be appended to it, and neither could be read after a second death."""
    header = {"format": 1, "run": RUN, "account": ACCOUNT, "region": REGION, "started_ms": 1}
    state_file(world).write_text(json.dumps(header) + '\n{"creating": {"exper', encoding="utf-8")
    fail_after(world, 1, Killed())
    with pytest.raises(Killed):
        world.quick(names=("alarm-percentile-rank",))
    world.after = lambda *_: None
    done = world.run("--clean-up", RUN, "--yes")
    assert done.returncode == 0, done.stderr
    assert world.existing() == []


@pytest.mark.parametrize(
    "line",
    [
        {"creating": {"experiment": {}, "kind": "queue", "name": f"{PREFIX}{RUN}-x"}},
        {"creating": {"experiment": "x", "kind": "queue", "name": [f"{PREFIX}{RUN}-x"]}},
        {"outcome": {"experiment": "x", "verdict": "differs", "started_ms": "1", "ended_ms": 1, "errors": []}},
        {"outcome": {"experiment": "x", "verdict": "differs", "started_ms": 1, "ended_ms": 10**30, "errors": []}},
        {"outcome": {"experiment": "x", "verdict": "differs", "started_ms": 1, "ended_ms": 1, "errors": [{}]}},
        {"outcome": {"experiment": {}, "verdict": "differs", "started_ms": 1, "ended_ms": 1, "errors": []}},
    ],
)
def test_a_state_file_with_other_types_is_a_sentence(world: World, line: dict[str, Any]) -> None:
    header = {"format": 1, "run": RUN, "account": ACCOUNT, "region": REGION, "started_ms": 1}
    state_file(world).write_text(f"{json.dumps(header)}\n{json.dumps(line)}\n", encoding="utf-8")
    done = world.run("--clean-up", RUN, "--yes")
    assert done.returncode == 2
    assert f"--clean-up {RUN} deletes what AWS lists" in done.stderr


def test_a_state_file_that_begins_at_infinity_is_a_sentence(world: World) -> None:
    header = '{"format": 1, "run": "r1", "account": "123456789012", "region": "eu-west-1", "started_ms": Infinity}\n'
    state_file(world).write_text(header, encoding="utf-8")
    done = world.run("--clean-up", RUN, "--yes")
    assert (done.returncode, done.stdout) == (2, "")


KILL = """
import botocore.client, os, signal
real = botocore.client.BaseClient._make_api_call
def call(self, operation, params):
    answer = real(self, operation, params)
    if operation == "PutTargets":
        os.kill(os.getpid(), signal.SIGKILL)
    return answer
botocore.client.BaseClient._make_api_call = call
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_a_killed_process_is_cleaned_up_after(world: World) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "AWS_ENDPOINT_URL": moto_server.address(), **CREDENTIALS}
    words = ["selftest", "--account", ACCOUNT, "--region", REGION, "--run", RUN, "--yes", "--only", "event-rule-forms"]
    # Three steps: the alarm is there, the queue and its rule are.
    done = subprocess.run(
        [sys.executable, "-c", f"{KILL}\n{COMMAND}", *words],
        cwd=world.folder,
        env=environment,
        check=False,
        capture_output=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert len(world.existing()) == 3
    done_again = world.run("--clean-up", RUN, "--yes")
    assert done_again.returncode == 0, done_again.stderr
    assert world.existing() == []


def test_names_fit_where_aws_is_narrow() -> None:
    """A rule and a role have 64 characters: the longest ID of a run has 16, so that suffixes have 31."""
    assert len(PREFIX) + 16 + 1 + 31 == 64
    assert {experiment.name for experiment in registry()} >= set(NAMES)
