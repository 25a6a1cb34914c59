"""Which stacks there may be in the management account: what rollouts wrote down, and what out/ asks for.

Nothing at AWS says which account has such stacks, so it is written down before the first of them is made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generator.rollout import records
from generator.rollout.wanted import StackAddress, Wanted

MANAGEMENT = "management.json"


@dataclass(frozen=True, slots=True)
class ManagementRecord:
    """name, account: of the management account. stacks: those that were made, or may have been, in their order."""

    name: str = ""
    account: str = ""
    stacks: tuple[StackAddress, ...] = ()

    def text(self) -> bytes:
        """The file."""
        stacks = [{"name": one.name, "region": one.region} for one in self.stacks]
        return json.dumps({"name": self.name, "account": self.account, "stacks": stacks}, sort_keys=True).encode()


def written_down(environment: str, files: Mapping[str, bytes]) -> ManagementRecord:
    """What rollouts wrote down. Raises Refused where the record is not one."""
    return records.read(environment, files, MANAGEMENT, _record) or ManagementRecord()


def possible(wanted: Wanted, before: ManagementRecord) -> ManagementRecord:
    """Whatever may be there: what was written down, and what out/ asks for."""
    management = wanted.management
    if management is None:
        return before
    mine = tuple(one.address for one in management.stacks)
    retired = tuple(StackAddress(name, region) for region in management.regions for name in wanted.retired_sets)
    earlier = before.stacks if before.account == management.account else ()
    others = (one for one in dict.fromkeys((*earlier, *retired)) if one not in mine)
    return ManagementRecord(management.name, management.account, (*others, *mine))


def completed(wanted: Wanted, before: ManagementRecord) -> ManagementRecord:
    """What there is once all of it is rolled out."""
    management = wanted.management
    mine = tuple(one.address for one in management.stacks) if management else ()
    return ManagementRecord(before.name, before.account, mine)


def _record(data: Any) -> ManagementRecord:
    stacks = tuple(StackAddress(str(one["name"]), str(one["region"])) for one in data["stacks"])
    return ManagementRecord(str(data["name"]), str(data["account"]), stacks)
