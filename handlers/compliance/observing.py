"""From a resource to what is remembered of it, as scans do it: judge, word, absorb, save."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from handlers.compliance import ec2, wording
from handlers.compliance.judge import judge
from handlers.compliance.ledger import Conflict, Key, Status, StoredResource
from handlers.compliance.observation import New, Observation, apply_observation, is_worth_saving
from handlers.compliance.outputs import World
from handlers.compliance.remedy import Remedy
from handlers.compliance.resource import Resource
from handlers.compliance.verdict import Verdict

OWNER = "Owner"
# Where no state changes are looked at, and so no waits are configured.
WAIT_S, SLOW_WAIT_S = 120, 600
# How often a row is read again because a change wrote it meanwhile.
TRIES = 5


@dataclass(frozen=True, slots=True)
class EvaluatedResource:
    """A resource with its verdict, and what is observed of it. remedies: what became of default tags that it lacks."""

    resource: Resource
    verdict: Verdict
    observation: Observation
    remedies: tuple[Remedy, ...] = ()

    @property
    def faulty_keys(self) -> list[str]:
        """The tags that are missing or invalid."""
        return [*self.verdict.missing, *(invalid.key for invalid in self.verdict.invalid)]


def evaluate_now(
    resource: Resource, world: World, observed_at: int, last_scan: int = 0, *, may_be_open: bool = True
) -> EvaluatedResource:
    """Evaluate a resource that was listed or found.

    observed_at: before the call that did. last_scan: the scan that did, 0 for none. may_be_open: whether a finding may
    have been sent; else the text of an OK is left out: it takes most of the time, and would not be sent.
    """
    rules = world.rules.of(world.account)
    key, verdict = Key(resource.type, resource.id), Verdict()
    if ec2.is_gone(resource):
        content = wording.closed_content(resource, None, rules)
        return EvaluatedResource(
            resource, verdict, Observation(key, observed_at, Status.GONE, "", _body(resource), content)
        )
    verdict = judge(resource, rules, datetime.fromtimestamp(observed_at / 1000, UTC).date())
    observation = Observation(
        key, observed_at, _status(verdict), verdict.fingerprint, _body(resource, verdict), last_scan=last_scan
    )
    if observation.status is Status.NON_COMPLIANT:
        return EvaluatedResource(
            resource, verdict, replace(observation, content=wording.open_content(resource, verdict, rules))
        )
    if may_be_open:
        return EvaluatedResource(
            resource, verdict, replace(observation, content=wording.closed_content(resource, verdict, rules))
        )
    return EvaluatedResource(resource, verdict, observation)


def settling_s(evaluated: EvaluatedResource, before: StoredResource | None, world: World) -> int:
    """Seconds until it is time to say that tags are missing; 0 for now. Tags come up to minutes after a launch.

    What people know already is not put off.
    """
    launched_at = evaluated.resource.launched_at
    if not evaluated.verdict.missing or not launched_at or (before is not None and before.is_open):
        return 0
    on_change = world.rules.on_change
    wait_s, slow_wait_s = (on_change.wait, on_change.slow_wait) if on_change else (WAIT_S, SLOW_WAIT_S)
    wait_s = max(wait_s, slow_wait_s) if evaluated.resource.launched_by else wait_s
    left_ms = launched_at + wait_s * 1_000 - world.now()
    return max(0, -(-left_ms // 1_000))


def vanished(row: StoredResource, world: World, observed_at: int) -> Observation:
    """A remembered resource that there is no more."""
    name = str(row.body.get("name", ""))
    resource = Resource(row.type, row.id, world.account, world.region, name=name)
    content = wording.closed_content(resource, None, world.rules.of(world.account))
    return Observation(row.key, observed_at, Status.GONE, "", row.body, content)


def unchecked(row: StoredResource, observed_at: int) -> Observation:
    """A remembered resource of a type that is not checked any more."""
    return Observation(row.key, observed_at, Status.GONE, "", row.body, wording.unchecked_content(row.type, row.id))


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
        "invalid": [{"key": invalid.key, "value": invalid.value, "why": invalid.why} for invalid in verdict.invalid],
        "owner": resource.tags.get(OWNER, ""),
    }


def remember(before: StoredResource | None, observation: Observation, world: World) -> StoredResource:
    """Write what follows from an observation of a scan, and return it; where it changes nothing, without writing."""
    for _ in range(TRIES):
        after = apply_observation(before, observation, world.environment, New.HOLD)
        if not is_worth_saving(before, after):
            return after
        try:
            return world.ledger.save(after, world.now())
        except Conflict:
            before = world.ledger.load([observation.key]).get(observation.key)
    raise Conflict(f"{observation.key.id} was changed concurrently {TRIES} times in a row")
