"""The stub of a channel's vendor: what each module of `generator/drill/vendors` implements as `Vendor`.

One module declares everything that a drill needs of one type of channel: the stub that receives, the entry of the
routing table that leads to it, and how deliveries are shown. At its top level it imports nothing but this folder and
the standard library, because a simulation loads it in a process that has the function's package only.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol, TypeVar

from generator.drill.vendors.kit.wire import Reply, WireRequest

Entry = Mapping[str, Any]
Kind = Literal["message", "page", "ticket"]
# The steps that open an incident, or open it again.
OPENING_STEPS = ("open", "repeat")
HttpStub = TypeVar("HttpStub", bound="HttpVendor")


@dataclass(frozen=True, slots=True)
class Connection:
    """A channel that leads to a stub.

    settings: the channel's entry of the routing table. secret: the content of its secret; empty where it has none.
    """

    vendor: Vendor
    settings: dict[str, Any]
    secret: dict[str, str] = field(default_factory=dict)


class DrillServices(Protocol):
    """The services for stubs on this machine."""

    def http(self, vendor: type[HttpStub], key: str) -> tuple[HttpStub, str]:
        """The stub of a type with this key, created on first use, and the URL of its server."""

    def mailboxes(self, channel: str) -> dict[str, str]:
        """The addresses of an e-mail channel, with the URL of the queue that receives in their place."""

    def client(self, service: str) -> Any:
        """A botocore client of the simulated AWS."""

    @property
    def aws(self) -> Any:
        """The server of the AWS operations that moto lacks (`AwsVendor`)."""


class Vendor(ABC):
    """The stub of one type of channel.

    kind: whether an incident is a message, a ticket or a page there. is_read: whether people read its messages, so
    that quiet hours and `ok: false` apply to it. confirms: whether a success means that a message was delivered, and
    not only that it was accepted. latency_ms: the time of one call in a simulation.
    violations: requests that the real vendor would refuse.
    """

    kind: ClassVar[Kind] = "message"
    is_read: ClassVar[bool] = False
    confirms: ClassVar[bool] = True
    latency_ms: ClassVar[int]
    violations: list[str]

    @classmethod
    @abstractmethod
    def connect(cls, name: str, channel: Entry, services: DrillServices) -> Connection:
        """Replace a channel's entry by one that leads to a stub."""

    @abstractmethod
    def deliveries(self) -> list[float]:
        """When each delivery arrived, in seconds since 1970."""

    @abstractmethod
    def data(self) -> dict[str, Any]:
        """Everything that was delivered, as JSON has it."""

    @staticmethod
    @abstractmethod
    def describe(data: Mapping[str, Any]) -> Iterator[str]:
        """The deliveries as people see them, line by line. data: as `data` returns it."""

    def ended(self, _channel: Entry) -> bool:
        """True if everything that was opened is closed again, as far as the channel closes anything."""
        return True

    @staticmethod
    def incidents(_data: Mapping[str, Any]) -> int:
        """The number of incidents that were opened, where the vendor counts them; otherwise 0."""
        return 0

    @staticmethod
    def reference_link(_settings: Entry, _region: str) -> str:
        """The page of a ticket, with `{}` for its reference; empty where there is none. region: the hub's."""
        return ""

    @classmethod
    def calls(cls, _step: str, _report: Any, _attempt: Any, _settings: Entry) -> int:
        """The number of calls that the type's sink makes for a step of an incident."""
        return 1

    @staticmethod
    def edits_digests(_settings: Entry) -> bool:
        """True if the type's sink can edit a digest that it has sent."""
        return False


class HttpVendor(Vendor):
    """A vendor that is called over HTTP; `VendorServer` serves it."""

    def __init__(self, violations: list[str] | None = None) -> None:
        self.violations = [] if violations is None else violations
        self._times: list[float] = []

    @classmethod
    def connect(cls, name: str, channel: Entry, services: DrillServices) -> Connection:
        """Each channel has a server of its own, unless `server_key` says otherwise."""
        vendor, url = services.http(cls, cls.server_key(name, channel))
        settings, secret = vendor.redirect(channel, url)
        return Connection(vendor, settings, secret)

    @staticmethod
    def server_key(name: str, _channel: Entry) -> str:
        """The key of the channel's server; channels with the same key share one."""
        return name

    @abstractmethod
    def redirect(self, channel: Entry, url: str) -> tuple[dict[str, Any], dict[str, str]]:
        """The channel's entry and secret, leading to `url`; the stub accepts what the entry names, as a project."""

    @classmethod
    @abstractmethod
    def example_channels(cls, url: str) -> dict[str, dict[str, Any]]:
        """Channels that lead to `url`, by name: one for each API of the vendor. `secret` is the secret's content."""

    @abstractmethod
    def handle(self, request: WireRequest) -> Reply | None:
        """The reply; None where the path is not the vendor's."""

    @abstractmethod
    def count(self) -> int:
        """The number of deliveries."""

    def date_deliveries(self) -> None:
        """Date what is new since the last call, because the stubs do not record times."""
        self._times += [time.time()] * (self.count() - len(self._times))

    def deliveries(self) -> list[float]:
        """As `date_deliveries` found them."""
        return list(self._times)


def edits_of_members(step: str, report: Any) -> int:
    """The call that updates title and members of an incident of several alarms: 1 or 0."""
    return int(report.is_of_several and step in ("repeat", "resolve"))


def opens_another_page(step: str, report: Any, attempt: Any) -> bool:
    """True if something more severe in an open incident is an alert of its own."""
    return bool(step == "repeat" and report.is_of_several and attempt.is_open)
