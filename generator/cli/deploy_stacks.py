"""What a rollout would do to stacks, as lines: the hub's, and those of the management account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from generator.cli.deploy_log_groups import adoption_lines
from generator.cli.rollout import DeployTarget

if TYPE_CHECKING:
    from generator.rollout.aws.stack import ChangeSet, ResourceChange
    from generator.rollout.deploy.hub_stack import StackPlan
    from generator.rollout.deploy.management import ManagementPlan
    from generator.rollout.deploy.transition import Transition

SECURITY = ("AWS::IAM::", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::Events::EventBusPolicy", "AWS::Oam::")
SECURITY_TOO = ("AWS::Lambda::Permission", "AWS::Logs::ResourcePolicy", "AWS::KMS::Key")
SHOWN = 20


def interim_lines(between: Transition, file: str) -> Iterator[str]:
    """What is done before a stack is as the file says it."""
    if file in between.moved:
        yield "    first of all: what is in another stack from now on is deleted here, before it is made there"
    if file in between.told:
        yield "    first of all: its composites know which accounts have what they name"
    if file in between.kept:
        yield "    in two updates: what composites of other stacks name goes once these have changed"


def stack_lines(plan: StackPlan, file: str, here: DeployTarget) -> Iterator[str]:
    if plan.replaced:
        yield f"    REPLACED as a whole: it is in {plan.replaced}, and can only be deleted and made anew"
    if plan.change_set is None:
        count = len(here.templates[file]["Resources"])
        yield f"    is made; its {count} resources are in out/{here.desired.environment}/{file}"
    else:
        yield from _changes(plan.change_set)
    if plan.protect is not None:
        yield f"    ~ termination protection: {'on' if plan.protect else 'OFF'}"


def _changes(change_set: ChangeSet) -> Iterator[str]:
    """What is lost or made anew first, then what concerns who may do what, then the rest."""
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
        for change in ordered[:most]:
            perhaps = " (perhaps)" if change.replaced == "Conditional" else ""
            yield f"    {signs.get(change.action, '?')} {change.logical_id} ({change.type}){perhaps}"
        if len(ordered) > most:
            yield f"    and {len(ordered) - most} more"


def management_lines(mine: ManagementPlan, here: DeployTarget) -> Iterator[str]:
    """The stacks of the management account: those that go, and those that out/ asks for."""
    for gone in mine.leaving:
        why = "for it has nothing any more" if gone.name in here.desired.retired_sets else "no longer in the spec"
        yield f"  Members, {gone.name} in {mine.name} ({mine.account}), {gone.region}: DELETED, {why}"
    stacks = here.desired.management.stacks if here.desired.management else ()
    for stack, planned in zip(stacks, mine.stacks, strict=True):
        yield f"  Members, {stack.name} in {mine.name} ({mine.account}), {stack.region}"
        yield from adoption_lines(mine.adopted.get(stack.address, ()), here.templates[stack.file])
        if stack.region in mine.between:
            # A change set gives a stack its template and its parameters at once, so nothing has to be told first.
            yield from interim_lines(replace(mine.between[stack.region], told={}), stack.file)
        yield from stack_lines(planned, stack.file, here)


def management_as_data(mine: ManagementPlan) -> dict[str, Any] | None:
    if not mine.account:
        return None
    adopted = [{"region": address.region, **asdict(one)} for address, own in mine.adopted.items() for one in own]
    stacks, leaving = ([asdict(one) for one in some] for some in (mine.stacks, mine.leaving))
    return {"name": mine.name, "account": mine.account, "stacks": stacks, "leaving": leaving, "adopted": adopted}
