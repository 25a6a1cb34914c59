"""Telemetry that members share with the hub in words, and its changes; works on the data of estate.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.render.section_words import Kind

Data = Mapping[str, Any]
_KINDS = {
    "metrics": ("AWS::CloudWatch::Metric", "namespaces"),
    "logs": ("AWS::Logs::LogGroup", "log_groups"),
    "traces": ("AWS::XRay::Trace", ""),
}


def sharing_in_words(sharing: Data | None) -> dict[str, str]:
    """The extent of each kind that is shared, such as `all`, `only Shop, AWS/*` or `all but /aws/lambda/*`."""
    types = sharing["resource_types"] if sharing else []
    return {kind: _part((sharing or {}).get(part)) for kind, (name, part) in _KINDS.items() if name in types}


def sharing_differences(before: Data, after: Data) -> Iterator[tuple[Kind, str]]:
    """Added, removed or changed, and a sentence."""
    yield from _sinks(before, after)
    old, new = sharing_in_words(before.get("sharing")), sharing_in_words(after.get("sharing"))
    for kind in _KINDS:
        was, now = old.get(kind), new.get(kind)
        if was and not now:
            yield "removed", f"members share no {kind} with the hub any more (was {was})"
        elif now and not was:
            yield "added", f"members share {kind} with the hub: {now}"
        elif was != now:
            yield "changed", f"members share {kind} with the hub: {now} (was {was})"


def sinks_in_words(estate: Data) -> str:
    """The Regions with a sink of the hub's account, such as `us-east-1, eu-west-1`; the hub's Region first, empty
    without any.
    """
    sharing = estate.get("sharing")
    return ", ".join((estate["hub"]["region"], *sharing.get("other_regions", ()))) if sharing else ""


def _sinks(before: Data, after: Data) -> Iterator[tuple[Kind, str]]:
    was, now = sinks_in_words(before), sinks_in_words(after)
    if was and now and was != now:
        yield "changed", f"members link to the hub's account in {now} (was in {was})"


def _part(chosen: Data | None) -> str:
    if not chosen:
        return "all"
    return f"{'all but' if chosen['excludes'] else 'only'} {', '.join(chosen['names'])}"
