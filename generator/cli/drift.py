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
@click.option("--management-profile", help="The profile of the management account, where that is a member.")
def command(
    environment: str | None,
    out: Path,
    as_json: bool,
    profile: str | None,
    members_profile: str | None,
    management_profile: str | None,
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
    management = aws(management_profile) if management_profile else None
    with told_plainly(shown):
        found = Detection(wanted, aws(profile), shown, members, management).run()
        shown.end()
    click.echo(json.dumps(asdict(found), indent=1) if as_json else "\n".join(_shown(found, wanted)))
    different = found.hub or found.instances or found.missing or found.management
    fine = found.hub_there and found.set_there and not different
    raise click.exceptions.Exit(0 if fine else FINDINGS)


def _shown(found: Drift, wanted: Wanted) -> Iterator[str]:
    yield f"{wanted.environment} of account {wanted.hub.account}, {wanted.hub.region}"
    yield f"  Hub, {wanted.hub.name}: {_state(found.hub_there, len(found.hub))}"
    yield from _resources(found.hub)
    yield f"  Members, {wanted.members.name}: {_state(found.set_there, len(found.instances))}"
    for account, region, status in found.instances:
        yield f"    {wanted.members.names.get(account, account)} {account} {region}: {status}"
    if wanted.management:
        who = f"{wanted.management.name} ({wanted.management.account})"
        yield f"  Members, {who}: {_state(True, len(found.management))}"
        yield from _resources(found.management)
    yield from (f"  {name}: is not there" for name in found.missing)


def _resources(found: Iterable[Drifted]) -> Iterator[str]:
    for one in found:
        gone = f"{f' of {one.stack}' if one.stack else ''}{' is gone' if one.status == 'DELETED' else ''}"
        yield f"    {one.logical_id} ({one.type}){gone}"
        yield from (f"      {each.path}: {each.actual}, deployed {each.expected}" for each in one.differences)


def _state(there: bool, number: int) -> str:
    if not there:
        return "is not there"
    return f"{number} changed" if number else "as it was deployed"
