"""obsgen diff"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.build import HUB_TEMPLATE, MEMBER_TEMPLATE, Built
from generator.cli.exit import FINDINGS, colour, out_of, usage_error
from generator.cli.git import at_revision, folders_at_revision
from generator.cli.options import BuildTarget, build_target, compiled_or_exit, target_options
from generator.manifest import MANIFEST
from generator.shards.spread import stack_of, whole

if TYPE_CHECKING:
    from generator.render.diff import EnvironmentDiff, Side

ESTATE = "estate.json"
OTHER_REVISION = "another revision, or `obsgen build` and commit"


@click.command(name="diff")
@click.argument("revision", metavar="[GIT-REF]", default="HEAD")
@target_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="Output format; markdown suits a comment on a pull request.",
)
@click.option("--exit-code", is_flag=True, help="Exit with 1 if there are differences.")
def command(
    revision: str, file: Path, out: Path | None, environment: tuple[str, ...], form: str, exit_code: bool
) -> None:
    """Compare the spec with out/ as committed at GIT-REF (default: HEAD).

    Lists changes of alarms first: condition, accounts, notified channels. Resources and IAM statements follow.

    \b
    Examples:
      obsgen diff                       what did I just change?
      obsgen diff main --format markdown
    """
    from generator.render.diff import render_diff

    where = build_target(file, out, environment)
    built = compiled_or_exit(where)
    names = list(built.estates)
    if not where.environments:
        names += [name for name in folders_at_revision(where.out, revision) if name not in names]
    compared = [_compared(built, where, revision, name) for name in names]
    click.echo(render_diff(compared, form, colour(out_of("out"))), nl=False)
    if exit_code and any(not d.empty for d in compared):
        raise click.exceptions.Exit(FINDINGS)


def _compared(built: Built, where: BuildTarget, revision: str, name: str) -> EnvironmentDiff:
    from generator.render.diff import difference

    before, after = _before(where, revision, name), _after(built, name)
    try:
        return difference(name, before, after)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # What a build wrote can be compared with itself; then it is not what was committed.
        if before.estate is not None:
            difference(name, after, after)
        said = f"{type(error).__name__}: {error}"
        raise usage_error(f"out/{name} at {revision} is not what a build wrote ({said})", OTHER_REVISION) from None


def _before(where: BuildTarget, revision: str, environment: str) -> Side:
    import yaml

    from generator.estate_data import estate_data
    from generator.render.diff import Side, of_our_version
    from generator.render.yaml_text import parse_template

    folder = where.out / environment
    files = (ESTATE, HUB_TEMPLATE, MEMBER_TEMPLATE, *_further(at_revision(folder / MANIFEST, revision) or ""))
    texts = {name: at_revision(folder / name, revision) for name in files}
    try:
        content = partial(_content, folder, revision, texts)
        estate = of_our_version(estate_data(content)) if texts[ESTATE] else None
        templates = whole({name: parse_template(texts[name]) for name in sorted(files[1:]) if texts[name]})
    except (RecursionError, TypeError, ValueError, AttributeError, yaml.YAMLError) as error:
        said = " ".join(str(error).split())
        raise usage_error(
            f"out/{environment} at {revision} is not what a build wrote: {said}", OTHER_REVISION
        ) from None
    return Side(estate, templates)


def _content(folder: Path, revision: str, texts: Mapping[str, str], name: str) -> str:
    found = texts.get(name) or at_revision(folder / name, revision)
    if not found:
        raise ValueError(f"{name} is missing, a part of {ESTATE}")
    return found


def _after(built: Built, environment: str) -> Side:
    from generator.render.diff import Side, as_data
    from generator.render.estate_json import estate_json

    estate = built.estates.get(environment)
    if estate is None:
        return Side(None, {})
    stacks = built.spread[environment].templates
    templates = whole({name: stacks[name] for name in sorted(stacks)}) if len(stacks) > 2 else None
    return Side(as_data(estate_json(estate)), templates or built.templates[environment])


def _further(manifest: str) -> list[str]:
    """The templates of stacks beyond the first, as a manifest lists them."""
    listed = set(re.findall(r"^  template: (\S+)$", manifest, re.MULTILINE))
    return sorted(file for file in listed - {HUB_TEMPLATE, MEMBER_TEMPLATE} if stack_of(file))
