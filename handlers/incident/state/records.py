"""Stored records: alarms, incidents, and pending deliveries of each channel. Of channels: see channel_state.
Frozen values; times are milliseconds since 1970.

    Alarm ──incident──► Incident ──one for each recipient──► Delivery
                           │ parent
                           ▼
                        Incident of several alarms ──► Delivery

An incident has the state, a delivery what one channel was sent of it. The difference is pending, so the order, number
and delay of events do not matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from handlers.incident.events import Key
from handlers.incident.finding import Finding

# From the worst on; a severity that is not among them has no listeners.
SEVERITIES = ("critical", "high", "medium", "low")
# MOST_LISTED: of the members of one incident in its messages. MOST_LABELS: of one kind, that are counted of them.
MOST_REPEATS, MOST_LISTED, MOST_LABELS = 12, 50, 20
# In place of an incident's id: nobody was to hear of that state change when it was decided, and so nobody ever will.
NOBODY = "-"


@dataclass(frozen=True, slots=True)
class StateChange:
    """The alarm's state from `at` on.

    before, before_at: the state that ended, and since when it had lasted, where the event says so. implied: known only
    from a later event. mute: end of the mute window that suppressed its actions. by, until: the suppressor, and the end
    of the suppression if known. incident: the incident of an ALARM, decided once, or the one that an INSUFFICIENT_DATA
    made; NOBODY if no channel was to be notified then; empty while undecided. finding, content: of the latest finding
    its detail and its digest.
    """

    at: int
    state: str
    reason: str = ""
    measured: str = ""
    before: str = ""
    before_at: int | None = None
    implied: bool = False
    mute: int | None = None
    by: str | None = None
    until: int | None = None
    incident: str = ""
    finding: Finding | None = None
    content: str = ""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm in one account and Region. changes: its state changes by time, at most MOST_CHANGES of them.

    horizon: the end of what was pruned, and is ignored when it arrives again. incident: the latest of Kind.ALONE.
    recheck_at: when to decide again without an event: at the end of a suppression, or of what ends by itself.
    """

    key: Key
    changes: tuple[StateChange, ...] = ()
    horizon: int = 0
    incident: str | None = None
    recheck_at: int | None = None


class Kind(StrEnum):
    """What made an incident."""

    ALONE = "alone"  # one alarm in ALARM
    NO_DATA = "no-data"  # one alarm in INSUFFICIENT_DATA, outside of any incident; ticket channels do not hear of it
    GROUP = "group"  # alarms of one composite or objective, or of one service in one account
    STORM = "storm"  # more new incidents within a minute than anybody could read


@dataclass(frozen=True, slots=True)
class Member:
    """One alarm's part in a GROUP or STORM: what of its own incident the parent is made of.

    incident: the id of its own incident. muted: which mute withheld it, empty for none. The other fields are those of
    its incident; but one that went on by itself when a STORM was split has `ended` in another state than OK.
    """

    incident: str
    key: Key
    kind: Kind
    severity: str
    state: str
    changed_at: int
    opened: int
    alarm_at: int
    alarm_count: int
    joined_at: int
    ended: int | None = None
    measured: str = ""
    recipients: tuple[str, ...] = ()
    muted: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a message shows of the members of a GROUP or STORM.

    members: the worst first, of the same severity those in ALARM first, then by time; at most MOST_LISTED. counts: how
    many have a severity, service or account: `severity:critical`, `service:checkout`, `account:ledger`; labels as they
    are in the counts of a digest. pagers: channels of pagers of all alarms that are not OK; None in an earlier item.
    """

    members: tuple[Member, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    pagers: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody has taken an incident on: no reminders and no escalation before `until`, or, where that is None, as long
    as it lasts.

    by: who or what says so, such as `OPS-12 is In Progress`. severity: the incident's then; once it is worse, the
    acknowledgement does not count any more.
    """

    by: str
    at: int
    severity: str
    until: int | None = None

    def holds(self, incident: Incident, now: int) -> bool:
        """Whether it counts for the incident as it stands."""
        lasts = incident.again_at <= self.at if self.until is None else now < self.until
        return lasts and not is_more_severe(incident.severity, self.severity)


