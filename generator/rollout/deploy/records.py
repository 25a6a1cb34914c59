"""What rollouts write down beside the packages, for the next one to read.

members.json: names and values of the members after the last complete rollout, and whose values a rollout that was cut
off since may have changed. left-out.json: accounts that are not reached as their whole unit is. stacks.json: the stacks
and stack sets that rollouts have made or begun to make, where there are several.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from generator.rollout.aws import bucket
from generator.rollout.aws.errors import AwsError
from generator.rollout.aws.operations import ActualStackSet
from generator.rollout.deploy.desired import DesiredState, StackAddress

MEMBERS = "members.json"
LEFT_OUT = "left-out.json"
REGIONS = "regions.json"
STACKS = "stacks.json"
# The members' template among the files of a rollout.
TEMPLATE = "member.template.yaml"
Rows = tuple[tuple[str, str], ...]
_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class RecordedMembers:
    """names: account id to name. overrides: account id to parameter overrides; unsettled: those that may be others.

    further: the overrides of each stack set beyond the first, by its name.
    """

    names: Mapping[str, str]
    overrides: Mapping[str, Rows]
    unsettled: frozenset[str] = frozenset()
    further: Mapping[str, Mapping[str, Rows]] = field(default_factory=dict)

    def text(self) -> bytes:
        """The file."""
        more: dict[str, Any] = {"unsettled": sorted(self.unsettled)} if self.unsettled else {}
        more |= {"further": self.further} if self.further else {}
        return json.dumps({"names": self.names, "overrides": self.overrides, **more}, sort_keys=True).encode()

    def overrides_of(self, desired: DesiredState) -> Mapping[str, Rows] | None:
        """Those of the stack set that it is about; None where it was never rolled out whole."""
        name = desired.members.name
        is_further = any(one.name == name for one in desired.further_sets)
        return self.further.get(name) if is_further else self.overrides


def members(environment: str, files: Mapping[str, bytes]) -> RecordedMembers | None:
    """None where no rollout was completed. Raises Refused where the record is not one."""
    return read(environment, files, MEMBERS, _members)


def left_out(environment: str, files: Mapping[str, bytes]) -> dict[str, str]:
    """Id to name of the accounts that are not reached as their unit is. Raises Refused where it is none."""
    return read(environment, files, LEFT_OUT, _names) or {}


def regions(environment: str, content: bytes | None) -> tuple[str, ...]:
    """Where an environment has buckets. Raises Refused where the record is not one."""
    return read(environment, {} if content is None else {REGIONS: content}, REGIONS, _texts) or ()


def stacks(environment: str, content: bytes | None) -> tuple[tuple[StackAddress, ...], tuple[str, ...]]:
    """An environment's stacks, and the names of its stack sets. Raises Refused where the record is not one."""
    return read(environment, {} if content is None else {STACKS: content}, STACKS, _stacks) or ((), ())


def with_leftovers(desired: DesiredState, content: bytes | None) -> DesiredState:
    """The wish, with what an earlier rollout made and out/ knows nothing of: it was built by another commit.

    content: of stacks.json, if there is one. Raises Refused where it is not as a rollout writes it.
    """
    made, made_sets = stacks(desired.environment, content)
    known = {*(one.address for one in desired.stacks), *desired.retired_stacks}
    known_sets = {*(one.name for one in desired.sets), *desired.retired_sets}
    return replace(
        desired,
        retired_stacks=(*desired.retired_stacks, *(one for one in made if one not in known)),
        retired_sets=(*desired.retired_sets, *(one for one in made_sets if one not in known_sets)),
    )


def stacks_text(desired: DesiredState, content: bytes | None = None, skipped: Iterable[StackAddress] = ()) -> bytes:
    """What stacks.json says. content: what it says already, where all of that may still be there.

    unseen: stacks that may be there, too.
    """
    made, made_sets = stacks(desired.environment, content)
    addresses = dict.fromkeys((*made, *skipped, *(one.address for one in desired.stacks)))
    both = {
        "stacks": [[one.name, one.region] for one in addresses],
        "stack_sets": list(dict.fromkeys((*made_sets, *(one.name for one in desired.sets)))),
    }
    return json.dumps(both).encode()


def names(environment: str, files: Mapping[str, bytes]) -> Mapping[str, str]:
    """What the accounts were called then, by id: one that leaves is in the spec no more."""
    recorded = members(environment, files)
    return recorded.names if recorded else {}


def beginning(desired: DesiredState, files: Mapping[str, bytes]) -> RecordedMembers | None:
    """What members.json says from when a rollout begins with the members: their values are in doubt until it is done.

    None where it says so already.
    """
    before = members(desired.environment, files)
    if before is None:
        return None
    doubtful: set[str] = set()
    for one_set in desired.sets:
        was, now = before.overrides_of(desired.of_set(one_set)) or {}, one_set.overrides
        doubtful |= {one for one in {*was, *now} if was.get(one, ()) != now.get(one, ())}
    return None if doubtful <= before.unsettled else replace(before, unsettled=before.unsettled | doubtful)


def with_records(
    desired: DesiredState, seen: ActualStackSet | None, files: Mapping[str, bytes]
) -> ActualStackSet | None:
    """The set with what is written down of it: the members' own values, and the template of the last whole rollout."""
    before = members(desired.environment, files)
    if seen is None or before is None:
        return seen
    recorded = before.overrides_of(desired)
    own = None if recorded is None else {**recorded, **dict.fromkeys(before.unsettled)}
    template = files.get(desired.members.file or TEMPLATE, b"").decode(errors="replace")
    return replace(seen, overrides=own, completed=template)


def completed(desired: DesiredState, files: Mapping[str, bytes], unknown: Collection[str]) -> RecordedMembers:
    """What members.json says once all of it is rolled out. unknown: ids of accounts that are to be looked up again."""
    further = {one.name: one.overrides for one in desired.further_sets}
    kept = {one: name for one, name in names(desired.environment, files).items() if one in unknown}
    return RecordedMembers({**kept, **desired.members.names}, desired.members.overrides, further=further)


def _members(data: Any) -> RecordedMembers:
    further = {str(name): _overrides(own) for name, own in data.get("further", {}).items()}
    unsettled = frozenset(map(str, data.get("unsettled", ())))
    return RecordedMembers(_names(data["names"]), _overrides(data["overrides"]), unsettled, further)


def _overrides(data: Any) -> dict[str, Rows]:
    return {account: tuple((str(key), str(value)) for key, value in rows) for account, rows in data.items()}


def _names(data: Any) -> dict[str, str]:
    if not all(isinstance(name, str) for name in data.values()):
        raise TypeError(data)
    return dict(data)


def _stacks(data: Any) -> tuple[tuple[StackAddress, ...], tuple[str, ...]]:
    return tuple(StackAddress(*_texts(one)) for one in data["stacks"]), _texts(data["stack_sets"])


def _texts(data: Any) -> tuple[str, ...]:
    if not isinstance(data, list) or not all(isinstance(one, str) for one in data):
        raise TypeError(data)
    return tuple(data)


def read(environment: str, files: Mapping[str, bytes], file: str, meaning: Callable[[Any], _Read]) -> _Read | None:
    """What a record means; None where there is none. Raises Refused where it is not one."""
    if file not in files:
        return None
    try:
        return meaning(json.loads(files[file]))
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        key = bucket.record_key(environment, file)
        raise AwsError(
            f"{key}, in the bucket of the packages, is not as a rollout writes it",
            f"restore its last version: aws s3api list-object-versions --prefix {key}",
        ) from None
