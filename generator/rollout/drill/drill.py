"""A drill of a deployed alarm: set to ALARM, followed to the channels that it notifies, and reset.

    sign in ── try every call once ── set ALARM ── follow ── reset, whatever happened ── follow

The state is temporary by itself: CloudWatch evaluates a metric alarm again soon, often within seconds.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from generator.manifest import Queue
from generator.rollout.aws.errors import AwsError
from generator.rollout.aws.signals import SignalGuard
from generator.rollout.drill import delivery_trace as traces
from generator.rollout.drill.calls import AlarmNotSet, AlarmStatus, DrillClient
from generator.rollout.drill.delivery_trace import Record

AUDIT, FUNCTION, CHANNEL = "audit", "function", "channel"
DRILL, CLOUDWATCH, REAL_ALARM, NEVER = "drill", "CloudWatch", "nobody", "never"
# The beginning of every reason of a drill; other commands match it.
DRILLED = "Drill by obsgen,"
PAUSE_SECONDS = 1.0
# How often CloudWatch is read until it reports the state that was set; its answer may be a moment old.
MOST_READS = 10

# State, kind of station, name.
Station = tuple[str, str, str]


class ResetFailed(Exception):
    """The alarm may still be in ALARM. command: the AWS CLI command that resets it."""

    def __init__(self, message: str, command: str) -> None:
        super().__init__(message)
        self.command = command


@dataclass(frozen=True, slots=True)
class Hop:
    """A station on the path of a state change. kind: audit, function, channel.

    seconds: from the state change to the station; None where it was not reached in time. late: reached later.
    """

    state: str
    kind: str
    name: str
    seconds: float | None
    ref: str = ""
    link: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """The end of the ALARM. by: DRILL, CLOUDWATCH, REAL_ALARM (it has not ended: it is real now), or NEVER (none
    began).

    at: seconds since 1970. reason: the alarm's own, where the drill did not end it.
    """

    by: str
    at: float
    reason: str = ""


@dataclass(slots=True)
class Drill:
    """One drill. drill_id: in every reason that it sets. wait: seconds for each of the two changes."""

    client: DrillClient
    drill_id: str
    wait: float
    sleep: Callable[[float], None] = time.sleep
    caller: str = ""
    before: AlarmStatus | None = None
    record: Record = field(default_factory=Record)
    end: End | None = None
    # When each state was set, by this machine's clock.
    set_at: dict[str, float] = field(default_factory=dict)
    _sent: bool = False
    # When a station was reached, and the start of its delay where that is not `set_at`; in seconds since 1970.
    _reached: dict[Station, tuple[float, float | None]] = field(default_factory=dict)
    _reported: set[Station] = field(default_factory=set)
    _depths: dict[str, int] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """The reason of the ALARM, as the alarm, the ticket and the messages have it."""
        return f"{DRILLED} {self.drill_id}: this is no incident, nothing was measured. Set by {self.caller}."

    @property
    def end_reason(self) -> str:
        """The reason of the reset."""
        return f"{DRILLED} {self.drill_id}: it is over."

    @property
    def reset_command(self) -> str:
        """The AWS CLI command that resets the alarm."""
        target, profile = self.client.target, self.client.profile_of_alarm()
        words = ["aws", "cloudwatch", "set-alarm-state", "--alarm-name", target.alarm, "--state-value", "OK"]
        words += ["--state-reason", self.end_reason, "--region", target.region]
        return shlex.join([*words, *(["--profile", profile] if profile else [])])

    def preflight(self) -> dict[str, str]:
        """Try every read call once, so that AWS denies it before a page is sent. Raises AwsError.

        Returns the references of the latest incident, by channel. Sets `before`.
        """
        self.caller = self.client.sign_in()
        self.before = self.client.alarm()
        incident = traces.latest_incident(self.client.item())
        deliveries = traces.deliveries(self.client.incident_rows(incident))
        if self.client.target.audit:
            self.client.audited(self.drill_id, time.time())
        self._depths = self._all_depths()
        return {channel: delivery.reference for channel, delivery in deliveries.items()}

    def run(self, report: Callable[[Hop | End], None]) -> None:
        """Run the drill; each hop and the end is reported. Raises AwsError, ResetFailed, KeyboardInterrupt."""
        with SignalGuard("the alarm is being reset first") as stops:
            try:
                try:
                    self._fire()
                    for hop in self._follow("ALARM"):
                        report(hop)
                finally:
                    stops.hold()
            finally:
                self.end = self._reset()
            report(self.end)
            stops.release()
            if self.end.by in (DRILL, CLOUDWATCH):
                for hop in self._follow("OK"):
                    report(hop)

    def new_dead_letters(self) -> dict[str, int]:
        """The dead-letter queues with more messages than before, and how many more."""
        now = self._all_depths()
        return {name: now[name] - before for name, before in self._depths.items() if now.get(name, 0) > before}

    def reached(self, state: str, kind: str, name: str) -> bool:
        """True if a station was reached."""
        return (state, kind, name) in self._reached

    def _fire(self) -> None:
        self._sent = True
        try:
            self.client.set_alarm("ALARM", self.reason, self.drill_id)
        except AlarmNotSet:
            self._sent = False
            raise
        self.set_at["ALARM"] = time.time()

    def _reset(self) -> End:
        """Set it to OK, unless CloudWatch did, or a real ALARM began."""
        if not self._sent:
            return End(NEVER, time.time())
        try:
            status = self._settled()
            if status is None and "ALARM" not in self.set_at:
                # No call succeeded, and CloudWatch reports no change.
                return End(NEVER, time.time())
            if status and status.state == "OK":
                self.set_at["OK"] = status.since
                return End(CLOUDWATCH, status.since, status.reason)
            if status and status.state == "ALARM" and self.drill_id not in status.reason:
                return End(REAL_ALARM, status.since, status.reason)
            self.client.set_alarm("OK", self.end_reason, self.drill_id)
        except AwsError as error:
            raise ResetFailed(
                f"{self.client.target.alarm} could not be reset to OK: {error}", self.reset_command
            ) from error
        self.set_at["OK"] = time.time()
        return End(DRILL, self.set_at["OK"])

    def _settled(self) -> AlarmStatus | None:
        """The alarm's state since the drill began; None where CloudWatch reports no change in time."""
        for read in range(MOST_READS):
            if read:
                self.sleep(PAUSE_SECONDS)
            status = self.client.alarm()
            if self.before is None or self.drill_id in status.reason or status.since > self.before.since:
                return status
        return None

    def _follow(self, state: str) -> Iterator[Hop]:
        """Every station as it is reached, and those that are not in time; also late ones of the previous change."""
        states = ("ALARM",) if state == "ALARM" else ("ALARM", "OK")
        until = time.monotonic() + self.wait
        while True:
            self._update()
            new = [station for station in self._reached if station[0] in states and station not in self._reported]
            self._reported.update(new)
            yield from (self._hop(station, late=station[0] != state) for station in new)
            missing = [station for station in self._stations(state) if station not in self._reached]
            if not missing:
                return
            # A muted alarm notifies no channel, as the function has recorded.
            if time.monotonic() >= until or (self.record.withheld and {kind for _, kind, _ in missing} == {CHANNEL}):
                break
            self.sleep(PAUSE_SECONDS)
        yield from (Hop(*station, seconds=None) for station in missing)

    def _stations(self, state: str) -> list[Station]:
        target = self.client.target
        stations = [(state, AUDIT, target.audit)] if target.audit else []
        # An alarm that notifies no channel may leave no trace in the function.
        stations += [(state, FUNCTION, target.function)] if target.channels else []
        return stations + [(state, CHANNEL, channel.name) for channel in target.channels if state in channel.states]

    def _update(self) -> None:
        """Record the stations that were reached since the last update."""
        stations = [*self._stations("ALARM"), *self._stations("OK")]
        pending = [station for station in stations if station not in self._reached]
        if any(kind == AUDIT for _, kind, _ in pending):
            self._read_audit()
        if all(kind == AUDIT for _, kind, _ in pending):
            return
        self.record = self._recorded()
        now = time.time()
        for state, kind, name in pending:
            if (kind == FUNCTION and self.record.knows(state)) or (
                kind == CHANNEL and self.record.notified(name, state)
            ):
                self._reached[state, kind, name] = (now, None)

    def _recorded(self) -> Record:
        item = self.client.item()
        # The item keeps only the latest reasons, so the time of the drill's ALARM is remembered here.
        fired = self.record.fired if self.record.fired is not None else traces.fired_at(item, self.drill_id)
        if fired is None:
            return self.record
        incident = traces.incident_of(item, fired)
        return traces.record(item, fired, self.client.incident_rows(incident) if incident else ())

    def _read_audit(self) -> None:
        for event in self.client.audited(self.drill_id, self.set_at["ALARM"]):
            change = traces.audited(str(event.get("message", "")), self.drill_id)
            if change:
                state, at = change
                # Both times are of AWS's clocks.
                ingested = float(event.get("ingestionTime") or event["timestamp"])
                self._reached.setdefault((state, AUDIT, self.client.target.audit), (ingested / 1000, at / 1000))

    def _hop(self, station: Station, *, late: bool) -> Hop:
        state, kind, name = station
        at, since = self._reached[station]
        ref = {AUDIT: "", FUNCTION: self.record.incident, CHANNEL: self.record.reference(name)}[kind]
        channels = self.client.target.channels if kind == CHANNEL else ()
        link = next((channel.link for channel in channels if channel.name == name), "")
        seconds = max(0.0, at - (self.set_at.get(state, at) if since is None else since))
        return Hop(state, kind, name, seconds, ref, link.replace("{}", ref) if ref else "", late)

    def _all_depths(self) -> dict[str, int]:
        target = self.client.target
        depths = {queue.name: self.client.depth(queue) for queue in target.dead_letters}
        if target.forwarding:
            depths |= self._depth_if_allowed(target.forwarding)
        return depths

    def _depth_if_allowed(self, queue: Queue) -> dict[str, int]:
        """The member's queue is optional: a caller that may set the alarm need not have access to the queue."""
        try:
            return {queue.name: self.client.depth(queue)}
        except AwsError:
            return {}
