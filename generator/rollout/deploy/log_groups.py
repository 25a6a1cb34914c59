"""Log groups that would fail a stack, found before anything is deployed.

CloudFormation refuses a metric or subscription filter on a log group that is not there, and makes no log group where
there is one of that name. It finds out account by account, and rolls each of them back; here every account and Region
is asked first, for exactly the names that its stack would come across. What its stack has already is not asked for.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

from generator.rollout.aws.clients import Aws
from generator.rollout.aws.errors import short_reason
from generator.rollout.aws.operations import SUSPENDED, ActualStackSet, Instance
from generator.rollout.deploy.desired import DesiredState
from generator.rollout.deploy.leaving_accounts import staying
from generator.rollout.deploy.listed_log_groups import HUB_NAME, externally_created, listed_groups
from generator.rollout.deploy.log_group_report import Fault, LogGroupConflict, LogGroupReport
from generator.rollout.deploy.name_conflicts import find_log_group
from generator.rollout.operate.compliance_state import AccountRegion
from generator.rollout.operate.member_access import MemberAccess, NoAccess

SIDE_BY_SIDE = 16
CURRENT = "CURRENT"


@dataclass(frozen=True, slots=True)
class LogGroupUse:
    """A resource of a stack that makes a log group, or that CloudFormation refuses where it is missing.

    properties: as the template has them, to know whether CloudFormation would change it. path: of the YAML file.
    """

    name: str
    makes: bool
    properties: Any
    path: str = field(compare=False)


class TemplateReader(Protocol):
    """The log groups that a template creates or uses in an account and Region, by logical ID. body: its text."""

    def __call__(
        self, body: str, account: str, region: str, parameters: Mapping[str, str]
    ) -> Mapping[str, LogGroupUse]: ...  # pragma: no cover


# The name of a log group, and whether a stack creates it.
_Key = tuple[str, bool]
# A stack set, and its instances by account and Region.
_DeployedSet = tuple[ActualStackSet | None, Mapping[tuple[str, str], Instance]]


def find_conflicts(
    desired: DesiredState,
    callers: Mapping[str, Aws],
    members: Aws,
    sets: Sequence[ActualStackSet | None],
    read: TemplateReader,
    parameters: Mapping[str, str],
    hub_has: Mapping[str, str],
) -> LogGroupReport:
    """Look up in every account and Region the log groups that its stacks would create or newly use, side by side.

    callers: accounts whose own credentials one has, the hub's among them. sets: each of the stack sets as it is. read:
    what a template says. parameters: what the hub's outputs give. hub_has: the hub's, by logical id, to physical id.
    """
    deployed = _deployed(sets)
    at_hub = AccountRegion(desired.hub.account, HUB_NAME, desired.hub.region)
    uses = {
        location: _together(_used(desired.of_set(stack_set), location, read, parameters) for stack_set in desired.sets)
        for location in _locations(desired, sets[0])
    }
    before = {
        location: _before_all([_before(actual, instances.get(_at(location)), read) for actual, instances in deployed])
        for location in uses
    }
    hub_uses = _together(read(stack.body, at_hub.account, at_hub.region, {}) for stack in desired.stacks)
    # What the hub creates is among the names that are looked up for its stack anyway.
    uses[at_hub] = {key: use for key, use in hub_uses.items() if not use.makes}
    before[at_hub] = {key: use for key, use in uses[at_hub].items() if key in hub_has}
    lookups = {location: keys for location, new in uses.items() if (keys := _new(new, before[location]))}
    faults, unread = _answers(desired, callers, members, sets[0], lookups)
    paths: dict[str, str] = {}
    groups = listed_groups(desired)
    for location, needed in uses.items():
        if location == at_hub:
            created, stays = _existing_at_hub(hub_uses, hub_has), _created_names(hub_uses)
        else:
            created, stays = _created_at(location, deployed, read), _created_names(needed)
        lost = created.keys() - stays
        used = {use.name for use in needed.values()} | externally_created(groups, location)
        lost_faults: dict[_Key, Fault] = {
            (name, False): "goes" if name in used else "deleted" for name in lost if name in used or location != at_hub
        }
        other_faults = {key: fault for key, fault in faults.get(location, {}).items() if key[0] not in lost}
        faults[location] = other_faults | lost_faults
        paths |= {name: created[name] for name in lost}
    ordered = sorted(unread.items(), key=lambda entry: str(entry[0]))
    return LogGroupReport(tuple(_conflicts(uses, faults, paths)), tuple(ordered))


def _deployed(sets: Sequence[ActualStackSet | None]) -> list[_DeployedSet]:
    """Each stack set with its instances by account and Region."""
    return [
        (actual, {(instance.account, instance.region): instance for instance in (actual.instances if actual else ())})
        for actual in sets
    ]


def _created_at(location: AccountRegion, deployed: Sequence[_DeployedSet], read: TemplateReader) -> dict[str, str]:
    """The log groups that the stacks of an account and Region have created for certain, each with its path."""
    of_sets = [_certainly_created(actual, instances.get(_at(location)), read) for actual, instances in deployed]
    return {name: path for created in of_sets for name, path in created.items()}


def _at(location: AccountRegion) -> tuple[str, str]:
    return location.account, location.region


def _locations(desired: DesiredState, actual: ActualStackSet | None) -> list[AccountRegion]:
    """The accounts of the file, and those of units by the stacks that they have."""
    names = desired.members.names
    stay = staying(desired, actual).instances if actual else ()
    suspended = {instance.account for instance in stay if instance.detail == SUSPENDED}
    listed = {(account, region) for account in names for region in desired.members.regions_of(account)}
    listed |= {(instance.account, instance.region) for instance in stay}
    return [
        AccountRegion(account, names.get(account, account), region)
        for account, region in sorted(listed)
        if account not in suspended
    ]


def _used(
    desired: DesiredState, location: AccountRegion, read: TemplateReader, parameters: Mapping[str, str]
) -> Mapping[str, LogGroupUse]:
    own = dict(desired.members.overrides.get(location.account, ()))
    return read(desired.members.body, location.account, location.region, {**parameters, **own})


def _together(stacks: Iterable[Mapping[str, LogGroupUse]]) -> dict[str, LogGroupUse]:
    """The uses of several stacks of one account and Region, without those of log groups that one of them creates."""
    merged = {key: use for uses in stacks for key, use in uses.items()}
    created = _created_names(merged)
    return {key: use for key, use in merged.items() if use.makes or use.name not in created}


def _before_all(stacks: Iterable[Mapping[str, LogGroupUse] | None]) -> Mapping[str, LogGroupUse] | None:
    """The uses that stacks have already; None where one of them is unknown."""
    known = list(stacks)
    return None if any(uses is None for uses in known) else _together(uses for uses in known if uses is not None)


def _before(
    actual: ActualStackSet | None, instance: Instance | None, read: TemplateReader
) -> Mapping[str, LogGroupUse] | None:
    """The uses that a stack has already; None where its template is not its set's, but any other."""
    if actual is None or instance is None:
        return {}
    if instance.status != CURRENT:
        return None if instance.stack else {}
    own = dict((actual.overrides or {}).get(instance.account) or ())
    return read(actual.body, instance.account, instance.region, {**actual.parameters, **own})


