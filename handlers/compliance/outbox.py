"""What is owed to people is sent: the event first, then that it was sent is written down.

Where the function ends in between, the same event is sent again, with the same `at`, which changes nothing. Between
both a message to ourselves asks who launched the instance, see `launcher_search.py`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from handlers.common.deadline import Deadline
from handlers.compliance.ledger import Conflict, Key, Ledger, StoredResource
from handlers.compliance.messages import FindLauncher
from handlers.compliance.observation import lacks_launcher, mark_sent
from handlers.compliance.outputs import LONGEST_DELAY_S, World

logger = logging.getLogger(__name__)
# Whoever writes a row meanwhile is another invocation with the same resource; there are never many.
TRIES = 5
# How many findings are sent at once, as PutEvents takes them.
BATCH = 10


class NotSent(Exception):
    """Some findings were not taken; they are owed still."""


def send_findings(rows: Sequence[StoredResource], world: World) -> int:
    """Send what is owed of these rows, and write down what was sent; how many findings were.

    Raises NotSent where some were not taken, after what is said of the others is written down.
    """
    owing = [row for row in rows if row.owed]
    if not owing:
        return 0
    accepted = world.findings.send([row.owed.detail for row in owing if row.owed])
    for row, is_accepted in zip(owing, accepted, strict=True):
        if is_accepted:
            _ask_for_launcher(row, world)
            _settle(row, world.ledger, world.now())
    if not all(accepted):
        raise NotSent(f"{accepted.count(False)} of {len(accepted)} findings were not accepted")
    return len(accepted)


def send_due(world: World, before: int, deadline: Deadline) -> bool:
    """Send what is owed since before that time, ten at a time, one batch at least; whether all of it was done.

    The index shows for a while what was sent already, and the first keys are those: what was done is asked for no more.
    """
    done: set[Key] = set()
    while not done or deadline.left:
        keys = [key for key in world.ledger.due(before, BATCH + len(done)) if key not in done][:BATCH]
        if not keys:
            return True
        send_findings(list(world.ledger.load(keys).values()), world)
        done.update(keys)
    return False


def _ask_for_launcher(row: StoredResource, world: World) -> None:
    """Later, when CloudTrail is likely to know; that it cannot be asked is no reason to fail."""
    if world.trail is None or not lacks_launcher(row):
        return
    try:
        world.messages.send(FindLauncher(row.key).to_message(), LONGEST_DELAY_S)
    except Exception as error:
        logger.warning("launcher search not started", extra={"resource": row.id, "because": type(error).__name__})


def _settle(row: StoredResource, ledger: Ledger, now: int) -> None:
    """Write down that what the row owed was sent, whatever else was written meanwhile."""
    owed = row.owed
    if owed is None:
        return
    current: StoredResource | None = row
    for _ in range(TRIES):
        if current is None:
            return
        updated = mark_sent(current, owed)
        if updated == current:
            return
        try:
            ledger.save(updated, now)
        except Conflict:
            current = ledger.load([row.key]).get(row.key)
        else:
            return
    # It stays owed, and is sent again.
    logger.warning("sent findings not recorded", extra={"resource": row.id})
