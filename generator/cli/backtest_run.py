"""A run of `obsgen backtest`: build the spec, read the capture, evaluate, and print."""

from __future__ import annotations

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
    from generator.backtest.night import Night
    from generator.backtest.report import Names
    from generator.backtest.tables import Part
    from generator.build import Built
    from generator.capture.capture import Capture
    from generator.evaluate.template.contents import Contents
    from generator.evaluate.types import AlarmId

# The incident function takes some milliseconds for each event; more than this say little as incidents.
MOST_EVENTS = 20_000


@dataclass(frozen=True, slots=True)
class BacktestOptions:
    """The options of `obsgen backtest`. tolerance: in seconds. suggest: firings a month."""

    folder: Path
    against: str | None
    verify: bool
    tolerance: int
    suggest: float | None
    only: tuple[str, ...]
    night: str
    zone: str
    most: int
    form: str


@dataclass(frozen=True, slots=True)
class EnvironmentBacktest:
    """An environment over a capture. names: of accounts, ID to name."""

    name: str
    built: Built
    contents: tuple[Contents, ...]
    store: CapturedStore
    capture: Capture
    night: Night
    names: Names
    result: Backtest


def run_backtest(where: BuildTarget, options: BacktestOptions) -> None:
    """Print the backtest of each environment; exit 1 where no alarm could be judged."""
    with capture_errors():
        runs = list(environment_backtests(where, options))
        for run in runs:
            print_run(run, where, options)
    if not any(run.result.alarms for run in runs):
        raise click.exceptions.Exit(FINDINGS)


def environment_backtests(where: BuildTarget, options: BacktestOptions) -> Iterator[EnvironmentBacktest]:
    """The backtest of each environment that is asked for; without one, of the capture's."""
    from generator.backtest.backtest import backtest
    from generator.backtest.captured_metric import data_window
    from generator.backtest.captured_store import CapturedStore
    from generator.backtest.night import BadNight, night
    from generator.capture.read import read_capture

    try:
        hours = night(options.night, options.zone)
    except BadNight as error:
        raise usage_error(str(error), "use --night 22:00-07:00 --zone Europe/Berlin") from None
    capture = read_capture(options.folder)
    window = data_window(capture)
    if window is None or window.end <= window.start:
        hint = "run `obsgen capture` without `--data-days 0`"
        raise usage_error(f"{shown(options.folder)} has no metric data", hint)
    if not where.environments and capture.environment:
        where = replace(where, environments=(capture.environment,))
    built = compiled_or_exit(where)
    for name in built.estates:
        contents, names = contents_of(built, name, capture)
        store = CapturedStore(capture, window)
        result = _only(backtest(contents, store, hours), options.only)
        if options.only and not result.alarms and not result.not_judged:
            raise usage_error(f"no alarm matches {' or '.join(options.only)}")
        yield EnvironmentBacktest(name, built, contents, store, capture, hours, names, result)


def contents_of(built: Built, name: str, capture: Capture) -> tuple[tuple[Contents, ...], Names]:
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
    from generator.scenarios.environment import deployed_stacks

    named = {number for stack_set in manifest["stack_sets"] for group in stack_set["groups"] for number in group["accounts"].values()}
    named |= {str(stack["account"]) for stack in manifest["stacks"]}
    joined = {account.name: account.id for account in capture.accounts if account.id not in named}
    return tuple(read(stack) for stack in deployed_stacks(templates, manifest, joined))


def _only(result: Backtest, patterns: Sequence[str]) -> Backtest:
    """The alarms that are asked for; all were evaluated, as composites depend on others."""
    alarms = {alarm: row for alarm, row in result.alarms.items() if _is_wanted(alarm, patterns)}
    unknown = {alarm: reason for alarm, reason in result.not_judged.items() if _is_wanted(alarm, patterns)}
    return replace(result, alarms=alarms, not_judged=unknown)


