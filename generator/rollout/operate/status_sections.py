"""How things stand, as data: what was seen, and whether somebody should look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from generator.rollout.aws.operations import SUSPENDED, Instance
from generator.rollout.aws.stack_statuses import GOOD
from generator.rollout.operate.incident_items import ChannelState, Incident
from generator.rollout.operate.mute_items import StoredMute

SILENT = "path-watch-notifier-silent"


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """A queue of the hub. dead: whether what lies there was given up. number: messages, those being handled too."""

    name: str
    dead: bool
    number: int


@dataclass(frozen=True, slots=True)
class IncidentCounts:
    """open, owed by channel, lost (given up or refused): counted up to MOST_COUNTED each. newest: of those open."""

    open: int
    newest: Incident | None
    down: tuple[ChannelState, ...]
    owed: Mapping[str, int]
    lost: int


@dataclass(slots=True)
class EnvironmentStatus:
    """stack: AWS's word, "" where there is none. further: the same of the hub's stacks beyond the first, by name.

    alarms: account to state to names. unseen: what, and why not. stopped: what is off that should be on, so that
    nothing is decided or sent, in words. missing: buckets, packages, stack sets and stacks of members that are not
    there, in words. absent: account to the alarms that out/ has and CloudWatch has not. older: what does not stand as
    out/ has it, in words. unwanted: stacks and stack sets that out/ leaves out, in words. mutes: those in force.
    """

    stack: str = ""
    updated: str = ""
    further: dict[str, str] = field(default_factory=dict)
    set_there: bool = False
    instances: tuple[Instance, ...] = ()
    alarms: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    queues: tuple[QueueStatus, ...] = ()
    unconfirmed: tuple[str, ...] = ()
    incidents: IncidentCounts | None = None
    mutes: tuple[StoredMute, ...] = ()
    stopped: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    absent: dict[str, list[str]] = field(default_factory=dict)
    older: list[str] = field(default_factory=list)
    unwanted: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)

    @property
    def behind(self) -> tuple[Instance, ...]:
        """Instances that are not as they should be."""
        return tuple(one for one in self.instances if one.status != "CURRENT" and one.detail != SUSPENDED)

    @property
    def well(self) -> bool:
        """Whether nobody has to do anything. An alarm in ALARM is no fault of the rollout."""
        dead = any(queue.dead and queue.number for queue in self.queues)
        bad = self.behind or dead or self.unconfirmed or self.stopped or self.missing or self.notifier_silent
        undelivered = self.incidents and (self.incidents.down or self.incidents.lost)
        different = self.absent or self.older or self.unwanted
        stands = self.stack in GOOD and self.set_there and all(word in GOOD for word in self.further.values())
        return stands and not (bad or different or undelivered)

    @property
    def notifier_silent(self) -> bool:
        """Whether the alarm on the notifier's silence fires: nothing is sent to anybody then."""
        return any(name.startswith(SILENT) for name in self.alarms.get("hub", {}).get("ALARM", ()))
