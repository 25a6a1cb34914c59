"""The scan: everything there is, judged; the truth, which events only make quicker.

A scan is a chain of steps. Each does a page or so and names the next; they follow one another while there is time, then
the next one is a message to ourselves. A message that is handed out again, or twice, begins at its step again. That
does no harm, because each step may be done twice, and costs little, because LIST leaps over the pages that are
stored: what failed in the middle goes on where it was. Of two chains of one scan one ends as soon as it finds a page
stored that it was about to store itself: whoever stored it has a message of its own, which comes again if it fails.

One scan runs at a time. Another that starts meanwhile is dropped, unless the one that runs is older than a scan can
be: then its steps find that it no longer runs, and end. Totals are written of whole scans only.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from handlers.common.deadline import Deadline
from handlers.compliance import scan_close, scan_finish, scan_pages
from handlers.compliance.outputs import World
from handlers.compliance.steps import Phase, Step

logger = logging.getLogger(__name__)
# With less time than this left, the next step is a message: a page of 200 takes some seconds.
RESERVE_SECONDS = 20.0
# A page may take longer than the longest before it.
SAFETY = 1.5
# 10,000 instances take a few minutes. Whatever has not ended after so long will not: its message was given up. It is
# less than an hour, so that a dead scan costs none of those that begin each hour.
LONGEST_SCAN_MS = 50 * 60_000

_PHASES: Mapping[Phase, Callable[[Step, World, Deadline], Step | None]] = {
    Phase.LIST: scan_pages.list_page,
    Phase.CLOSE: scan_close.close,
    Phase.FINISH: scan_finish.finish,
    Phase.SEND: scan_finish.send,
}


def start(scan: int, world: World, deadline: Deadline) -> None:
    """Begin the scan of that scheduled time, or go on with it. Does nothing where it or a later one has finished,
    or another one runs."""
    running = world.ledger.running_scan()
    if running is None or running.scan != scan:
        latest = world.ledger.totals(1)
        if latest and latest[0]["at"] >= scan:
            logger.info("this scan or a later one has finished", extra={"scan": scan, "latest": latest[0]["at"]})
            return
        if not world.ledger.start_scan(scan, world.now(), world.now() - LONGEST_SCAN_MS):
            logger.warning("another scan is running", extra={"scan": scan, "running": running and running.scan})
            return
    _run(Step(scan, Phase.LIST, world.rules.resources[0]), world, deadline)


def resume(step: Step, world: World, deadline: Deadline) -> None:
    """Go on with a scan, unless it has finished or was superseded."""
    running = world.ledger.running_scan()
    if running is None or running.scan != step.scan:
        logger.info("this scan has ended", extra={"scan": step.scan, "phase": str(step.phase)})
        return
    if step.phase is Phase.LIST and step.type not in world.rules.resources:
        logger.warning("the rules have changed; the scan is stopped", extra={"scan": step.scan, "type": step.type})
        world.ledger.end_scan(step.scan)
        return
    _run(step, world, deadline)


def _run(step: Step, world: World, deadline: Deadline) -> None:
    """Step after step; at least one, and further ones while there is time for another like the longest so far."""
    working, longest = deadline.earlier(RESERVE_SECONDS), 0.0
    following: Step | None = step
    while following and (
        following is step or not following.delay_s and deadline.left > max(RESERVE_SECONDS, SAFETY * longest)
    ):
        before = deadline.left
        following = _PHASES[following.phase](following, world, working)
        longest = max(longest, before - deadline.left)
    if following:
        world.messages.send(following.to_message(), following.delay_s)
