"""Default tags are set between the verdict and what is remembered of it, and the resource is judged again.

Nobody hears of a fault that is mended here; the record and the log say what was set. What cannot be set, or would be in
a dry run, is said in the finding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from handlers.common.text_size import cut
from handlers.compliance import remedy, wording
from handlers.compliance.observing import Judged, judge_now
from handlers.compliance.outputs import World
from handlers.compliance.resource import Resource

# What the hub takes: so many facts, and so many bytes of all texts.
MOST_FACTS, MOST_FACT = 12, 200
# What gives way, in this order, where there is no room.
_GIVES_WAY = ("Tags", "Hints", "Launched by", "Also needed on")


def remediated(judged: Sequence[Judged], world: World) -> list[Judged]:
    """The same resources, in their order, as they are now. Raises nothing of AWS's."""
    if world.remediation is None or not judged:
        return list(judged)
    pairs = [(one.resource, one.verdict) for one in judged]
    results = world.remediation.remediate(pairs)
    return [
        _again(before, result.resource, tuple(result.remedies), world) if result.remedies else before
        for before, result in zip(judged, results, strict=True)
    ]


def _again(before: Judged, resource: Resource, remedies: tuple[remedy.Remedy, ...], world: World) -> Judged:
    after = before
    if resource is not before.resource:
        after = judge_now(resource, world, before.observation.observed_at, before.observation.seen)
    content = with_facts(after.observation.content, remedy.facts(resource, remedies))
    return replace(after, remedies=remedies, observation=replace(after.observation, content=content))


def with_facts(content: Mapping[str, Any], more: Sequence[tuple[str, str]]) -> Mapping[str, Any]:
    """A finding's content with more facts before its tags, within what the hub takes; without words it stays so."""
    if not content or not more:
        return content
    facts = [list(fact) for fact in content["facts"]]
    at = next((index for index, (name, _) in enumerate(facts) if name == "Tags"), len(facts))
    facts[at:at] = [[name, cut(value, MOST_FACT)] for name, value in more]
    for name in _GIVES_WAY:
        if len(facts) <= MOST_FACTS and _size(content, facts) <= wording.MOST_BYTES:
            break
        facts = [fact for fact in facts if fact[0] != name]
    while len(facts) > MOST_FACTS or _size(content, facts) > wording.MOST_BYTES:
        facts.pop()
    return {**content, "facts": facts}


def _size(content: Mapping[str, Any], facts: list[list[str]]) -> int:
    return wording.size(
        wording.Content(title=content["title"], facts=facts, action=content["action"], link=content["link"])
    )
