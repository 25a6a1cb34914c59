"""Changes of a rollout to stacks, as lines: those of the hub, and those of the management account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from generator.cli.deploy_log_groups import adoption_lines
from generator.cli.rollout import DeployTarget
from generator.wording import first_lines, pluralize

if TYPE_CHECKING:
    from generator.rollout.aws.stack import ChangeSet, ResourceChange
    from generator.rollout.deploy.hub_stack import StackPlan
    from generator.rollout.deploy.management import ManagementPlan
    from generator.rollout.deploy.transition import Transition

SECURITY = ("AWS::IAM::", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::Events::EventBusPolicy", "AWS::Oam::")
SECURITY_TOO = ("AWS::Lambda::Permission", "AWS::Logs::ResourcePolicy", "AWS::KMS::Key")
SHOWN = 20


def interim_lines(between: Transition, file: str) -> Iterator[str]:
    """The updates that precede the last one of a stack."""
    if file in between.moved:
        yield "    first: resources that move to another stack are deleted here, before they are created there"
    if file in between.declaring:
        yield "    first: its composites get the accounts that have the alarms they name"
    if file in between.keeping:
        yield "    in two updates: alarms that composites of other stacks name are deleted after these have changed"


def stack_lines(plan: StackPlan, file: str, target: DeployTarget) -> Iterator[str]:
    if plan.replaced:
        yield f"    REPLACED: the stack is in {plan.replaced} and must be deleted and re-created"
    if plan.change_set is None:
        count = pluralize(len(target.templates[file]["Resources"]), "resource")
        yield f"    will be created with {count} (out/{target.desired.environment}/{file})"
    else:
        yield from _changes(plan.change_set)
    if plan.protect is not None:
        yield f"    ~ termination protection: {'on' if plan.protect else 'OFF'}"


def _changes(change_set: ChangeSet) -> Iterator[str]:
    """Deletions and replacements first, then permissions, then the rest."""
    if not change_set.changes:
        yield "    nothing to do"
    groups: dict[str, list[ResourceChange]] = {"REMOVED": [], "REPLACED": [], "permissions": [], "other": []}
    for change in change_set.changes:
        if change.action == "Remove":
            groups["REMOVED"].append(change)
        elif change.replaced in ("True", "Conditional"):
            groups["REPLACED"].append(change)
        else:
            secure = change.type.startswith(SECURITY) or change.type in SECURITY_TOO
            groups["permissions" if secure else "other"].append(change)
    signs = {"Add": "+", "Remove": "-", "Modify": "~", "Import": "="}
    for title, changes in groups.items():
        if not changes:
            continue
        if title != "other":
            yield f"    {title}"
        ordered = sorted(changes, key=lambda change: change.logical_id)
        # What is merely added to an empty hub is in its template; what is lost is always named.
        most = SHOWN if title in ("permissions", "other") else len(ordered)
        lines = []
        for change in ordered:
            perhaps = " (perhaps)" if change.replaced == "Conditional" else ""
            lines.append(f"    {signs.get(change.action, '?')} {change.logical_id} ({change.type}){perhaps}")
        yield from first_lines(lines, most, "    ")


def management_lines(plan: ManagementPlan, target: DeployTarget) -> Iterator[str]:
    """The stacks of the management account: those that go, and those that out/ asks for."""
    for stack_to_delete in plan.leaving:
        why = (
            "it has no resources any more"
            if stack_to_delete.name in target.desired.retired_sets
            else "no longer in the spec"
        )
        label = f"{stack_to_delete.name} in {plan.name} ({plan.account}), {stack_to_delete.region}"
        yield f"  Members, {label}: DELETED, {why}"
    stacks = target.desired.management.stacks if target.desired.management else ()
    for stack, planned in zip(stacks, plan.stacks, strict=True):
        yield f"  Members, {stack.name} in {plan.name} ({plan.account}), {stack.region}"
        yield from adoption_lines(plan.adopted.get(stack.address, ()), target.templates[stack.file])
        if stack.region in plan.between:
            # A change set gives a stack its template and its parameters at once, so no parameter has to be updated
            # first.
            yield from interim_lines(replace(plan.between[stack.region], declaring={}), stack.file)
        yield from stack_lines(planned, stack.file, target)


def management_as_data(plan: ManagementPlan) -> dict[str, Any] | None:
    if not plan.account:
        return None
    adopted = [{"region": address.region, **asdict(item)} for address, own in plan.adopted.items() for item in own]
    stacks, leaving = ([asdict(item) for item in group] for group in (plan.stacks, plan.leaving))
    return {"name": plan.name, "account": plan.account, "stacks": stacks, "leaving": leaving, "adopted": adopted}
