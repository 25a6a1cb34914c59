"""obsgen probe"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from generator.cli.exit import FINDINGS, usage_error
from generator.cli.options import build_target, compiled_or_exit, target_options
from generator.findings import suggest

if TYPE_CHECKING:
    from generator.build import Built
    from generator.model.estate import Estate
    from generator.model.probes import Probe


@click.command(name="probe")
@click.argument("name", nargs=-1)
@click.option(
    "--secret",
    "secrets",
    multiple=True,
    metavar="NAME=VARIABLE",
    help="Environment variable with the value of a secret. Repeatable.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@target_options
def command(
    name: tuple[str, ...],
    secrets: tuple[str, ...],
    as_json: bool,
    file: Path,
    out: Path | None,
    environment: tuple[str, ...],
) -> None:
    """Run probes once on this machine, by the runner's code.

    Runs every probe of the file, or those called NAME. Nothing is sent to AWS. Unlike the runner on AWS, it may
    connect to private addresses and to this machine.

    \b
    Examples:
      obsgen probe
      obsgen probe checkout -e prod
      CHECKOUT_TOKEN=… obsgen probe checkout --secret shop/probe=CHECKOUT_TOKEN

    \b
    Exit codes:
      0  every probe is as expected
      1  a probe failed
      2  bad usage or input, or no such probe
    """
    built = compiled_or_exit(build_target(file, out, environment))
    estate = _estate(built)
    probes = _chosen(estate, name)
    results = _run(built, estate, probes, _values(secrets))
    if as_json:
        click.echo(json.dumps(results, indent=2))
    else:
        click.echo("\n".join(_lines(probes, results)))
    raise click.exceptions.Exit(FINDINGS if any(result["kind"] for result in results) else 0)


def _estate(built: Built) -> Estate:
    """The one environment with probes; of several the first that the file names."""
    estate = next((estate for estate in built.estates.values() if estate.probes), None)
    if estate is None:
        raise usage_error(f"no probes in {', '.join(built.estates)}", "add them to `probes`")
    return estate


def _chosen(estate: Estate, names: Sequence[str]) -> list[Probe]:
    by_key = {probe.key: probe for probe in estate.probes}
    for name in names:
        if name not in by_key:
            raise usage_error(f"no probe `{name}` in {estate.environment}", suggest(name, by_key))
    return [by_key[name] for name in dict.fromkeys(names or by_key)]


def _values(secrets: Sequence[str]) -> dict[str, str]:
    """Secret to value, from environment variables: a value on the command line would be in the shell's history."""
    values = {}
    for pair in secrets:
        name, equals, variable = pair.rpartition("=")
        if not equals or not name:
            raise usage_error(f"--secret {pair}: expected NAME=VARIABLE", "such as shop/probe=TOKEN")
        if variable not in os.environ:
            raise usage_error(f"--secret {pair}: the environment has no variable {variable}", f"export {variable}=…")
        values[name] = os.environ[variable]
    return values


def _run(built: Built, estate: Estate, probes: Sequence[Probe], secrets: Mapping[str, str]) -> list[dict[str, Any]]:
    from generator.drill import probe_runner
    from generator.drill.package_run import PackageFailed, answer_of
    from generator.packages import unpacked
    from generator.render.probe_settings import probe_entry

    packages = built.packages[estate.environment]
    package = unpacked(next(content for key, content in packages.items() if key.split("/")[1] == "probes"))
    request = {"probes": [probe_entry(probe, estate) for probe in probes], "secrets": secrets}
    try:
        answer = answer_of(Path(probe_runner.__file__), package, request, "the probe runner")
    except PackageFailed as error:
        raise usage_error(str(error)) from None
    return list(answer)


def _lines(probes: Sequence[Probe], results: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    by_name = {result["probe"]: result for result in results}
    width = max(len(probe.key) for probe in probes)
    for probe in probes:
        result = by_name[probe.name]
        state = "failed" if result["kind"] else "up    "
        days = result["days_left"]
        left = f", certificate valid for {days:.0f} days" if days is not None and not result["kind"] else ""
        what = result["reason"] or f"{result['duration_ms']} ms{left}"
        yield f"{probe.key:{width}}  {state}  {what}"
