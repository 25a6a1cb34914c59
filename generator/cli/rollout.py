"""Shared by `deploy`, `destroy` and other commands at AWS: the built environment, clients, and errors of AWS."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from generator.build import Built
from generator.cli.exit import FINDINGS, AwsErrorExit, usage_error, with_hint
from generator.cli.options import BuildTarget, build_target, compare_with_out, compiled_or_exit
from generator.cli.progress import Progress
from generator.findings import parse_path
from generator.manifest import HUB_TEMPLATE, MANIFEST
from generator.reading import MOST_BUILT, content
from generator.workspace import own_files

if TYPE_CHECKING:
    from generator.rollout.aws.clients import Aws
    from generator.rollout.deploy.desired import DesiredState
    from generator.rollout.operate.dead_letters import Queues

INTERRUPTED = 130
REBUILD_HINT = "run `obsgen build` to write it again"


@dataclass(frozen=True, slots=True)
class DeployTarget:
    """One environment that was built, and nothing else. template: the hub's, whole, as data.

    templates: of all stacks, by file, each side's in the order of the rollout.
    """

    built: Built
    desired: DesiredState
    template: Mapping[str, Any]
    packages: Mapping[str, bytes]
    templates: Mapping[str, Mapping[str, Any]]


def deploy_target(file: Path, out: Path | None, environment: tuple[str, ...]) -> DeployTarget:
    """The environment to deploy; ends the command if out/ is not what build would write."""
    where = build_target(file, out, environment)
    built = compiled_or_exit(where, lint=True)
    name = one_environment(built)
    _refuse_stale(built, where, name)
    template, templates = built.templates[name][HUB_TEMPLATE], built.stacks(name)
    return DeployTarget(built, desired_of(built, name), template, built.packages[name], templates)


def desired_from_out(out: Path, environment: str | None) -> DesiredState:
    """The desired state according to out/, even if it is out of date: for commands that need its names only."""
    from generator.rollout.deploy.manifest_reader import read

    built = sorted(path.parent.name for path in out.glob(f"*/{MANIFEST}"))
    if not built:
        raise usage_error(f"no build output in {out}", "run `obsgen build`, or set --out to its output folder")
    name = environment or built[0]
    if name not in built:
        raise usage_error(f"there is no environment `{name}` in {out}", f"use one of {', '.join(built)}")
    if not environment and len(built) > 1:
        raise usage_error(f"there are {len(built)} environments: {', '.join(built)}", "use --environment to choose one")
    try:
        files = {file: content(out / name / file, MOST_BUILT) for file in own_files(out / name)}
    except OSError as error:
        raise usage_error(f"{error.filename or out / name}: {error.strerror or error}") from None
    with as_built(out / name):
        return read(manifest_in(files[MANIFEST], out / name / MANIFEST), files)


def manifest_in(text: bytes, file: Path) -> Any:
    """The data of a manifest, by the loader that accepts any bytes; a fault in them ends the command."""
    from generator.spec.load import load

    loaded = load(text, str(file))
    if loaded.findings:
        first = loaded.findings[0]
        position = f":{first.mark.line}:{first.mark.column}" if first.mark else ""
        raise usage_error(f"{file}{position}: {first.message}", REBUILD_HINT)
    return loaded.data


def queues_in(manifest: Any, file: str | Path) -> Queues:
    """The queues that a manifest lists; ends the command where it lists none."""
    from generator.rollout.operate.dead_letters import OldManifest, queues_of

    try:
        return queues_of(manifest)
    except OldManifest:
        raise usage_error(f"{file} has no list of queues", REBUILD_HINT) from None


@contextmanager
def as_built(folder: Path) -> Iterator[None]:
    """Turn NotWhatWasBuilt into a usage error."""
    from generator.rollout.deploy.desired import NotWhatWasBuilt

    try:
        yield
    except NotWhatWasBuilt as error:
        raise usage_error(f"{folder}: {error}", REBUILD_HINT) from None


def aws(profile: str | None) -> Aws:
    """Clients with the credentials of a profile."""
    from generator.rollout.aws.clients import Aws

    return Aws(profile)


def progress() -> Progress:
    """Progress on the standard error, live on a terminal."""
    return Progress(sys.stderr.isatty())


def warn_about_clock(caller: Aws) -> None:
    """Warn if this machine's clock differs from the clock of AWS, by which times are written and compared."""
    from generator.render.incident_words import age

    ahead = caller.clock_ahead_ms
    if ahead:
        where = "ahead of" if ahead > 0 else "behind"
        off = f"{age(abs(ahead))} {where} AWS"
        click.echo(f"Warning: the clock of this machine is {off}; times are those of AWS", err=True)


