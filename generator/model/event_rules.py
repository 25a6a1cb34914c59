"""Event rules: AWS events of members and of the hub that become incidents."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from generator.findings import Path
from generator.model.placement import Placement
from generator.model.routing import AlarmSeverity

# What the hub's rules put into the incident queue: handlers/incident reads it.
MESSAGE_SOURCE, MESSAGE_VERSION = "obsgen.event-rules", 1
# Kinds of names: the hub's rules for begin and end, and the rules that forward.
BEGIN_KIND, END_KIND, FORWARDING_KIND = "event", "event-end", "event-forwarding"


@dataclass(frozen=True, slots=True)
class EventEnd:
    """What ends an incident. by: an event, silence, or nothing: then it is one message, closed after its time.

    after_seconds: of silence, after which it ends, with an event as well if none arrives.
    pattern: the end's event pattern as JSON. subject: paths in the end's event, where they differ.
    """

    by: Literal["event", "quiet", "none"]
    after_seconds: int
    pattern: str = ""
    subject: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventRule:
    """Events of one pattern. pattern: JSON, without accounts and Regions, which the placement has.

    in_members, in_hub: the accounts whose events it takes. placement: the members; None for all.
    title, action, facts: text with paths of values in the event, such as {$.detail.state}. subject: paths of what it is
    about; empty for one incident in an account and Region. account_from: path of the account that it is about, if an
    administrator of several accounts receives the event as well; empty for the account of the event.
    match, ignore, end_match: example events as JSON.
    pack: the pack that it is from; empty for the user's own. region: the only Region that has its events, if one has.
    former: the key that it had at first, if its entry was moved.
    """

    key: str
    logical_id: str
    path: Path
    pattern: str
    severity: AlarmSeverity
    title: str
    end: EventEnd
    in_members: bool
    in_hub: bool
    summary: str = ""
    action: str = ""
    runbook: str = ""
    owner: str = ""
    service: str = ""
    subject: tuple[str, ...] = ()
    account_from: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    placement: Placement | None = None
    match: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    end_match: tuple[str, ...] = ()
    pack: str = ""
    region: str = ""
    former: str = ""

    @property
    def name(self) -> str:
        """The key in names of AWS, and of its incidents."""
        return self.former or self.key

    @property
    def patterns(self) -> tuple[str, ...]:
        """The patterns of begin and end."""
        return (self.pattern, self.end.pattern) if self.end.pattern else (self.pattern,)

    @property
    def is_forwarded(self) -> bool:
        """True if any member has it."""
        return self.in_members and not (self.placement is not None and self.placement.is_nowhere)

    @property
    def is_nowhere(self) -> bool:
        """True if no account has it in this environment."""
        return not self.is_forwarded and not self.in_hub


def sources(rules: Iterable[EventRule]) -> list[Any]:
    """The values of `source` in their patterns, sorted: everything that the rules take comes from one of them."""
    values: dict[str, Any] = {}
    for rule in rules:
        for pattern in rule.patterns:
            for value in _values_of(json.loads(pattern), "source"):
                values[json.dumps(value, sort_keys=True)] = value
    return [value for _, value in sorted(values.items())]


def detail_types(rules: Iterable[EventRule], source: str) -> list[str]:
    """The texts that are a `detail-type` in patterns with a source, sorted."""
    patterns = [json.loads(pattern) for rule in rules for pattern in rule.patterns]
    types = [_values_of(pattern, "detail-type") for pattern in patterns if source in _values_of(pattern, "source")]
    return sorted({value for values in types for value in values if isinstance(value, str)})


def _values_of(pattern: dict[str, Any], field: str) -> list[Any]:
    """The values of a field of the envelope, in every alternative."""
    values = list(pattern.get(field, []))
    for choice in pattern.get("$or", []):
        values += _values_of(choice, field)
    return values
