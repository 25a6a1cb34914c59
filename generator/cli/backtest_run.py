"""A run of `obsgen backtest`: build the spec, read the capture, evaluate, and print."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from generator.cli.captures import capture_errors
from generator.cli.exit import FINDINGS, usage_error
from generator.cli.options import BuildTarget, compiled_or_exit, incident_package
from generator.reading import shown

if TYPE_CHECKING:
    from generator.backtest.backtest import Backtest
    from generator.backtest.captured_store import CapturedStore
    from generator.backtest.incidents import IncidentCounts
    from generator.backtest.night import Night
    from generator.backtest.outcome import Against, BacktestOutcome, Suggestions, Verified
    from generator.backtest.report import Names
    from generator.build import Built
    from generator.capture.capture import Capture
    from generator.evaluate.template.contents import Contents
    from generator.evaluate.types import AlarmId

# The incident function takes up to four milliseconds for each event of an incident that grows long: some 20 seconds.
MOST_EVENTS = 5_000


@dataclass(frozen=True, slots=True)
class BacktestOptions:
    """The options of `obsgen backtest`. tolerance: in seconds. suggest: firings a month."""

    folder: Path
    night: Night
    against: str | None = None
    verify: bool = False
    tolerance: int = 300
    suggest: float | None = None
    only: tuple[str, ...] = ()
    incidents: bool = True


@dataclass(frozen=True, slots=True)
class EnvironmentBacktest:
    """An environment over a capture, and what its alarms did."""

    name: str
    built: Built
    contents: tuple[Contents, ...]
    store: CapturedStore
    capture: Capture
    night: Night
    names: Names
    result: Backtest


def night_hours(hours: str, zone: str) -> Night:
    """The night of the options `--night` and `--zone`."""
    from generator.backtest.night import BadNight, night

    try:
        return night(hours, zone)
    except BadNight as error:
        raise usage_error(str(error), "use --night 22:00-07:00 --zone Europe/Berlin") from None


def run_backtest(where: BuildTarget, options: BacktestOptions, form: str, most: int) -> None:
    """Print the backtest of each environment; exit 1 where no alarm could be judged."""
    with capture_errors():
        outcomes = list(backtest_outcomes(where, options))
    click.echo(_rendered(outcomes, form, most))
    if not any(outcome.result.alarms for outcome in outcomes):
        raise click.exceptions.Exit(FINDINGS)


def _rendered(outcomes: Sequence[BacktestOutcome], form: str, most: int) -> str:
    from generator.backtest import tables
    from generator.backtest.report import headline

    if form == "json":
        return json.dumps([outcome.data() for outcome in outcomes], indent=2)
    render = tables.markdown if form == "markdown" else tables.text
    blocks = []
    for outcome in outcomes:
        title = headline(outcome.environment, outcome.result, outcome.window)
        blocks.append("\n".join(render(title, list(outcome.parts(most)))))
    return "\n\n".join(blocks)


def backtest_outcomes(
    where: BuildTarget, options: BacktestOptions, built: Built | None = None
) -> Iterator[BacktestOutcome]:
    """The outcome of each environment. built: where the spec is compiled already. Raises BadCapture."""
    from generator.backtest.outcome import BacktestOutcome

    for run in _environments(where, options, built):
        yield BacktestOutcome(
            run.name,
            run.store.window,
            run.names,
            run.night,
            run.result,
            _incidents(run.result, run.built, run) if options.incidents else None,
            run.capture.is_complete and not run.capture.problems,
            _verified(run, options) if options.verify else None,
            None if options.against is None else _against(run, where, options, options.against),
            None if options.suggest is None else _suggested(run, options.suggest),
        )


def _environments(where: BuildTarget, options: BacktestOptions, built: Built | None) -> Iterator[EnvironmentBacktest]:
    """The backtest of each environment that is asked for; without one, of the capture's."""
    from generator.backtest.backtest import backtest
    from generator.backtest.captured_metric import data_window
    from generator.backtest.captured_store import CapturedStore
    from generator.capture.read import read_capture

    capture = read_capture(options.folder)
    window = data_window(capture)
    if window is None or window.end <= window.start:
        hint = "run `obsgen capture` without `--data-days 0`"
        raise usage_error(f"{shown(options.folder)} has no metric data", hint)
    if not where.environments and capture.environment:
        where = replace(where, environments=(capture.environment,))
    built = built or compiled_or_exit(where)
    for name in built.estates:
        if where.environments and name not in where.environments:
            continue
        contents, names = _built_contents(built, name, capture)
        store = CapturedStore(capture, window)
        result = _only(backtest(contents, store, options.night), options.only)
        if options.only and not result.alarms and not result.not_judged:
            raise usage_error(f"no alarm matches {' or '.join(options.only)}")
        yield EnvironmentBacktest(name, built, contents, store, capture, options.night, names, result)


