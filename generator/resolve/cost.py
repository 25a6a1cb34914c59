"""Declared volumes, by the items of the price list."""

from __future__ import annotations

from generator.findings import Finding, unknown_reference
from generator.model.cost import EACH_MEMBER, DeclaredVolumes, Volumes
from generator.resolve.scope import Scope
from generator.resolve.section import Section
from generator.spec.cost import VolumesSpec

HUB = "hub"


def declared_volumes(scope: Scope, findings: list[Finding]) -> DeclaredVolumes:
    """Empty where the file declares nothing; R02 for an account that does not exist."""
    spec = scope.document.cost
    known = scope.document.accounts
    for name in spec.accounts:
        if name not in known:
            findings.append(unknown_reference("R02", "account", name, known, ("cost", "accounts", name)))
    of_accounts = {name: volumes for name, volumes in spec.accounts.items() if name in known}
    by_name = {EACH_MEMBER: spec.members, HUB: spec.hub, **of_accounts}
    return tuple((name, volumes) for name, of_name in sorted(by_name.items()) if (volumes := _volumes(of_name)))


def _volumes(spec: VolumesSpec) -> Volumes:
    quantities = spec.model_dump(exclude_none=True)
    return tuple(sorted((name.replace("_", "-"), float(quantity)) for name, quantity in quantities.items()))


SECTIONS = (
    Section("cost", {"declared_volumes": lambda resolved: declared_volumes(resolved.scope, resolved.findings)}),
)
