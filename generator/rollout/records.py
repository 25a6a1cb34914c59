"""What rollouts write down beside the packages, for the next one to read.

members.json: names and values of the members after the last complete rollout, and whose values a rollout that was cut
off since may have changed. left-out.json: accounts that are not reached as their whole unit is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from generator.rollout import bucket
from generator.rollout.operations import SeenSet
from generator.rollout.refused import Refused
from generator.rollout.wanted import Wanted

MEMBERS = "members.json"
LEFT_OUT = "left-out.json"
REGIONS = "regions.json"
# The members' template among the files of a rollout.
TEMPLATE = "member.template.yaml"
Rows = tuple[tuple[str, str], ...]
_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class RecordedMembers:
    """names: account id to name. overrides: account id to parameter overrides; unsettled: those that may be others."""

    names: Mapping[str, str]
    overrides: Mapping[str, Rows]
    unsettled: frozenset[str] = frozenset()

    def text(self) -> bytes:
        """The file."""
        unsettled = {"unsettled": sorted(self.unsettled)} if self.unsettled else {}
        return json.dumps({"names": self.names, "overrides": self.overrides, **unsettled}, sort_keys=True).encode()


def members(environment: str, files: Mapping[str, bytes]) -> RecordedMembers | None:
    """None where no rollout was completed. Raises Refused where the record is not one."""
    return _read(environment, files, MEMBERS, _members)


def left_out(environment: str, files: Mapping[str, bytes]) -> dict[str, str]:
    """Id to name of the accounts that are not reached as their unit is. Raises Refused where it is none."""
    return _read(environment, files, LEFT_OUT, _names) or {}


def regions(environment: str, content: bytes | None) -> tuple[str, ...]:
    """Where an environment has buckets. Raises Refused where the record is not one."""
    return _read(environment, {} if content is None else {REGIONS: content}, REGIONS, _regions) or ()


def beginning(wanted: Wanted, files: Mapping[str, bytes]) -> RecordedMembers | None:
    """What members.json says from when a rollout begins with the members: their values are in doubt until it is done.

    None where it says so already.
    """
    before = members(wanted.environment, files)
    if before is None:
        return None
    now = wanted.members.overrides
    doubtful = {one for one in {*before.overrides, *now} if before.overrides.get(one, ()) != now.get(one, ())}
    return None if doubtful <= before.unsettled else replace(before, unsettled=before.unsettled | doubtful)


def seen_with(wanted: Wanted, seen: SeenSet | None, files: Mapping[str, bytes]) -> SeenSet | None:
    """The set with what is written down of it: the members' own values, and the template of the last whole rollout."""
    before = members(wanted.environment, files)
    if seen is None or before is None:
        return seen
    own = {**before.overrides, **dict.fromkeys(before.unsettled)}
    return replace(seen, overrides=own, completed=files.get(TEMPLATE, b"").decode(errors="replace"))


def _members(data: Any) -> RecordedMembers:
    own = {account: tuple((str(key), str(value)) for key, value in rows) for account, rows in data["overrides"].items()}
    return RecordedMembers(_names(data["names"]), own, frozenset(map(str, data.get("unsettled", ()))))


def _names(data: Any) -> dict[str, str]:
    if not all(isinstance(name, str) for name in data.values()):
        raise TypeError(data)
    return dict(data)


def _regions(data: Any) -> tuple[str, ...]:
    if not isinstance(data, list) or not all(isinstance(one, str) for one in data):
        raise TypeError(data)
    return tuple(data)


def _read(environment: str, files: Mapping[str, bytes], file: str, meaning: Callable[[Any], _Read]) -> _Read | None:
    if file not in files:
        return None
    try:
        return meaning(json.loads(files[file]))
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        key = bucket.record_key(environment, file)
        raise Refused(
            f"{key}, in the bucket of the packages, is not as a rollout writes it",
            f"restore its last version: aws s3api list-object-versions --prefix {key}",
        ) from None
