"""The stacks that may exist in the management account: those that rollouts recorded, and those of out/.

Nothing at AWS says which account has such stacks, so it is written down before the first of them is made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from generator.rollout.deploy import records
from generator.rollout.deploy.desired import DesiredState, StackAddress

MANAGEMENT = "management.json"
Rows = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ManagementRecord:
    """name, account: of the management account. stacks: those that were made, or may have been, in their order.

    parameters: those with values of their own after the last complete rollout, by the stacks' names. doubtful: whether
    an interrupted rollout may have changed them since.
    """

    name: str = ""
    account: str = ""
    stacks: tuple[StackAddress, ...] = ()
    parameters: Mapping[str, Rows] = field(default_factory=dict)
    doubtful: bool = False

    def text(self) -> bytes:
        """The content of the file."""
        return json.dumps(asdict(self), sort_keys=True).encode()


def written_down(environment: str, files: Mapping[str, bytes]) -> ManagementRecord:
    """The record of earlier rollouts. Raises AwsError where it is invalid."""
    return records.read(environment, files, MANAGEMENT, _record) or ManagementRecord()


def possible(desired: DesiredState, before: ManagementRecord) -> ManagementRecord:
    """The stacks that may exist: those on record, and those of out/."""
    management = desired.management
    if management is None:
        return before
    addresses = tuple(address.address for address in management.stacks)
    retired = tuple(StackAddress(name, region) for region in management.regions for name in desired.retired_sets)
    earlier = before.stacks if before.account == management.account else ()
    leftovers = (address for address in dict.fromkeys((*earlier, *retired)) if address not in addresses)
    known = before.parameters if earlier else {}
    doubtful = before.doubtful or known != management.parameters
    return ManagementRecord(management.name, management.account, (*leftovers, *addresses), known, doubtful)


def completed(desired: DesiredState, before: ManagementRecord) -> ManagementRecord:
    """The record after a complete rollout."""
    management = desired.management
    if management is None:
        return ManagementRecord(before.name, before.account)
    addresses = tuple(address.address for address in management.stacks)
    return ManagementRecord(before.name, before.account, addresses, management.parameters)


def _record(data: Any) -> ManagementRecord:
    stacks = tuple(StackAddress(str(address["name"]), str(address["region"])) for address in data["stacks"])
    parameters = {
        str(name): tuple((str(key), str(value)) for key, value in rows) for name, rows in data["parameters"].items()
    }
    return ManagementRecord(str(data["name"]), str(data["account"]), stacks, parameters, bool(data["doubtful"]))
