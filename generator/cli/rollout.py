"""What `deploy`, `destroy` and their like begin with: what was built, whose credentials, what AWS refuses."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from generator.build import HUB_TEMPLATE, Built
from generator.cli.exit import FINDINGS, AwsErrorExit, usage_error
from generator.cli.options import BuildTarget, build_target, compare_with_out, compiled_or_exit
from generator.cli.progress import Progress
from generator.findings import parse_path
from generator.manifest import MANIFEST
from generator.reading import MOST_BUILT, content
from generator.workspace import own_files

if TYPE_CHECKING:
    from generator.rollout.aws.clients import Aws
    from generator.rollout.deploy.desired import DesiredState
    from generator.rollout.operate.dead_letters import Queues

INTERRUPTED = 130
REBUILD_HINT = "`obsgen build` writes it anew"


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
    """What is to be rolled out; ends the command where out/ is not what build would write."""
    where = build_target(file, out, environment)
    built = compiled_or_exit(where, lint=True)
    name = one_environment(built)
    _refuse_stale(built, where, name)
    template, templates = built.templates[name][HUB_TEMPLATE], built.stacks(name)
    return DeployTarget(built, desired_of(built, name), template, built.packages[name], templates)


def desired_from_out(out: Path, environment: str | None) -> DesiredState:
    """What lies in out/, whether or not build would write it so today; for what only needs to know its names."""
    from generator.rollout.deploy.manifest_reader import read

    built = sorted(path.parent.name for path in out.glob(f"*/{MANIFEST}"))
    if not built:
        raise usage_error(f"nothing was built in {out}", "`obsgen build`, or --out where it wrote")
    name = environment or built[0]
    if name not in built:
        raise usage_error(f"there is no environment `{name}` in {out}", f"one of {', '.join(built)}")
    if not environment and len(built) > 1:
        raise usage_error(f"there are {len(built)} environments: {', '.join(built)}", "one at a time: --environment")
    try:
        files = {file: content(out / name / file, MOST_BUILT) for file in own_files(out / name)}
    except OSError as error:
        raise usage_error(f"{error.filename or out / name}: {error.strerror or error}") from None
    with as_built(out / name):
        return read(manifest_in(files[MANIFEST], out / name / MANIFEST), files)


def manifest_in(text: bytes, file: Path) -> Any:
    """The data of a manifest, by the loader that takes any bytes; what is wrong with them ends the command."""
    from generator.spec.load import load

    loaded = load(text, str(file))
    if loaded.findings:
        first = loaded.findings[0]
        build_target = f":{first.mark.line}:{first.mark.column}" if first.mark else ""
        raise usage_error(f"{file}{build_target}: {first.message}", REBUILD_HINT)
    return loaded.data


def queues_in(manifest: Any, file: str | Path) -> Queues:
    """The queues that a manifest lists; ends the command where it lists none."""
    from generator.rollout.operate.dead_letters import OldManifest, queues_of

    try:
        return queues_of(manifest)
    except OldManifest:
        raise usage_error(f"{file} does not say which queues there are", REBUILD_HINT) from None


@contextmanager
def as_built(folder: Path) -> Iterator[None]:
    """What is not as a build writes it becomes a sentence."""
    from generator.rollout.deploy.desired import NotWhatWasBuilt

    try:
        yield
    except NotWhatWasBuilt as error:
        raise usage_error(f"{folder}: {error}", REBUILD_HINT) from None


def aws(profile: str | None) -> Aws:
    """Clients with these credentials."""
    from generator.rollout.aws.clients import Aws

    return Aws(profile)


def progress() -> Progress:
    """Lively where somebody looks."""
    return Progress(sys.stderr.isatty())


def warn_about_clock(caller: Aws) -> None:
    """Warn where this machine's clock is not AWS's; what is written and compared is of AWS's."""
    from generator.render.incident_words import age

    ahead = caller.clock_ahead_ms
    if ahead:
        where = "ahead of" if ahead > 0 else "behind"
        click.echo(f"Warning: this machine's clock is {age(abs(ahead))} {where} AWS's; times here are AWS's", err=True)


@contextmanager
def exit_on_aws_error(shown: Progress, here: DeployTarget | None = None) -> Iterator[None]:
    """What AWS refuses becomes a sentence, an exit code, and where known the line of the spec it comes from."""
    from generator.rollout.aws.errors import AwsError
    from generator.rollout.aws.stack import StackFailed

    try:
        yield
    except StackFailed as error:
        shown.end()
        where = _from_the_spec(here, error.resource) if here else ""
        raise AwsErrorExit(f"{error}{where}\n  = help: {error.hint}") from None
    except AwsError as error:
        shown.end()
        raise AwsErrorExit(f"{error}\n  = help: {error.hint}") from None
    except KeyboardInterrupt:
        shown.end()
        click.echo("stopped looking; what was begun goes on at AWS. Run it again to follow and finish it.", err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None


def one_environment(built: Built) -> str:
    """One at a time: two rollouts are two decisions. What accounts have once is made by its owner, who goes first."""
    names = list(built.estates)
    if len(names) == 1:
        return names[0]
    first = next((name for name, estate in built.estates.items() if estate.sharing and estate.sharing.make), names[0])
    raise usage_error(
        f"there are {len(names)} environments: {', '.join(names)}", f"one at a time: --environment {first}"
    )


def _refuse_stale(built: Built, where: BuildTarget, name: str) -> None:
    artifacts = {path: text for path, text in built.artifacts.items() if path.startswith(f"{name}/")}
    found = compare_with_out(where.out, artifacts, built.environments)
    stale = [change.path for change in found if change.path.startswith(f"{name}/")]
    if stale:
        click.echo(
            f"{', '.join(stale)}: not what build would write\n  = help: obsgen build, and have it reviewed", err=True
        )
        raise click.exceptions.Exit(FINDINGS)


def desired_of(built: Built, name: str) -> DesiredState:
    """What a build asks for in one environment."""
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
        raise usage_error(str(error), "obsgen build") from None


def _from_the_spec(here: DeployTarget, logical_id: str) -> str:
    """The place in the spec that a resource comes from: its template says the path in Metadata."""
    every = (here.template, *here.templates.values())
    made: Mapping[str, Any] = next(
        (one["Resources"][logical_id] for one in every if logical_id in one["Resources"]), {}
    )
    path = made.get("Metadata", {}).get("obsgen", {}).get("path", "")
    source = here.built.source.at(parse_path(path))
    span = source.span(parse_path(path), "key") if path else None
    return f"\n  = from: {source.name}:{span.line}: {path}" if span else ""