def _is_wanted(alarm: AlarmId, patterns: Sequence[str]) -> bool:
    return not patterns or any(fnmatchcase(alarm.name, pattern) for pattern in patterns)


def print_run(run: EnvironmentBacktest, where: BuildTarget, options: BacktestOptions) -> None:
    """Print one environment in the format that is asked for."""
    from generator.backtest import tables
    from generator.backtest.report import headline

    parts = list(parts_of(run, where, options))
    render = tables.markdown if options.form == "markdown" else tables.text
    click.echo("\n".join(render(headline(run.name, run.result, run.store.window), parts)))


def parts_of(run: EnvironmentBacktest, where: BuildTarget, options: BacktestOptions) -> Iterator[Part]:
    """Data first, then what is not judged, then numbers."""
    from generator.backtest.report import data_part, firings_part, not_judged_part

    yield data_part(run.result, run.names, options.most)
    not_judged = not_judged_part(run.result, run.names, options.most)
    if not_judged:
        yield not_judged
    if not run.result.alarms:
        return
    if options.verify:
        yield verified(run, options)
    yield firings_part(run.result, run.names, run.night, options.most)
    yield incidents_of(run)
    if options.against is not None:
        yield compared(run, where, options, options.against)
    if options.suggest is not None:
        from generator.backtest.suggest import suggestions
        from generator.backtest.suggest_report import suggest_part

        found = list(suggestions(run.result, run.store, run.night, options.suggest))
        yield suggest_part(found, options.suggest, run.names, options.most)


def verified(run: EnvironmentBacktest, options: BacktestOptions) -> Part:
    """Simulated firings against recorded ones; the simulation begins with the states that the alarms had."""
    from generator.backtest.account_alarms import account_alarms
    from generator.backtest.backtest import backtest
    from generator.backtest.verify import verification
    from generator.backtest.verify_report import verify_part

    accounts = account_alarms(run.capture)
    known = {alarm: found.state_at(run.store.start) for alarm, found in accounts.items()}
    states = {alarm: state for alarm, state in known.items() if state}
    result = _only(backtest(run.contents, run.store, run.night, states=states), options.only)
    found = verification(result, accounts, run.capture.from_ms // 1000, options.tolerance)
    return verify_part(found, run.names, options.tolerance, options.most)


def compared(run: EnvironmentBacktest, where: BuildTarget, options: BacktestOptions, revision: str) -> Part:
    """Old against new."""
    from generator.backtest.against import alarm_changes
    from generator.backtest.against_report import against_part
    from generator.backtest.backtest import backtest
    from generator.backtest.tables import Part
    from generator.cli.backtest_revision import contents_at

    before = contents_at(where.out, revision, run.name, run.capture)
    if before is None:
        return Part(f"Against {revision}", [f"{run.name} did not exist; every alarm is added"])
    old = _only(backtest(before, run.store, run.night), options.only)
    return against_part(alarm_changes(old, run.result), revision, run.names, options.most)


def incidents_of(run: EnvironmentBacktest) -> Part:
    """What the incident function makes of the firings."""
    from generator.backtest.incidents import incident_counts
    from generator.backtest.report import incidents_part
    from generator.drill.incident_process import CoreFailed, Play, simulated
    from generator.scenarios.events import state_change_events

    transitions = [change for change in run.result.result.transitions if change.alarm in run.result.alarms]
    if len(transitions) > MOST_EVENTS:
        return incidents_part(None, f"not counted: {len(transitions):,} state changes; use --only for some alarms")
    resources = {alarm: row.resource for alarm, row in run.result.alarms.items()}
    events = state_change_events(resources, {}, transitions, run.store.window.start)
    try:
        (played,) = simulated(incident_package(run.built, run.name), [Play(events, 1000 * run.store.window.end)])
    except CoreFailed as error:
        raise usage_error(str(error)) from None
    firings = sum(row.totals.firings for row in run.result.alarms.values())
    return incidents_part(incident_counts(played, firings, run.night))
