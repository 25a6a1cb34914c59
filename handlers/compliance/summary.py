"""The summary of an account and Region: one finding for all resources of scans that have none of their own.

It opens with the first of them, is updated when there are more or fewer, and closes with the last. A resource that the
summary tells, and that is fixed or terminated, is no event of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from handlers.compliance import wording
from handlers.compliance.ledger import SUMMARY, Conflict, Status, StoredResource
from handlers.compliance.observation import New, Observation, apply_observation
from handlers.compliance.outputs import World

logger = logging.getLogger(__name__)
# How often the row is read again because somebody wrote it meanwhile.
TRIES = 5


def is_stale(world: World) -> bool:
    """Whether the summary says another number than there is."""
    return world.ledger.count_in_summary() != _count(world.ledger.load([SUMMARY]).get(SUMMARY))


def refresh(world: World, added_by: int = 0) -> StoredResource | None:
    """Owe people the summary where something about it has changed; the row, None where there never was a summary.

    added_by: the scan that has put resources into it, 0 for none. People hear of those even where as many others were
    fixed meanwhile; of one scan's they hear once.
    """
    for _ in range(TRIES):
        before = world.ledger.load([SUMMARY]).get(SUMMARY)
        count = world.ledger.count_in_summary()
        latest_scan = max(added_by, int(before.body.get("scan", 0)) if before else 0)
        if count == _count(before) and (not count or before and latest_scan == before.body.get("scan")):
            return before
        observation = _observation(count, latest_scan, max(world.now(), before.observed_at + 1 if before else 0), world)
        try:
            after = apply_observation(before, observation, world.environment, New.EACH)
            return world.ledger.save(after, world.now())
        except Conflict:
            continue
    # The next tick finds it stale.
    logger.warning("summary not refreshed")
    return None


def _count(row: StoredResource | None) -> int:
    return int(row.body.get("count", 0)) if row else 0


def _observation(count: int, scan: int, observed_at: int, world: World) -> Observation:
    status = Status.NON_COMPLIANT if count else Status.COMPLIANT
    fingerprint = f"{count} of {scan}" if count else ""
    content = _content(count, world)
    return Observation(SUMMARY, observed_at, status, fingerprint, {"count": count, "scan": scan}, content)


def _content(count: int, world: World) -> Mapping[str, Any]:
    latest = world.ledger.totals(1)
    total = latest[0] if latest else {}
    return wording.summary(count, total, world.rules.of(world.account), world.region)
