"""The table as the incident functions use it; `dynamo.py` is it in DynamoDB, and tests and drills have it in memory.

One table, one sparse index `due` (`due_pk`, `due_sk`): what is owed to a channel, what was given up, what is open.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from handlers.incident.decision.mutes import Mute
from handlers.incident.events import Key
from handlers.incident.state.channel_state import ChannelState
from handlers.incident.state.records import (
    Acknowledgement,
    Alarm,
    Delivery,
    Incident,
    Member,
    Rank,
    StateChange,
    Summary,
)
from handlers.incident.state.register import Register


class Conflict(Exception):
    """Somebody else wrote in between; read again."""


@dataclass(frozen=True, slots=True)
class PreviousItem:
    """The alarm's item of the version before this table, turned over: it is deleted when the alarm is written.

    incident: the episode that somebody still has to hear of, as an incident. deliveries: what its channels were sent.
    changes: where the alarm was in both forms, what the version before has written down while this one was deployed.
    """

    version: int
    incident: Incident | None
    deliveries: tuple[Delivery, ...] = ()
    changes: tuple[StateChange, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredAlarm:
    """What is known of an alarm: itself, its latest incident, and the versions under which they were read (0: none).

    previous: where the alarm is still in the form of the version before; `commit` then writes its incident and
    deliveries, too, whether or not they are among what is given to it. has_register: whether there is, or was, a
    register of its contributors.
    """

    alarm: Alarm
    alarm_version: int
    incident: Incident | None
    incident_version: int
    previous: PreviousItem | None = None
    has_register: bool = False


@dataclass(frozen=True, slots=True)
class OutstandingDelivery:
    """That a channel is owed an incident's revision, and from when on.

    yields: where the channel is owed an earlier revision of the incident still, that keeps its rank and its time.
    """

    channel: str
    rank: Rank
    not_before: int
    yields: bool = False


@dataclass(frozen=True, slots=True)
class OpenGroup:
    """The GROUP or STORM that alarms with a group key join. until: not later than this. version: 0 for none yet."""

    key: str
    incident: str
    until: int
    version: int = 0


@dataclass(frozen=True, slots=True)
class MembershipChanges:
    """What a decision about an alarm writes of the incident of several alarms that it is part of.

    members: with the id of the parent. opened: the group keys under which a new parent can be joined from now on; where
    somebody else was first, that is a Conflict. reviews: when to look at an incident again (see Decisions.reviews).
    """

    members: Sequence[tuple[str, Member]] = ()
    opened: Sequence[OpenGroup] = ()
    reviews: Sequence[tuple[str, int]] = ()


NOTHING_JOINED = MembershipChanges()


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """A row of the index: it proposes, the delivery itself decides."""

    incident: str
    channel: str
    rank: Rank
    not_before: int


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """The latest event of an alarm that this build does not know, from an account that it does. at: the event's."""

    key: Key
    body: str
    at: int


