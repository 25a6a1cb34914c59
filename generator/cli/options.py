"""Options that several commands share, and the build of what they name."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import click

from generator.build import Built, Inputs, build
from generator.built_files import BuiltFiles
from generator.cache import lint_cache
from generator.cli.collector import without_collector
from generator.cli.exit import exit_code_of, out_of, print_findings, usage_error
from generator.findings import has_errors
from generator.included_files import IncludedFiles
from generator.reading import content, shown
from generator.workspace import FileChange, PackFiles, changes, handler_files, own_pack_files

Command = TypeVar("Command", bound=Callable[..., Any])

# What a night is unless options say otherwise.
NIGHT_HOURS, NIGHT_ZONE = "22:00-07:00", "UTC"


@dataclass(frozen=True, slots=True)
class BuildTarget:
    """A spec, its output folder, and the environments to build."""

    file: Path
    out: Path
    environments: tuple[str, ...]


def spec_of(ctx: click.Context) -> dict[str, Any]:
    """The data of the spec, for shell completion; empty if it cannot be read."""
    from generator.spec.parts import load_spec

    file = Path(ctx.params.get("file") or "observability.yaml")
    try:
        return load_spec(content(file), str(file), IncludedFiles(file)).data or {}
    except OSError:
        return {}


def _environments(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Shell completion: the environments of the spec, as far as it can be read."""
    try:
        return [str(name) for name in spec_of(ctx)["environments"] if str(name).startswith(incomplete)]
    except (KeyError, TypeError):
        return []


environments_option = click.option(
    "--environment",
    "-e",
    multiple=True,
    shell_complete=_environments,
    help="Environment. Repeatable.  [default: all]",
)
spec_option = click.option(
    "--file", "-f", type=click.Path(path_type=Path), default="observability.yaml", show_default=True, help="The spec."
)


def target_options(command: Command) -> Command:
    """Add `--file`, `--out` and `--environment` to a command."""
    for option in (
        environments_option,
        click.option(
            "--out", "-o", type=click.Path(path_type=Path), help="Output folder.  [default: out beside the file]"
        ),
        spec_option,
    ):
        command = option(command)
    return command


def build_target(file: Path, out: Path | None, environment: tuple[str, ...]) -> BuildTarget:
    """The target of the options: out/ is beside the spec by default."""
    return BuildTarget(file, out or file.parent / "out", tuple(dict.fromkeys(environment)))


def read_spec(file: Path) -> bytes:
    """The bytes of the spec; a message and exit 2 where there are none."""
    try:
        return content(file)
    except FileNotFoundError:
        hint = "run `obsgen init` to create one, or `obsgen import` to write one from alarms that exist"
        raise usage_error(f"{file}: file not found", hint) from None
    except IsADirectoryError:
        raise usage_error(f"{file} is a directory", f"use --file {file}/observability.yaml") from None
    except OSError as error:
        raise usage_error(f"{file}: {error.strerror or error}") from None


def read_own_packs(file: Path, folder: str = "packs") -> dict[str, bytes]:
    """The packs beside the spec; a message and exit 2 where one cannot be read. folder: `packs` or `event_packs`."""
    try:
        return own_pack_files(file, folder)
    except OSError as error:
        raise usage_error(f"{error.filename}: {error.strerror or error}") from None


def compare_with_out(out: Path, artifacts: Mapping[str, bytes], environments: tuple[str, ...]) -> list[FileChange]:
    """Files in `out` that differ; ends the command with exit 2 if one cannot be read."""
    try:
        return changes(out, artifacts, environments)
    except OSError as error:
        raise usage_error(f"{error.filename or out}: {error.strerror or error}") from None


def compiled(where: BuildTarget, *, lint: bool = True) -> Built:
    """A build of the spec, nothing printed."""
    return built_of(build_inputs(where, lint=lint))


def build_inputs(where: BuildTarget, *, lint: bool = True) -> Inputs:
    """The inputs of a build, without those that are installed with obsgen."""
    return Inputs(
        text=read_spec(where.file),
        name=shown(where.file),
        handlers={},
        today=datetime.datetime.now(datetime.UTC).date(),
        environments=where.environments,
        lint=lint,
        own_packs=read_own_packs(where.file),
        own_event_packs=read_own_packs(where.file, "event_packs"),
        parts=IncludedFiles(where.file),
        before=BuiltFiles(where.out),
    )


def built_of(inputs: Inputs, *, cache: bool = True) -> Built:
    """A build of what is given with what is installed. cache: whether what cfn-lint found earlier is used."""
    import importlib.metadata

    version = importlib.metadata.version("obsgen")
    whole = replace(
        inputs, handlers=handler_files(), packs=PackFiles(), event_packs=PackFiles("event_packs"), version=version
    )
    with without_collector():
        return build(whole, lint_cache() if cache else {})


def compiled_or_exit(where: BuildTarget, *, lint: bool = False) -> Built:
    """A build whose errors end the command; for commands that need a whole estate."""
    built = compiled(where, lint=lint)
    if has_errors(built.findings):
        print_findings(built, "no output: fix the errors first", out=out_of("err"))
        raise click.exceptions.Exit(exit_code_of(built))
    return built


def incident_package(built: Built, environment: str) -> dict[str, bytes]:
    """The files of the package that both functions of the incidents have, as they would be deployed."""
    from generator.manifest import INCIDENT_PACKAGE
    from generator.packages import unpacked

    packages = built.packages[environment]
    return unpacked(next(content for key, content in packages.items() if key.split("/")[1] == INCIDENT_PACKAGE))