def _new(uses: Mapping[str, LogGroupUse], before: Mapping[str, LogGroupUse] | None) -> dict[_Key, None]:
    """The names that CloudFormation would come across, each once.

    A log group that the stack makes already is its own; of a stack with an unknown template these are unknown.
    """
    before_uses, created = before or {}, _created_names(before)
    touched = [use for key, use in uses.items() if before_uses.get(key) != use and use.name not in created]
    return {(use.name, use.makes): None for use in touched if not use.makes or before is not None}


def _created_names(before: Mapping[str, LogGroupUse] | None) -> frozenset[str]:
    return frozenset(use.name for use in (before or {}).values() if use.makes)


def _certainly_created(
    actual: ActualStackSet | None, instance: Instance | None, read: TemplateReader
) -> dict[str, str]:
    """The log groups that a stack has made, each with a path in the file.

    One that is behind its set has what both the set's template and that of the last complete rollout make.
    """
    known = _before(actual, instance, read)
    if known is not None or actual is None or instance is None:
        return {use.name: use.path for use in (known or {}).values() if use.makes}
    if not actual.completed or instance.account not in (actual.overrides or {}):
        return {}
    own = {**actual.parameters, **dict((actual.overrides or {}).get(instance.account) or ())}
    either = (read(body, instance.account, instance.region, own) for body in (actual.body, actual.completed))
    first, second = ({use.name: use.path for use in uses.values() if use.makes} for uses in either)
    return {name: path for name, path in first.items() if name in second}


