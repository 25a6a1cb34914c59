"""A rollout that is killed between any two steps, and run again, ends where an undisturbed one ends.

A step is a request that changes something; it dies when AWS has done it and nobody has heard yet. Most deaths are an
exception that nothing catches, in this process; some are SIGKILL, in one of its own.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import botocore.client
import pytest

from generator.cli.exit import AWS_REFUSED
from tests.rollout.front import Fault
from tests.rollout.team import Team

CHANGES = ("Create", "Update", "Delete", "Put", "Execute", "Set")


class Killed(BaseException):
    """The end of the process."""


def writes(_client: Any, operation: str, _arguments: Any) -> bool:
    """Whether a step."""
    return operation.startswith(CHANGES)


def run_until(team: Team, step: int, *words: str, counts: Callable[[Any, str, Any], bool] = writes) -> bool:
    """Run, and die after that step; False where there were not so many, and it ended well.

    counts: whether a call is a step.
    """
    calls: Iterator[int] = iter(range(10_000))
    real = botocore.client.BaseClient._make_api_call

    def call(self: Any, operation: str, arguments: Any) -> Any:
        last = counts(self, operation, arguments) and next(calls) == step
        answer = real(self, operation, arguments)
        if last:
            raise Killed
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.client.BaseClient, "_make_api_call", call)
        try:
            done = team.run(*words)
        except Killed:
            return True
    assert done.code == 0, done.out + done.err
    return False


# Two halves, for two processes to share.
@pytest.mark.parametrize("first", [0, 1])
def test_a_rollout_that_was_killed_is_finished_by_the_next(team: Team, first: int) -> None:
    assert team.run("deploy", "--yes").code == 0
    undisturbed = team.state()
    team.start_over()
    steps = 0
    while run_until(team, first + 2 * steps, "deploy", "--yes"):
        again = team.run("deploy", "--yes")
        assert again.code == 0, (steps, again.out + again.err)
        assert team.state() == undisturbed, steps
        team.start_over()
        steps += 1
    assert steps > 5


def test_a_removal_that_was_killed_is_finished_by_the_next(team: Team) -> None:
    assert team.run("deploy", "--yes").code == 0
    steps = 0
    while run_until(team, steps, "destroy", "--yes"):
        again = team.run("destroy", "--yes")
        assert again.code == 0, (steps, again.out + again.err)
        assert team.state()["stacks"] == [], steps
        assert team.run("deploy", "--yes").code == 0
        steps += 1
    assert steps > 4


@pytest.mark.parametrize("operation", ["ExecuteChangeSet", "CreateStackInstances"])
def test_a_process_that_is_killed_outright(team: Team, operation: str) -> None:
    team.front.faults = [Fault(operation, skip=0, times=10_000)]
    running = subprocess.Popen(
        [sys.executable, "-c", "from generator.cli.main import main; main()", "deploy", "--yes"],
        cwd=team.folder,
        env={**os.environ, **team.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    # However long it takes: until it asks for that, or ends.
    while not any(operation in seen for seen in team.front.seen) and running.poll() is None:
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    # On a busy machine it may have ended by itself, with what the fault made of its request, before the signal came.
    assert running.returncode in (-signal.SIGKILL, AWS_REFUSED)
    team.front.faults = []
    done = team.run("deploy", "--yes")
    assert done.code == 0, done.out + done.err
    assert team.instances() == {"alpha", "beta", "gamma"}
    assert team.run("deploy", "--plan").code == 0
