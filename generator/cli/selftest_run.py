"""Running a selftest: plan, confirmation, experiments, deletion, verification, result."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from generator.cli.confirmation import is_confirmed, require_name, require_terminal
from generator.cli.exit import FINDINGS, AwsErrorExit, usage_error, with_hint
from generator.cli.progress import Progress
from generator.cli.rollout import INTERRUPTED, exit_on_aws_error, progress
from generator.cli.selftest_lines import clean_up_lines, plan_lines, result_lines
from generator.cli.selftest_target import SelftestTarget, refuse_account_in_use

if TYPE_CHECKING:
    from generator.rollout.aws.errors import AwsError
    from generator.rollout.selftest.calls import GuardedCalls
    from generator.rollout.selftest.state import RunState
    from generator.rollout.selftest.types import Experiment


@dataclass(frozen=True, slots=True)
class SelftestOptions:
    """sandbox: the account again, where a spec has it. yes: do not ask."""

    sandbox: str | None
    yes: bool


def run_selftest(target: SelftestTarget, experiments: Sequence[Experiment], options: SelftestOptions) -> None:
    """Run experiments and write the file; ends the command with its exit code."""
    from generator.rollout.selftest.safety import sign_in

    refuse_account_in_use(target, options.sandbox)
    require_terminal(skipped=options.yes, as_json=False, hint="use --yes to skip the prompt")
    reporter = progress()
    with exit_on_aws_error(reporter), ExitStack() as locks:
        sign_in(target.caller, target.account, target.region)
        run = target.run or _time_id(target.caller.now_ms())
        calls, state = _calls(target, run), _state_of(target, run, locks)
        if state:
            state.resume()
        else:
            _refuse_existing_output(target)
            _refuse_occupied(calls, experiments)
        _refuse_rules(calls)
        click.echo("\n".join(plan_lines(target, run, experiments, len(state.outcomes) if state else 0)))
        if not options.yes:
            require_name(f"Type {target.account} to run it there", target.account)
        _perform(target, calls, state or _new_state(target, run, locks), experiments, reporter)


def clean_up_run(target: SelftestTarget, *, yes: bool) -> None:
    """Delete what a run created; ends the command with exit 1 where anything remains."""
    from generator.rollout.selftest.clean_up import delete_all, listed
    from generator.rollout.selftest.safety import sign_in

    require_terminal(skipped=yes, as_json=False, hint="use --yes to skip the prompt")
    reporter = progress()
    with exit_on_aws_error(reporter), ExitStack() as locks:
        sign_in(target.caller, target.account, target.region)
        calls, state = _calls(target, target.run), _state_of(target, target.run, locks)
        resources = {(resource.kind, resource.name) for resource in state.resources} if state else set()
        resources |= {(resource.kind, resource.name) for resource in listed(calls).resources}
        for kind, name in sorted(resources):
            click.echo(f"  {kind} {name}")
        if resources and not yes and not is_confirmed(f"Delete these in account {target.account}?"):
            raise click.exceptions.Exit(FINDINGS)
        errors, leftovers = delete_all(calls, state)
    click.echo("\n".join(clean_up_lines(leftovers, errors, calls.prefix)))
    if errors or leftovers.resources or (leftovers.unknown and state is None):
        raise click.exceptions.Exit(FINDINGS)
    if state:
        state.remove()


def _perform(
    target: SelftestTarget,
    calls: GuardedCalls,
    state: RunState,
    experiments: Sequence[Experiment],
    reporter: Progress,
) -> None:
    """Run, delete and verify. Whatever ends the run, what it created is deleted."""
    from generator.rollout.aws.errors import AwsError
    from generator.rollout.aws.signals import SignalGuard
    from generator.rollout.selftest.clean_up import delete_all
    from generator.rollout.selftest.pseudonyms import Pseudonyms
    from generator.rollout.selftest.run import SelftestRun

    ended_by: KeyboardInterrupt | AwsError | OSError | None = None
    try:
        with SignalGuard("What was created is being deleted.") as guard:
            try:
                SelftestRun(calls, state, experiments, reporter, Pseudonyms(target.account)).perform()
            except KeyboardInterrupt as error:
                ended_by = error
                reporter.end()
                click.echo("Interrupted. Deleting what was created.", err=True)
            except (AwsError, OSError) as error:  # the session ended, or the disk of the state file is full
                ended_by = error
            guard.hold()
            kinds = {kind for experiment in experiments for kind in experiment.creates}
            errors, leftovers = delete_all(calls, state, sorted(kinds))
    except (KeyboardInterrupt, AwsError) as error:
        reporter.end()
        click.echo(f"Resources may remain: obsgen selftest {target.words} --clean-up {state.run}", err=True)
        if isinstance(error, AwsError):
            raise
        raise click.exceptions.Exit(INTERRUPTED) from None
    reporter.end()
    click.echo("\n".join(clean_up_lines(leftovers, errors, calls.prefix)))
    data = _write(target, state, experiments)
    click.echo("\n".join(result_lines(data)))
    click.echo(f"Written: {target.output}")
    is_clean = not errors and leftovers.is_empty
    _raise_end(ended_by)
    if is_clean:
        state.remove()
    if not is_clean or any(row["verdict"] != "as expected" for row in data["experiments"]):
        raise click.exceptions.Exit(FINDINGS)


def _raise_end(error: KeyboardInterrupt | AwsError | OSError | None) -> None:
    """End the command as what ended the run."""
    if error is None:
        return
    if isinstance(error, KeyboardInterrupt):
        raise click.exceptions.Exit(INTERRUPTED)
    raise error


def _write(target: SelftestTarget, state: RunState, experiments: Sequence[Experiment]) -> dict[str, Any]:
    from generator.rollout.selftest.document import document

    data = document(state, experiments, importlib.metadata.version("obsgen"), target.caller.now_ms())
    target.output.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return data


def _calls(target: SelftestTarget, run: str) -> GuardedCalls:
    from generator.rollout.selftest.calls import GuardedCalls
    from generator.rollout.selftest.permissions import PREFIX

    return GuardedCalls(target.caller, target.region, f"{PREFIX}{run}-")


def _state_of(target: SelftestTarget, run: str, locks: ExitStack) -> RunState | None:
    """The state of an interrupted run; ends the command if the run is in progress, or of another account."""
    from generator.reading import content
    from generator.rollout.selftest.permissions import PREFIX
    from generator.rollout.selftest.state import MOST_STATE, UnreadableState, read_state

    path = target.state_path(run)
    if not path.exists():
        return None
    _lock(target, run, locks)
    try:
        state = read_state(path, content(path, MOST_STATE), run, f"{PREFIX}{run}-")
    except UnreadableState as error:
        hint = f"use another --run, or move it: without it, --clean-up {run} deletes what AWS lists"
        raise usage_error(str(error), hint) from None
    except OSError as error:
        raise usage_error(f"{path}: {error.strerror or error}") from None
    if (state.account, state.region) != (target.account, target.region):
        raise usage_error(f"run {run} is in account {state.account}, {state.region}", "use that account and Region")
    return state


def _new_state(target: SelftestTarget, run: str, locks: ExitStack) -> RunState:
    from generator.rollout.selftest.state import RunState

    state = RunState(target.state_path(run), run, target.account, target.region, target.caller.now_ms())
    try:
        state.begin()
    except FileExistsError:
        raise usage_error(f"run {run} is in progress", "use another --run") from None
    _lock(target, run, locks)
    return state


def _lock(target: SelftestTarget, run: str, locks: ExitStack) -> None:
    """Hold the state file until the command ends; ends it now if another process holds the file."""
    from generator.rollout.selftest.state_lock import StateInUse, locked

    try:
        locks.enter_context(locked(target.state_path(run)))
    except StateInUse:
        raise usage_error(f"run {run} is in progress", "wait for its end, or use another --run") from None
    except OSError as error:
        raise usage_error(f"{target.state_path(run)}: {error.strerror or error}") from None


def _refuse_existing_output(target: SelftestTarget) -> None:
    """End the command before it runs for minutes and then replaces the answers of another run."""
    if target.output.exists():
        raise usage_error(f"{target.output} exists", "use another file with -o")


def _refuse_occupied(calls: GuardedCalls, experiments: Sequence[Experiment]) -> None:
    """End the command if another run has the prefix. What cannot be listed is found at its creation."""
    from generator.rollout.selftest.clean_up import listed

    kinds = {kind for experiment in experiments for kind in experiment.creates}
    resources = listed(calls, sorted(kinds)).resources
    if resources:
        first = f"{resources[0].kind} {resources[0].name}"
        raise usage_error(f"{first} exists", "use another --run, or delete it with --clean-up")


def _refuse_rules(calls: GuardedCalls) -> None:
    """End the command if a rule of the account would pass events of the experiments' alarms on."""
    from generator.rollout.selftest.safety import rules_of_alarm_events
    from generator.rollout.selftest.types import CallRefused

    try:
        names = sorted(rules_of_alarm_events(calls))
    except CallRefused as error:
        hint = "use a role that has `obsgen policy --selftest`"
        raise AwsErrorExit(with_hint(f"rules of the account cannot be listed: {error}", hint)) from None
    if names:
        hint = "disable the rule, or use another account or Region"
        raise usage_error(f"rule {', '.join(names[:5])} receives events of alarms and may notify people", hint)


def _time_id(now_ms: int) -> str:
    return f"{datetime.fromtimestamp(now_ms // 1000, UTC):%Y%m%dt%H%M%S}"
