"""The last phases of a scan: totals and metrics; who hears of what is new, and how; and sending it.

What is new stands in the pages, so that a step that is done again decides the same: up to `summary_above` resources
have a finding each, more are told by the summary.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from handlers.common.deadline import Deadline
from handlers.compliance import outbox, summary
from handlers.compliance.ledger import Conflict, Key, Page, Remembered
from handlers.compliance.observation import owe, put_in_summary
from handlers.compliance.outputs import COMPLIANT, NON_COMPLIANT, Point, World
from handlers.compliance.resource import EC2_INSTANCE
from handlers.compliance.steps import Phase, Step
from handlers.compliance.totals import new_ids, total, whole_listing

logger = logging.getLogger(__name__)
SOURCE = {"Source": "Scan"}
# How many findings are sent at once, as PutEvents takes them.
BATCH = 10
# How often a row is read again because a change wrote it meanwhile.
TRIES = 5
# A finding's time may be some milliseconds ahead, to be later than that of the finding before.
AHEAD_MS = 60_000


def finish(step: Step, world: World, deadline: Deadline) -> Step | None:
    """Write the totals, then decide page by page about what is new; None where a listing is not whole."""
    pages = world.ledger.pages(step.scan)
    listings = {type_: whole_listing(pages, type_) for type_ in world.rules.resources}
    whole = {type_: listing for type_, listing in listings.items() if listing}
    if len(whole) < len(listings):
        partial = sorted(listings.keys() - whole.keys())
        logger.error("no totals: the scan is not whole", extra={"scan": step.scan, "partial": partial})
        world.ledger.end_scan(step.scan)
        return None
    if not step.page:
        _write_totals(step.scan, whole, world)
    new = [page for listing in whole.values() for page in listing if new_ids(page)]
    for number, page in enumerate(new[step.page :], step.page):
        if not deadline.left and number > step.page:
            return replace(step, page=number)
        _decide(page, _in_summary(new, world), world)
    added = step.scan if new and _in_summary(new, world) else 0
    summary.refresh(world, added)
    return Step(step.scan, Phase.SEND)


def send(step: Step, world: World, _deadline: Deadline) -> Step | None:
    """Send some of the findings that are owed; the scan ends when none is left."""
    keys = world.ledger.due(world.now() + AHEAD_MS, BATCH)
    if outbox.send(list(world.ledger.load(keys).values()), world):
        return step
    world.ledger.end_scan(step.scan)
    logger.info("the scan is done", extra={"scan": step.scan})
    return None


def _write_totals(scan: int, listings: Mapping[str, Sequence[Page]], world: World) -> None:
    """Metrics first: a data point that is put twice changes no maximum, and one that is missing says less.

    Its time is now, not the scan's: an alarm does not look back at a period that it has evaluated with other data.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    """
    numbers = total(scan, world.account, world.region, listings)
    instances = numbers["by_type"].get(EC2_INSTANCE)
    if instances:
        # An exempt instance is not checked, so it is neither.
        counts = {COMPLIANT: instances["compliant"], NON_COMPLIANT: instances["non_compliant"]}
        world.metrics.put([Point(name, count, world.now(), SOURCE) for name, count in counts.items()])
    world.ledger.put_total(scan, numbers, world.now())


def _in_summary(new: Sequence[Page], world: World) -> bool:
    """Whether the summary tells what is new, instead of a finding each.

    What nobody is told of stays new in each scan.
    """
    scans = world.rules.notify.scans
    count = sum(len(new_ids(page)) for page in new)
    return scans == "summary" or (scans == "each" and count > world.rules.notify.summary_above)


def _decide(page: Page, is_in_summary: bool, world: World) -> None:
    if world.rules.notify.scans == "none":
        return
    decided: Callable[[Remembered], Remembered]
    decided = put_in_summary if is_in_summary else lambda row: owe(row, world.environment)
    for row in world.ledger.load([Key(page.type, id_) for id_ in new_ids(page)]).values():
        _save(row, decided, world)


def _save(row: Remembered | None, decided: Callable[[Remembered], Remembered], world: World) -> None:
    for _ in range(TRIES):
        if row is None or (after := decided(row)) == row:
            return
        try:
            world.ledger.save(after, world.now())
        except Conflict:
            row = world.ledger.load([row.key]).get(row.key)
        else:
            return
    # It stays pending, and the next scan decides.
    logger.warning("not decided", extra={"resource": row and row.id})
