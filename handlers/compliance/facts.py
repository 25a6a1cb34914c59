"""Facts that are added to a finding's content, within what the hub takes; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from handlers.common.text_size import cut
from handlers.compliance import wording

# What the hub takes: so many facts, and so many bytes of all texts.
MOST_FACTS, MOST_FACT = 12, 200
TAGS = "Tags"
# What gives way, in this order, where there is no room.
_GIVES_WAY = (TAGS, "Hints", "Launched by", "Also needed on")


def with_facts(content: Mapping[str, Any], more: Sequence[tuple[str, str]]) -> Mapping[str, Any]:
    """A finding's content with more facts before its tags, within what the hub takes; without words it stays so."""
    if not content or not more:
        return content
    facts = [list(fact) for fact in content["facts"]]
    at = next((index for index, (name, _) in enumerate(facts) if name == TAGS), len(facts))
    facts[at:at] = [[name, cut(value, MOST_FACT)] for name, value in more]
    for name in _GIVES_WAY:
        if len(facts) <= MOST_FACTS and size(content, facts) <= wording.MOST_BYTES:
            break
        facts = [fact for fact in facts if fact[0] != name]
    while len(facts) > MOST_FACTS or size(content, facts) > wording.MOST_BYTES:
        facts.pop()
    return {**content, "facts": facts}


def size(content: Mapping[str, Any], facts: list[list[str]]) -> int:
    """Bytes of the content with these facts; wording.MOST_BYTES are taken."""
    return wording.size(
        wording.Content(title=content["title"], facts=facts, action=content["action"], link=content["link"])
    )
