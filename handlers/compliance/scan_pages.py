"""The first phase of a scan: page after page of everything there is, judged, remembered, recorded and counted.

Nothing of a page is kept after it, so memory does not grow with the account: 200 instances, as DescribeInstances tells of
them, are some 20 MB of Python objects.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from handlers.common.deadline import Deadline
from handlers.compliance import ec2
from handlers.compliance.judge import judge
from handlers.compliance.ledger import Conflict, Key, Page, Remembered, Status
from handlers.compliance.observation import New, Observation, absorb, is_worth_saving
from handlers.compliance.outputs import ResourcePage, TokenExpired, World
from handlers.compliance.resource import Resource
from handlers.compliance.steps import Phase, Step
from handlers.compliance.totals import ATTEMPTS, PAGES_OF_AN_ATTEMPT, PageCounter, page_number
from handlers.compliance.verdict import Verdict

logger = logging.getLogger(__name__)
# How often a row is read again because a change wrote it meanwhile.
TRIES = 5


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
    counter = _count(listed, step, world, observed_at)
    if world.ledger.page_exists(step.scan, step.type, number):
        logger.info("another chain does this scan", extra={"scan": step.scan, "type": step.type, "page": number})
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
        raise ListingFailed(f"the listing of {step.type} lost its place {ATTEMPTS} times; the scan has no totals")
    logger.warning("the listing begins again", extra={"scan": step.scan, "type": step.type, "page": step.page})
    return Step(step.scan, Phase.LIST, step.type, attempt=step.attempt + 1)


def _count(listed: ResourcePage, step: Step, world: World, observed_at: int) -> PageCounter:
    """Judge, remember, record and count the resources of a page."""
    counter, lines = PageCounter(), list[tuple[str, str]]()
    known = world.ledger.load([Key(resource.type, resource.id) for resource in listed.resources])
    rules, today = world.rules.of(world.account), _day(observed_at)
    for resource in listed.resources:
        is_gone = ec2.is_gone(resource)
        verdict = Verdict() if is_gone else judge(resource, rules, today)
        observation = observe(resource, verdict, world, observed_at, step.scan)
        row = remember(known.get(observation.key), observation, world)
        if is_gone:
            continue
        counter.add(observation.status, [*verdict.missing, *(one.key for one in verdict.invalid)], row.body["owner"])
        if row.is_pending:
            counter.new.append(resource.id)
        lines.append((resource.id, ""))
    return counter


def remember(before: Remembered | None, observation: Observation, world: World) -> Remembered:
    """Write what follows from an observation, and return it; where it changes nothing, without writing."""
    for _ in range(TRIES):
        after = absorb(before, observation, world.environment, New.HOLD)
        if not is_worth_saving(before, after):
            return after
        try:
            return world.ledger.save(after, world.now())
        except Conflict:
            before = world.ledger.load([observation.key]).get(observation.key)
    raise Conflict(f"{observation.key.id} was written by others {TRIES} times in a row")
