"""The scope of `obsgen compliance scan` and `report`: the built environment, and its accounts and Regions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from generator.cli.exit import usage_error
from generator.cli.option_groups import environment_option, hub_profile_option, members_profile_option, out_option
from generator.cli.rollout import as_built, aws, desired_from_out, manifest_in, progress
from generator.findings import did_you_mean
from generator.manifest import MANIFEST
from generator.rollout.aws.errors import AwsError, aws_errors
from generator.rollout.deploy.desired import DesiredState
from generator.rollout.operate.compliance_access import Checker, CheckerAccess, checker_of, locations_of
from generator.rollout.operate.compliance_state import AccountRegion

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class ComplianceScope:
    """The places that a command is about. missing: why the accounts of units are not among them; None where they are.

    access: clients in them; nothing is called before the first is asked for.
    """

    desired: DesiredState
    checker: Checker
    access: CheckerAccess
    chosen: tuple[AccountRegion, ...]
    missing: AwsError | None = None


def scope_options(command: Command) -> Command:
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


def compliance_scope(
    environment: str | None,
    out: Path,
    accounts: Sequence[str],
    regions: Sequence[str],
    profile: str | None,
    members_profile: str | None,
    session: str,
) -> ComplianceScope:
    """The places of a built environment; ends the command where there are none. session: what CloudTrail shows."""
    desired = desired_from_out(out, environment)
    folder = out / desired.environment
    with as_built(folder):
        checker = checker_of(manifest_in(desired.files[MANIFEST], folder / MANIFEST))
    if checker is None:
        hint = "add `compliance:` to the spec, then run `obsgen build` and `obsgen deploy`"
        raise usage_error(f"{desired.environment} has no tag compliance", hint)
    caller = aws(profile)
    instances, missing = (), None
    if desired.members.units:
        try:
            instances = _instances(desired, aws(members_profile) if members_profile else caller)
        except AwsError as error:
            missing = error
    everywhere = locations_of(desired, checker, instances)
    chosen = _chosen(everywhere, accounts, regions, desired)
    return ComplianceScope(desired, checker, CheckerAccess(caller, desired, checker, session), tuple(chosen), missing)


def _instances(desired: DesiredState, caller: Any) -> Any:
    """The stacks of the members' set: which accounts a unit has, only AWS knows."""
    from generator.rollout.aws.stack_set import StackSetClient

    name, hub = desired.members.name, desired.hub
    with aws_errors("cloudformation:ListStackInstances", name, hub.account, hub.region):
        actual = StackSetClient(caller, desired, progress()).describe(wait_idle=False)
    return actual.instances if actual else ()


def _chosen(
    everywhere: Sequence[AccountRegion], accounts: Sequence[str], regions: Sequence[str], desired: DesiredState
) -> list[AccountRegion]:
    known = {word for location in everywhere for word in (location.name, location.account)}
    for account in accounts:
        if account not in known:
            near = (
                did_you_mean(account, known).strip() or f"use one of {', '.join(sorted({p.name for p in everywhere}))}"
            )
            raise usage_error(f"account `{account}` is not checked in {desired.environment}", near)
    for region in regions:
        if region not in desired.members.regions:
            near = did_you_mean(region, desired.members.regions).strip()
            raise usage_error(
                f"{desired.environment} has no members in {region}",
                near or f"use one of {', '.join(desired.members.regions)}",
            )
    return [
        location
        for location in everywhere
        if (not accounts or location.name in accounts or location.account in accounts)
        and (not regions or location.region in regions)
    ]