@dataclass(frozen=True, slots=True)
class Incident:
    """One cause, for people. id: 16 hexadecimal digits, the same whoever makes it.

    key: the alarm that it is about. opened: time of the first ALARM that people hear about. state, changed_at: as the
    alarm stands, and since when. alarm_at, alarm_count: the latest ALARM, and how many there were. no_data_at: time of
    the latest INSUFFICIENT_DATA after an ALARM, 0 for none. ended: time of the OK; None while it is open.
    revision: counts up with whatever people hear about. recipients: channels, written down when it opens; only an
    ALARM of this incident adds to them. reason: of the state change at `changed_at`. measured, alarm_reason: of the
    latest ALARM. note: what people should know about how it was put together.

    Of a finding: finding, content: what the latest ALARM says, and the digits that stand for it; alarm_at: the latest
    ALARM that said something new. closing: what the OK says. events: of an event rule, how many there were.

    parent: the incident of several alarms that this one is part of; people hear of the parent, and nothing is owed of
    this one while it has one. joined_at: since when, and heard of. again_at: when it opened last: the latest ALARM
    after an OK, or the first. repeats: when the alarm went to ALARM, after an OK or missing data, MOST_REPEATS times.

    Of a GROUP or STORM: key: its lead, the worst alarm that is not OK, of several the first. keys: of a STORM, the
    group keys under which further alarms join it; none once that is over. alarm_at: the latest time that something in
    it was worth a page: its first ALARM, a worse severity, a critical alarm later or again, the first ALARM after its
    end; 0 while none of its alarms was in ALARM, but only in INSUFFICIENT_DATA. alarm_count: how often it opened.
    reason, measured, alarm_reason: of its lead. members, open_members: how many alarms it has, and how many of them are
    not OK. composition: digits that stand for its members, their severities and which of them are open. updated_at:
    when that changed last; joined_at: what updated_at was when an alarm joined last. muted: which mutes withheld alarms
    of it before they joined. ended: when the last of them was
    OK. While one alarm is all that it has, it is as that alarm's own incident would be.

    severity_at: when it became as severe as it is; 0 for at its beginning. reminded_at: when a reminder was decided on
    last. escalated_at: when the channels of the escalation were added.
    acknowledgement: who took it on; it is an item of its own, and only read with the incident.
    withheld_from: it opened, or opened again, while its alarm was muted, and from this revision on nothing is owed of
    it: neither people nor the incident of several alarms that it is or would be part of know. 0 where nothing is
    withheld. muted_until: until when that was, as it was decided last. known_alarm_at, known_ended: of what people knew
    before the latest ALARM, and when that had ended. released_at: when it was last withheld no longer; 0 for never.
    """

    id: str
    key: Key
    kind: Kind
    severity: str
    opened: int
    state: str
    changed_at: int
    alarm_at: int
    alarm_count: int = 1
    no_data_at: int = 0
    ended: int | None = None
    revision: int = 1
    recipients: tuple[str, ...] = ()
    reason: str = ""
    measured: str = ""
    alarm_reason: str = ""
    note: str = ""
    finding: Finding | None = None
    content: str = ""
    again_at: int = 0
    closing: Finding | None = None
    events: int = 0
    parent: str = ""
    joined_at: int = 0
    repeats: tuple[int, ...] = ()
    keys: tuple[str, ...] = ()
    members: int = 0
    open_members: int = 0
    composition: str = ""
    updated_at: int = 0
    severity_at: int = 0
    reminded_at: int = 0
    escalated_at: int = 0
    acknowledgement: Acknowledgement | None = None
    summary: Summary | None = None
    withheld_from: int = 0
    muted_until: int = 0
    known_alarm_at: int = 0
    known_ended: int = 0
    released_at: int = 0
    muted: str = ""

    @property
    def is_withheld(self) -> bool:
        """Whether nobody is to hear how it stands."""
        return self.withheld_from > 0

    @property
    def as_known(self) -> Incident:
        """As people may know it: without what is withheld."""
        if not self.is_withheld or self.is_unannounced:
            return self
        ended = self.known_ended
        return replace(self, alarm_at=self.known_alarm_at, ended=ended, state="OK", changed_at=ended)

    @property
    def is_unannounced(self) -> bool:
        """Whether nobody has ever been to hear of it."""
        return self.withheld_from == 1

    @property
    def is_open(self) -> bool:
        """Whether people still have to act on it."""
        return self.ended is None


class Status(StrEnum):
    """Where a delivery stands."""

    OWED = "owed"
    SETTLED = "settled"  # the channel knows all that it has to
    GIVEN_UP = "given-up"  # retried for as long as the channel says; `obsgen redrive` tries again
    REFUSED = "refused"  # the other side does not take this content in any form; likewise


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one channel has been sent of one incident, and what is being done about the rest.

    desired: the incident's revision that the channel is owed. delivered: the one it has. state: the last state sent,
    empty for nothing yet. alarm_at, no_data_at: the latest ALARM and INSUFFICIENT_DATA sent. updated_at, reminded_at:
    of the incident, as it was when its members were last shown, and its last reminder sent. sent_at: when anything but
    log lines was sent of it last. alarm_sent_at: when it was last sent that it is in ALARM, or again. severity: as it
    was sent last, empty for never. reference: how the sink finds its ticket or thread again. digested: whether it was
    only named in a digest so far. evidence: whether log lines are still to be added.

    step, progress: what is being sent, and which parts of that are done already. claim: fence of the lease under which
    an attempt began; 0 when none is under way. unsure_since: the last attempt may have taken effect; 0 for no.
    not_before: not to be attempted earlier. attempts: failed ones since the last success. first_failed: time of the
    first of them. plain: sent in the plainest form from now on. reason: why the last attempt failed.
    """

    incident: str
    channel: str
    desired: int = 0
    delivered: int = 0
    status: Status = Status.OWED
    state: str = ""
    alarm_at: int = 0
    no_data_at: int = 0
    reference: str | None = None
    digested: bool = False
    evidence: bool = False
    step: str = ""
    progress: Mapping[str, str] = field(default_factory=dict)
    claim: int = 0
    unsure_since: int = 0
    not_before: int = 0
    attempts: int = 0
    first_failed: int = 0
    plain: bool = False
    reason: str = ""
    updated_at: int = 0
    reminded_at: int = 0
    sent_at: int = 0
    alarm_sent_at: int = 0
    severity: str = ""


class Rank(StrEnum):
    """The order in which a channel's deliveries are attempted."""

    CRITICAL = "0"  # a critical incident opens, or is in ALARM again
    HIGH = "1"  # a high one does; a critical one ends
    ENDED = "2"  # any other ends
    OTHER = "3"  # any other opens
    UPDATE = "4"  # log lines, no data


def is_more_severe(severity: str, than: str) -> bool:
    """Whether the first severity is worse than the second."""
    return SEVERITIES.index(severity) < SEVERITIES.index(than)


def rank(severity: str, state: str) -> Rank:
    """The rank of what an incident of that severity owes when its alarm is in that state."""
    match severity, state:
        case "critical", "ALARM":
            return Rank.CRITICAL
        case ("high", "ALARM") | ("critical", "OK"):
            return Rank.HIGH
        case _, "OK":
            return Rank.ENDED
        case _, "INSUFFICIENT_DATA":
            return Rank.UPDATE
    return Rank.OTHER
