"""Resources with an address that canaries or probes of the file call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.inventory.inventory import Inventory
from generator.inventory.types import ProbedHost, ResourceIdentity, WatchingAlarm


def probed(
    of_capture: Inventory, probes: Sequence[ProbedHost]
) -> Iterator[tuple[ResourceIdentity, list[WatchingAlarm]]]:
    """The resources whose host is that of a probe. Service APIs say hosts: of load balancers and of APIs."""
    hosts: dict[str, list[ResourceIdentity]] = {}
    for resource in of_capture.resources.values():
        if resource.host:
            hosts.setdefault(resource.host.lower(), []).append(resource.id)
    for probe in probes:
        for id_ in hosts.get(probe.host, ()):
            row = WatchingAlarm(id_.account, id_.region, probe.name, "probe", frozenset(), probe.calls, True)
            yield id_, [row]
