"""Log groups that would fail a stack, looked for before anything is deployed.

CloudFormation refuses a metric or subscription filter on a log group that is not there, and makes no log group where
there is one of that name. It finds out account by account, and rolls each of them back; here every account and Region
is asked first, for exactly the names that its stack would come across. What its stack has already is not asked for.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

from generator.rollout.aws.clients import Aws
from generator.rollout.aws.operations import SUSPENDED, ActualStackSet, Instance
from generator.rollout.deploy.desired import DesiredState
from generator.rollout.deploy.leaving_accounts import staying
from generator.rollout.deploy.listed_log_groups import HUB_NAME, externally_created, listed_groups
from generator.rollout.deploy.name_conflicts import find_log_group
from generator.rollout.operate.compliance_state import AccountRegion
from generator.rollout.operate.member_access import MemberAccess, NoAccess, reason

SIDE_BY_SIDE = 16
# Missing, and something stands on it; there, though the file makes it; or made by the stack, which would delete it:
# though the file goes on to use it, or as the file no longer wants it there.
Fault = Literal["missing", "exists", "goes", "deleted"]
CURRENT = "CURRENT"


@dataclass(frozen=True, slots=True)
class LogGroupUse:
    """A resource of a stack that makes a log group, or that CloudFormation refuses where it is missing.

    properties: as the template has them, to tell whether CloudFormation would touch it. path: where in the file.
    """

    name: str
    makes: bool
    properties: Any
    path: str = field(compare=False)


class TemplateReader(Protocol):
    """What a template makes or uses in one account and Region, by logical id. body: the template's text."""

    def __call__(
        self, body: str, account: str, region: str, parameters: Mapping[str, str]
    ) -> Mapping[str, LogGroupUse]: ...  # pragma: no cover


@dataclass(frozen=True, slots=True)
class LogGroupConflict:
    """A log group that fails stacks, or that is deleted with all its lines although something uses it.

    path: of a resource that is concerned. resources: how many of them a stack has. places: accounts and Regions of the
    conflict. expected: in how many accounts and Regions the file has the log group.
    """

    name: str
    fault: Fault
    path: str
    resources: int
    places: tuple[AccountRegion, ...]
    expected: int


@dataclass(frozen=True, slots=True)
class LogGroupReport:
    """What was found; unread: places that could not be asked, each with the reason."""

    found: tuple[LogGroupConflict, ...] = ()
    unread: tuple[tuple[AccountRegion, str], ...] = ()

    @property
    def refused(self) -> tuple[LogGroupConflict, ...]:
        """What nobody deploys without saying so; what the file wants deleted is only told."""
        return tuple(one for one in self.found if one.fault != "deleted")

    def without(self, accounts: frozenset[str]) -> LogGroupReport:
        """The same without accounts that nothing is deployed to."""
        found = (
            replace(one, places=places)
            for one in self.found
            if (places := tuple(place for place in one.places if place.account not in accounts))
        )
        return LogGroupReport(tuple(found), tuple(one for one in self.unread if one[0].account not in accounts))

    def without_adopted(self, adopted: Collection[tuple[str, str, str]]) -> LogGroupReport:
        """The same without those that stacks take over, by account, Region and name."""
        found = []
        for one in self.found:
            left = [each for each in one.places if (each.account, each.region, one.name) not in adopted]
            places = tuple(left) if one.fault == "exists" else one.places
            found += [replace(one, places=places)] if places else []
        return LogGroupReport(tuple(found), self.unread)


_Key = tuple[str, bool]


