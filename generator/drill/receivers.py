"""The receivers of a drill: every channel of the routing table, redirected to a stub on this machine."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from generator.drill.hub import LocalHub
from generator.drill.machine import CannotDrill
from generator.drill.vendors.kit.aws import AwsVendor
from generator.drill.vendors.kit.registry import vendor_class
from generator.drill.vendors.kit.server import VendorServer
from generator.drill.vendors.kit.vendor import Connection, HttpStub

# One alarm is no storm, so that no channel has to keep its own pace.
RATE_PER_MINUTE = 6_000


@dataclass(frozen=True, slots=True)
class ChannelReceiver:
    """A channel and its stub. type: of the channel."""

    name: str
    type: str
    connection: Connection

    def deliveries(self) -> list[float]:
        """When each delivery arrived, in seconds since 1970."""
        return self.connection.vendor.deliveries()

    def data(self) -> dict[str, Any]:
        """Everything that was delivered, as JSON has it."""
        return self.connection.vendor.data()

    def ended(self) -> bool:
        """Whether everything that was opened is closed again, as far as the channel closes anything."""
        return self.connection.vendor.ended(self.connection.settings)

    def violations(self) -> list[str]:
        """Requests that the real vendor would refuse."""
        return list(self.connection.vendor.violations)


@dataclass(slots=True)
class LocalServices:
    """What stubs can use in a drill on this machine. stack: ends the servers with the drill."""

    hub: LocalHub
    aws: AwsVendor
    stack: ExitStack
    _servers: dict[tuple[type, str], VendorServer] = field(default_factory=dict)

    def http(self, vendor: type[HttpStub], key: str) -> tuple[HttpStub, str]:
        """The stub of a type with this key, created on first use, and the URL of its server."""
        if (vendor, key) not in self._servers:
            self._servers[vendor, key] = self.stack.enter_context(VendorServer(vendors=[vendor]))
        server = self._servers[vendor, key]
        return server.stub(vendor), server.url

    def mailboxes(self, channel: str) -> dict[str, str]:
        """The addresses of an e-mail channel, with the URL of the queue that receives in their place."""
        return {address: url for (owner, address), url in self.hub.mailboxes.items() if owner == channel}

    def client(self, service: str) -> Any:
        """A botocore client of the simulated AWS."""
        return self.hub.client(service)


@dataclass(slots=True)
class Redirected:
    """The routing table with every channel redirected. secrets: name to content, as the function is to find them."""

    routing: dict[str, Any]
    receivers: list[ChannelReceiver] = field(default_factory=list)
    secrets: dict[str, dict[str, str]] = field(default_factory=dict)


def redirect(routing: Mapping[str, Any], services: LocalServices) -> Redirected:
    """Lead every channel to a stub. Raises CannotDrill for a type that has none."""
    redirected = Redirected(copy.deepcopy(dict(routing)))
    # A drill shows which channels are notified, at any time of the day.
    redirected.routing.get("incidents", {}).pop("quiet", None)
    for name, channel in routing["channels"].items():
        try:
            vendor = vendor_class(channel["type"])
        except KeyError:
            raise CannotDrill(f"a drill cannot simulate channels of type {channel['type']} ({name})") from None
        connection = vendor.connect(name, channel, services)
        redirected.receivers.append(ChannelReceiver(name, channel["type"], connection))
        entry = copy.deepcopy(connection.settings)
        entry["delivery"] = {**entry["delivery"], "private": True, "rate_per_minute": RATE_PER_MINUTE}
        redirected.routing["channels"][name] = entry
        if connection.secret:
            redirected.secrets.setdefault(channel["secret"], {}).update(connection.secret)
    return redirected