class Decisions(Protocol):
    """What deciding needs."""

    def register(self, key: Key) -> Register:
        """The register of an alarm's contributors, by a consistent read; an empty one where there is none."""

    def save_register(self, register: Register, now: int) -> None:
        """Write a register under the version that was read. Raises Conflict."""

    def load(self, key: Key) -> StoredAlarm:
        """The alarm and its latest incident, by consistent reads."""

    def load_incident(self, id_: str) -> tuple[Incident | None, int]:
        """An incident and its version."""

    def commit(
        self,
        read: StoredAlarm,
        alarm: Alarm,
        incidents: Sequence[tuple[Incident, int, Sequence[OutstandingDelivery]]],
        now: int,
        joining: MembershipChanges = NOTHING_JOINED,
    ) -> None:
        """Write alarm, incidents (each with the version that was read) and what is owed, all or nothing.

        Raises Conflict. `Delivery` rows are created or have `desired` raised; everything else in them is the worker's.
        A new GROUP or STORM is one of the incidents, with version 0.
        """

    def open_groups(self, keys: Sequence[str], now: int) -> dict[str, OpenGroup]:
        """The open groups of those keys, by consistent reads; one whose time is over is in it, too, for its version."""

    def close_groups(self, keys: Sequence[str], incident: str) -> None:
        """Nothing joins that incident under those keys any more; a key that is another incident's by now stays."""

    def count(self, counter: str, now: int) -> int:
        """Count one, and return how many that makes within the last minute, of the minute before in part."""

    def members(self, incident: str) -> list[Member]:
        """All members of a GROUP or STORM, by a consistent read."""

    def commit_review(
        self,
        incident: Incident,
        version: int,
        owed: Sequence[OutstandingDelivery],
        now: int,
        *,
        summary: Summary | None = None,
        review_at: int | None = None,
    ) -> None:
        """Write an incident that was looked at: it, its summary, what is owed, and when to look at it next (None: not
        at all), all or nothing. Raises Conflict.
        """

    def reviews(self, now: int, limit: int) -> list[str]:
        """The incidents that are to be looked at by now, oldest first."""

    def acknowledgement(self, incident: str) -> Acknowledgement | None:
        """Who has taken an incident on, by a consistent read."""

    def acknowledge(self, incident: str, acknowledgement: Acknowledgement, now: int) -> None:
        """Write down who has taken it on, in place of an earlier acknowledgement."""

    def mutes(self, since: int) -> list[Mute]:
        """The mutes whose `until` is later than that, by a consistent read."""

    def mark_released(self, mute: Mute, now: int) -> None:
        """The alarms of a mute that was ended early have been looked at."""

    def park(self, parked: ParkedEvent, now: int) -> None:
        """Keep it, in place of an earlier one of the same alarm; a later one stays."""

    def parked(self, is_known: Callable[[str], bool], limit: int) -> list[ParkedEvent]:
        """What is parked of alarms whose names are known by now, oldest first."""

    def parked_of(self, key: Key) -> ParkedEvent | None:
        """What is parked of an alarm, by a consistent read; None for nothing."""

    def unpark(self, parked: ParkedEvent) -> None:
        """Forget it, unless a later event of the alarm has taken its place."""

    def due_alarms(self, now: int, limit: int) -> list[Key]:
        """The alarms whose look_at has come."""

    def open_incidents(self) -> list[str]:
        """The incidents that are open, oldest first; those that are part of another one are not among them."""

    def names_since(self, names: str, now: int) -> int:
        """Since when each notifier that has asked had the same names as this one; now, where the last had others.

        names: a fingerprint of the names that a build knows.
        """


class Deliveries(Protocol):
    """What a channel's worker needs. `fence` guards every write: a worker that has lost its lease writes nothing."""

    def mutes(self, since: int) -> list[Mute]:
        """See Decisions."""

    def take_lease(self, name: str, now: int, until: int) -> ChannelState | None:
        """The channel under a new fence; None where somebody holds it, which is then left a mark (missed_wake_up)."""

    def save_channel(self, channel: ChannelState, now: int, *, release: bool) -> bool:
        """Write the channel's state under its fence; on release False where a wake-up was missed since.

        The lease is given back either way. Raises Conflict where it is another worker's by now.
        """

    def channels(self) -> set[str]:
        """The names of all channels that a lease was ever taken for, and that were not forgotten since."""

    def forget_channel(self, name: str) -> None:
        """Remove the state of a channel that is no longer configured and is owed nothing."""

    def due(self, channel: str, rank: Rank, now: int, limit: int) -> list[DueDelivery]:
        """What is due, earliest first; eventually consistent."""

    def anything_due(self, channel: str, now: int) -> bool:
        """Whether a look at the channel is worth it."""

    def next_due(self, channel: str) -> int | None:
        """The earliest not_before that is in the index for a channel; None where nothing is owed."""

    def load_delivery(self, due: DueDelivery) -> tuple[Incident | None, Delivery, int]:
        """Incident, delivery and the delivery's version (0 where there is none), by consistent reads.

        The incident has its summary and its acknowledgement, where there are such.
        """

    def acknowledge(self, incident: str, acknowledgement: Acknowledgement, now: int) -> None:
        """See Decisions."""

    def save_delivery(
        self, delivery: Delivery, version: int, rank: Rank | None, incident: Incident | None, now: int
    ) -> int | None:
        """Write it under the version read, and return the new version; None where it changed in between.

        incident: what it belongs to, which says how long both are kept; None where it does not exist any more.
        rank: the rank under which it stays due; None takes it out of the index (a delivery given up or refused is
        listed there under its status). Where `desired` was raised since it was read, it stays due whatever is said:
        a decision raises `desired` and says that the delivery is owed without a look at its version.
        """
