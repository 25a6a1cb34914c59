"""Event patterns, ends and facts of a spec: what EventBridge refuses, and what takes far more events than meant."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from generator.aws.event_sources import API_CALL, OF_EVERY_CALL, SOURCES
from generator.evaluate.events.filters import Filter
from generator.evaluate.events.pattern import Alternative, EventPattern, parse
from generator.findings import Finding, Path
from generator.model.compliance_names import SOURCE as COMPLIANCE_SOURCE
from generator.model.error_log_names import AGENT_SOURCE
from generator.model.error_log_names import HUB_SOURCE as EVENT_STORE_SOURCE
from generator.model.event_rules import MESSAGE_SOURCE
from generator.spec.event_rules import RESERVED_FACTS, EventEndSpec

SHORTEST, LONGEST = 60, 30 * 86_400
_SOURCE, _DETAIL_TYPE = ("source",), ("detail-type",)
# Sources of obsgen's own events, which only its own rules take.
_OURS = (
    "obsgen",
    COMPLIANCE_SOURCE,
    AGENT_SOURCE,
    EVENT_STORE_SOURCE,
    MESSAGE_SOURCE,
    "obsgen.findings",
    "obsgen.incidents",
)
# What the placement of an entry says, for rules in members and in the hub alike.
_PLACED = {"account": "`accounts` or `labels` of the entry", "region": "`regions` of the entry"}


def json_text(value: Any) -> str:
    """A mapping of the YAML as JSON, keys in order; a date is text, as in every event."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_text)


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


def pattern_faults(pattern: Mapping[str, Any], path: Path) -> Iterator[Finding]:
    """Findings about a pattern (R05), and about keys that an entry says elsewhere (R07)."""
    for key, place in _PLACED.items():
        if key in pattern:
            yield Finding("R07", f"`{key}` of a pattern is not used", (*path, key), hint=f"use {place}", on="key")
    parsed = parse(json.loads(json_text(pattern)))
    if isinstance(parsed, EventPattern):
        yield from _too_broad(parsed.alternatives, pattern, path)
        return
    for fault in parsed:
        on = "key" if fault.on_key else "value"
        yield Finding("R05", fault.message, (*path, *fault.path), hint=fault.hint, on=on)  # type: ignore[arg-type]


def end_faults(spec: EventEndSpec | None, path: Path) -> Iterator[Finding]:
    """Findings about what ends an incident (R05 to R07)."""
    if spec is None:
        return
    if spec.pattern is not None:
        yield from pattern_faults(spec.pattern, (*path, "pattern"))
    elif spec.subject is not None:
        yield Finding("R07", "`subject` requires a `pattern`", (*path, "subject"), hint="remove it", on="key")
    if spec.pattern is None and spec.after is None:
        yield Finding("R06", "`ends` requires a `pattern` or `after`", path, hint="write {after: 1h}", on="key")
    if spec.after is not None and not SHORTEST <= spec.after <= LONGEST:
        yield Finding("R05", "expected a time from 1m to 30d", (*path, "after"), hint="use a duration such as 1h")


def account_faults(pattern: Mapping[str, Any], account_from: str | None, path: Path) -> Iterator[Finding]:
    """Finding about an account that an event names that anybody may have written (R07)."""
    if account_from and not all(map(_is_of_aws, _sources(pattern))):
        message = "`account_from` is for events of AWS: any account can write another account into an event of its own"
        yield Finding("R07", message, (*path, "account_from"), hint="remove it", on="key")


def _sources(pattern: Mapping[str, Any]) -> Iterator[Any]:
    """The values of each `source`, those of alternatives, too."""
    for key, values in pattern.items():
        if key == "source" and isinstance(values, list):
            yield from values
        elif key == "$or" and isinstance(values, list):
            for alternative in values:
                yield from _sources(alternative) if isinstance(alternative, Mapping) else ()


def _is_of_aws(source: Any) -> bool:
    """Whether AWS alone sends events of a source, or of all with a prefix. Those of partners have `aws.partner/`.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-saas.html
    """
    text = source.get("prefix") if isinstance(source, Mapping) else source
    return isinstance(text, str) and text.startswith("aws.") and not text.startswith("aws.partner")


def fact_faults(facts: Iterable[str], path: Path) -> Iterator[Finding]:
    """Findings about facts with the name of a line that every incident has (R05)."""
    for name in sorted(RESERVED_FACTS & set(facts)):
        message = f"`{name}` is a line of every incident"
        yield Finding("R05", message, (*path, "facts", name), hint="use another name", on="key")


def _too_broad(alternatives: Iterable[Alternative], pattern: Mapping[str, Any], path: Path) -> Iterator[Finding]:
    """The first reason for which an alternative takes far too much."""
    for alternative in alternatives:
        reason = _reason(alternative)
        if reason:
            message, hint, key = reason
            at = (*path, key) if key in pattern else path
            yield Finding("R05", message, at, hint=hint, on="key")
            return


def _reason(alternative: Alternative) -> tuple[str, str, str] | None:
    """Message, hint and key of what is too broad; None where nothing is."""
    sources, detail_types = alternative.get(_SOURCE, ()), alternative.get(_DETAIL_TYPE, ())
    if not sources or _is_open(sources):
        what = f"`{sources[0].kind}` of `source` takes" if sources else "without a `source` a pattern takes"
        return f"{what} events of every service", "name the sources: source: [aws.rds]", "source"
    if any(filter_.test(ours) for filter_ in sources for ours in _OURS):
        return (
            "events of obsgen itself are no events of a rule",
            "use the sources of AWS services, or your own",
            "source",
        )
    of_aws = [source for source in SOURCES if any(filter_.test(source) for filter_ in sources)]
    if of_aws and (not detail_types or _is_open(detail_types)):
        message = f"all events of {min(of_aws)} include one for each call of its API"
        return message, "name the detail-types: detail-type: […]", "source"
    of_calls = any(filter_.test(API_CALL) for filter_ in detail_types)
    if of_calls and {field[1] for field in alternative if field[0] == "detail" and len(field) > 1} <= OF_EVERY_CALL:
        message = "the pattern takes every call of an API"
        return message, "name the calls: detail: {eventName: […]}", "detail-type"
    return None


def _is_open(filters: Iterable[Filter]) -> bool:
    return any(filter_.is_open for filter_ in filters)
