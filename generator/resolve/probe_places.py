"""Where probes run: the hub or accounts of the environment, each in one Region and perhaps in a VPC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from generator.findings import Path
from generator.model.probes import OF_HUB
from generator.model.routing import AlarmSeverity
from generator.resolve.scope import Scope
from generator.spec.document import Document
from generator.spec.network import ProbeNetworkSpec
from generator.spec.probes import AnyProbeSpec
from generator.spec.quantities import Datapoints


@dataclass(frozen=True, slots=True)
class OwnValues:
    """The values of a probe that overrides by environment may change, and the paths of those that are written."""

    enabled: bool
    severity: AlarmSeverity | None
    datapoints: Datapoints | None
    paths: Mapping[str, Path]


def own_overrides(spec: AnyProbeSpec, scope: Scope, path: Path = ()) -> OwnValues:
    """The values in the scope's environment; of several overrides the last wins."""
    values = {"enabled": spec.enabled, "severity": spec.severity, "datapoints": spec.datapoints}
    paths: dict[str, Path] = {name: (*path, name) for name in values}
    for index, override in enumerate(spec.overrides):
        names = override.where.get("environment", [])
        if override.where.keys() == {"environment"} and scope.environment in (
            [names] if isinstance(names, str) else names
        ):
            for name in values:
                value = getattr(override, name)
                if value is not None:
                    values[name], paths[name] = value, (*path, "overrides", index, name)
    return OwnValues(values["enabled"], values["severity"], values["datapoints"], paths)  # type: ignore[arg-type]


def place_names(spec: AnyProbeSpec, scope: Scope) -> tuple[str, ...]:
    """`hub`, or the accounts of this environment in which it runs, sorted; none where they are of others."""
    if spec.from_ == OF_HUB:
        return (OF_HUB,)
    names = {spec.from_} if isinstance(spec.from_, str) else set(spec.from_)
    return (OF_HUB,) if names == {OF_HUB} else tuple(sorted(names & set(scope.account_names)))


def runners_network(document: Document) -> Mapping[str, ProbeNetworkSpec]:
    """The VPCs of runners, by account."""
    return document.network.probes.accounts if document.network.probes else {}


def region_of(place: str, scope: Scope) -> str:
    """The Region in which an account's probes run."""
    network = runners_network(scope.document).get(place)
    if network and network.region:
        return network.region
    if place == OF_HUB:
        return scope.hub.region
    account = next(account for account in scope.accounts if account.name == place)
    return account.regions_of(scope.regions)[0]