def find_conflicts(
    desired: DesiredState,
    callers: Mapping[str, Aws],
    members: Aws,
    sets: Sequence[ActualStackSet | None],
    read: TemplateReader,
    parameters: Mapping[str, str],
    hub_has: Mapping[str, str],
) -> LogGroupReport:
    """Ask every account and Region for the log groups that its stacks would make or use anew, side by side.

    callers: accounts whose own credentials one has, the hub's among them. sets: each of the stack sets as it is. read:
    what a template says. parameters: what the hub's outputs give. hub_has: the hub's, by logical id, to physical id.
    """
    seen = sets[0]
    uses = {
        place: _together(_used(desired.of_set(one), place, read, parameters) for one in desired.sets)
        for place in _places(desired, seen)
    }
    by_place = [{(one.account, one.region): one for one in (each.instances if each else ())} for each in sets]
    known = list(zip(sets, by_place, strict=True))
    before = {
        place: _before_all([_before(each, there.get(_at(place)), read) for each, there in known]) for place in uses
    }
    at_hub = AccountRegion(desired.hub.account, HUB_NAME, desired.hub.region)
    own = _together(read(one.body, at_hub.account, at_hub.region, {}) for one in desired.stacks)
    # What the hub makes is among the names that are looked up for its stack anyway.
    uses[at_hub] = {key: one for key, one in own.items() if not one.makes}
    before[at_hub] = {key: one for key, one in uses[at_hub].items() if key in hub_has}
    asked = {place: keys for place, each in uses.items() if (keys := _new(each, before[place]))}
    faults, unread = _answers(desired, callers, members, seen, asked)
    paths: dict[str, str] = {}
    groups = listed_groups(desired)
    for place, each in uses.items():
        if place == at_hub:
            made = _made_at_hub(own, hub_has)
        else:
            by_set = [_made_surely(one, there.get(_at(place)), read) for one, there in known]
            made = {name: path for each_set in by_set for name, path in each_set.items()}
        lost = made.keys() - {one.name for one in (own if place == at_hub else each).values() if one.makes}
        used = {one.name for one in each.values()} | externally_created(groups, place)
        told: dict[_Key, Fault] = {
            (name, False): "goes" if name in used else "deleted" for name in lost if name in used or place != at_hub
        }
        faults[place] = {key: fault for key, fault in faults.get(place, {}).items() if key[0] not in lost} | told
        paths |= {name: made[name] for name in lost}
    ordered = sorted(unread.items(), key=lambda one: str(one[0]))
    return LogGroupReport(tuple(_in_the_way(uses, faults, paths)), tuple(ordered))


def _at(place: AccountRegion) -> tuple[str, str]:
    return place.account, place.region


def _places(desired: DesiredState, seen: ActualStackSet | None) -> list[AccountRegion]:
    """The accounts of the file, and those of units by the stacks that they have."""
    names = desired.members.names
    stay = staying(desired, seen).instances if seen else ()
    suspended = {one.account for one in stay if one.detail == SUSPENDED}
    listed = {(account, region) for account in names for region in desired.members.regions_of(account)}
    listed |= {(one.account, one.region) for one in stay}
    return [
        AccountRegion(account, names.get(account, account), region)
        for account, region in sorted(listed)
        if account not in suspended
    ]


def _used(
    desired: DesiredState, place: AccountRegion, read: TemplateReader, parameters: Mapping[str, str]
) -> Mapping[str, LogGroupUse]:
    own = dict(desired.members.overrides.get(place.account, ()))
    return read(desired.members.body, place.account, place.region, {**parameters, **own})


def _together(stacks: Iterable[Mapping[str, LogGroupUse]]) -> dict[str, LogGroupUse]:
    """Of several stacks of one place, without what stands on a log group that one of them makes."""
    found = {key: one for each in stacks for key, one in each.items()}
    made = _made(found)
    return {key: one for key, one in found.items() if one.makes or one.name not in made}


def _before_all(stacks: Iterable[Mapping[str, LogGroupUse] | None]) -> Mapping[str, LogGroupUse] | None:
    """The same of what they have already; None where that of one is not known."""
    known = list(stacks)
    return None if any(one is None for one in known) else _together(one for one in known if one is not None)


def _before(
    seen: ActualStackSet | None, instance: Instance | None, read: TemplateReader
) -> Mapping[str, LogGroupUse] | None:
    """What a stack has already; None where it has another template than its set, which may be any."""
    if seen is None or instance is None:
        return {}
    if instance.status != CURRENT:
        return None if instance.stack else {}
    own = dict((seen.overrides or {}).get(instance.account) or ())
    return read(seen.body, instance.account, instance.region, {**seen.parameters, **own})


def _new(uses: Mapping[str, LogGroupUse], before: Mapping[str, LogGroupUse] | None) -> dict[_Key, None]:
    """The names that CloudFormation would come across, each once.

    A log group that the stack makes already is its own; of a stack with an unknown template nobody knows which are.
    """
    there, made = before or {}, _made(before)
    touched = [one for key, one in uses.items() if there.get(key) != one and one.name not in made]
    return {(one.name, one.makes): None for one in touched if not one.makes or before is not None}


