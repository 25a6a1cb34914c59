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
from handlers.compliance.ledger import Conflict, Key, Page, StoredResource
from handlers.compliance.observation import owe, put_in_summary
from handlers.compliance.outputs import COMPLIANT, NON_COMPLIANT, Point, World
from handlers.compliance.resource import EC2_INSTANCE
from handlers.compliance.steps import Phase, Step
from handlers.compliance.totals import new_ids, total, whole_listing

logger = logging.getLogger(__name__)
SOURCE = {"Source": "Scan"}
# How often a row is read again because a change wrote it meanwhile.
TRIES = 5
# A finding's time may be some milliseconds ahead, to be later than that of the finding before.
AHEAD_MS = 60_000


def finish(step: Step, world: World, deadline: Deadline) -> Step | None:
    """Write the totals, then decide page by page about what is new; None where a listing is not whole.

    Metrics that could not be put are no reason to keep anything from people: all of it is done again for them.
    """
    pages = world.ledger.pages(step.scan)
    listings = {type_: whole_listing(pages, type_) for type_ in world.rules.resources}
    whole = {type_: listing for type_, listing in listings.items() if listing}
    if len(whole) < len(listings):
        partial = sorted(listings.keys() - whole.keys())
        logger.error("no totals: the scan is incomplete", extra={"scan": step.scan, "partial": partial})
        world.ledger.end_scan(step.scan)
        return None
    failure = None if step.page else _write_totals(step.scan, whole, world)
    new = [page for listing in whole.values() for page in listing if new_ids(page)]
    for number, page in enumerate(new[step.page :], step.page):
        if not deadline.left and number > step.page and not failure:
            return replace(step, page=number)
        _decide(page, _in_summary(new, world), world)
    if failure:
        raise failure
    return Step(step.scan, Phase.SEND, page=int(bool(new) and _in_summary(new, world)))


def send(step: Step, world: World, deadline: Deadline) -> Step | None:
    """Send the findings that are owed; then once more with the summary, when the indexes show all of them, and the scan
    ends."""
    if step.attempt:
        summary.refresh(world, step.scan if step.page else 0)
    if not outbox.send_due(world, world.now() + AHEAD_MS, deadline):
        return step
    if not step.attempt:
        return replace(step, attempt=1)
    world.ledger.end_scan(step.scan)
    logger.info("scan completed", extra={"scan": step.scan})
    return None


def _write_totals(scan: int, listings: Mapping[str, Sequence[Page]], world: World) -> Exception | None:
    """Write them down and put the metrics; the error where CloudWatch took none.

    The points are of now: an alarm looks at its latest period alone, and a scan may take longer than that. One that is
    put twice changes no maximum.
    """
    numbers = total(scan, world.account, world.region, listings)
    world.ledger.put_total(scan, numbers, world.now())
    instances = numbers["by_type"].get(EC2_INSTANCE)
    if not instances:
        return None
    # An exempt instance is not checked, so it is neither.
    counts = {COMPLIANT: instances["compliant"], NON_COMPLIANT: instances["non_compliant"]}
    at = world.now()
    try:
        world.metrics.put([Point(name, count, at, SOURCE) for name, count in counts.items()])
    except Exception as error:
        logger.error("scan not counted", extra={"error": type(error).__name__, "scan": scan})
        return error
    return None


def _in_summary(new: Sequence[Page], world: World) -> bool:
    """Whether the summary tells what is new, instead of a finding each. What nobody is told of is new in each scan."""
    scans = world.rules.notify.scans
    count = sum(len(new_ids(page)) for page in new)
    return scans == "summary" or (scans == "each" and count > world.rules.notify.summary_above)


def _decide(page: Page, is_in_summary: bool, world: World) -> None:
    if world.rules.notify.scans == "none":
        return
    decided: Callable[[StoredResource], StoredResource]
    decided = put_in_summary if is_in_summary else lambda row: owe(row, world.environment)
    for row in world.ledger.load([Key(page.type, id_) for id_ in new_ids(page)]).values():
        _save(row, decided, world)


def _save(row: StoredResource | None, decided: Callable[[StoredResource], StoredResource], world: World) -> None:
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
    logger.warning("resource not decided", extra={"resource": row and row.id})
