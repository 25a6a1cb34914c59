"""obsgen deploy"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from generator.cli.confirmation import is_confirmed, require_terminal
from generator.cli.exit import AWS_REFUSED, FINDINGS, FINE
from generator.cli.option_groups import management_profile_option, members_profile_option, profile_option
from generator.cli.options import target_options
from generator.cli.progress import Progress
from generator.cli.rollout import aws, deploy_target, exit_on_aws_error, progress
from generator.wording import pluralize

if TYPE_CHECKING:
    from generator.cli.rollout import DeployTarget
    from generator.rollout.aws.stack_set import InstanceFailure
    from generator.rollout.deploy.deploy import Deployment
    from generator.rollout.deploy.desired import DesiredState
    from generator.rollout.deploy.plan import DeploymentPlan


@click.command(name="deploy")
@target_options
@click.option("--plan", "only_plan", is_flag=True, help="Show the plan and exit.")
@click.option("--yes", "-y", is_flag=True, help="Skip the confirmation.")
@click.option("--anyway", is_flag=True, help="Deploy even if log groups are missing or already exist.")
@click.option("--adopt", is_flag=True, help="Import existing log groups into the hub stack.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
@profile_option
@members_profile_option
@management_profile_option
def command(
    file: Path,
    out: Path | None,
    environment: tuple[str, ...],
    only_plan: bool,
    yes: bool,
    anyway: bool,
    adopt: bool,
    as_json: bool,
    profile: str | None,
    members_profile: str | None,
    management_profile: str | None,
) -> None:
    """Deploy the templates in out/: packages, then the hub stacks, then the stack sets of the members.

    Refuses to deploy if out/ is not what `obsgen build` would write. After an interruption or an error, run the
    command again: completed operations are skipped.

    \b
    Examples:
      obsgen deploy -e prod --plan
      obsgen deploy -e prod
      obsgen deploy -e prod --yes        in a pipeline

    \b
    Exit codes:
      0  deployed, or nothing to do
      1  out/ is out of date, or --plan shows changes
      2  bad usage or input
      3  AWS refused
    """
    from generator.cli.deploy_plan import plan_json, plan_lines

    require_terminal(
        skipped=yes or only_plan, as_json=as_json, hint="use --yes to skip the prompt, or --plan to preview"
    )
    target = deploy_target(file, out, environment)
    desired, reporter = target.desired, progress()
    rollout = _deployment(target, reporter, profile, members_profile, management_profile, adopt=adopt)
    with exit_on_aws_error(reporter, target):
        rollout.sign_in()
        plan = rollout.plan()
        reporter.end()
        click.echo(plan_json(plan, target) if as_json else "\n".join(plan_lines(plan, target)))
        is_blocked = bool(plan.report.problems or (plan.log_groups.refused and not anyway))
        is_pending = not is_blocked and not plan.empty and not only_plan
        if not (is_pending and (yes or is_confirmed(f"Deploy {desired.environment}?"))):
            rollout.withdraw(plan)
            _exit_without_changes(plan, is_blocked=is_blocked)
        failures = rollout.perform(plan)
        reporter.end()
    if failures:
        print_failures(failures, desired)
        raise click.exceptions.Exit(AWS_REFUSED)
    click.echo(f"{desired.environment} is deployed")
    if plan.retired_stacks or plan.retired_sets:
        click.echo(f"run `obsgen shards prune -e {desired.environment}` to remove the deleted stacks from the map")


def _deployment(
    target: DeployTarget,
    reporter: Progress,
    profile: str | None,
    members_profile: str | None,
    management_profile: str | None,
    *,
    adopt: bool,
) -> Deployment:
    """The rollout of what was built, with the credentials of each profile; nothing is called yet."""
    from generator.cli.log_group_uses import reader
    from generator.cli.transition import reading
    from generator.rollout.aws.session import AwsSession
    from generator.rollout.deploy.deploy import Deployment

    desired = target.desired
    read = reader({stack.body: target.templates[stack.file] for stack in desired.stacks})
    members = aws(members_profile) if members_profile else None
    management = aws(management_profile) if management_profile else None
    return Deployment(
        AwsSession(desired, aws(profile), reporter, members, management),
        target.packages,
        target.template,
        read,
        adopt,
        target.templates,
        reading(target.templates, desired),
    )


def _exit_without_changes(plan: DeploymentPlan, *, is_blocked: bool) -> NoReturn:
    """End the command: a problem blocks the rollout, there is nothing to do, or the plan was not confirmed."""
    if is_blocked:
        _print_problems(plan)
        raise click.exceptions.Exit(AWS_REFUSED)
    raise click.exceptions.Exit(FINE if plan.empty else FINDINGS)


def print_failures(failures: Iterable[InstanceFailure], desired: DesiredState) -> None:
    """Every instance that failed, by name, with AWS's reason and what to do."""
    failed = list(failures)
    for failure in failed:
        name = desired.names.get(failure.account, "")
        who = " ".join(word for word in (name, failure.account, failure.region) if word)
        click.echo(f"{who}: {failure.reason}" if who else failure.reason, err=True)
    click.echo(
        f"{pluralize(len(failed), 'instance')} failed\n  = help: fix the first error and run the command again;"
        " completed operations are skipped",
        err=True,
    )


def _print_problems(plan: DeploymentPlan) -> None:
    """Print what blocks the rollout."""
    from generator.cli.deploy_log_groups import refusal_lines

    for problem in plan.report.problems:
        click.echo(f"Error: {problem.message}\n  = help: {problem.hint}", err=True)
    for line in refusal_lines(plan.log_groups):
        click.echo(line, err=True)
    click.echo("no resources were created or changed", err=True)
