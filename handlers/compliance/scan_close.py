"""The second phase of a scan: what is remembered as non-compliant, and was not listed, is gone.

So is, for people, what is of a type that the rules have no longer: nobody would ever look at it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from handlers.common.deadline import Deadline
from handlers.compliance import ec2
from handlers.compliance.ledger import Key, StoredResource
from handlers.compliance.observation import Observation
from handlers.compliance.observing import evaluate_now, remember, unchecked, vanished
from handlers.compliance.outputs import Unsupported, World
from handlers.compliance.resource import Resource
from handlers.compliance.steps import Phase, Step
from handlers.compliance.totals import whole_listing

# As many rows as DynamoDB reads in one request.
BATCH = 100


def close(step: Step, world: World, _deadline: Deadline) -> Step | None:
    """Do one batch of a type's open resources, and return what follows.

    Nothing is done about a type of which this scan has no whole listing, as where the rules have changed meanwhile.
    """
    types = _types(world)
    if step.type in types and (step.token or _is_listed(step, world)):
        ids = world.ledger.open_resources(step.type, step.token, BATCH)
        rows = world.ledger.load([Key(step.type, id_) for id_ in ids])
        _close([row for row in rows.values() if _is_unlisted(row, step.scan)], step, world)
        if len(ids) == BATCH:
            return replace(step, token=ids[-1])
    rest = types[types.index(step.type) + 1 :] if step.type in types else ()
    return Step(step.scan, Phase.CLOSE, rest[0]) if rest else Step(step.scan, Phase.FINISH)


def _types(world: World) -> tuple[str, ...]:
    """Those of the rules, and then those of the latest scan that the rules have no longer."""
    latest = world.ledger.totals(1)
    known = latest[0]["by_type"] if latest else ()
    return (*world.rules.resources, *sorted(set(known) - set(world.rules.resources)))


def _is_listed(step: Step, world: World) -> bool:
    is_checked = step.type in world.rules.resources
    return not is_checked or whole_listing(world.ledger.pages(step.scan), step.type) is not None


def _is_unlisted(row: StoredResource, scan: int) -> bool:
    return row.is_open and row.last_scan < scan and row.observed_at < scan


def _close(rows: Sequence[StoredResource], step: Step, world: World) -> None:
    """A listing may leave out what was there all the time, such as an instance that moved from one page to another:
    where the service can be asked for single ids, it is asked."""
    if not rows:
        return
    observed_at = world.now()
    if step.type not in world.rules.resources:
        for row in rows:
            remember(row, unchecked(row, observed_at), world)
        return
    try:
        resources = world.resources.find(step.type, [row.id for row in rows])
    except Unsupported:
        resources = []
    existing = {resource.id: resource for resource in resources if not ec2.is_gone(resource)}
    for row in rows:
        remember(row, _observation(row, existing.get(row.id), step, world, observed_at), world)


def _observation(
    row: StoredResource, resource: Resource | None, step: Step, world: World, observed_at: int
) -> Observation:
    if resource:
        return evaluate_now(resource, world, observed_at, step.scan).observation
    return vanished(row, world, observed_at)
