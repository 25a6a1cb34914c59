"""obsgen test --generate: tests of every alarm as it is now, of the spec or of any template, to standard output."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.exit import BAD_INPUT, FINDINGS, colour, out_of, usage_error
from generator.cli.options import BuildTarget, compiled_or_exit
from generator.cli.test_run import test_environment
from generator.findings import Finding
from generator.reading import content, shown
from generator.scenarios.deployed import template_environment
from generator.scenarios.environment import OWN_ACCOUNT, OWN_REGION, SimulatedEnvironment

if TYPE_CHECKING:
    from generator.drill.incident_process import Result
    from generator.evaluate.types import SimulationResult


def generate(where: BuildTarget, templates: Sequence[Path], parameters: Sequence[str]) -> None:
    """Print the tests; where none can be proposed, say why and exit with 1."""
    from generator.scenarios.propose import proposed

    if parameters and not templates:
        raise click.UsageError("--parameter requires --template")
    if templates:
        environments = [_template_environment(path, _values(parameters)) for path in templates]
    else:
        built = compiled_or_exit(where)
        environments = [test_environment(built, name) for name in built.estates]
    text = proposed(environments) + "".join(map(_groups, environments)) + "".join(map(_events, environments))
    if "\n  - name: " not in text:
        for line in text.splitlines():
            click.echo(line.strip(), err=True) if line.startswith("  # ") else None
        click.echo("no test was generated", err=True)
        raise click.exceptions.Exit(FINDINGS)
    click.echo(text, nl=False)


def _groups(environment: SimulatedEnvironment) -> str:
    """Tests of groups of alarms, with the numbers of incidents that the incident function's own code opens."""
    from generator.scenarios.counts import counted
    from generator.scenarios.propose_groups import proposed_groups

    proposals = list(proposed_groups(environment)) if environment.package else []
    text = ""
    drafts = [proposal.expecting({}, {"incidents": 0}) for proposal in proposals]
    for proposal, (simulation, result) in zip(proposals, _run(environment, drafts), strict=True):
        states = {transition.alarm: transition.after for transition in simulation.transitions}
        text += proposal.expecting(states, counted(result))
    return text


def _events(environment: SimulatedEnvironment) -> str:
    """Tests of event rules, with the incidents that the incident function's own code makes of their examples."""
    from generator.scenarios.propose_events import proposed_events

    proposals = list(proposed_events(environment)) if environment.package else []
    results = _run(environment, [proposal.draft for proposal in proposals])
    return "".join(
        proposal.expecting(result) for proposal, (_simulation, result) in zip(proposals, results, strict=True)
    )


def _run(environment: SimulatedEnvironment, drafts: Sequence[str]) -> Sequence[tuple[SimulationResult, Result]]:
    """What becomes of tests: of the alarms, and of their incidents."""
    from generator.drill.incident_process import CoreFailed, Play, simulated
    from generator.scenarios.events import events
    from generator.scenarios.language import read
    from generator.scenarios.suite import TestEnvironments, suite

    if not drafts:
        return []
    scenarios, wrong = suite(
        read(f"version: 1\ntests:\n{''.join(drafts)}".encode(), "proposed tests"),
        TestEnvironments({environment.name: environment}, (environment.name,)),
    )
    assert not wrong, wrong
    simulations = [scenario.simulate() for scenario in scenarios]
    plays = [
        Play(events(scenario, simulation), scenario.end * 1000)
        for scenario, simulation in zip(scenarios, simulations, strict=True)
    ]
    try:
        return list(zip(simulations, simulated(environment.package, plays), strict=True))
    except CoreFailed as error:
        raise usage_error(str(error)) from None


def _values(parameters: Sequence[str]) -> dict[str, str]:
    values = {}
    for parameter in parameters:
        name, equals, value = parameter.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{parameter!r} is not NAME=VALUE", param_hint="--parameter")
        values[name] = value
    return values


def _template_environment(path: Path, parameters: dict[str, str]) -> SimulatedEnvironment:
    from generator.evaluate.template.text import template_text
    from generator.evaluate.types import Deployed
    from generator.scenarios.parameters import refused

    try:
        read = template_text(content(path), str(path))
    except OSError as error:
        raise usage_error(f"{shown(path)}: {error.strerror or error}") from None
    if read.template is None:
        _print_findings(read.findings, read)
        raise click.exceptions.Exit(BAD_INPUT)
    wrong = refused(read.template, parameters, ())
    if wrong:
        raise usage_error(f"--parameter: {wrong[0].message}", wrong[0].hint)
    deployed = Deployed(read.template, OWN_ACCOUNT, OWN_REGION, "", tuple(sorted(parameters.items())), "stack")
    return template_environment(str(path), deployed)


def _print_findings(findings: Sequence[Finding], places: object) -> None:
    from generator.render import findings as rendered

    stream = out_of("err")
    text = rendered.render(findings, places, "text", "no test was generated", colour(stream))  # type: ignore[arg-type]
    click.echo(text, file=stream, nl=False)
