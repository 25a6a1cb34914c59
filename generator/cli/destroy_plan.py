"""The deletions of `obsgen destroy`: as lines for a terminal, and as data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from generator.wording import first_of, pluralize

if TYPE_CHECKING:
    from generator.rollout.deploy.desired import DesiredState
    from generator.rollout.deploy.destroy import Removal

SHOWN = 6


def plan_lines(removal: Removal, desired: DesiredState) -> Iterator[str]:
    from generator.rollout.deploy.desired import StackAddress
    from generator.rollout.deploy.members import in_words

    yield f"{desired.environment} of account {desired.hub.account}, {desired.hub.region}"
    yield from (f"  Skipped checks: {check}" for check in removal.unseen)
    if removal.empty:
        yield "  no resources exist"
        return
    for own in removal.management:
        yield f"  Members, {own.name} in {removal.management_account}, {own.region}: the stack"
    for stack_set in removal.further_sets:
        yield f"  Members, {stack_set.name}: the stack set and its {stack_set.instances} stacks"
        yield from (f"    {in_words(operation, desired.members.names)}" for operation in stack_set.operations)
    if removal.set_there:
        yield f"  Members, {desired.members.name}: the stack set and its {removal.instances} stacks"
        yield from (f"    {in_words(operation, desired.members.names)}" for operation in removal.operations)
    for stack in removal.further_stacks:
        yield f"  Hub, {desired.label(StackAddress(stack.name, stack.region))}: {len(stack.resources)} resources"
        yield from _by_type(stack.resources)
    if removal.hub_there:
        yield f"  Hub, {desired.hub.name}: {len(removal.resources)} resources"
        yield from _by_type(removal.resources)
    for bucket in removal.buckets:
        if bucket.there:
            stays = f"; the bucket remains for {', '.join(bucket.users)}" if bucket.users else " and the bucket"
            yield f"  Bucket {bucket.name}: {pluralize(bucket.objects, 'object')}{stays}"


def retained_stacks(removal: Removal) -> str:
    """A clause about stacks in accounts without access: AWS or the owner of the account deletes them."""
    operations = (
        *removal.operations,
        *(operation for stack_set in removal.further_sets for operation in stack_set.operations),
    )
    lost = sorted({account for operation in operations if operation.retain for account in operation.accounts})
    return f", except stacks in {', '.join(lost)}, which AWS gives no access to" if lost else ""


def _by_type(resources: tuple[tuple[str, str, str], ...]) -> Iterator[str]:
    by_type: dict[str, list[str]] = {}
    for logical, kind, _ in resources:
        by_type.setdefault(kind or "of unknown type", []).append(logical)
    for kind, logical_ids in sorted(by_type.items()):
        names = sorted(filter(None, logical_ids))
        more = ", with everything in it" if kind == "AWS::S3::Bucket" else ""
        yield f"    - {len(logical_ids)} {kind}{': ' if names else ''}{first_of(names, SHOWN)}{more}"


def plan_json(removal: Removal, desired: DesiredState) -> str:
    return json.dumps({"environment": desired.environment, "nothing_to_do": removal.empty, **asdict(removal)}, indent=1)
