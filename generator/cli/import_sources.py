"""The sources of `obsgen import`: read, or what is wrong with each, and exit 2."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import click

from generator.aws.regions import REGIONS
from generator.cli.collector import without_collector
from generator.cli.exit import BAD_INPUT, colour, out_of, usage_error
from generator.findings import suggest
from generator.importer.errors import BadSources
from generator.importer.read import ReadOptions, read_sources
from generator.importer.source import STANDARD_INPUT
from generator.importer.types import ImportSource, SourceKind
from generator.reading import MIB, MOST_BUILT
from generator.scenarios.parameters import refused

_ACCOUNT = re.compile(r"\d{12}")


def read_or_exit(sources: Sequence[Path], options: ReadOptions) -> ImportSource:
    """All sources; where one cannot be read, every fault of every one is printed, and the command ends."""
    if options.account and not _ACCOUNT.fullmatch(options.account):
        raise usage_error(f"--account: expected the 12 digits of an account, got `{options.account}`")
    if options.region and options.region not in REGIONS:
        raise usage_error(f"--region: there is no AWS Region `{options.region}`", suggest(options.region, REGIONS))
    if STANDARD_INPUT in sources:
        options = replace(options, standard_input=_standard_input())
    try:
        with without_collector():
            source = read_sources(sources, options)
    except BadSources as error:
        _print_faults(error)
        raise click.exceptions.Exit(BAD_INPUT) from None
    _check_parameters(source, options.parameters)
    return source


def _standard_input() -> bytes:
    """What the source `-` is, at most as much as of a file."""
    if sys.stdin.isatty():
        raise usage_error("the source - is standard input, which is a terminal", "pipe a template or a state into it")
    text = sys.stdin.buffer.read(MOST_BUILT + 1)
    if len(text) > MOST_BUILT:
        raise usage_error(f"standard input has more than {MOST_BUILT // MIB} MB", "write it to files by account")
    return text


def _print_faults(error: BadSources) -> None:
    from generator.render import findings

    stream = out_of("err")
    for problem in error.problems:
        text = findings.render(problem.findings, problem.text, "text", "", colour(stream))
        click.echo(text.rsplit("\n", 2)[0] if text.count("\n") > 1 else text.rstrip("\n"), file=stream)
    for message in error.messages:
        click.echo(f"error: {message}", file=stream)
    number = len({problem.text.name for problem in error.problems}) + bool(error.messages)
    click.echo(f"nothing was written: {number} of the sources cannot be read", file=stream)


def _check_parameters(source: ImportSource, parameters: Mapping[str, str]) -> None:
    """Parameters that no source has, and values that their template does not allow."""
    faults: dict[str, str] = {}
    declared_names: dict[str, None] = {}
    kinds = {stack.kind for stack in source.stacks}
    if parameters and kinds == {SourceKind.CAPTURE}:
        raise usage_error("--parameter is for templates and plans; a capture has no parameters")
    for stack in source.stacks:
        declared = stack.deployed.template.get("Parameters")
        names = [str(name) for name in declared] if isinstance(declared, Mapping) else []
        declared_names |= dict.fromkeys(names)
        values = {name: value for name, value in parameters.items() if name in names}
        for finding in refused(stack.deployed.template, values, ()):
            faults[finding.message] = finding.hint
    for name in parameters:
        if name not in declared_names:
            hint = suggest(name, declared_names, "remove it: the sources have no parameters")
            faults[f"no source has a parameter `{name}`"] = hint
    if faults:
        message, hint = next(iter(faults.items()))
        further = "".join(f"\n  --parameter: {other}" for other in list(faults)[1:])
        raise usage_error(f"--parameter: {message}{further}", hint)
