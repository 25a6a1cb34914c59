"""obsgen destroy"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.commands.deploy import print_failures
from generator.cli.exit import AWS_REFUSED, FINDINGS, usage_error
from generator.cli.option_groups import (
    environment_option,
    management_profile_option,
    members_profile_option,
    out_option,
    profile_option,
)
from generator.cli.rollout import aws, desired_from_out, exit_on_aws_error, progress
from generator.wording import pluralize

if TYPE_CHECKING:
    from generator.rollout.deploy.desired import DesiredState
    from generator.rollout.deploy.destroy import Removal

SHOWN = 6


@click.command(name="destroy")
@environment_option
@out_option
@click.option("--plan", "only_plan", is_flag=True, help="Show the plan and exit.")
@click.option("--yes", "-y", is_flag=True, help="Skip the confirmation.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
@profile_option
@members_profile_option
@management_profile_option
def command(
    environment: str | None,
    out: Path,
    only_plan: bool,
    yes: bool,
    as_json: bool,
    profile: str | None,
    members_profile: str | None,
    management_profile: str | None,
) -> None:
    """Delete all resources of an environment: member stacks, then hub stacks, then buckets.

    \b
    Examples:
      obsgen destroy -e dev --plan
      obsgen destroy -e dev

    \b
    Exit codes:
      0  no resources remain
      1  --plan shows deletions, or resources remain
      2  bad usage or input
      3  AWS refused
    """
    from generator.rollout.aws.session import AwsSession
    from generator.rollout.deploy.destroy import Destruction

    if not only_plan and not yes and (as_json or not sys.stdin.isatty()):
        raise usage_error("confirmation requires a terminal", "--plan only shows, --yes does not ask")
    wanted, shown = desired_from_out(out, environment), progress()
    members = aws(members_profile) if members_profile else None
    management = aws(management_profile) if management_profile else None
    destruction = Destruction(AwsSession(wanted, aws(profile), shown, members, management))
    with exit_on_aws_error(shown):
        destruction.sign_in()
        removal = destruction.plan()
        shown.end()
        click.echo(_as_json(removal, wanted) if as_json else "\n".join(_shown(removal, wanted)))
        if removal.empty:
            return
        if removal.protected:
            raise usage_error(
                f"{wanted.hub.name} is protected against termination",
                "rollout: {termination_protection: false}, obsgen build, obsgen deploy; then destroy",
            )
        if only_plan:
            raise click.exceptions.Exit(FINDINGS)
        if not yes:
            typed = click.prompt(f"This cannot be undone. Type {wanted.environment} to delete all of it", default="")
            if typed.strip() != wanted.environment:
                click.echo("nothing was deleted", err=True)
                raise click.exceptions.Exit(FINDINGS)
        failures = destruction.perform(removal)
        shown.end()
        if failures:
            print_failures(failures, wanted)
            raise click.exceptions.Exit(AWS_REFUSED)
        left = destruction.left()
    for one in left:
        click.echo(f"is left: {one}", err=True)
    if left:
        raise click.exceptions.Exit(FINDINGS)
    click.echo(f"{wanted.environment} is gone, and nothing is left{_but(removal)}")


def _shown(removal: Removal, wanted: DesiredState) -> Iterator[str]:
    from generator.rollout.deploy.desired import StackAddress
    from generator.rollout.deploy.members import in_words

    yield f"{wanted.environment} of account {wanted.hub.account}, {wanted.hub.region}"
    yield from (f"  Skipped checks: {unseen}" for unseen in removal.unseen)
    if removal.empty:
        yield "  nothing is there"
        return
    for own in removal.management:
        yield f"  Members, {own.name} in {removal.management_account}, {own.region}: the stack"
    for each in removal.further_sets:
        yield f"  Members, {each.name}: the stack set and its {each.instances} stacks"
        yield from (f"    {in_words(operation, wanted.members.names)}" for operation in each.operations)
    if removal.set_there:
        yield f"  Members, {wanted.members.name}: the stack set and its {removal.instances} stacks"
        yield from (f"    {in_words(operation, wanted.members.names)}" for operation in removal.operations)
    for stack in removal.further_stacks:
        yield f"  Hub, {wanted.label(StackAddress(stack.name, stack.region))}: {len(stack.resources)} resources"
        yield from _by_type(stack.resources)
    if removal.hub_there:
        yield f"  Hub, {wanted.hub.name}: {len(removal.resources)} resources"
        yield from _by_type(removal.resources)
    for one in removal.buckets:
        if one.there:
            stays = f"; the bucket stays for {', '.join(one.users)}" if one.users else " and the bucket"
            yield f"  Bucket {one.name}: {pluralize(one.objects, 'object')}{stays}"


def _but(removal: Removal) -> str:
    """What lies where nobody gets: AWS deletes it with the account, or whoever has the account does."""
    operations = (*removal.operations, *(one for each in removal.further_sets for one in each.operations))
    lost = sorted({account for one in operations if one.retain for account in one.accounts})
    return f" but the stacks in {', '.join(lost)}, which nothing gets into" if lost else ""


def _by_type(resources: tuple[tuple[str, str, str], ...]) -> Iterator[str]:
    named: dict[str, list[str]] = {}
    for logical, kind, _ in resources:
        named.setdefault(kind or "that AWS does not name", []).append(logical)
    for kind, logical_ids in sorted(named.items()):
        shown = sorted(filter(None, logical_ids))
        more = f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
        more += ", with everything in it" if kind == "AWS::S3::Bucket" else ""
        yield f"    - {len(logical_ids)} {kind}{': ' if shown else ''}{', '.join(shown[:SHOWN])}{more}"


def _as_json(removal: Removal, wanted: DesiredState) -> str:
    return json.dumps({"environment": wanted.environment, "nothing_to_do": removal.empty, **asdict(removal)}, indent=1)
