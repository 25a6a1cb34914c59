"""Services whose metrics only one Region has."""

from __future__ import annotations

from collections.abc import Iterator

from generator.findings import Finding
from generator.model.accounts import Side
from generator.resolve.placement import NOT_OF_EACH, check_hub_placement, placement
from generator.resolve.scope import Scope
from generator.resolve.services.service_metrics import ServiceEntry
from generator.spec.services import ServiceSpec


def check_region(entry: ServiceEntry, scope: Scope) -> Iterator[Finding]:
    """A finding for a pack whose metrics only one Region has, monitored from others."""
    region = entry.pack.region
    regions = scope.regions_of(Side(entry.spec.in_))
    if region and region not in regions and not _is_elsewhere(entry.spec, scope):
        message = f"{entry.pack.title}: its metrics are only in {region}, but {entry.spec.in_} are monitored in"
        other = "use `in: hub`, or " if entry.spec.in_ == "members" and scope.hub.region == region else ""
        hint = f"{other}add {region} to regions" if entry.spec.in_ == "members" else f"use a hub in {region}"
        yield Finding("R07", f"{message} {', '.join(regions)}", (*entry.path, "type"), hint=hint)
    elif region and entry.spec.regions is not None:
        message = f"{entry.pack.title}: its metrics are only in {region}, so its alarms are created only there"
        yield Finding("R07", message, (*entry.path, "regions"), hint="remove it", on="key")
    elif entry.spec.in_ == "hub":
        yield from check_hub_placement(entry.spec, entry.path, NOT_OF_EACH)


def _is_elsewhere(spec: ServiceSpec, scope: Scope) -> bool:
    """True if this environment has none of its alarms: none of its accounts, or switched off as a whole."""
    placed = placement(spec, scope)
    enabled = [override.enabled for override in spec.overrides if override.where == {"environment": scope.environment}]
    is_on = next((value for value in reversed(enabled) if value is not None), spec.enabled is not False)
    return not is_on or (placed is not None and placed.is_nowhere)
