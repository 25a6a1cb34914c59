"""obsgen deploy"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from generator.cli.exit import AWS_REFUSED, FINDINGS, colour, out_of, usage_error
from generator.cli.option_groups import management_profile_option, members_profile_option, profile_option
from generator.cli.options import target_options
from generator.cli.rollout import aws, deploy_target, exit_on_aws_error, progress
from generator.wording import pluralize

if TYPE_CHECKING:
    from generator.cli.rollout import DeployTarget
    from generator.rollout.aws.operations import Instance
    from generator.rollout.aws.stack_set import InstanceFailure
    from generator.rollout.deploy.desired import DesiredState
    from generator.rollout.deploy.plan import DeploymentPlan

ESTATE = "estate.json"


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
    from generator.cli.log_group_uses import reader
    from generator.cli.transition import reading
    from generator.rollout.aws.session import AwsSession
    from generator.rollout.deploy.deploy import Deployment

    if not only_plan and not yes and (as_json or not sys.stdin.isatty()):
        raise usage_error("confirmation requires a terminal", "--plan only shows, --yes does not ask")
    here = deploy_target(file, out, environment)
    desired, shown = here.desired, progress()
    members = aws(members_profile) if members_profile else None
    management = aws(management_profile) if management_profile else None
    read = reader({one.body: here.templates[one.file] for one in desired.stacks})
    rollout = Deployment(
        AwsSession(desired, aws(profile), shown, members, management),
        here.packages,
        here.template,
        read,
        adopt,
        here.templates,
        reading(here.templates, desired),
    )
    with exit_on_aws_error(shown, here):
        rollout.sign_in()
        plan = rollout.plan()
        shown.end()
        click.echo(_as_json(plan, here) if as_json else "\n".join(_shown(plan, here)))
        if plan.report.problems or (plan.log_groups.refused and not anyway):
            rollout.withdraw(plan)
            _in_the_way(plan)
        if plan.empty or only_plan:
            rollout.withdraw(plan)
            raise click.exceptions.Exit(0 if plan.empty else FINDINGS)
        if not yes and not _agreed(desired.environment):
            rollout.withdraw(plan)
            raise click.exceptions.Exit(FINDINGS)
        failures = rollout.perform(plan)
        shown.end()
    if failures:
        print_failures(failures, desired)
        raise click.exceptions.Exit(AWS_REFUSED)
    click.echo(f"{desired.environment} is deployed")
    if plan.retired_stacks or plan.retired_sets:
        click.echo(f"`obsgen shards prune -e {desired.environment}` takes the stacks that are gone out of the map")


def _agreed(environment: str) -> bool:
    """Ctrl-C at the question is an answer too: what was prepared for it is taken back."""
    try:
        return click.confirm(f"Deploy {environment}?")
    except click.Abort:
        click.echo(err=True)
        return False


def print_failures(failures: Iterable[InstanceFailure], desired: DesiredState) -> None:
    """Every instance that failed, by name, with AWS's reason and what to do."""
    told = list(failures)
    for failure in told:
        name = desired.names.get(failure.account, "")
        who = " ".join(word for word in (name, failure.account, failure.region) if word)
        click.echo(f"{who}: {failure.reason}" if who else failure.reason, err=True)
    click.echo(
        f"{pluralize(len(told), 'instance')} failed\n  = help: mend what the first of them names, and run it again;"
        " what succeeded is not done twice",
        err=True,
    )


def _in_the_way(plan: DeploymentPlan) -> None:
    from generator.cli.deploy_log_groups import refusal_lines

    for problem in plan.report.problems:
        click.echo(f"Error: {problem.message}\n  = help: {problem.hint}", err=True)
    for line in refusal_lines(plan.log_groups):
        click.echo(line, err=True)
    click.echo("nothing was made or changed", err=True)
    raise click.exceptions.Exit(AWS_REFUSED)


def _shown(plan: DeploymentPlan, here: DeployTarget) -> Iterator[str]:
    from generator.cli.deploy_log_groups import adoption_lines, log_group_lines
    from generator.cli.deploy_stacks import interim_lines, management_lines, stack_lines
    from generator.rollout.deploy.members import in_words

    desired = here.desired
    yield f"{desired.environment} to account {desired.hub.account}, {desired.hub.region}"
    yield from (f"  Note: {note}" for note in plan.report.notes)
    yield from (f"  Skipped checks: {unseen}" for unseen in plan.report.skipped)
    yield from _by_hand(plan.unreachable, desired)
    yield from log_group_lines(plan.log_groups, here)
    if plan.empty:
        yield "  nothing to do"
        return
    yield from _in_alarm_language(plan, desired)
    yield from _buckets(plan, desired)
    gone = (desired.label(one) for one in plan.retired_stacks)
    yield from (f"  Hub, {name}: DELETED, for it has nothing any more" for name in gone)
    for stack, planned in zip(desired.stacks, plan.stacks, strict=True):
        yield f"  Hub, {desired.label(stack)}"
        adopted = [one for one in plan.report.adopted if one.logical_id in here.templates[stack.file]["Resources"]]
        yield from adoption_lines(adopted, here.templates[stack.file])
        yield from interim_lines(plan.between, stack.file)
        yield from stack_lines(planned, stack.file, here)
    for one in plan.retired_sets:
        stacks = pluralize(one.instances, "stack")
        yield f"  Members, {one.name}: DELETED with its {stacks}, for it has nothing any more"
    for members, each in zip(desired.sets, plan.sets, strict=True):
        reached = len(members.names) or each.instances
        yield f"  Members, {members.name}: {_reach(reached, desired)}"
        yield from interim_lines(plan.between, members.file)
        yield from (f"    {in_words(operation, plan.names)}" for operation in each.operations)
        if not each.operations:
            yield "    nothing to do"
    yield from management_lines(plan.management, here)


