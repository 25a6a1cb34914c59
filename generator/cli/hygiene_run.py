"""The work of `obsgen hygiene`: capture and file in, report and patches out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.apply_texts import apply_texts
from generator.cli.captures import capture_errors
from generator.cli.exit import FINDINGS, usage_error
from generator.cli.options import BuildTarget, build_target, compiled_or_exit
from generator.findings import suggest
from generator.hygiene.types import FindingLevel, HygieneReport, Thresholds
from generator.wording import first_lines

if TYPE_CHECKING:
    from generator.build import Built
    from generator.capture.capture import Capture
    from generator.hygiene.patches import Patched

DEFAULT_FILE = Path("observability.yaml")
_MOST_EFFECTS = 20


@dataclass(frozen=True, slots=True)
class HygieneOptions:
    """What was asked for. file: None for the default one, where it exists. fail_on: a level, or `never`."""

    file: Path | None
    environment: str | None
    rules: tuple[str, ...]
    thresholds: Thresholds
    form: str
    fail_on: str
    apply: bool


def run_hygiene(folder: Path, options: HygieneOptions) -> None:
    """Judge a capture, print the report and its patches, or make them; exits with 1 where there are findings."""
    from generator.capture.read import read_capture
    from generator.hygiene.document import document
    from generator.hygiene.judge import judge
    from generator.hygiene.owned import owned_alarms
    from generator.hygiene.patches import patched
    from generator.hygiene.registry import registry

    known = [rule.name for rule in registry()]
    for name in options.rules:
        if name not in known:
            raise usage_error(f"there is no rule `{name}`", suggest(name, known))
    with capture_errors():
        capture = read_capture(folder)
        target = _target(capture, options)
        built = compiled_or_exit(target) if target else None
        environment = _environment(built, capture, options) if built else ""
        index = owned_alarms(built.estates[environment]) if built else None
        report, subjects = judge(capture, index, options.thresholds, options.rules)
        patches = patched(report.findings, subjects, built.source) if built else None
        data = document(capture, report, patches, built.source if built else None, options.thresholds)
    if options.apply:
        if target is None or patches is None:
            raise usage_error("--apply changes the file of an environment, and there is none", "use --file")
        apply_texts(patches.texts, replace(target, environments=()), _effects(patches, environment))
    _print(data, patches, options)
    raise click.exceptions.Exit(FINDINGS if _fails(report, options.fail_on) else 0)


def _target(capture: Capture, options: HygieneOptions) -> BuildTarget | None:
    """What to build; None for a capture of others. Only a file that is named has to exist."""
    environment = options.environment or capture.environment
    file = options.file or DEFAULT_FILE
    is_named = options.file is not None or options.environment is not None
    if not is_named and (capture.environment is None or not file.exists()):
        return None
    if environment is None:
        raise usage_error("the capture is of no environment", "use --environment")
    return build_target(file, None, (environment,))


def _environment(built: Built, capture: Capture, options: HygieneOptions) -> str:
    return options.environment or capture.environment or next(iter(built.estates))


def _fails(report: HygieneReport, fail_on: str) -> bool:
    levels = {"problem": (FindingLevel.PROBLEM,), "notice": tuple(FindingLevel), "never": ()}[fail_on]
    return any(finding.level in levels for finding in report.findings)


def _print(data: Mapping[str, object], patches: Patched | None, options: HygieneOptions) -> None:
    from generator.hygiene.text import diff_text, markdown_lines, text_lines

    diff = diff_text(patches.texts) if patches else ""
    if options.form == "json":
        click.echo(json.dumps({**data, "diff": diff, "applied": options.apply and bool(diff)}, indent=1))
        return
    lines = [*(markdown_lines(data) if options.form == "markdown" else text_lines(data))]
    if diff and options.apply:
        names = ", ".join(patches.texts if patches else ())
        lines += ["", f"Changed: {names}"]
    elif diff and options.form == "markdown":
        lines += ["", "### Patch", "", "````diff", diff.rstrip("\n"), "````"]
    elif diff:
        lines += ["", "Patch (--apply changes the file):", diff.rstrip("\n")]
    click.echo("\n".join(lines))


def _effects(patches: Patched, environment: str) -> Callable[[Built, Built], None]:
    """Ends the command where more would change than what the patches are for.

    All environments are compared: the entry of an alarm is for every one of them.
    """

    def require_nothing_else(before: Built, after: Built) -> None:
        from generator.hygiene.effects import side_effects

        effects = list(side_effects(before.estates, after.estates, patches.patches, environment))
        if not effects:
            return
        click.echo("nothing was changed: the patches would change more than the settings that they are for", err=True)
        for line in first_lines([f"  {effect}" for effect in effects], _MOST_EFFECTS, "  "):
            click.echo(line, err=True)
        click.echo("  = help: choose other patches by --rule, or change the file by hand", err=True)
        raise click.exceptions.Exit(FINDINGS)

    return require_nothing_else
