"""Fleets of several environments in the same accounts: each would open an incident about the same resource."""

from __future__ import annotations

from collections.abc import Iterator

from generator.findings import Finding, Severity
from generator.resolve.scope import shared_members
from generator.resolve.section import Section
from generator.spec.document import Document
from generator.spec.fleet import FleetSpec
from generator.spec.services import ServiceSpec

_PLACEHOLDER = "{environment}"


def shared_fleets(document: Document) -> Iterator[Finding]:
    """A warning (R10) for each fleet that finds the resources of another environment, too."""
    fleets = {key: spec for key, spec in document.services.items() if spec.fleet}
    shared = shared_members(document) if fleets else None
    if shared is None:
        return
    first, other, member = shared
    for key, spec in fleets.items():
        if _is_apart(spec) or _is_limited(spec):
            continue
        message = f"{first} and {other} share `{member}`, so each resource has an incident of both environments"
        hint = f"add tags: {{…: {_PLACEHOLDER}}}, or an override {{where: {{environment: {first}}}, enabled: false}}"
        yield Finding("R10", message, ("services", key, "fleet"), Severity.WARNING, hint, on="key")


def _is_apart(spec: ServiceSpec) -> bool:
    """True if a tag or a parameter selects the resources of one environment."""
    tags = spec.fleet.tags if isinstance(spec.fleet, FleetSpec) else {}
    return any(_PLACEHOLDER in str(value) for value in (*tags.values(), *spec.given.values()))


def _is_limited(spec: ServiceSpec) -> bool:
    """True if some environment does not have the entry; which of them share accounts is left to the reader."""
    return spec.enabled is False or any("environment" in own.where and own.enabled is False for own in spec.overrides)


SECTIONS = (Section("services", compare=shared_fleets),)
