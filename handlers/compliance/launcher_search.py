"""Who launched an instance is said later, beside a finding that people have; nobody waits for it.

CloudTrail has a call some minutes after it was made, which AWS does not promise; so a finding is sent at once, and with
it a message to ourselves that a queue holds for as long as it can. Then, in this order:

1. the finding is open still, says nothing of it yet, and a look at the instance shows the same faults;
2. CloudTrail is asked; where it does not answer, or not yet, the message comes again a few times;
3. the row is saved with the answer and with the finding that is owed anew, in one conditional write, and it is sent.

Nothing is opened or closed here, and nothing is sent where nobody is known. What was launched by an auto-scaling group
is not asked for: the finding names the group, and CloudTrail would name the service.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
"""

from __future__ import annotations

import logging

from handlers.compliance import outbox
from handlers.compliance.ec2 import is_gone
from handlers.compliance.ledger import Conflict, StoredResource
from handlers.compliance.messages import FindLauncher
from handlers.compliance.observation import lacks_launcher, with_launcher
from handlers.compliance.observing import evaluate_now
from handlers.compliance.outputs import PostponedMessage, World
from handlers.compliance.resource import Resource

logger = logging.getLogger(__name__)
# How often a row is read again because another invocation wrote it meanwhile.
TRIES = 5
# How long after a launch CloudTrail may still get to know of it.
LATE_MS = 3_600_000


def handle(search: FindLauncher, world: World) -> None:
    """Find out who launched an instance, and let people know. Raises NotYet and nothing else of AWS's."""
    try:
        why = _search(search, world)
    except PostponedMessage:
        raise
    except Exception as error:
        raise PostponedMessage(f"{type(error).__name__}: {error}") from error
    logger.info("launcher", extra={"resource": search.key.id, "result": why})


def _search(search: FindLauncher, world: World) -> str:
    """What came of it, for the log."""
    if world.trail is None:
        return "CloudTrail is not configured"
    row = world.ledger.load([search.key]).get(search.key)
    if row is None or not lacks_launcher(row):
        # Where the function ended before it had sent what it had saved.
        outbox.send_findings([row] if row else [], world)
        return "nothing to add"
    observed_at = world.now()
    resource = next(iter(world.resources.find(row.type, [row.id])), None)
    if resource is None or not _is_as_remembered(resource, row, observed_at, world):
        return "the instance has changed meanwhile"
    if resource.auto_scaling_group:
        return "the auto-scaling group is known"
    launcher = world.trail.launcher(row.id)
    if not launcher:
        if observed_at - resource.launched_at < LATE_MS:
            raise PostponedMessage("CloudTrail has no record of the launch yet")
        return "CloudTrail has no record of the launch"
    saved = _save(row, launcher, observed_at, world)
    outbox.send_findings([saved] if saved else [], world)
    return "added" if saved else "the instance has changed meanwhile"


def _is_as_remembered(resource: Resource, row: StoredResource, observed_at: int, world: World) -> bool:
    """Whether what people were told is still so; if it is not, a change or a scan finds that, and sends it."""
    if is_gone(resource):
        return False
    return evaluate_now(resource, world, observed_at, may_be_open=False).verdict.fingerprint == row.fingerprint


def _save(row: StoredResource, launcher: str, observed_at: int, world: World) -> StoredResource | None:
    """The row as it is written; None where it became another one meanwhile."""
    current: StoredResource | None = row
    for _ in range(TRIES):
        if current is None or not lacks_launcher(current) or current.fingerprint != row.fingerprint:
            return None
        try:
            return world.ledger.save(with_launcher(current, launcher, observed_at, world.environment), world.now())
        except Conflict:
            current = world.ledger.load([row.key]).get(row.key)
    raise PostponedMessage(f"{row.id} was changed concurrently {TRIES} times in a row")
