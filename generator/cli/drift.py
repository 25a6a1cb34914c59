"""obsgen drift"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.exit import FINDINGS
from generator.cli.rollout import aws, from_out, progress, told_plainly

if TYPE_CHECKING:
    from generator.rollout.drift import Drift, Drifted
    from generator.rollout.wanted import Wanted


@click.command(name="drift")
@click.option("--environment", "-e", help="Which environment, where several were built.")
@click.option(
    "--out", "-o", type=click.Path(path_type=Path), default="out", show_default=True, help="Where build wrote."
)
@click.option("--json", "as_json", is_flag=True, help="As data.")
@click.option("--profile", help="The AWS profile to use, instead of the usual chain.")
@click.option("--members-profile", help="The profile of the management account, where that is not the hub's.")
def command(
    environment: str | None, out: Path, as_json: bool, profile: str | None, members_profile: str | None
) -> None:
    """Say what somebody changed by hand, in the hub and in the members. AWS looks at everything, which takes minutes.

    \b
    Examples:
      obsgen drift -e prod

    Exit codes: 0 all is as it was deployed; 1 something is not, or is not there; 2 no out/; 3 AWS refused.
    """
    from generator.rollout.drift import Detection

    wanted, shown = from_out(out, environment), progress()
    members = aws(members_profile) if members_profile else None
    with told_plainly(shown):
        found = Detection(wanted, aws(profile), shown, members).run()
        shown.end()
    click.echo(json.dumps(asdict(found), indent=1) if as_json else "\n".join(_shown(found, wanted)))
    raise click.exceptions.Exit(0 if found.fine else FINDINGS)


def _shown(found: Drift, wanted: Wanted) -> Iterator[str]:
    yield f"{wanted.environment} of account {wanted.hub.account}, {wanted.hub.region}"
    for stack in wanted.stacks:
        changed = [one for one in found.hub if one.stack == ("" if stack is wanted.hub else stack.name)]
        there = found.hub_there if stack is wanted.hub else stack.name not in found.missing
        yield f"  Hub, {stack.name}: {_state(there, len(changed))}"
        yield from _hub(changed)
    for members in wanted.sets:
        is_first = members is wanted.members
        instances = found.instances if is_first else found.further.get(members.name, ())
        there = found.set_there if is_first else members.name not in found.missing
        yield f"  Members, {members.name}: {_state(there, len(instances))}"
        for account, region, status in instances:
            yield f"    {wanted.members.names.get(account, account)} {account} {region}: {status}"


def _hub(changed: Iterable[Drifted]) -> Iterator[str]:
    for one in changed:
        yield f"    {one.logical_id} ({one.type}){' is gone' if one.status == 'DELETED' else ''}"
        yield from (f"      {each.path}: {each.actual}, deployed {each.expected}" for each in one.differences)


def _state(there: bool, number: int) -> str:
    if not there:
        return "is not there"
    return f"{number} changed" if number else "as it was deployed"
