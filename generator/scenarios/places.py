"""The accounts and Regions that an entry of a test applies to."""

from __future__ import annotations

from generator.findings import Finding, Path, unknown_reference
from generator.scenarios.entries import Given, IncidentText
from generator.scenarios.environment import SimulatedEnvironment
from generator.scenarios.mentions import one_of


def places_of(
    environment: SimulatedEnvironment, target: Given | IncidentText, path: Path
) -> tuple[list[tuple[str, str]], list[Finding]]:
    """Account ID and Region of each place, and findings about what does not exist (R02)."""
    places: list[tuple[str, str]] = []
    findings: list[Finding] = []
    for name in target.account or environment.members:
        number = environment.accounts.get(name) or (name if name in environment.accounts.values() else "")
        if not number:
            known = sorted(filter(None, environment.accounts))
            otherwise = "" if known else "remove it: the template has an account of its own"
            findings.append(unknown_reference("R02", "account", name, known, (*path, "account"), otherwise))
            continue
        regions = environment.regions(number)
        if target.region and target.region not in regions:
            if not target.account and _is_watched(environment, target.region):
                # All members are meant, and this one has other Regions.
                continue
            message = f"no stack is in {target.region}"
            findings.append(Finding("R02", message, (*path, "region"), hint=one_of(regions)))
        places += [(number, region) for region in regions if target.region in (None, region)]
    return places, findings


def _is_watched(environment: SimulatedEnvironment, region: str) -> bool:
    """Whether some member has a Region."""
    return any(region in environment.regions(environment.accounts[name]) for name in environment.members)
