"""coverage.lock.yaml: read with the place of every mistake, and written with its waivers as they are."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import click
import yaml

from generator.cli.exit import BAD_INPUT, colour, out_of, usage_error
from generator.inventory.lock import LOCK_VERSION
from generator.inventory.locked import CoverageLock, CoverageWaiver, LockedNumbers, LockedType, Names
from generator.model.coverage import CountedAccount, CoverageCounts, PastCoverage
from generator.reading import content, shown
from generator.spec.coverage_lock import (
    LOCK,
    CoverageLockSpec,
    EnvironmentNumbersSpec,
    LockedTypeSpec,
    lock_faults,
)
from generator.staged_files import replace_file
from generator.yaml_edits import flow_text
from generator.yaml_syntax import NestingError, compose

HEADING = """\
# Written by `obsgen coverage --update`; review and commit it. Edit only `waivers`.
"""
_WAIVERS = "waivers: []"
_DEPTH = 60


def read_lock(path: Path, day: datetime.date) -> CoverageLock | None:
    """The lock; None where there is none. Prints what is wrong with it, and ends the command.

    day: of the capture with which it is compared.
    """
    from generator.render.findings import render
    from generator.spec.packs import read_data

    try:
        data = content(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise usage_error(f"{shown(path)}: {error.strerror or error}") from None
    spec, source, findings = read_data(data, shown(path), CoverageLockSpec)
    if spec is not None:
        findings = [*findings, *(replace(finding, file=shown(path)) for finding in lock_faults(spec, day))]
    if spec is None or findings:
        out = out_of("err")
        click.echo(render(findings, source, "text", "the lock has errors", colour(out)), file=out, nl=False)
        raise click.exceptions.Exit(BAD_INPUT)
    places = {(account, region) for account, regions in spec.accounts.items() for region in regions}
    types = {
        (account, region, name): _locked(of_type)
        for account, regions in spec.accounts.items()
        for region, of_region in regions.items()
        for name, of_type in of_region.items()
    }
    waivers = tuple(
        CoverageWaiver(number, it.type, it.name, tuple(it.accounts), tuple(it.regions), it.reason, it.until)
        for number, it in enumerate(spec.waivers)
    )
    numbers = {name: _numbers(of_name, spec.captures[name]) for name, of_name in spec.numbers.items()}
    return CoverageLock(frozenset(places), types, waivers, dict(spec.captures), numbers)


def _numbers(spec: EnvironmentNumbersSpec, day: datetime.date) -> LockedNumbers:
    accounts = [CountedAccount(name, of.day or day, of.counts, of.unread) for name, of in sorted(spec.accounts.items())]
    before = PastCoverage(spec.before.day, spec.before.counts) if spec.before else None
    return LockedNumbers(tuple(accounts), before)


def _locked(spec: LockedTypeSpec) -> LockedType:
    def names(value: list[str] | int) -> Names:
        return value if isinstance(value, int) else tuple(value)

    return LockedType(names(spec.unwatched), names(spec.silent), names(spec.no_data))


def write_lock(path: Path, lock: CoverageLock) -> bool:
    """Write the lock with the waivers that the file has, comments too; whether it changed."""
    before = content(path).decode("utf-8", "replace") if path.exists() else ""
    text = _text(lock, _waivers_text(before))
    if text == before:
        return False
    replace_file(path, text.encode(), inside=path.parent)
    return True


def _text(lock: CoverageLock, waivers: str) -> str:
    days = ", ".join(f"{flow_text(name)}: {day}" for name, day in sorted(lock.captures.items()))
    captures = [f"captures: {{{days}}}"] if days else []
    head = [HEADING.rstrip(), f"version: {LOCK_VERSION}", *captures, waivers.rstrip()]
    lines = [*head, *_numbers_text(lock), "accounts:"]
    types: dict[tuple[str, str], list[tuple[str, LockedType]]] = {}
    for (of_account, region, name), locked in sorted(lock.types.items()):
        types.setdefault((of_account, region), []).append((name, locked))
    account = ""
    for place in sorted(lock.places):
        if place[0] != account:
            account = place[0]
            lines.append(f"  {flow_text(account)}:")
        lines.append(f"    {flow_text(place[1])}:{'' if place in types else ' {}'}")
        lines += [f"      {flow_text(name)}: {flow_text(_data(locked))}" for name, locked in types.get(place, ())]
    if not lock.places:
        lines[-1] = "accounts: {}"
    return "\n".join(lines) + "\n"


def _data(locked: LockedType) -> dict[str, int | list[str]]:
    values = {"unwatched": locked.unwatched, "silent": locked.silent, "no_data": locked.no_data}
    return {name: value if isinstance(value, int) else list(value) for name, value in values.items() if value}


def _numbers_text(lock: CoverageLock) -> Iterator[str]:
    if lock.numbers:
        yield "numbers:"
    for environment, numbers in sorted(lock.numbers.items()):
        yield f"  {flow_text(environment)}:"
        if numbers.before:
            yield f"    before: {_counts_text(numbers.before.counts, numbers.before.day)}"
        yield f"    accounts:{'' if numbers.accounts else ' {}'}"
        for row in numbers.accounts:
            day = None if row.day == lock.captures[environment] else row.day
            yield f"      {flow_text(row.name)}: {_counts_text(row.counts, day, row.unread)}"


def _counts_text(counts: CoverageCounts, day: datetime.date | None, unread: int = 0) -> str:
    all_numbers = {**asdict(counts), "unread": unread}
    numbers = {name: count for name, count in all_numbers.items() if count or name == "resources"}
    text = ", ".join(f"{name}: {count}" for name, count in numbers.items())
    return f"{{day: {day}, {text}}}" if day else f"{{{text}}}"


def _waivers_text(text: str) -> str:
    """The waivers of a file with their comments: from their key to the next one."""
    try:
        root = compose(text, _DEPTH)
    except (NestingError, yaml.YAMLError):
        root = None
    if not isinstance(root, yaml.MappingNode):
        return _WAIVERS
    if root.flow_style:
        values = [value for key, value in root.value if key.value == "waivers"]
        return f"waivers: {text[values[0].start_mark.index : values[0].end_mark.index]}" if values else _WAIVERS
    starts = [(key.value, key.start_mark.index) for key, _ in root.value]
    for number, (name, start) in enumerate(starts):
        if name == "waivers":
            end = starts[number + 1][1] if number + 1 < len(starts) else len(text)
            return text[start:end]
    return _WAIVERS


__all__ = ["LOCK", "read_lock", "write_lock"]
