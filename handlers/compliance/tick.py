"""Every 15 minutes: what was owed and not sent is sent, and the summary follows the resources that it stands for.

An account where nothing happens costs two queries and one read.
"""

from __future__ import annotations

from handlers.common.deadline import Deadline
from handlers.compliance import outbox, summary
from handlers.compliance.outputs import World
from handlers.compliance.scan import LONGEST_SCAN_MS

# Whoever owes a finding sends it at once; after a minute it has failed to.
OVERDUE_MS = 60_000
RESERVE_SECONDS = 20.0


def tick(world: World, deadline: Deadline) -> None:
    """Send what is overdue, while there is time; refresh the summary."""
    _refresh(world)
    outbox.send_due(world, world.now() - OVERDUE_MS, deadline.earlier(RESERVE_SECONDS))


def _refresh(world: World) -> None:
    """Not while a scan runs: it is about to add to the summary, and people would hear of it twice."""
    if not summary.is_stale(world):
        return
    running = world.ledger.running_scan()
    if running and running.started >= world.now() - LONGEST_SCAN_MS:
        return
    row = summary.refresh(world)
    outbox.send_findings([row] if row else [], world)
