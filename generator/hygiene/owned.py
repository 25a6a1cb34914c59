"""Alarms of obsgen in a capture: which entry of the YAML each is, and what holds for it there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from generator.findings import Path
from generator.model.accounts import Side
from generator.model.alarm_locations import HUB, RouteTable, route_table
from generator.model.alarm_rules import children
from generator.model.alarms import Alarm, Composite, Origin, Tuning
from generator.model.estate import Estate
from generator.model.routing import SEVERITIES, AlarmSeverity

_SILENT = "none"


@dataclass(frozen=True, slots=True)
class Owned:
    """An alarm of the estate in one account. account: the name of the member, HUB for the hub's own."""

    alarm: Alarm | Composite
    account: str
    region: str
    index: OwnedAlarms

    @property
    def estate(self) -> Estate:
        """The environment."""
        return self.index.estate

    @property
    def table(self) -> RouteTable:
        """The routes of the environment."""
        return self.index.table

    @property
    def path(self) -> Path:
        """Its entry in the YAML."""
        return self.alarm.path

    @property
    def tuning(self) -> Tuning | None:
        """Its settings in that account; None for a composite."""
        if isinstance(self.alarm, Composite):
            return None
        return self.alarm.tuning_in(self.account, self.region)

    @property
    def severity(self) -> AlarmSeverity:
        """Its severity in that account."""
        tuning = self.tuning
        return tuning.severity if tuning else self.alarm.severity_in(self.account)  # type: ignore[union-attr]

    @property
    def is_placed(self) -> bool:
        """Whether its entry is for this account and Region, though it may be disabled there."""
        placement, regions = self.alarm.placement, self.alarm.regions
        return (placement is None or placement.has(self.account)) and (not regions or self.region in regions)

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that are notified when it fires."""
        location = self.account
        routes = self.table.of(self.severity, (location,), self.alarm.owner, self.alarm.service)
        return tuple(channel.name for route in routes for channel in route.channels)

    @property
    def nearest_routed(self) -> str:
        """The severity nearest below that has channels here, else nearest above; empty where none has.

        So a critical alarm stays as severe as it can be, and one of severity `none` gets the lowest.
        """
        rank = SEVERITIES.index(self.severity)
        for severity in (*SEVERITIES[rank + 1 :], *reversed(SEVERITIES[:rank])):
            if severity != _SILENT:
                routes = self.table.of(severity, (self.account,), self.alarm.owner, self.alarm.service)
                if any(route.channels for route in routes):
                    return severity
        return ""

    def origin(self, field: str) -> Origin | None:
        """Where a setting comes from in that account; None where the estate does not say."""
        if isinstance(self.alarm, Composite):
            origins = self.alarm.origins
        else:
            regional = next((r for r in self.alarm.regional if r.region == self.region), self.alarm)
            variant = next((v for v in regional.variants if v.account == self.account), None)
            origins = variant.origins if variant else regional.origins
        return next((origin for origin in origins if origin.field == field), None)

    def value(self, field: str) -> str:
        """A setting as the YAML has it; empty where the estate does not say."""
        origin = self.origin(field)
        return origin.value if origin else ""

    @property
    def places(self) -> frozenset[str]:
        """The accounts that have the alarm, by name."""
        if self.alarm.side is Side.HUB:
            return self.index.hub_places[self.path]
        return frozenset(self.alarm.deployed_among(self.estate.account_names))


@dataclass(frozen=True, slots=True)
class OwnedAlarms:
    """The alarms of an estate by side and name. accounts: the name of each member by its ID.

    owners, runbooks: of the alarms of each service; of all alarms where the service is empty.
    hub_places: the accounts that an entry of the hub has alarms for; HUB for one over all of them.
    needed: the alarms that composites name, by their references, to the key of one that does.
    """

    estate: Estate
    hub: Mapping[str, Alarm | Composite]
    members: Mapping[str, Alarm | Composite]
    accounts: Mapping[str, str]
    table: RouteTable
    owners: Mapping[str, frozenset[str]]
    runbooks: Mapping[str, frozenset[str]]
    hub_places: Mapping[Path, frozenset[str]]
    needed: Mapping[str, str]

    def find(self, account: str, region: str, name: str) -> Owned | None:
        """The alarm of that name in an account; None for an alarm of others.

        An entry that is placed elsewhere is not meant, though one of its alarms has the same name.
        """
        hub = self.estate.hub
        if account == hub.account and region == hub.region and name in self.hub:
            alarm = self.hub[name]
            return Owned(alarm, _place(alarm), region, self)
        if account in self.accounts and name in self.members:
            owned = Owned(self.members[name], self.accounts[account], region, self)
            return owned if owned.is_placed else None
        return None


def owned_alarms(estate: Estate) -> OwnedAlarms:
    """The index of an estate."""
    by_side: dict[Side, dict[str, Alarm | Composite]] = {Side.HUB: {}, Side.MEMBERS: {}}
    for alarm in _all(estate):
        by_side[alarm.side][alarm.name] = alarm
    accounts = {account.id: account.name for account in estate.accounts}
    table = route_table(estate)
    owners, runbooks = (_by_service(estate, field) for field in ("owner", "runbook"))
    places: dict[Path, set[str]] = {}
    for alarm in by_side[Side.HUB].values():
        places.setdefault(alarm.path, set()).add(_place(alarm))
    return OwnedAlarms(
        estate,
        by_side[Side.HUB],
        by_side[Side.MEMBERS],
        accounts,
        table,
        owners,
        runbooks,
        {path: frozenset(names) for path, names in places.items()},
        {reference: composite.key for composite in estate.composites for reference in _references(composite)},
    )


def _references(composite: Composite) -> tuple[str, ...]:
    return (*children(composite.rule), *([composite.suppressor] if composite.suppressor else []))


def _place(alarm: Alarm | Composite) -> str:
    """The account that an alarm of the hub is about; HUB for all of them, or the hub itself."""
    return alarm.account if isinstance(alarm, Alarm) and alarm.account else HUB


def _all(estate: Estate) -> Iterator[Alarm | Composite]:
    yield from estate.alarms
    yield from estate.composites


def _by_service(estate: Estate, field: str) -> dict[str, frozenset[str]]:
    values: dict[str, set[str]] = {"": set()}
    for alarm in _all(estate):
        value = getattr(alarm, field)
        if value:
            values[""].add(value)
            values.setdefault(alarm.service, set()).add(value)
    return {service: frozenset(names) for service, names in values.items()}
