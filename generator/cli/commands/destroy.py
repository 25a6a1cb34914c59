"""obsgen destroy"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.commands.deploy import print_failures
from generator.cli.confirmation import require_name, require_terminal
from generator.cli.exit import AWS_REFUSED, FINDINGS, usage_error
from generator.cli.option_groups import (
    environment_option,
    management_profile_option,
    members_profile_option,
    out_option,
    profile_option,
)
from generator.cli.rollout import aws, desired_from_out, exit_on_aws_error, progress

if TYPE_CHECKING:
    from generator.rollout.deploy.desired import DesiredState
    from generator.rollout.deploy.destroy import Removal


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
    from generator.cli.destroy_plan import plan_json, plan_lines, retained_stacks
    from generator.rollout.aws.session import AwsSession
    from generator.rollout.deploy.destroy import Destruction

    require_terminal(
        skipped=yes or only_plan, as_json=as_json, hint="use --yes to skip the prompt, or --plan to preview"
    )
    desired, reporter = desired_from_out(out, environment), progress()
    members = aws(members_profile) if members_profile else None
    management = aws(management_profile) if management_profile else None
    destruction = Destruction(AwsSession(desired, aws(profile), reporter, members, management))
    with exit_on_aws_error(reporter):
        destruction.sign_in()
        removal = destruction.plan()
        reporter.end()
        click.echo(plan_json(removal, desired) if as_json else "\n".join(plan_lines(removal, desired)))
        if removal.empty:
            return
        _confirm(removal, desired, only_plan=only_plan, yes=yes)
        failures = destruction.perform(removal)
        reporter.end()
        if failures:
            print_failures(failures, desired)
            raise click.exceptions.Exit(AWS_REFUSED)
        remaining = destruction.left()
    for resource in remaining:
        click.echo(f"not deleted: {resource}", err=True)
    if remaining:
        raise click.exceptions.Exit(FINDINGS)
    click.echo(f"{desired.environment} is deleted; no resources remain{retained_stacks(removal)}")


def _confirm(removal: Removal, desired: DesiredState, *, only_plan: bool, yes: bool) -> None:
    """End the command unless the deletion is possible and confirmed."""
    if removal.protected:
        hint = "set `rollout: {termination_protection: false}`, run `obsgen build` and `obsgen deploy`, then destroy"
        raise usage_error(f"{desired.hub.name} has termination protection enabled", hint)
    if only_plan:
        raise click.exceptions.Exit(FINDINGS)
    if not yes:
        name = desired.environment
        require_name(f"This cannot be undone. Type {name} to delete all of it", name)