def _existing_at_hub(own: Mapping[str, LogGroupUse], hub_has: Mapping[str, str]) -> dict[str, str]:
    """The log groups that the hub's stack has and that resources use; a change set shows what else it loses."""
    physical_ids = set(hub_has.values())
    return {use.name: use.path for use in own.values() if use.name in physical_ids}


def _answers(
    desired: DesiredState,
    callers: Mapping[str, Aws],
    members: Aws,
    actual: ActualStackSet | None,
    lookups: Mapping[AccountRegion, Mapping[_Key, None]],
) -> tuple[dict[AccountRegion, dict[_Key, Fault]], dict[AccountRegion, str]]:
    """The faults by account and Region, and the reasons for those that could not be read."""
    with_stack = frozenset(instance.account for instance in (actual.instances if actual else ()) if instance.stack)
    access = MemberAccess(desired, callers[desired.hub.account], members, with_stack)
    accounts = sorted({location.account for location in lookups} - callers.keys())
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        credentials_by_account = dict(
            zip(accounts, pool.map(lambda account: _entered(access, account), accounts), strict=True)
        )

        def ask(location: AccountRegion) -> dict[_Key, Fault] | str:
            if location.account in callers:
                return _faults_of(lambda: callers[location.account].client("logs", location.region), lookups[location])
            credentials = credentials_by_account[location.account]
            if isinstance(credentials, str):
                return credentials
            return _faults_of(lambda: access.logs(credentials, location.region), lookups[location])

        answers = dict(zip(lookups, pool.map(ask, lookups), strict=True))
    return (
        {location: answer for location, answer in answers.items() if not isinstance(answer, str)},
        {location: answer for location, answer in answers.items() if isinstance(answer, str)},
    )


def _entered(access: MemberAccess, account: str) -> Mapping[str, Any] | str:
    try:
        return access.enter(account)
    except NoAccess as error:
        return str(error)


def _faults_of(client: Any, keys: Mapping[_Key, None]) -> dict[_Key, Fault] | str:
    """The faults, or the reason why they are unknown; the first error is reported for all of them."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        logs = client()
        return {
            (name, makes): "exists" if makes else "missing"
            for name, makes in keys
            if bool(find_log_group(logs, name)) is makes
        }
    except (BotoCoreError, ClientError) as error:
        return short_reason(error)


def _conflicts(
    uses: Mapping[AccountRegion, Mapping[str, LogGroupUse]],
    faults: Mapping[AccountRegion, Mapping[_Key, Fault]],
    paths: Mapping[str, str],
) -> Iterator[LogGroupConflict]:
    places: dict[tuple[str, Fault, bool], list[AccountRegion]] = {}
    for location, faults_here in faults.items():
        for (name, makes), fault in faults_here.items():
            places.setdefault((name, fault, makes), []).append(location)
    for (name, fault, makes), locations in sorted(places.items()):
        fits = [
            [use for use in location_uses.values() if (use.name, use.makes) == (name, makes)]
            for location_uses in uses.values()
        ]
        resources: Sequence[LogGroupUse] = max(fits, key=len)
        path = min((use.path for use in resources), default=paths.get(name, ""))
        ordered = tuple(sorted(locations, key=lambda location: (location.name, location.region)))
        yield LogGroupConflict(name, fault, path, len(resources), ordered, sum(bool(fit) for fit in fits))
