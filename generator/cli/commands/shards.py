"""obsgen shards"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from generator.built_files import BuiltFiles
from generator.cli.exit import usage_error
from generator.cli.option_groups import (
    environment_option,
    members_profile_option,
    out_folder_option,
    out_option,
    profile_option,
)
from generator.cli.rollout import REBUILD_HINT
from generator.findings import parse_path
from generator.shards.assignments import FIRST, ShardAssignments
from generator.shards.spread import NotATemplate, file_of, shown_by, stack_of
from generator.shards.text import SHARDS, SIDES, NotAMap, map_text, read_map

WORDS = dict(zip(SIDES, ("hub", "members"), strict=True))
Template = Mapping[str, Any]


@click.group(name="shards", invoke_without_command=True)
@environment_option
@out_option
@click.pass_context
def command(ctx: click.Context, environment: str | None, out: Path) -> None:
    """Show which stack contains which resources, according to out/.

    \b
    Examples:
      obsgen shards -e prod
      obsgen shards move alarms.errors -e prod
      obsgen shards rebuild -e prod
      obsgen shards prune -e prod

    \b
    Exit codes:
      0  shown, moved, rebuilt or pruned
      1  retired stacks still exist
      2  bad usage, no out/, or the resource cannot be moved
      3  AWS refused
    """
    if ctx.invoked_subcommand is None:
        name = _chosen(out, environment)
        click.echo("\n".join(_shown(name, _sides(out, name))))


@command.command(name="move")
@click.argument("key")
@click.option("--to", type=click.IntRange(min=FIRST), help="Number of the stack.  [default: chosen by the next build]")
@environment_option
@out_option
def move(key: str, to: int | None, environment: str | None, out: Path) -> None:
    """Move the resources of KEY, such as `alarms.errors`, to another stack.

    During the rollout, the resources do not exist: they are deleted in one stack before they are created in the other.

    \b
    Examples:
      obsgen shards move composites.checkout -e prod
      obsgen shards move alarms.errors --to 3 -e prod
    """
    from generator.shards.moves import CannotMove, moved, moving

    name = _chosen(out, environment)
    sides = _sides(out, name)
    places = _map(out, name)
    try:
        move_ = moving(key, sides)
    except CannotMove as error:
        raise usage_error(str(error), error.hint) from None
    if to is not None and to not in sides[move_.side]:
        numbers = ", ".join(map(str, sorted(sides[move_.side])))
        raise usage_error(f"the {WORDS[move_.side]} have no stack {to}", f"use one of {numbers}, or omit --to")
    places[move_.side] = moved(places[move_.side], move_, to)
    _write(out, name, places)
    for logical_id, number in sorted(move_.stacks.items()):
        click.echo(f"{logical_id} will leave stack {number} of the {WORDS[move_.side]}")
    click.echo("run `obsgen build` to place it; the rollout deletes it in one stack before it creates it in the other")


@command.command(name="rebuild")
@environment_option
@out_folder_option
@click.option("--from-aws", is_flag=True, help="Read the deployed templates, if those in out/ are lost.")
@click.option(
    "--file", "-f", type=click.Path(path_type=Path), default="observability.yaml", show_default=True,
    help="(--from-aws) The spec, which names the hub.",
)  # fmt: skip
@profile_option
@members_profile_option
def rebuild(
    environment: str | None,
    out: Path,
    from_aws: bool,
    file: Path,
    profile: str | None,
    members_profile: str | None,
) -> None:
    """Recreate the map out/<environment>/shards.yaml from the templates in out/, or from those that are deployed.

    \b
    Examples:
      obsgen shards rebuild -e prod
      obsgen shards rebuild -e prod --from-aws
    """
    if from_aws:
        from generator.cli.shards_at_aws import rebuild as rebuild_from_aws

        rebuild_from_aws(file, out, environment, profile, members_profile)
        return
    from generator.render.yaml_text import parse_template

    name = _chosen(out, environment)
    files = BuiltFiles(out)[name]
    try:
        places = {side: shown_by(files, side, parse_template) for side in SIDES}
    except NotATemplate as error:
        raise usage_error(
            f"{out / name / error.file} is not the output of a build", "restore it from Git, or use --from-aws"
        ) from None
    text = map_text(places)
    if not text:
        click.echo(f"{name} has one hub stack and one stack set, and needs no map")
        return
    _write(out, name, places)
    click.echo(f"wrote {out / name / SHARDS}")


@command.command(name="prune")
@environment_option
@out_option
@profile_option
@members_profile_option
def prune(environment: str | None, out: Path, profile: str | None, members_profile: str | None) -> None:
    """Remove retired stacks that no longer exist in AWS from the map. Until then, builds leave them empty.

    \b
    Examples:
      obsgen shards prune -e prod
    """
    from generator.cli.shards_at_aws import prune as prune_at_aws

    prune_at_aws(out, environment, profile, members_profile)


def _chosen(out: Path, environment: str | None) -> str:
    built = sorted(name for name, files in BuiltFiles(out).items() if file_of("hub", FIRST) in files)
    if not built:
        raise usage_error(f"no build output in {out}", "run `obsgen build`, or set --out to its output folder")
    if environment and environment not in built:
        raise usage_error(f"there is no environment `{environment}` in {out}", f"use one of {', '.join(built)}")
    if not environment and len(built) > 1:
        raise usage_error(f"there are {len(built)} environments: {', '.join(built)}", "use --environment to choose one")
    return environment or built[0]


def _sides(out: Path, environment: str) -> dict[str, dict[int, Template]]:
    """The templates, by side and number."""
    import yaml

    from generator.render.yaml_text import parse_template

    templates: dict[str, dict[int, Template]] = {side: {} for side in SIDES}
    for file, content in BuiltFiles(out)[environment].items():
        if stack := stack_of(file):
            try:
                template = parse_template(content.decode())
                templates[stack[0]][stack[1]] = {**template, "Resources": dict(template["Resources"])}
            except (KeyError, TypeError, ValueError, yaml.YAMLError):
                raise usage_error(f"{out / environment / file} is not the output of a build", REBUILD_HINT) from None
    return templates


def _map(out: Path, environment: str) -> dict[str, ShardAssignments]:
    try:
        return read_map((out / environment / SHARDS).read_text("utf-8"))
    except FileNotFoundError:
        raise usage_error(f"{environment} has one hub stack and one stack set: there is no other stack") from None
    except NotAMap as error:
        raise usage_error(
            f"{out / environment / SHARDS}:{error.line}: {error}", "run `obsgen shards rebuild`"
        ) from None


def _write(out: Path, environment: str, places: Mapping[str, ShardAssignments]) -> None:
    (out / environment / SHARDS).write_text(map_text(places), encoding="utf-8", newline="\n")


def _shown(environment: str, sides: Mapping[str, Mapping[int, Template]]) -> Iterator[str]:
    yield environment
    rows: list[tuple[str, ...]] = [("stack", "resources", "parameters", "outputs", "kB", "most of it")]
    for side, stacks in sides.items():
        for number, template in sorted(stacks.items()):
            counts = [len(template.get(section, {})) for section in ("Resources", "Parameters", "Outputs")]
            size = round(len(json.dumps(template["Resources"])) / 1000)
            rows.append((f"{WORDS[side]} {number}", *map(str, counts), str(size), _most(template)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  " + "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip()


def _most(template: Template) -> str:
    """The section of the file that most resources come from."""
    sections: Counter[str] = Counter()
    for resource in template["Resources"].values():
        path = parse_path(resource.get("Metadata", {}).get("obsgen", {}).get("path", ""))
        sections[str(path[0]) if path else "obsgen itself"] += 1
    return ", ".join(f"{count} {name}" for name, count in sections.most_common(2))
