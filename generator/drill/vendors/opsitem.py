"""OpsCenter in a drill: the OpsItems of the server of AWS operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from generator.drill.vendors.kit import vendor
from generator.drill.vendors.kit.aws import AwsVendor
from generator.drill.vendors.kit.vendor import OPENING_STEPS, Connection, DrillServices, Entry, Kind


class Vendor(vendor.Vendor):
    """aws: the server that has the OpsItems."""

    kind: ClassVar[Kind] = "ticket"
    latency_ms: ClassVar[int] = 120

    def __init__(self, aws: AwsVendor) -> None:
        self._aws = aws
        self.violations = aws.violations

    @classmethod
    def connect(cls, _name: str, channel: Entry, services: DrillServices) -> Connection:
        """The channel stays as it is: the function's endpoint of Systems Manager is what differs."""
        return Connection(cls(services.aws), dict(channel))

    def deliveries(self) -> list[float]:
        """OpsItems created and changed."""
        return list(self._aws.changes)

    def data(self) -> dict[str, Any]:
        """The OpsItems by ID."""
        return {"opsitems": self._aws.items}

    def ended(self, _channel: Entry) -> bool:
        """True if all OpsItems are resolved."""
        return all(item["Status"] == "Resolved" for item in self._aws.items.values())

    @staticmethod
    def describe(data: Mapping[str, Any]) -> Iterator[str]:
        """ID and title, then state and description."""
        for key, item in data["opsitems"].items():
            yield f"{key}  {item['Title']}"
            yield f"Severity: {item['Severity']}   Status: {item['Status']}"
            yield from (f"  {line}" for line in item["Description"].splitlines() if line.strip())

    @staticmethod
    def reference_link(_settings: Entry, region: str) -> str:
        """The OpsItem in the console."""
        # Not at the top: a simulation has no other package of the generator.
        from generator.aws.regions import console_of

        root = console_of(region)
        return f"{root}/systems-manager/opsitems/{{}}?region={region}" if root else ""

    @classmethod
    def calls(cls, step: str, _report: Any, attempt: Any, _settings: Entry) -> int:
        """Without an OpsItem only the steps that create it."""
        if attempt.reference is None:
            return int(step in OPENING_STEPS)
        return 1
