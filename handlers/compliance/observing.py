"""From a resource to what is remembered of it, as scans do it: judge, word, absorb, save."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from handlers.compliance import ec2, wording
from handlers.compliance.judge import judge
from handlers.compliance.ledger import Conflict, Remembered, Status
from handlers.compliance.observation import New, Observation, absorb, is_worth_saving
from handlers.compliance.outputs import World
from handlers.compliance.resource import Resource
from handlers.compliance.verdict import Verdict

OWNER = "Owner"
# How often a row is read again because a change wrote it meanwhile.
TRIES = 5


@dataclass(frozen=True, slots=True)
class Judged:
    """A resource with its verdict, and what is observed of it."""

    resource: Resource
    verdict: Verdict
    observation: Observation

    @property
    def faulty_keys(self) -> list[str]:
        """The tags that are missing or invalid."""
        return [*self.verdict.missing, *(invalid.key for invalid in self.verdict.invalid)]


def remember(before: Remembered | None, observation: Observation, world: World) -> Remembered:
    """Write what follows from an observation of a scan, and return it; where it changes nothing, without writing."""
    for _ in range(TRIES):
        after = absorb(before, observation, world.environment, New.HOLD)
        if not is_worth_saving(before, after):
            return after
        try:
            return world.ledger.save(after, world.now())
        except Conflict:
            before = world.ledger.load([observation.key]).get(observation.key)
    raise Conflict(f"{observation.key.id} was written by others {TRIES} times in a row")
