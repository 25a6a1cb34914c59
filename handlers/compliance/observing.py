"""From a resource to what is remembered of it, as scans do it: judge, word, absorb, save."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from handlers.compliance import ec2, wording
from handlers.compliance.judge import judge
from handlers.compliance.ledger import Conflict, Key, Remembered, Status
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


def judge_now(resource: Resource, world: World, observed_at: int, seen: int = 0) -> Judged:
    """Judge a resource that was listed or found. observed_at: before the call that did. seen: the scan, 0 for none."""
    if ec2.is_gone(resource):
        return Judged(resource, Verdict(), _gone(Key(resource.type, resource.id), world, observed_at, _body(resource)))
    today = datetime.fromtimestamp(observed_at / 1000, UTC).date()
    verdict = judge(resource, world.rules.of(world.account), today)
    observation = Observation(
        Key(resource.type, resource.id),
        observed_at,
        _status(verdict),
        verdict.fingerprint,
        _body(resource, verdict),
        wording.content(resource, verdict, world),
        seen=seen,
    )
    return Judged(resource, verdict, observation)


def vanished(row: Remembered, world: World, observed_at: int) -> Observation:
    """A remembered resource that there is no more."""
    return _gone(row.key, world, observed_at, row.body)


def _gone(key: Key, world: World, observed_at: int, body: Mapping[str, Any]) -> Observation:
    return Observation(key, observed_at, Status.GONE, "", body, wording.gone(key, world))


def _status(verdict: Verdict) -> Status:
    if verdict.exempt:
        return Status.EXEMPT
    return Status.COMPLIANT if verdict.is_compliant else Status.NON_COMPLIANT


def _body(resource: Resource, verdict: Verdict | None = None) -> dict[str, Any]:
    verdict = verdict or Verdict()
    return {
        "name": resource.name,
        "state": resource.state,
        "missing": list(verdict.missing),
        "invalid": [invalid.key for invalid in verdict.invalid],
        "owner": resource.tags.get(OWNER, ""),
    }


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