def _built_contents(built: Built, name: str, capture: Capture) -> tuple[tuple[Contents, ...], Names]:
    """What the templates of an environment deploy, as built, and the names of accounts."""
    import yaml

    from generator.backtest.report import Names
    from generator.manifest import MANIFEST

    manifest = yaml.load(built.artifacts[f"{name}/{MANIFEST}"], Loader=yaml.CSafeLoader)
    contents = deployed_contents(built.spread[name].templates, manifest, capture)
    accounts = {account.id: account.name for account in capture.accounts}
    accounts |= {account.id: account.name for account in built.estates[name].accounts}
    accounts[str(manifest["stacks"][0]["account"])] = "hub"
    return contents, Names(accounts, len({region.region for region in capture.regions}) > 1)


def deployed_contents(templates: Any, manifest: Any, capture: Capture) -> tuple[Contents, ...]:
    """The contents of each stack; accounts of organizational units are those of the capture that no group names."""
    from generator.evaluate.template.template import read
    from generator.scenarios.deployed import deployed_stacks

    groups = [group for stack_set in manifest["stack_sets"] for group in stack_set["groups"]]
    explicit = {number for group in groups for number in group["accounts"].values()}
    explicit |= {str(stack["account"]) for stack in manifest["stacks"]}
    # By ID: organizations may have several accounts of one name.
    joined = {account.id: account.id for account in capture.accounts if account.id not in explicit}
    return tuple(read(stack) for stack in deployed_stacks(templates, manifest, joined))


def _only(result: Backtest, patterns: Sequence[str]) -> Backtest:
    """The alarms that are asked for; all were evaluated, as composites depend on others."""
    alarms = {alarm: row for alarm, row in result.alarms.items() if _is_wanted(alarm, patterns)}
    unknown = {alarm: reason for alarm, reason in result.not_judged.items() if _is_wanted(alarm, patterns)}
    return replace(result, alarms=alarms, not_judged=unknown)


def _is_wanted(alarm: AlarmId, patterns: Sequence[str]) -> bool:
    return not patterns or any(fnmatchcase(alarm.name, pattern) for pattern in patterns)


def _incidents(result: Backtest, built: Built, run: EnvironmentBacktest) -> IncidentCounts | str:
    """What the incident function of a build makes of the firings, by its own code; or why it is not asked."""
    from generator.backtest.incidents import incident_counts
    from generator.drill.incident_process import CoreFailed, Play, Result, simulated
    from generator.scenarios.events import state_change_events

    transitions = [change for change in result.result.transitions if change.alarm in result.alarms]
    if not any(change.after == "ALARM" for change in transitions):
        return incident_counts(Result(), 0, run.night)
    if len(transitions) > MOST_EVENTS:
        return f"not counted: {len(transitions):,} state changes; use --only for some alarms"
    resources = {alarm: row.resource for alarm, row in result.alarms.items()}
    events = state_change_events(resources, {}, transitions, run.store.window.start)
    try:
        (incidents,) = simulated(incident_package(built, run.name), [Play(events, 1000 * run.store.window.end)])
    except CoreFailed as error:
        raise usage_error(str(error)) from None
    firings = sum(row.totals.firings for row in result.alarms.values())
    return incident_counts(incidents, firings, run.night)


def _verified(run: EnvironmentBacktest, options: BacktestOptions) -> Verified:
    """Simulated firings against recorded ones; the simulation begins with the states that the alarms had."""
    from generator.backtest.account_alarms import account_alarms
    from generator.backtest.backtest import backtest
    from generator.backtest.outcome import Verified
    from generator.backtest.verify import verification

    accounts = account_alarms(run.capture)
    known = {alarm: account.state_at(run.store.start) for alarm, account in accounts.items()}
    states = {alarm: state for alarm, state in known.items() if state}
    result = _only(backtest(run.contents, run.store, run.night, states=states), options.only)
    verified = verification(
        result, accounts, (run.capture.from_ms // 1000, run.capture.to_ms // 1000), options.tolerance
    )
    return Verified(options.tolerance, verified)


def _against(run: EnvironmentBacktest, where: BuildTarget, options: BacktestOptions, revision: str) -> Against:
    """Old against new."""
    from generator.backtest.against import alarm_changes
    from generator.backtest.backtest import backtest
    from generator.backtest.outcome import Against
    from generator.cli.backtest_revision import contents_at
    from generator.cli.revision_files import built_at

    before = contents_at(where.out, revision, run.name, run.capture)
    if before is None:
        return Against(revision, None)
    old = _only(backtest(before, run.store, run.night), options.only)
    counts: IncidentCounts | str | None = None
    if options.incidents:
        built = built_at(where, revision, run.name)
        counts = f"not counted: {built}" if isinstance(built, str) else _incidents(old, built, run)
    return Against(revision, alarm_changes(old, run.result), counts)


def _suggested(run: EnvironmentBacktest, most_a_month: float) -> Suggestions:
    from generator.backtest.outcome import Suggestions
    from generator.backtest.suggest import suggestions

    return Suggestions(most_a_month, tuple(suggestions(run.result, run.store, run.night, most_a_month)))
