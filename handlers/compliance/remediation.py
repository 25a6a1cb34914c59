"""Default tags are set between the verdict and what is remembered of it, and the resource is judged again.

Nobody hears of a fault that is mended here; the record and the log say what was set. What cannot be set, or would be in
a dry run, is said in the finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from handlers.compliance import remedy
from handlers.compliance.facts import with_facts
from handlers.compliance.observing import EvaluatedResource, evaluate_now
from handlers.compliance.outputs import World
from handlers.compliance.resource import Resource


def remediate(evaluated: Sequence[EvaluatedResource], world: World) -> list[EvaluatedResource]:
    """The same resources, in their order, as they are now. Raises nothing of AWS's."""
    if world.remediation is None or not evaluated:
        return list(evaluated)
    pairs = [(resource.resource, resource.verdict) for resource in evaluated]
    results = world.remediation.remediate(pairs)
    return [
        _again(before, result.resource, tuple(result.remedies), world) if result.remedies else before
        for before, result in zip(evaluated, results, strict=True)
    ]


def _again(
    before: EvaluatedResource, resource: Resource, remedies: tuple[remedy.Remedy, ...], world: World
) -> EvaluatedResource:
    after = before
    if resource is not before.resource:
        after = evaluate_now(resource, world, before.observation.observed_at, before.observation.last_scan)
    content = with_facts(after.observation.content, remedy.facts(resource, remedies))
    return replace(after, remedies=remedies, observation=replace(after.observation, content=content))