def _made(before: Mapping[str, LogGroupUse] | None) -> frozenset[str]:
    return frozenset(one.name for one in (before or {}).values() if one.makes)


def _made_surely(seen: ActualStackSet | None, instance: Instance | None, read: TemplateReader) -> dict[str, str]:
    """The log groups that a stack has made, each with a path in the file.

    One that is behind its set has what both the set's template and that of the last complete rollout make.
    """
    known = _before(seen, instance, read)
    if known is not None or seen is None or instance is None:
        return {one.name: one.path for one in (known or {}).values() if one.makes}
    if not seen.completed or instance.account not in (seen.overrides or {}):
        return {}
    own = {**seen.parameters, **dict((seen.overrides or {}).get(instance.account) or ())}
    either = (read(body, instance.account, instance.region, own) for body in (seen.body, seen.completed))
    first, second = ({one.name: one.path for one in uses.values() if one.makes} for uses in either)
    return {name: path for name, path in first.items() if name in second}


def _made_at_hub(own: Mapping[str, LogGroupUse], hub_has: Mapping[str, str]) -> dict[str, str]:
    """A change set tells what else the hub's stack loses; this is what something is to stand on."""
    there = set(hub_has.values())
    return {one.name: one.path for one in own.values() if one.name in there}


def _answers(
    desired: DesiredState,
    callers: Mapping[str, Aws],
    members: Aws,
    seen: ActualStackSet | None,
    asked: Mapping[AccountRegion, Mapping[_Key, None]],
) -> tuple[dict[AccountRegion, dict[_Key, Fault]], dict[AccountRegion, str]]:
    """What is in the way, by place; and why a place was not asked."""
    there = frozenset(one.account for one in (seen.instances if seen else ()) if one.stack)
    access = MemberAccess(desired, callers[desired.hub.account], members, there)
    accounts = sorted({place.account for place in asked} - callers.keys())
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        given = dict(zip(accounts, pool.map(lambda account: _entered(access, account), accounts), strict=True))

        def ask(place: AccountRegion) -> dict[_Key, Fault] | str:
            if place.account in callers:
                return _asked(lambda: callers[place.account].client("logs", place.region), asked[place])
            credentials = given[place.account]
            if isinstance(credentials, str):
                return credentials
            return _asked(lambda: access.logs(credentials, place.region), asked[place])

        answers = dict(zip(asked, pool.map(ask, asked), strict=True))
    return (
        {place: answer for place, answer in answers.items() if not isinstance(answer, str)},
        {place: answer for place, answer in answers.items() if isinstance(answer, str)},
    )


def _entered(access: MemberAccess, account: str) -> Mapping[str, Any] | str:
    try:
        return access.enter(account)
    except NoAccess as error:
        return str(error)


def _asked(client: Any, keys: Mapping[_Key, None]) -> dict[_Key, Fault] | str:
    """What is in the way; or why that cannot be known. The first refusal speaks for the others."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        logs = client()
        return {
            (name, makes): "exists" if makes else "missing"
            for name, makes in keys
            if bool(find_log_group(logs, name)) is makes
        }
    except (BotoCoreError, ClientError) as error:
        return reason(error)


def _in_the_way(
    uses: Mapping[AccountRegion, Mapping[str, LogGroupUse]],
    faults: Mapping[AccountRegion, Mapping[_Key, Fault]],
    paths: Mapping[str, str],
) -> Iterator[LogGroupConflict]:
    places: dict[tuple[str, Fault, bool], list[AccountRegion]] = {}
    for place, each in faults.items():
        for (name, makes), fault in each.items():
            places.setdefault((name, fault, makes), []).append(place)
    for (name, fault, makes), found in sorted(places.items()):
        fits = [[one for one in each.values() if (one.name, one.makes) == (name, makes)] for each in uses.values()]
        resources: Sequence[LogGroupUse] = max(fits, key=len)
        path = min((one.path for one in resources), default=paths.get(name, ""))
        ordered = tuple(sorted(found, key=lambda place: (place.name, place.region)))
        yield LogGroupConflict(name, fault, path, len(resources), ordered, sum(bool(one) for one in fits))
