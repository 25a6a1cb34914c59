"""The records that rollouts write beside the packages, for the next one to read.

members.json: names and values of the members after the last complete rollout, and whose values a rollout that was cut
off since may have changed. left-out.json: accounts that are not reached as their whole unit is. stacks.json: the stacks
and stack sets that rollouts have made or begun to make, where there are several.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from generator.manifest import MEMBER_TEMPLATE
from generator.rollout.aws import bucket
from generator.rollout.aws.errors import AwsError
from generator.rollout.aws.operations import ActualStackSet
from generator.rollout.deploy.desired import DesiredState, StackAddress

MEMBERS = "members.json"
LEFT_OUT = "left-out.json"
REGIONS = "regions.json"
STACKS = "stacks.json"
# The members' template among the files of a rollout.
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
        """The content of the file."""
        more: dict[str, Any] = {"unsettled": sorted(self.unsettled)} if self.unsettled else {}
        more |= {"further": self.further} if self.further else {}
        return json.dumps({"names": self.names, "overrides": self.overrides, **more}, sort_keys=True).encode()

    def overrides_of(self, desired: DesiredState) -> Mapping[str, Rows] | None:
        """The overrides of the stack set; None where it was never rolled out completely."""
        name = desired.members.name
        is_further = any(stack_set.name == name for stack_set in desired.further_sets)
        return self.further.get(name) if is_further else self.overrides


def members(environment: str, files: Mapping[str, bytes]) -> RecordedMembers | None:
    """The record of the members; None where no rollout was completed. Raises AwsError where it is invalid."""
    return read(environment, files, MEMBERS, _members)


def left_out(environment: str, files: Mapping[str, bytes]) -> dict[str, str]:
    """Id to name of the accounts that are not reached as their unit is. Raises AwsError where it is none."""
    return read(environment, files, LEFT_OUT, _names) or {}


def regions(environment: str, content: bytes | None) -> tuple[str, ...]:
    """The Regions with buckets of an environment. Raises AwsError where the record is invalid."""
    return read(environment, {} if content is None else {REGIONS: content}, REGIONS, _texts) or ()


def stacks(environment: str, content: bytes | None) -> tuple[tuple[StackAddress, ...], tuple[str, ...]]:
    """An environment's stacks, and the names of its stack sets. Raises AwsError where the record is not one."""
    return read(environment, {} if content is None else {STACKS: content}, STACKS, _stacks) or ((), ())


def with_leftovers(desired: DesiredState, content: bytes | None) -> DesiredState:
    """The desired state, with stacks of earlier rollouts that out/ of this commit does not list.

    content: of stacks.json, if there is one. Raises AwsError where it is not as a rollout writes it.
    """
    recorded, made_sets = stacks(desired.environment, content)
    known = {*(stack.address for stack in desired.stacks), *desired.retired_stacks}
    known_sets = {*(stack_set.name for stack_set in desired.sets), *desired.retired_sets}
    return replace(
        desired,
        retired_stacks=(*desired.retired_stacks, *(stack for stack in recorded if stack not in known)),
        retired_sets=(*desired.retired_sets, *(stack for stack in made_sets if stack not in known_sets)),
    )


def stacks_text(desired: DesiredState, content: bytes | None = None, skipped: Iterable[StackAddress] = ()) -> bytes:
    """The new content of stacks.json. content: the current one, where all of its stacks may still exist.

    skipped: stacks that may exist, too.
    """
    recorded, made_sets = stacks(desired.environment, content)
    addresses = dict.fromkeys((*recorded, *skipped, *(stack.address for stack in desired.stacks)))
    content_data = {
        "stacks": [[stack.name, stack.region] for stack in addresses],
        "stack_sets": list(dict.fromkeys((*made_sets, *(stack.name for stack in desired.sets)))),
    }
    return json.dumps(content_data).encode()


def names(environment: str, files: Mapping[str, bytes]) -> Mapping[str, str]:
    """Account ID to name at the last rollout: an account that leaves is not in the spec."""
    recorded = members(environment, files)
    return recorded.names if recorded else {}


def beginning(desired: DesiredState, files: Mapping[str, bytes]) -> RecordedMembers | None:
    """The content of members.json while the members are updated: their values are in doubt until then.

    None where it says so already.
    """
    before = members(desired.environment, files)
    if before is None:
        return None
    doubtful: set[str] = set()
    for one_set in desired.sets:
        was, now = before.overrides_of(desired.of_set(one_set)) or {}, one_set.overrides
        doubtful |= {account for account in {*was, *now} if was.get(account, ()) != now.get(account, ())}
    return None if doubtful <= before.unsettled else replace(before, unsettled=before.unsettled | doubtful)


def with_records(
    desired: DesiredState, actual: ActualStackSet | None, files: Mapping[str, bytes]
) -> ActualStackSet | None:
    """The set with what is written down of it: the members' own values, and the template of the last whole rollout."""
    before = members(desired.environment, files)
    if actual is None or before is None:
        return actual
    recorded = before.overrides_of(desired)
    own = None if recorded is None else {**recorded, **dict.fromkeys(before.unsettled)}
    template = files.get(desired.members.file or MEMBER_TEMPLATE, b"").decode(errors="replace")
    return replace(actual, overrides=own, completed=template)


def completed(desired: DesiredState, files: Mapping[str, bytes], unknown: Collection[str]) -> RecordedMembers:
    """The content of members.json after a complete rollout. unknown: IDs of accounts to look up again."""
    further = {stack_set.name: stack_set.overrides for stack_set in desired.further_sets}
    kept_names = {account: name for account, name in names(desired.environment, files).items() if account in unknown}
    return RecordedMembers({**kept_names, **desired.members.names}, desired.members.overrides, further=further)


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
    return tuple(StackAddress(*_texts(stack)) for stack in data["stacks"]), _texts(data["stack_sets"])


def _texts(data: Any) -> tuple[str, ...]:
    if not isinstance(data, list) or not all(isinstance(text, str) for text in data):
        raise TypeError(data)
    return tuple(data)


def read(environment: str, files: Mapping[str, bytes], file: str, meaning: Callable[[Any], _Read]) -> _Read | None:
    """A record, parsed; None where there is none. Raises AwsError where it is invalid."""
    if file not in files:
        return None
    try:
        return meaning(json.loads(files[file]))
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        key = bucket.record_key(environment, file)
        raise AwsError(
            f"{key} in the assets bucket is not in the format that `obsgen deploy` writes",
            f"restore its previous version (aws s3api list-object-versions --prefix {key})",
        ) from None
