"""Endpoints: which services, in whose VPC, and which environment makes them."""

from __future__ import annotations

from generator.aws.endpoints import SERVICES
from generator.findings import Finding, Path, suggest, unknown_reference
from generator.model.accounts import Account
from generator.model.network import EndpointPlace, Endpoints
from generator.resolve.scope import Scope, environment_names, scope
from generator.resolve.section import Section
from generator.spec.document import Document
from generator.spec.network import EndpointPlaceSpec


def endpoints(scope: Scope, findings: list[Finding]) -> Endpoints | None:
    """The endpoints that this environment creates; None where it has none of the accounts, or another creates them."""
    spec = scope.document.network.endpoints
    if spec is None:
        return None
    path: Path = ("network", "endpoints")
    places = []
    members = {account.name for account in scope.accounts}
    for name, network in sorted(spec.accounts.items()):
        own: Path = (*path, "accounts", name)
        if name not in scope.document.accounts:
            findings.append(
                unknown_reference("R02", "account", name, scope.document.accounts, own, "add it to accounts", on="key")
            )
        elif name in members:
            account = next(account for account in scope.accounts if account.name == name)
            region = _region(network, account, scope, own, findings)
            subnets = tuple(sorted(set(network.subnets)))
            places.append(EndpointPlace(name, region, network.vpc, subnets, network.cidr, own))
    owner = scope.document.access.owned_by
    if not places or owner not in (None, scope.environment):
        return None
    services = sorted({service for name in spec.services for service in SERVICES[name]})
    return Endpoints(tuple(services), tuple(places), path)


def _region(network: EndpointPlaceSpec, account: Account, scope: Scope, path: Path, findings: list[Finding]) -> str:
    regions = account.regions_of(scope.regions)
    region = network.region or regions[0]
    if region not in regions:
        hint = suggest(region, regions)
        who = f"`{account.name}` is" if region in scope.regions else "members are"
        findings.append(Finding("R02", f"{who} not monitored in {region}", (*path, "region"), hint=hint))
    return region


def shared_networks(document: Document) -> list[Finding]:
    """Environments that would both make endpoints in one VPC (R10): a service's name leads to one of them only."""
    spec = document.network.endpoints
    if spec is None or document.access.owned_by:
        return []
    first: dict[str, str] = {}
    for environment in environment_names(document):
        for account in scope(document, environment, []).accounts:
            if account.name in spec.accounts and first.setdefault(account.name, environment) != environment:
                message = (
                    f"{first[account.name]} and {environment} share `{account.name}`, whose VPC can have one endpoint"
                    " of a service; set which environment creates them"
                )
                path: Path = ("network", "endpoints", "accounts", account.name)
                hint = f"set access: {{owned_by: {environment}}}"
                return [Finding("R10", message, path, hint=hint, on="key")]
    return []


SECTIONS = (
    Section(
        "network", {"endpoints": lambda resolved: endpoints(resolved.scope, resolved.findings)}, compare=shared_networks
    ),
)
