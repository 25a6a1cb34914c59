"""The plan of a rollout: as lines for a terminal, and as data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from generator.cli.deploy_log_groups import adoption_lines, as_data, log_group_lines
from generator.cli.deploy_stacks import interim_lines, management_as_data, management_lines, stack_lines
from generator.cli.exit import colour, out_of
from generator.wording import pluralize

if TYPE_CHECKING:
    from generator.cli.rollout import DeployTarget
    from generator.rollout.aws.operations import Instance
    from generator.rollout.deploy.desired import DesiredState
    from generator.rollout.deploy.plan import DeploymentPlan

ESTATE = "estate.json"


def plan_lines(plan: DeploymentPlan, target: DeployTarget) -> Iterator[str]:
    """The steps of the rollout: first checks that did not run and accounts out of reach, then buckets and stacks."""
    desired = target.desired
    yield f"{desired.environment} to account {desired.hub.account}, {desired.hub.region}"
    yield from (f"  Note: {note}" for note in plan.report.notes)
    yield from (f"  Skipped checks: {check}" for check in plan.report.skipped)
    yield from _by_hand(plan.unreachable, desired)
    yield from log_group_lines(plan.log_groups, target)
    if plan.empty:
        yield "  nothing to do"
        return
    yield from _in_alarm_language(plan, desired)
    yield from _buckets(plan, desired)
    yield from _hub_lines(plan, target)
    yield from _member_lines(plan, desired)
    yield from management_lines(plan.management, target)


def _hub_lines(plan: DeploymentPlan, target: DeployTarget) -> Iterator[str]:
    desired = target.desired
    for retired in plan.retired_stacks:
        yield f"  Hub, {desired.label(retired)}: DELETED, it has no resources any more"
    for stack, planned in zip(desired.stacks, plan.stacks, strict=True):
        resources = target.templates[stack.file]["Resources"]
        adopted = [adoption for adoption in plan.report.adopted if adoption.logical_id in resources]
        yield f"  Hub, {desired.label(stack)}"
        yield from adoption_lines(adopted, target.templates[stack.file])
        yield from interim_lines(plan.between, stack.file)
        yield from stack_lines(planned, stack.file, target)


def _member_lines(plan: DeploymentPlan, desired: DesiredState) -> Iterator[str]:
    from generator.rollout.deploy.members import in_words

    for retired in plan.retired_sets:
        stacks = pluralize(retired.instances, "stack")
        yield f"  Members, {retired.name}: DELETED with {stacks}, it has no resources any more"
    for members, stack_set in zip(desired.sets, plan.sets, strict=True):
        reached = len(members.names) or stack_set.instances
        yield f"  Members, {members.name}: {_reach(reached, desired)}"
        yield from interim_lines(plan.between, members.file)
        yield from (f"    {in_words(operation, plan.names)}" for operation in stack_set.operations)
        if not stack_set.operations:
            yield "    nothing to do"


def _reach(accounts: int, desired: DesiredState) -> str:
    regions = desired.members.regions
    but = f" except {', '.join(name for _, name in desired.members.excluded)}" if desired.members.excluded else ""
    units = f", all accounts of {', '.join(desired.members.units)}{but}" if desired.members.units else ""
    return f"{pluralize(accounts, 'account')} × {pluralize(len(regions), 'Region')} ({', '.join(regions)}){units}"


def _by_hand(instances: Iterable[Instance], desired: DesiredState) -> Iterator[str]:
    for instance in instances:
        name = desired.members.names.get(instance.account, instance.account)
        yield f"  Out of reach: {name} {instance.account} {instance.region} is INOPERABLE: {instance.reason}"
        yield (
            f"    = help: run `aws cloudformation delete-stack-instances --retain-stacks` for it, delete its stack in"
            f" {instance.account}, and deploy again"
        )


def _buckets(plan: DeploymentPlan, desired: DesiredState) -> Iterator[str]:
    """One line for each bucket that is made, changed or left, and for each package with its Regions."""
    from generator.rollout.deploy.asset_buckets import UNUSED

    uploads: dict[str, list[str]] = {}
    for bucket in plan.buckets:
        what = "packages and templates" if bucket.region == desired.hub.region else "packages"
        if bucket.state == UNUSED:
            outcome = f"remains for {', '.join(bucket.users)}" if bucket.users else "DELETED"
            yield f"  Bucket for {what} in {bucket.region}: no longer used, {outcome}"
        elif bucket.state:
            yield f"  Bucket for {what} in {bucket.region}: {bucket.state}"
        for key in bucket.uploads:
            uploads.setdefault(key, []).append(bucket.region)
    yield from (f"  Upload {key} to {', '.join(regions)}" for key, regions in sorted(uploads.items()))


def _in_alarm_language(plan: DeploymentPlan, desired: DesiredState) -> Iterator[str]:
    """Changes of alarms since the last complete rollout. Its record may have been damaged since."""
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
    from generator.render.diff import DiffSide, of_our_version
    from generator.render.yaml_text import parse_template
    from generator.shards.spread import stack_of, whole

    estate = of_our_version(estate_data(files.__getitem__)) if ESTATE in files else None
    stacks = {name: parse_template(files[name].decode()) for name in sorted(files) if stack_of(name)}
    return DiffSide(estate, whole(stacks))


def plan_json(plan: DeploymentPlan, target: DeployTarget) -> str:
    """The plan for `--json`."""
    desired = target.desired
    data = {
        "environment": desired.environment,
        "account": desired.hub.account,
        "region": desired.hub.region,
        "nothing_to_do": plan.empty,
        "problems": [asdict(problem) for problem in plan.report.problems],
        "notes": plan.report.notes,
        "not_looked_at": plan.report.skipped,
        "stack_sets_at_once": plan.report.sets_at_once,
        "buckets": [asdict(bucket) for bucket in plan.buckets],
        "replaced": plan.stacks[0].replaced,
        "hub": asdict(plan.hub) if plan.hub else None,
        "termination_protection": plan.stacks[0].protect,
        "members": [asdict(operation) for operation in plan.operations],
        "further_stacks": [asdict(stack) for stack in plan.stacks[1:]],
        "further_stack_sets": [asdict(stack_set) for stack_set in plan.sets[1:]],
        "retired": {
            "stacks": [desired.label(stack) for stack in plan.retired_stacks],
            "stack_sets": [asdict(stack_set) for stack_set in plan.retired_sets],
        },
        "management": management_as_data(plan.management),
        "out_of_reach": [asdict(instance) for instance in plan.unreachable],
        "adopted": [asdict(adoption) for adoption in plan.report.adopted],
        "log_groups": as_data(plan.log_groups, target),
    }
    return json.dumps(data, indent=1)
