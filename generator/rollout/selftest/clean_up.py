"""Removing what a run created: what its state file has, and what AWS lists with its prefix."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from generator.rollout.selftest.calls import GuardedCalls
from generator.rollout.selftest.kinds import ABSENT, KINDS, prefix_of, removal_order
from generator.rollout.selftest.state import RunState
from generator.rollout.selftest.types import CallRefused, SelftestResource

ROUNDS, PAUSE_S, LISTED_FOR_S = 5, 5.0, 20.0


@dataclass(frozen=True, slots=True)
class Leftovers:
    """resources: that AWS still lists. unknown: kinds that could not be listed, each with the reason."""

    resources: tuple[SelftestResource, ...]
    unknown: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """True if all kinds were listed, and none has anything."""
        return not (self.resources or self.unknown)


def listed(calls: GuardedCalls, kinds: Iterable[str] = KINDS) -> Leftovers:
    """What AWS lists with the prefix."""
    resources: list[SelftestResource] = []
    unknown: list[str] = []
    for kind in kinds:
        prefix = prefix_of(kind, calls.prefix, calls.region)
        try:
            names = [name for name in KINDS[kind].names(calls, prefix) if name.startswith(prefix)]
        except CallRefused as error:
            unknown.append(f"{kind}: {error}")
            continue
        resources += [SelftestResource("", kind, name) for name in names]
    return Leftovers(tuple(resources), tuple(unknown))


def delete(
    calls: GuardedCalls,
    resources: Iterable[SelftestResource],
    deleted: Callable[[SelftestResource], None],
    rounds: int = ROUNDS,
) -> list[str]:
    """Delete resources, and try again what AWS refuses for the moment; the errors of those that remain."""
    remaining = removal_order(list(resources))
    errors: dict[SelftestResource, str] = {}
    for attempt in range(rounds):
        if attempt and remaining:
            calls.aws.sleep(PAUSE_S * attempt)
        refused: list[SelftestResource] = []
        for resource in remaining:
            try:
                KINDS[resource.kind].delete(calls, resource.name)
            except CallRefused as error:
                if error.code not in ABSENT:
                    errors[resource] = str(error)
                    refused.append(resource)
                    continue
            deleted(resource)
        remaining = refused
    return [f"{resource.kind} {resource.name}: {errors[resource]}" for resource in remaining]


def delete_all(
    calls: GuardedCalls, state: RunState | None, kinds: Iterable[str] = KINDS
) -> tuple[list[str], Leftovers]:
    """Delete what the state has and what AWS lists; errors, and what AWS lists afterwards.

    Lists may have a queue or a role for a minute after it was deleted.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html
    """
    errors = delete(calls, list(state.resources), state.is_deleted) if state else []
    leftovers = listed(calls, kinds)
    for attempt in range(ROUNDS):
        if not leftovers.resources:
            break
        calls.aws.sleep(LISTED_FOR_S if attempt else 0.0)
        delete(calls, leftovers.resources, lambda _resource: None, rounds=1)
        leftovers = listed(calls, kinds)
    return errors, leftovers
