"""The status of an environment, as data: what was read, and whether it needs attention."""

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
    """A queue of the hub. dead: whether it is for dead letters. number: of messages, those in flight included."""

    name: str
    dead: bool
    number: int


@dataclass(frozen=True, slots=True)
class OpenIncidentCounts:
    """open, owed by channel, lost (given up or refused): counted up to MOST_COUNTED each. newest: of those open."""

    open: int
    newest: Incident | None
    down: tuple[ChannelState, ...]
    owed: Mapping[str, int]
    lost: int


@dataclass(slots=True)
class EnvironmentStatus:
    """stack: AWS's status, "" where there is none. further: the status of the hub's further stacks, by name.

    alarms: account to state to names. unseen: parts that could not be read, with the reason. stopped: disabled
    schedules and mappings without which nothing is decided or sent, in words. missing: buckets, packages, stack sets
    and stacks of members that do not exist, in words. absent: account to alarms of out/ that CloudWatch does not have.
    older: templates that differ from out/, in words. unwanted: stacks and stack sets that out/ does not have, in words.
    mutes: those in force.
    """

    stack: str = ""
    updated: str = ""
    further: dict[str, str] = field(default_factory=dict)
    set_there: bool = False
    instances: tuple[Instance, ...] = ()
    alarms: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    queues: tuple[QueueStatus, ...] = ()
    unconfirmed: tuple[str, ...] = ()
    incidents: OpenIncidentCounts | None = None
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
        return tuple(
            instance for instance in self.instances if instance.status != "CURRENT" and instance.detail != SUSPENDED
        )

    @property
    def well(self) -> bool:
        """Whether nothing needs attention. An alarm in ALARM is no fault of the rollout."""
        dead = any(queue.dead and queue.number for queue in self.queues)
        bad = self.behind or dead or self.unconfirmed or self.stopped or self.missing or self.notifier_silent
        undelivered = self.incidents and (self.incidents.down or self.incidents.lost)
        different = self.absent or self.older or self.unwanted
        is_deployed = self.stack in GOOD and self.set_there and all(word in GOOD for word in self.further.values())
        return is_deployed and not (bad or different or undelivered)

    @property
    def notifier_silent(self) -> bool:
        """Whether the alarm on the notifier's silence fires: nothing is sent to anybody then."""
        return any(name.startswith(SILENT) for name in self.alarms.get("hub", {}).get("ALARM", ()))
