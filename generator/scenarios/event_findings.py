"""What is wrong with an event that a test gives: no event of AWS is like it, or EventBridge sends it to no rule."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from generator.aws.event_sources import GLOBAL, global_region, is_withheld_call
from generator.evaluate.events.pattern import ENVELOPE
from generator.findings import Finding, Path, suggest

_REQUIRED = ("source", "detail-type")
_KINDS = {
    "source": (str, "text"),
    "detail-type": (str, "text"),
    "detail": (dict, "a mapping"),
    "resources": (list, "a list"),
}


def event_findings(event: Mapping[str, Any], path: Path) -> Iterator[Finding]:
    """Keys that no event has or that are missing (R02, R06), values of another type, and calls that are withheld (R05).

    https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
    """
    for key in event:
        if key not in ENVELOPE:
            hint = suggest(key, ENVELOPE, "put fields of the service under `detail`")
            yield Finding("R02", f"events have no field `{key}`", (*path, key), hint=hint, on="key")
    for key, (kind, words) in _KINDS.items():
        if key in event and not isinstance(event[key], kind):
            yield Finding("R05", f"`{key}` of an event is {words}", (*path, key), hint="copy the event from AWS's page")
    missing = [key for key in _REQUIRED if key not in event]
    if missing:
        hint = "copy the event from AWS's page: source, detail-type and detail"
        yield Finding("R06", f"the event has no `{missing[0]}`", path, hint=hint)
    if is_withheld_call(event):
        message = f"EventBridge sends no rule the call {event['detail']['eventName']}, which only reads"
        hint = "test a call that changes something; of data events, write managementEvent: false into detail"
        yield Finding("R05", message, (*path, "detail", "eventName"), hint=hint)


def elsewhere(event: Mapping[str, Any], regions: Collection[str], path: Path) -> Finding | None:
    """R05 for an event of a global service, if none of the Regions has its events. regions: those of the entry."""
    if event.get("source") not in GLOBAL or any(region == global_region(region) for region in regions):
        return None
    there = " and ".join(sorted({global_region(region) for region in regions}))
    message = f"events of {event['source']} are in {there} only"
    return Finding("R05", message, path, hint="give it in that Region, and add the Region to the spec if it is missing")


def has_events_of(event: Mapping[str, Any], region: str) -> bool:
    """Whether a Region has events of this source: those of a global service are in one only."""
    return event.get("source") not in GLOBAL or region == global_region(region)
