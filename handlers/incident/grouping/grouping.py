"""Which incident of several alarms an alarm's own incident is part of; pure.

    the group keys of an alarm ── an open group under one of them ── join it
                               └─ a storm ── join that, but for the first critical ones
                               └─ neither ── a group of its own, which the next alarm joins; without any key alone

The keys stand in the reviewed routing table, so what is one incident is decided by whoever writes and reviews the file:
the composites and objectives that an alarm is a positive part of (and a composite's own), then its service, all in its
account and Region. Whoever joins a group opens it under its other keys, too. So the order in which a composite and its
parts arrive does not matter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from handlers.incident.contributor import alarm_of, contributor_of
from handlers.incident.decision.decision import ID_DIGITS, OLD
from handlers.incident.events import Key
from handlers.incident.finding import check_of
from handlers.incident.grouping.grouping_policy import GroupingPolicy, Storm
from handlers.incident.routing import Routing
from handlers.incident.state.records import Incident, Kind
from handlers.incident.state.table import OpenGroup

# Alarms in ALARM, and alarms without data: what is merely unknown must not make a page of the next low alarm.
STORM, NO_DATA_STORM = "storm", "no-data"
# The place of a storm of all accounts.
ENVIRONMENT = "environment"
LEVELS, CONTRIBUTORS = "levels/", "contributors/"
DAY_MS = 86_400_000
# A storm takes new members until it is calm; what goes wrong with its end must not keep it open for good.
STORM_MS = DAY_MS


@dataclass(frozen=True, slots=True)
class Subject:
    """A new incident of one alarm that is to be placed. account: the id of the one that the alarm is about."""

    incident: Incident
    keys: tuple[str, ...]
    account: str

    @property
    def storms(self) -> tuple[str, ...]:
        """The kinds of storms that it may be part of; the last one is the kind that it makes."""
        return (STORM, NO_DATA_STORM) if self.incident.kind is Kind.NO_DATA else (STORM,)

    @property
    def storm_keys(self) -> tuple[str, ...]:
        """The storms that it may be part of."""
        return tuple(f"{kind}/{scope}" for kind in self.storms for scope in (self.account, ENVIRONMENT))

    @property
    def read_keys(self) -> tuple[str, ...]:
        """The keys of every storm of its account and of the environment: another incident of the same decision may be
        part of one that this one cannot be part of.
        """
        return tuple(f"{kind}/{scope}" for kind in (STORM, NO_DATA_STORM) for scope in (self.account, ENVIRONMENT))

    @property
    def is_page(self) -> bool:
        """Whether it may page by itself in a storm."""
        return self.incident.severity == "critical" and self.incident.kind is Kind.ALONE


@dataclass(frozen=True, slots=True)
class Placement:
    """parent: the id of the incident that it is part of; empty for none. kind: of a parent that is new; None for one
    that exists, or for none. opened: the keys under which the parent can be joined from now on.
    """

    parent: str = ""
    kind: Kind | None = None
    opened: tuple[OpenGroup, ...] = ()


ALONE = Placement()


def group_keys(key: Key, routing: Routing) -> tuple[str, ...]:
    """What an alarm has in common with others, the most telling first; nothing where it is to stay alone.

    Such as `composite/payments-critical-alarm-prod/222222222222/us-east-1`, `objective/checkout/…`,
    `group/service=checkout/account=222222222222`. A composite stands where its parts do; a service is that of the
    account that an alarm is about, also where the alarm stands in the hub. The thresholds of one alarm have their
    own key, also where it is to stay alone otherwise. A contributor is nobody's part; of an alarm with several
    thresholds it is one with itself.
    """
    if check_of(key.alarm):
        return ()
    level, contributor = routing.level_of(key), contributor_of(key.alarm)
    keys = [f"{LEVELS}{level}/{routing.location(key).account}/{key.region}"] if level else []
    if contributor:
        return tuple(f"{of_level}/{contributor}" for of_level in keys)
    if routing.stays_alone(key):
        return tuple(keys)
    where = f"{key.account}/{key.region}"
    keys += [f"composite/{name}/{where}" for name in routing.parts_of(key)]
    objective = routing.objective(key)
    if objective:
        keys.append(f"objective/{objective}/{where}")
    by = routing.grouping.by
    values = {
        "service": routing.service(key),
        "owner": routing.definition(key).get("owner", ""),
        "account": routing.location(key).account,
        "region": key.region,
        "alarm": key.alarm,
    }
    if by and all(values[name] for name in by):
        keys.append("group/" + "/".join(f"{name}={values[name]}" for name in by))
    return tuple(keys)


def further_key(key: Key) -> str:
    """What the contributors of one alarm are grouped under beyond those that have incidents of their own."""
    return f"{CONTRIBUTORS}{alarm_of(key.alarm)}/{key.account}/{key.region}"


def placement(
    subject: Subject,
    groups: Mapping[str, OpenGroup],
    policy: GroupingPolicy,
    now: int,
    *,
    count: Callable[[str, int], int],
    is_open: Callable[[str], bool],
) -> Placement:
    """Where a new incident belongs, decided once.

    groups: the open groups by key, those whose time is over, too. count: counts one at a time, and says how many that
    makes. is_open: whether an incident is.
    """
    group = _joined(subject, groups, policy, now, is_open)
    if group:
        free_keys = _free(subject.keys, groups, now) if group.until > now else ()
        return Placement(group.incident, None, _opened(free_keys, groups, group.incident, group.until))
    if policy.storm and _effective_at(subject.incident, now) == now:
        # What was over long ago, as after a redrive, says nothing of what goes wrong now.
        placed = _in_storm(subject, groups, policy.storm, now, count)
        if placed:
            return placed
    return _own(subject, groups, policy, now)


def _in_storm(
    subject: Subject, groups: Mapping[str, OpenGroup], policy: Storm, now: int, count: Callable[[str, int], int]
) -> Placement | None:
    """In the storm that there is, or that begins with this one; None where it goes by itself."""
    storm = next((groups[key] for key in subject.storm_keys if _is_live(groups.get(key), now)), None)
    if storm:
        pages = subject.is_page and _has_own_page(storm, policy.own_pages, count)
        return None if pages else Placement(storm.incident)
    key = _exceeded(subject, policy, now, count)
    if key is None:
        return None
    parent = _id(key, subject.incident)
    return Placement(parent, Kind.STORM, _opened((key,), groups, parent, now + STORM_MS))


def _own(subject: Subject, groups: Mapping[str, OpenGroup], policy: GroupingPolicy, now: int) -> Placement:
    """A group that others may join. What is there without data says little of a cause, so it opens none."""
    if not subject.keys or subject.incident.kind is Kind.NO_DATA:
        return ALONE
    parent = _id(subject.keys[0], subject.incident)
    until = _effective_at(subject.incident, now) + policy.collect_ms
    return Placement(parent, Kind.GROUP, _opened(_free(subject.keys, groups, now), groups, parent, until))


def _joined(
    subject: Subject,
    groups: Mapping[str, OpenGroup],
    policy: GroupingPolicy,
    now: int,
    is_open: Callable[[str], bool],
) -> OpenGroup | None:
    """The group that it joins; what is there without data joins only what people still have to act on."""
    joined_at = _effective_at(subject.incident, now)
    for key in subject.keys:
        group = groups.get(key)
        if group is None:
            continue
        # The worse threshold of an alarm may be crossed hours after the milder one, and it is one trouble all the same;
        # of the further contributors of an alarm there is one incident at a time.
        if group.until <= joined_at and not (key.startswith((LEVELS, CONTRIBUTORS)) and is_open(group.incident)):
            continue
        if joined_at < now and joined_at < group.until - policy.collect_ms - OLD:
            continue  # it was over long before that began
        if subject.incident.kind is Kind.ALONE or is_open(group.incident):
            return group
    return None


def _effective_at(incident: Incident, now: int) -> int:
    """When it counts as having happened: now, but for what was over long ago, as after a redrive."""
    return incident.opened if incident.ended is not None and now - incident.ended > OLD else now


def _has_own_page(storm: OpenGroup, own_pages: int, count: Callable[[str, int], int]) -> bool:
    """Whether one more critical alarm pages by itself. All of one storm are counted at the time at which it began, for
    the numbers of a minute are kept apart.
    """
    return count(f"own/{storm.incident}", storm.until - STORM_MS) <= own_pages


def _exceeded(subject: Subject, policy: Storm, now: int, count: Callable[[str, int], int]) -> str | None:
    """The key of the storm that begins with this one; None where there are not that many."""
    kind = subject.storms[-1]
    in_account, in_all = count(f"{kind}/account/{subject.account}", now), count(f"{kind}/{ENVIRONMENT}", now)
    if in_all > policy.environment:
        return f"{kind}/{ENVIRONMENT}"
    return f"{kind}/{subject.account}" if in_account > policy.account else None


def makes_severe(keys: Sequence[str]) -> bool:
    """Whether a storm with these keys has the severity of storms; one without data is as severe as its alarms."""
    return any(key.startswith(f"{STORM}/") for key in keys)


def is_of_environment(keys: Sequence[str]) -> bool:
    """Whether a storm with these keys is one of all accounts."""
    return any(key.endswith(f"/{ENVIRONMENT}") for key in keys)


def _is_live(group: OpenGroup | None, now: int) -> bool:
    return group is not None and group.until > now


def _free(keys: Sequence[str], groups: Mapping[str, OpenGroup], now: int) -> tuple[str, ...]:
    return tuple(key for key in keys if not _is_live(groups.get(key), now))


def _opened(keys: Sequence[str], groups: Mapping[str, OpenGroup], incident: str, until: int) -> tuple[OpenGroup, ...]:
    return tuple(OpenGroup(key, incident, until, groups[key].version if key in groups else 0) for key in keys)


def _id(key: str, incident: Incident) -> str:
    """The same whoever makes it: of its first key and its first member."""
    return hashlib.sha256(f"{key}/{incident.id}".encode("utf-8", "replace")).hexdigest()[:ID_DIGITS]
