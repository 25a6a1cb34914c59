"""The groups of alarms that share an incident in an estate, for catalogue, explain and the wake-up page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Literal

from generator.model.accounts import Side
from generator.model.alarm_locations import HUB, AnyAlarm, locations_on, severity_locations
from generator.model.alarms import Alarm, Composite
from generator.model.estate import Estate
from generator.model.routing import PAGER_TYPES, STATUS_TYPES, Channel
from generator.wording import duration_in_words

_SILENT = "none"
KINDS = ("levels", "composite", "objective", "service")
_ANYWHERE = frozenset(("anywhere",))
_TICKETS = (*STATUS_TYPES, "opsitem")


@dataclass(frozen=True, slots=True)
class GroupKey:
    """The value that alarms of one incident share. name: of the composite or objective; else the values, in words."""

    kind: Literal["levels", "composite", "objective", "service"]
    name: str


@dataclass(frozen=True, slots=True)
class IncidentGroups:
    """members: by what they have in common, the alarms that can be in one incident with another. composites: by name.

    places: of each alarm, by name, and key, where it has to be the same.
    """

    members: Mapping[GroupKey, Sequence[AnyAlarm]]
    composites: Mapping[str, Composite]
    places: Mapping[tuple[str, GroupKey], Set[str]]

    def others(self, alarm: AnyAlarm, key: GroupKey) -> Iterator[AnyAlarm]:
        """The other alarms with the key, in some account of this alarm."""
        own = self.places[alarm.name, key]
        for other in self.members.get(key, ()):
            if other.name != alarm.name and not own.isdisjoint(self.places[other.name, key]):
                yield other

    def shared(self, alarm: AnyAlarm, estate: Estate) -> list[GroupKey]:
        """The keys of an alarm that another has, too, the nearest first."""
        return [key for key in keys(alarm, estate) if next(self.others(alarm, key), None)]


def groups(estate: Estate) -> IncidentGroups:
    """All of an estate; of two keys that the same alarms have, the one that is looked for first."""
    members: dict[GroupKey, list[AnyAlarm]] = {}
    places: dict[tuple[str, GroupKey], Set[str]] = {}
    for alarm in notifying_alarms(estate):
        for key in keys(alarm, estate):
            members.setdefault(key, []).append(alarm)
            places[alarm.name, key] = _where(alarm, key, estate)
    first: dict[frozenset[str], GroupKey] = {}
    shared = {key: _with_others(key, alarms, places) for key, alarms in members.items()}
    for key in sorted(shared, key=lambda one: (KINDS.index(one.kind), one.name)):
        first.setdefault(frozenset(one.name for one in shared[key]), key)
    chosen = {key: shared[key] for key in first.values() if shared[key]}
    return IncidentGroups(chosen, {composite.name: composite for composite in estate.composites}, places)


def _where(alarm: AnyAlarm, key: GroupKey, estate: Estate) -> Set[str]:
    """The values that two alarms must share: their accounts, or the account that they monitor."""
    if key.kind in ("composite", "objective") and alarm.side is Side.HUB:
        return frozenset((HUB,))
    if key.kind == "service" and "account" not in estate.incidents.group.by:
        return _ANYWHERE
    return frozenset(account for _, accounts in severity_locations(alarm, estate) for account in accounts)


def _with_others(
    key: GroupKey, alarms: Sequence[AnyAlarm], places: Mapping[tuple[str, GroupKey], Set[str]]
) -> list[AnyAlarm]:
    """Those that have another beside them in some place."""
    alarms_by_place = Counter(place for alarm in alarms for place in places[alarm.name, key])
    return [alarm for alarm in alarms if any(alarms_by_place[place] > 1 for place in places[alarm.name, key])]


def notifying_alarms(estate: Estate) -> Iterator[AnyAlarm]:
    """The alarms and composites with a channel, by name."""
    alarms: list[AnyAlarm] = [*estate.alarms, *estate.composites]
    yield from (
        alarm
        for alarm in sorted(alarms, key=lambda a: a.name)
        if any(s != _SILENT for s, _ in severity_locations(alarm, estate))
    )


def keys(alarm: AnyAlarm, estate: Estate) -> Iterator[GroupKey]:
    """The keys that an alarm can share with others, in the order of precedence."""
    if isinstance(alarm, Alarm):
        yield from (GroupKey("levels", name) for name in (alarm.level_of,) if name)
        if alarm.alone:
            return
    yield from (GroupKey("composite", name) for name in alarm.parts_of)
    if alarm.objective:
        yield GroupKey("objective", alarm.objective)
    by = estate.incidents.group.by
    values = {"service": alarm.service, "owner": alarm.owner, "alarm": alarm.name}
    filled = [(name, values[name]) for name in by if name in values]
    if by and all(value for _, value in filled):
        yield GroupKey("service", " and ".join(f"{name} {value}" for name, value in filled) or "every alarm")


def contributors_in_words(most: int) -> str:
    """The incidents of an alarm whose contributors have their own, at most so many at a time."""
    return f"one for each contributor, at most {most} at a time, and one for all further contributors"


def membership(alarm: AnyAlarm, estate: Estate) -> Iterator[str]:
    """Sentences about the incident that an alarm is part of; none where it is alone or notifies no channel."""
    if all(severity == _SILENT for severity, _ in severity_locations(alarm, estate)):
        return
    if isinstance(alarm, Alarm) and alarm.contributors:
        yield contributors_in_words(alarm.contributors)
    elif isinstance(alarm, Alarm) and alarm.alone:
        yield "its own, whatever else fires"
    companions = list(_companions(alarm, estate))
    if companions:
        yield f"one with {'; '.join(companions)}"
    if isinstance(alarm, Composite) and alarm.separate:
        yield "its parts have incidents of their own"
    if alarm.silent_end:
        yield "no mail and no chat message about its end"
    if alarm.page_again:
        yield f"a pager is called again after {duration_in_words(alarm.page_again)} at the earliest"


def _companions(alarm: AnyAlarm, estate: Estate) -> Iterator[str]:
    for key in keys(alarm, estate):
        if key.kind == "composite":
            yield "its parts" if key.name == alarm.name else f"{key.name} and its parts"
        elif key.kind == "levels":
            yield f"the other thresholds of {key.name}"
        else:
            yield f"others of {'objective ' if key.kind == 'objective' else ''}{key.name}"


def everywhere(places: Sequence[str], estate: Estate) -> bool:
    """True if these are all the places of the members."""
    return tuple(places) == locations_on(Side.MEMBERS, estate)


def wakes(channels: Sequence[Channel]) -> bool:
    """True if one of them is a pager."""
    return any(channel.type in PAGER_TYPES for channel in channels)


def tickets(channels: Sequence[Channel]) -> bool:
    """True if one of them keeps tickets."""
    return any(channel.type in _TICKETS for channel in channels)
