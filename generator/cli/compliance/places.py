"""What `obsgen compliance scan` and `report` begin with: the built environment, and which accounts and Regions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from generator.cli.exit import fail
from generator.cli.option_groups import environment_option, hub_profile_option, members_profile_option, out_option
from generator.cli.rollout import as_built, aws, from_out, manifest_in, progress
from generator.findings import did_you_mean
from generator.manifest import MANIFEST
from generator.rollout.aws.errors import AwsError, aws_errors
from generator.rollout.deploy.desired import DesiredState
from generator.rollout.operate.compliance_access import Checker, CheckerAccess, checker_of, locations_of
from generator.rollout.operate.compliance_state import AccountRegion

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Places:
    """The places that a command is about. missing: why the accounts of units are not among them; None where they are.

    access: clients in them; nothing is called before the first is asked for.
    """

    wanted: DesiredState
    checker: Checker
    access: CheckerAccess
    chosen: tuple[AccountRegion, ...]
    missing: AwsError | None = None


def options(command: Command) -> Command:
    """Options that both commands have."""
    for option in (
        members_profile_option,
        hub_profile_option,
        click.option("--region", multiple=True, help="Region. Repeatable.  [default: all]"),
        click.option("--account", multiple=True, help="Account name or ID. Repeatable.  [default: all]"),
        out_option,
        environment_option,
    ):
        command = option(command)
    return command


def places(
    environment: str | None,
    out: Path,
    accounts: Sequence[str],
    regions: Sequence[str],
    profile: str | None,
    members_profile: str | None,
    session: str,
) -> Places:
    """The places of a built environment; ends the command where there are none. session: what CloudTrail shows."""
    wanted = from_out(out, environment)
    folder = out / wanted.environment
    with as_built(folder):
        checker = checker_of(manifest_in(wanted.files[MANIFEST], folder / MANIFEST))
    if checker is None:
        hint = "add `compliance:` to the spec, then `obsgen build` and `obsgen deploy`"
        raise fail(f"{wanted.environment} has no tag compliance", hint)
    caller = aws(profile)
    instances, missing = (), None
    if wanted.members.units:
        try:
            instances = _instances(wanted, aws(members_profile) if members_profile else caller)
        except AwsError as error:
            missing = error
    everywhere = locations_of(wanted, checker, instances)
    chosen = _chosen(everywhere, accounts, regions, wanted)
    return Places(wanted, checker, CheckerAccess(caller, wanted, checker, session), tuple(chosen), missing)


def _instances(wanted: DesiredState, caller: Any) -> Any:
    """The stacks of the members' set: which accounts a unit has, only AWS knows."""
    from generator.rollout.aws.stack_set import StackSet

    name, hub = wanted.members.name, wanted.hub
    with aws_errors("cloudformation:ListStackInstances", name, hub.account, hub.region):
        seen = StackSet(caller, wanted, progress()).describe(wait_idle=False)
    return seen.instances if seen else ()


def _chosen(
    everywhere: Sequence[AccountRegion], accounts: Sequence[str], regions: Sequence[str], wanted: DesiredState
) -> list[AccountRegion]:
    known = {word for place in everywhere for word in (place.name, place.account)}
    for account in accounts:
        if account not in known:
            near = did_you_mean(account, known).strip() or f"one of {', '.join(sorted({p.name for p in everywhere}))}"
            raise fail(f"no account `{account}` is checked in {wanted.environment}", near)
    for region in regions:
        if region not in wanted.members.regions:
            near = did_you_mean(region, wanted.members.regions).strip()
            raise fail(
                f"{wanted.environment} has no members in {region}",
                near or f"one of {', '.join(wanted.members.regions)}",
            )
    return [
        place
        for place in everywhere
        if (not accounts or place.name in accounts or place.account in accounts)
        and (not regions or place.region in regions)
    ]
