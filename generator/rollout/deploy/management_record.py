"""Which stacks there may be in the management account: what rollouts wrote down, and what out/ asks for.

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
    a rollout that was cut off since may have changed them.
    """

    name: str = ""
    account: str = ""
    stacks: tuple[StackAddress, ...] = ()
    parameters: Mapping[str, Rows] = field(default_factory=dict)
    doubtful: bool = False

    def text(self) -> bytes:
        """The file."""
        return json.dumps(asdict(self), sort_keys=True).encode()


def written_down(environment: str, files: Mapping[str, bytes]) -> ManagementRecord:
    """What rollouts wrote down. Raises Refused where the record is not one."""
    return records.read(environment, files, MANAGEMENT, _record) or ManagementRecord()


def possible(desired: DesiredState, before: ManagementRecord) -> ManagementRecord:
    """Whatever may be there: what was written down, and what out/ asks for."""
    management = desired.management
    if management is None:
        return before
    mine = tuple(one.address for one in management.stacks)
    retired = tuple(StackAddress(name, region) for region in management.regions for name in desired.retired_sets)
    earlier = before.stacks if before.account == management.account else ()
    others = (one for one in dict.fromkeys((*earlier, *retired)) if one not in mine)
    known = before.parameters if earlier else {}
    doubtful = before.doubtful or known != management.parameters
    return ManagementRecord(management.name, management.account, (*others, *mine), known, doubtful)


def completed(desired: DesiredState, before: ManagementRecord) -> ManagementRecord:
    """What there is once all of it is rolled out."""
    management = desired.management
    if management is None:
        return ManagementRecord(before.name, before.account)
    mine = tuple(one.address for one in management.stacks)
    return ManagementRecord(before.name, before.account, mine, management.parameters)


def _record(data: Any) -> ManagementRecord:
    stacks = tuple(StackAddress(str(one["name"]), str(one["region"])) for one in data["stacks"])
    parameters = {
        str(name): tuple((str(key), str(value)) for key, value in rows) for name, rows in data["parameters"].items()
    }
    return ManagementRecord(str(data["name"]), str(data["account"]), stacks, parameters, bool(data["doubtful"]))
