"""The locations of alarms, their severity there, and the routes of their channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from generator.model.accounts import HUB_ACCOUNT, Side
from generator.model.alarms import Alarm, Composite
from generator.model.estate import Estate
from generator.model.event_rules import EventRule
from generator.model.placement import Placement, has
from generator.model.routing import SEVERITIES, AlarmSeverity, AnyRoute, Channel, RouteSubject

AnyAlarm = Alarm | Composite
HUB = "the hub"
LATER = "accounts that join later"
_SILENT = "none"
_ACCOUNT = RouteSubject()


def severity_locations(alarm: AnyAlarm, estate: Estate) -> list[tuple[AlarmSeverity, tuple[str, ...]]]:
    """The severities of an alarm with their accounts, the most severe first; without accounts in which it is
    disabled.
    """
    if isinstance(alarm, Composite):
        places = (
            locations_on(alarm.side, estate) if alarm.side is Side.HUB else member_locations(alarm.placement, estate)
        )
        if not alarm.severity_by_account:
            return [(alarm.severity, places)] if places else []
        return _by_severity({location: alarm.severity_in(location) for location in places})
    if alarm.side is Side.HUB:
        return [(alarm.tuning.severity, (alarm.account or HUB,))] if alarm.tuning.enabled else []
    if not alarm.variants:
        return [(alarm.tuning.severity, locations_on(alarm.side, estate))] if alarm.tuning.enabled else []
    variants = {variant.account: variant.tuning for variant in alarm.variants}
    tunings = {location: variants.get(location, alarm.tuning) for location in locations_on(alarm.side, estate)}
    return _by_severity({location: tuning.severity for location, tuning in tunings.items() if tuning.enabled})


def _by_severity(places: Mapping[str, AlarmSeverity]) -> list[tuple[AlarmSeverity, tuple[str, ...]]]:
    by_severity: dict[AlarmSeverity, list[str]] = {}
    for location, severity in places.items():
        by_severity.setdefault(severity, []).append(location)
    return [(severity, tuple(by_severity[severity])) for severity in SEVERITIES if severity in by_severity]


def locations_on(side: Side, estate: Estate) -> tuple[str, ...]:
    """The places of a side: the hub, or the members by name and those that join later."""
    if side is Side.HUB:
        return (HUB,)
    later = (LATER,) if estate.organizational_units else ()
    return (*estate.account_names, *later)


def member_locations(placement: Placement | None, estate: Estate) -> tuple[str, ...]:
    """The locations of the members within a placement."""
    return tuple(
        location
        for location in locations_on(Side.MEMBERS, estate)
        if has(placement, None if location == LATER else location)
    )


def event_rule_locations(rule: EventRule, estate: Estate) -> tuple[str, ...]:
    """The locations of the accounts whose events a rule takes."""
    members = member_locations(rule.placement, estate) if rule.is_forwarded else ()
    return (*members, *((HUB,) if rule.in_hub else ()))


@dataclass(frozen=True, slots=True)
class Recipients:
    """The recipients at one severity. places: the accounts, by name, for which that is true."""

    severity: AlarmSeverity
    route: AnyRoute | None
    channels: tuple[Channel, ...]
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RouteTable:
    """The routes of a whole estate: each kind of account is evaluated once, however many accounts are of it.

    kinds: by account, what conditions of rules can see of it. differs: whether that distinguishes any two places.
    alike, known: earlier results.
    """

    estate: Estate
    kinds: Mapping[str, RouteSubject]
    differs: bool
    alike: dict[tuple[str, ...], list[list[str]]] = field(default_factory=dict)
    known: dict[tuple[AlarmSeverity, str, str, RouteSubject], AnyRoute | None] = field(default_factory=dict)

    def recipients(self, alarm: AnyAlarm) -> list[Recipients]:
        """The recipients of an alarm, the most severe first."""
        return [
            recipients
            for severity, places in severity_locations(alarm, self.estate)
            for recipients in self.of(severity, places, alarm.owner, alarm.service)
        ]

    def of(
        self, severity: AlarmSeverity, places: Sequence[str], owner: str = "", service: str = ""
    ) -> list[Recipients]:
        """The recipients of something in these accounts, those of one route together."""
        if places and not self.differs:
            return [self._recipients(severity, self._route(severity, owner, service, places[0]), places)]
        by_route: dict[int, tuple[AnyRoute | None, list[str]]] = {}
        for alike in self._alike(tuple(places)):
            route = self._route(severity, owner, service, alike[0])
            by_route.setdefault(id(route), (route, []))[1].extend(alike)
        return [self._recipients(severity, route, locations) for route, locations in by_route.values()]

    def _alike(self, places: tuple[str, ...]) -> list[list[str]]:
        """The places by their kind, each in the order given: most alarms have the same ones."""
        if places not in self.alike:
            by_kind: dict[RouteSubject, list[str]] = {}
            for location in places:
                by_kind.setdefault(self.kinds.get(location, _ACCOUNT), []).append(location)
            self.alike[places] = list(by_kind.values())
        return self.alike[places]

    def _recipients(self, severity: AlarmSeverity, route: AnyRoute | None, places: Sequence[str]) -> Recipients:
        channels = self.estate.channels_named(route.channels if route else ())
        return Recipients(severity, route, channels, tuple(places))

    def _route(self, severity: AlarmSeverity, owner: str, service: str, location: str) -> AnyRoute | None:
        kind = self.kinds.get(location, _ACCOUNT)
        key = (severity, owner, service, kind)
        if key not in self.known:
            subject = replace(kind, owner=owner, service=service)
            self.known[key] = None if severity == _SILENT else self.estate.route_of(severity, subject)
        return self.known[key]


def route_table(estate: Estate) -> RouteTable:
    """The route table; accounts that no rule distinguishes are of one kind."""
    if not estate.route_rules:
        return RouteTable(estate, {}, differs=False)
    conditions = {name for rule in estate.route_rules for name, _ in rule.when}
    accounts = {word for rule in estate.route_rules for name, words in rule.when if name == "account" for word in words}

    def kind(name: str, labels: Sequence[tuple[str, str]]) -> RouteSubject:
        return RouteSubject(
            account=name if name in accounts else "", labels=tuple(label for label in labels if label[0] in conditions)
        )

    kinds = {account.name: kind(account.name, account.attributes) for account in estate.accounts}
    kinds[HUB] = kind(HUB_ACCOUNT, ())
    kinds[LATER] = RouteSubject(is_later=any(rule.later is not None for rule in estate.route_rules))
    return RouteTable(estate, kinds, differs=len({*kinds.values(), _ACCOUNT}) > 1)