def _reach(accounts: int, desired: DesiredState) -> str:
    regions = desired.members.regions
    but = f" but {', '.join(name for _, name in desired.members.excluded)}" if desired.members.excluded else ""
    units = f", whoever is in {', '.join(desired.members.units)}{but}" if desired.members.units else ""
    return f"{pluralize(accounts, 'account')} × {pluralize(len(regions), 'Region')} ({', '.join(regions)}){units}"


def _by_hand(instances: Iterable[Instance], desired: DesiredState) -> Iterator[str]:
    for one in instances:
        name = desired.members.names.get(one.account, one.account)
        yield f"  Out of reach: {name} {one.account} {one.region} is INOPERABLE: {one.reason}"
        yield (
            f"    = help: aws cloudformation delete-stack-instances --retain-stacks for it, delete its stack in"
            f" {one.account}, and deploy again"
        )


def _buckets(plan: DeploymentPlan, desired: DesiredState) -> Iterator[str]:
    """One line for each bucket that is made, changed or left, and for each package with its Regions."""
    from generator.rollout.deploy.asset_buckets import UNUSED

    uploads: dict[str, list[str]] = {}
    for one in plan.buckets:
        what = "packages and templates" if one.region == desired.hub.region else "packages"
        if one.state == UNUSED:
            fate = f"stays for {', '.join(one.users)}" if one.users else "DELETED"
            yield f"  Bucket for {what} in {one.region}: no longer used, {fate}"
        elif one.state:
            yield f"  Bucket for {what} in {one.region}: {one.state}"
        for key in one.uploads:
            uploads.setdefault(key, []).append(one.region)
    yield from (f"  Upload {key} to {', '.join(regions)}" for key, regions in sorted(uploads.items()))


def _in_alarm_language(plan: DeploymentPlan, desired: DesiredState) -> Iterator[str]:
    """What the change means, against the last complete rollout; whatever became of what that wrote down."""
    import yaml

    from generator.render.diff import difference, render_diff
    from generator.rollout.aws.bucket import record_key

    if not plan.before or plan.before == desired.files:
        return
    try:
        compared = difference(desired.environment, _side(plan.before), _side(desired.files))
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError, yaml.YAMLError):
        # What a build wrote can be compared with itself; then it is not what the last rollout wrote.
        difference(desired.environment, _side(desired.files), _side(desired.files))
        key = record_key(desired.environment, ESTATE)
        yield f"  Note: {key} in the bucket, or a file beside it, is not as a rollout writes it: no comparison in words"
        return
    if compared.changes:
        text = render_diff([compared], "text", colour(out_of("out"))).splitlines()
        end = text.index("  Resources") if "  Resources" in text else None
        yield from (f"  {line.strip()}" for line in text[1:end])


def _side(files: Mapping[str, bytes]) -> Any:
    from generator.estate_data import estate_data
    from generator.render.diff import Side, of_our_version
    from generator.render.yaml_text import parse_template
    from generator.shards.spread import stack_of, whole

    estate = of_our_version(estate_data(files.__getitem__)) if ESTATE in files else None
    stacks = {name: parse_template(files[name].decode()) for name in sorted(files) if stack_of(name)}
    return Side(estate, whole(stacks))


def _as_json(plan: DeploymentPlan, here: DeployTarget) -> str:
    from generator.cli.deploy_log_groups import as_data
    from generator.cli.deploy_stacks import management_as_data

    desired = here.desired
    data = {
        "environment": desired.environment,
        "account": desired.hub.account,
        "region": desired.hub.region,
        "nothing_to_do": plan.empty,
        "problems": [asdict(problem) for problem in plan.report.problems],
        "notes": plan.report.notes,
        "not_looked_at": plan.report.skipped,
        "stack_sets_at_once": plan.report.sets_at_once,
        "buckets": [asdict(one) for one in plan.buckets],
        "replaced": plan.stacks[0].replaced,
        "hub": asdict(plan.hub) if plan.hub else None,
        "termination_protection": plan.stacks[0].protect,
        "members": [asdict(operation) for operation in plan.operations],
        "further_stacks": [asdict(one) for one in plan.stacks[1:]],
        "further_stack_sets": [asdict(one) for one in plan.sets[1:]],
        "retired": {
            "stacks": [desired.label(one) for one in plan.retired_stacks],
            "stack_sets": [asdict(one) for one in plan.retired_sets],
        },
        "management": management_as_data(plan.management),
        "out_of_reach": [asdict(instance) for instance in plan.unreachable],
        "adopted": [asdict(one) for one in plan.report.adopted],
        "log_groups": as_data(plan.log_groups, here),
    }
    return json.dumps(data, indent=1)
