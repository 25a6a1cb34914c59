"""The first phase of a scan: page after page of everything there is, judged, remembered, recorded and counted.

Nothing of a page is kept after it, so memory does not grow with the account.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from handlers.common.deadline import Deadline
from handlers.compliance.ledger import Key, Page, Status
from handlers.compliance.observing import EvaluatedResource, evaluate_now, remember, settling_s
from handlers.compliance.outputs import ResourcePage, TokenExpired, World
from handlers.compliance.remediation import remediate
from handlers.compliance.scan_records import write_records
from handlers.compliance.steps import Phase, Step
from handlers.compliance.totals import ATTEMPTS, PAGES_OF_AN_ATTEMPT, PageCounter, page_number
from handlers.compliance.verdict_log import log_missing

logger = logging.getLogger(__name__)


class ListingFailed(Exception):
    """A listing cannot be read to its end; the text says why."""


def list_page(step: Step, world: World, _deadline: Deadline) -> Step | None:
    """Do one page, and return what follows; None where another chain of the same scan is ahead of this one.

    Raises whatever AWS raises: the message is then handed out again, and the scan goes on with the first page that
    is not stored.
    """
    number = page_number(step.attempt, step.page)
    if world.ledger.page_exists(step.scan, step.type, number):
        return _leap(step, world)
    observed_at = world.now()
    try:
        listed = world.resources.page(step.type, step.token)
    except TokenExpired:
        return _again(step)
    counter, evaluated = _count(listed, step, world, observed_at)
    write_records(evaluated, step, not listed.next, world)
    if world.ledger.page_exists(step.scan, step.type, number):
        logger.info("another invocation runs this scan", extra={"scan": step.scan, "type": step.type, "page": number})
        return None
    world.ledger.put_page(step.scan, Page(step.type, number, counter.numbers(), listed.next), world.now())
    return _following(step, listed.next, world)


def _leap(step: Step, world: World) -> Step | None:
    """Over the pages that are stored already."""
    first = page_number(step.attempt, step.page)
    last = page_number(step.attempt, PAGES_OF_AN_ATTEMPT)
    stored = {
        page.number: page
        for page in world.ledger.pages(step.scan)
        if page.type == step.type and first <= page.number < last
    }
    number = first
    while number + 1 in stored:
        number += 1
    return _following(replace(step, page=number % PAGES_OF_AN_ATTEMPT), stored[number].next, world)


def _following(step: Step, token: str, world: World) -> Step:
    """The next page, the first of the next type, or the next phase."""
    if token:
        return replace(step, page=step.page + 1, token=token)
    types = world.rules.resources
    rest = types[types.index(step.type) + 1 :]
    if rest:
        return Step(step.scan, Phase.LIST, rest[0])
    return Step(step.scan, Phase.CLOSE, types[0])


def _again(step: Step) -> Step:
    """The listing from its beginning, as another attempt: its token is no longer taken."""
    if step.attempt + 1 >= ATTEMPTS:
        raise ListingFailed(f"the pagination token of {step.type} expired {ATTEMPTS} times; the scan has no totals")
    logger.warning("the listing starts again", extra={"scan": step.scan, "type": step.type, "page": step.page})
    return Step(step.scan, Phase.LIST, step.type, attempt=step.attempt + 1)


def _count(
    listed: ResourcePage, step: Step, world: World, observed_at: int
) -> tuple[PageCounter, list[EvaluatedResource]]:
    """Judge, remember and count the resources of a page."""
    counter, evaluated_resources = PageCounter(), list[EvaluatedResource]()
    known = world.ledger.load([Key(resource.type, resource.id) for resource in listed.resources])
    ready: list[EvaluatedResource] = []
    for resource in listed.resources:
        before = known.get(Key(resource.type, resource.id))
        is_known = before is not None and before.latest is not None
        evaluated = evaluate_now(resource, world, observed_at, step.scan, may_be_open=is_known)
        # What was launched just now is looked at by its change in time, or by the next scan.
        if not settling_s(evaluated, before, world):
            ready.append(evaluated)
    for evaluated in remediate(ready, world):
        resource = evaluated.resource
        row = remember(known.get(evaluated.observation.key), evaluated.observation, world)
        if evaluated.observation.status is Status.GONE:
            continue
        counter.add(evaluated.observation.status, evaluated.faulty_keys, str(evaluated.observation.body["owner"]))
        if row.is_pending:
            counter.new.append(resource.id)
        log_missing(evaluated)
        evaluated_resources.append(evaluated)
    return counter, evaluated_resources