@contextmanager
def exit_on_aws_error(reporter: Progress, target: DeployTarget | None = None) -> Iterator[None]:
    """Turn errors of AWS into a message with exit 3, and if known the line of the spec that the resource comes from."""
    from generator.rollout.aws.errors import AwsError
    from generator.rollout.aws.stack import StackFailed

    try:
        yield
    except StackFailed as error:
        reporter.end()
        where = _from_the_spec(target, error.resource) if target else ""
        raise AwsErrorExit(with_hint(f"{error}{where}", error.hint)) from None
    except AwsError as error:
        reporter.end()
        raise AwsErrorExit(with_hint(str(error), error.hint)) from None
    except KeyboardInterrupt:
        reporter.end()
        click.echo(
            "Interrupted. Operations already started continue in AWS. Run the command again to follow and finish them.",
            err=True,
        )
        raise click.exceptions.Exit(INTERRUPTED) from None


def one_environment(built: Built) -> str:
    """The only environment; ends the command if there are several. The one that owns shared resources goes first."""
    names = list(built.estates)
    if len(names) == 1:
        return names[0]
    first = next((name for name, estate in built.estates.items() if estate.sharing and estate.sharing.make), names[0])
    raise usage_error(
        f"there are {len(names)} environments: {', '.join(names)}", f"use --environment to choose one: {first} first"
    )


def _refuse_stale(built: Built, where: BuildTarget, name: str) -> None:
    artifacts = {path: text for path, text in built.artifacts.items() if path.startswith(f"{name}/")}
    differences = compare_with_out(where.out, artifacts, built.environments)
    stale = [change.path for change in differences if change.path.startswith(f"{name}/")]
    if stale:
        click.echo(f"{', '.join(stale)}: out of date\n  = help: run `obsgen build` and commit the result", err=True)
        raise click.exceptions.Exit(FINDINGS)


def desired_of(built: Built, name: str) -> DesiredState:
    """The desired state of one environment of a build."""
    import yaml

    from generator.rollout.deploy.desired import NotWhatWasBuilt
    from generator.rollout.deploy.manifest_reader import read

    files = {
        path.rpartition("/")[2]: content for path, content in built.artifacts.items() if path.startswith(f"{name}/")
    }
    try:
        manifest = yaml.load(files[MANIFEST], Loader=yaml.CSafeLoader)
        return read(manifest, files, built.estates[name].organization.id)
    except NotWhatWasBuilt as error:
        raise usage_error(str(error), "run `obsgen build`") from None


def _from_the_spec(target: DeployTarget, logical_id: str) -> str:
    """The place in the spec that a resource comes from: its template says the path in Metadata."""
    every = (target.template, *target.templates.values())
    resource: Mapping[str, Any] = next(
        (template["Resources"][logical_id] for template in every if logical_id in template["Resources"]), {}
    )
    path = resource.get("Metadata", {}).get("obsgen", {}).get("path", "")
    source = target.built.source.at(parse_path(path))
    span = source.span(parse_path(path), "key") if path else None
    return f"\n  = from: {source.name}:{span.line}: {path}" if span else ""
