"""What the path of events and the event rules have in common: names of rules, patterns that several rules share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from troposphere import Sub

from generator.evaluate.events.pattern import LONGEST, MOST_ALTERNATIVES, OR, EventPattern, compact, parse
from generator.model.estate import Estate
from generator.model.event_rules import BEGIN_KIND, END_KIND, FORWARDING_KIND, sources
from generator.model.named_alarms import named_alarms, named_kind


def forwarding_kind(*, in_hub: bool, number: int | str) -> str:
    """The kind of the name of a rule that forwards, such as `event-forwarding-1-rule`."""
    return f"{'hub-' if in_hub else ''}{FORWARDING_KIND}-{number}-rule"


def forwarding_rules(estate: Estate, *, in_hub: bool) -> list[str]:
    """The kind of all rules of a side that forward events, with `*` for their numbers; none without event rules."""
    has = any(rule.in_hub if in_hub else rule.is_forwarded for rule in estate.event_rules)
    return [forwarding_kind(in_hub=in_hub, number="*")] if has else []


def bus_rules(estate: Estate) -> list[Sub]:
    """The ARNs of the rules on the hub's bus: with hundreds of them, no policy of a queue has room for each."""
    if not estate.event_rules:
        return []
    name = estate.name("observability-bus")
    bus = f"arn:${{AWS::Partition}}:events:${{AWS::Region}}:${{AWS::AccountId}}:rule/{name}"
    ends = any(rule.end.pattern for rule in estate.event_rules)
    return [Sub(f"{bus}/*-{estate.name(kind)}") for kind in (BEGIN_KIND, *([END_KIND] if ends else []))]


def named_on_bus(estate: Estate, kind: str) -> list[Sub]:
    """The ARNs of the rules on the hub's bus for alarms with names of their own, with `*` for their IDs."""
    if not named_alarms(estate):
        return []
    bus = f"arn:${{AWS::Partition}}:events:${{AWS::Region}}:${{AWS::AccountId}}:rule/{estate.name('observability-bus')}"
    return [Sub(f"{bus}/{estate.name(named_kind(kind, '*'))}")]


def archive_pattern(estate: Estate, pattern: Mapping[str, Any]) -> Mapping[str, Any]:
    """The archive's pattern with the sources of event rules: nothing else of these sources is on the bus."""
    if not estate.event_rules:
        return pattern
    ours = [source for source in sources(estate.event_rules) if source not in pattern["source"]]
    return {"source": [*pattern["source"], *ours]}


def combined(patterns: Iterable[str]) -> Iterator[dict[str, Any]]:
    """As few patterns as possible that take the same events: alternatives of `$or`, up to EventBridge's limits."""
    chosen: list[str] = []
    length, alternatives = len(compact({OR: []})), 0
    for pattern in sorted(set(patterns)):
        more = _alternatives(pattern)
        if chosen and (length + len(pattern) + 1 > LONGEST or alternatives + more > MOST_ALTERNATIVES):
            yield _either(chosen)
            chosen, length, alternatives = [], len(compact({OR: []})), 0
        chosen.append(pattern)
        length += len(pattern) + 1
        alternatives += more
    if chosen:
        yield _either(chosen)


def _alternatives(pattern: str) -> int:
    parsed = parse(json.loads(pattern))
    return len(parsed.alternatives) if isinstance(parsed, EventPattern) else 1


def _either(patterns: list[str]) -> dict[str, Any]:
    whole: dict[str, Any] = {OR: [json.loads(pattern) for pattern in patterns]}
    return whole if len(patterns) > 1 else whole[OR][0]
