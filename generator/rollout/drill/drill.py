"""A deployed alarm set to ALARM by hand, followed to everybody who is to hear of it, and put back.

    sign in ── ask once what will be asked later ── set ALARM ── follow ── put back, whatever happened ── follow

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
from generator.rollout.drill.calls import DrillClient, NotSet, Seen
from generator.rollout.drill.delivery_trace import Record

AUDIT, FUNCTION, CHANNEL = "audit", "function", "channel"
DRILL, CLOUDWATCH, NOBODY, NEVER = "drill", "CloudWatch", "nobody", "never"
# How every reason of a drill begins.
DRILLED = "Drill by obsgen,"
PAUSE_SECONDS = 1.0
# How often it is looked whether CloudWatch shows what was set; what it shows may be a moment old.
LOOKS = 10

# State, kind of station, name.
Station = tuple[str, str, str]


class NotPutBack(Exception):
    """The alarm may be left in ALARM. command: what puts it back."""

    def __init__(self, message: str, command: str) -> None:
        super().__init__(message)
        self.command = command


@dataclass(frozen=True, slots=True)
class Hop:
    """A station that a state change reaches. kind: audit, function, channel.

    seconds: from the state change to there; None where it was not seen in time. late: seen, but not in time.
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
    """How the ALARM ended. by: DRILL; CLOUDWATCH by itself; NOBODY, where it is a real one by now; NEVER, none began.

    at: seconds since 1970. reason: the alarm's own, where the drill did not end it.
    """

    by: str
    at: float
    reason: str = ""


@dataclass(slots=True)
class Drill:
    """mark: what tells this drill from everything else. wait: seconds for each of the two changes."""

    calls: DrillClient
    mark: str
    wait: float
    sleep: Callable[[float], None] = time.sleep
    caller: str = ""
    before: Seen | None = None
    record: Record = field(default_factory=Record)
    end: End | None = None
    # When each state was set, by the clock here.
    set_at: dict[str, float] = field(default_factory=dict)
    _sent: bool = False
    # When a station was reached, and since when that counts; in seconds since 1970.
    _reached: dict[Station, tuple[float, float | None]] = field(default_factory=dict)
    _told: set[Station] = field(default_factory=set)
    _depths: dict[str, int] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """What stands in the alarm, in the ticket and everywhere else."""
        return f"{DRILLED} {self.mark}: this is no incident, nothing was measured. Set by {self.caller}."

    @property
    def over(self) -> str:
        """The reason of the end."""
        return f"{DRILLED} {self.mark}: it is over."

    @property
    def command(self) -> str:
        """What puts the alarm back by hand."""
        target, profile = self.calls.target, self.calls.profile_of_alarm()
        words = ["aws", "cloudwatch", "set-alarm-state", "--alarm-name", target.alarm, "--state-value", "OK"]
        words += ["--state-reason", self.over, "--region", target.region]
        return shlex.join([*words, *(["--profile", profile] if profile else [])])

    def look_before(self) -> dict[str, str]:
        """Ask once what is asked later, so that AWS refuses before anybody is paged. Raises Refused.

        The tickets of the last incident, by channel. Sets `before`.
        """
        self.caller = self.calls.sign_in()
        self.before = self.calls.alarm()
        incident = traces.latest_incident(self.calls.item())
        sent = traces.sent(self.calls.incident_rows(incident))
        if self.calls.target.audit:
            self.calls.audited(self.mark, time.time())
        self._depths = self._all_depths()
        return {channel: one.reference for channel, one in sent.items()}

    def play(self, tell: Callable[[Hop | End], None]) -> None:
        """All of it. tell: what happens, when it does. Raises Refused, NotPutBack, KeyboardInterrupt."""
        with SignalGuard("the alarm is being put back first") as stops:
            try:
                try:
                    self._fire()
                    for hop in self._follow("ALARM"):
                        tell(hop)
                finally:
                    stops.hold()
            finally:
                self.end = self._put_back()
            tell(self.end)
            stops.release()
            if self.end.by in (DRILL, CLOUDWATCH):
                for hop in self._follow("OK"):
                    tell(hop)

    def more_dead_letters(self) -> dict[str, int]:
        """Queues that hold more than before, and by how much."""
        now = self._all_depths()
        return {name: now[name] - before for name, before in self._depths.items() if now.get(name, 0) > before}

    def reached(self, state: str, kind: str, name: str) -> bool:
        """Whether a station has been seen to be reached."""
        return (state, kind, name) in self._reached

    def _fire(self) -> None:
        self._sent = True
        try:
            self.calls.set_alarm("ALARM", self.reason, self.mark)
        except NotSet:
            self._sent = False
            raise
        self.set_at["ALARM"] = time.time()

    def _put_back(self) -> End:
        """Set it to OK, unless CloudWatch did, or found a real ALARM."""
        if not self._sent:
            return End(NEVER, time.time())
        try:
            seen = self._settled()
            if seen is None and "ALARM" not in self.set_at:
                # Nobody ever answered, and nothing is to be seen of it.
                return End(NEVER, time.time())
            if seen and seen.state == "OK":
                self.set_at["OK"] = seen.since
                return End(CLOUDWATCH, seen.since, seen.reason)
            if seen and seen.state == "ALARM" and self.mark not in seen.reason:
                return End(NOBODY, seen.since, seen.reason)
            self.calls.set_alarm("OK", self.over, self.mark)
        except AwsError as error:
            raise NotPutBack(f"{self.calls.target.alarm} could not be put back to OK: {error}", self.command) from error
        self.set_at["OK"] = time.time()
        return End(DRILL, self.set_at["OK"])

    def _settled(self) -> Seen | None:
        """The alarm as it is since the drill began; None where CloudWatch shows nothing new for long."""
        for look in range(LOOKS):
            if look:
                self.sleep(PAUSE_SECONDS)
            seen = self.calls.alarm()
            if self.before is None or self.mark in seen.reason or seen.since > self.before.since:
                return seen
        return None

    def _follow(self, state: str) -> Iterator[Hop]:
        """Every station as it is reached, and those that are not in time; of the change before, too, as late."""
        states = ("ALARM",) if state == "ALARM" else ("ALARM", "OK")
        until = time.monotonic() + self.wait
        while True:
            self._look()
            new = [station for station in self._reached if station[0] in states and station not in self._told]
            self._told.update(new)
            yield from (self._hop(station, late=station[0] != state) for station in new)
            missing = [station for station in self._stations(state) if station not in self._reached]
            if not missing:
                return
            # While it is held nobody is told, and the function has said so.
            if time.monotonic() >= until or (self.record.held and {kind for _, kind, _ in missing} == {CHANNEL}):
                break
            self.sleep(PAUSE_SECONDS)
        yield from (Hop(*station, seconds=None) for station in missing)

    def _stations(self, state: str) -> list[Station]:
        target = self.calls.target
        stations = [(state, AUDIT, target.audit)] if target.audit else []
        # An alarm of which nobody is to hear may leave nothing behind in the function.
        stations += [(state, FUNCTION, target.function)] if target.listeners else []
        return stations + [(state, CHANNEL, one.name) for one in target.listeners if state in one.hears]

    def _look(self) -> None:
        """Take down what has been reached since the last look."""
        stations = [*self._stations("ALARM"), *self._stations("OK")]
        open_ = [station for station in stations if station not in self._reached]
        if any(kind == AUDIT for _, kind, _ in open_):
            self._look_at_audit()
        if all(kind == AUDIT for _, kind, _ in open_):
            return
        self.record = self._recorded()
        now = time.time()
        for state, kind, name in open_:
            if (kind == FUNCTION and self.record.knows(state)) or (kind == CHANNEL and self.record.heard(name, state)):
                self._reached[state, kind, name] = (now, None)

    def _recorded(self) -> Record:
        item = self.calls.item()
        # Only the latest reasons are kept: once it is known when the drill's ALARM was, that is enough.
        fired = self.record.fired if self.record.fired is not None else traces.fired_at(item, self.mark)
        if fired is None:
            return self.record
        incident = traces.incident_of(item, fired)
        return traces.record(item, fired, self.calls.incident_rows(incident) if incident else ())

    def _look_at_audit(self) -> None:
        for event in self.calls.audited(self.mark, self.set_at["ALARM"]):
            found = traces.audited(str(event.get("message", "")), self.mark)
            if found:
                state, at = found
                # Both are AWS's clocks.
                ingested = float(event.get("ingestionTime") or event["timestamp"])
                self._reached.setdefault((state, AUDIT, self.calls.target.audit), (ingested / 1000, at / 1000))

    def _hop(self, station: Station, *, late: bool) -> Hop:
        state, kind, name = station
        at, since = self._reached[station]
        ref = {AUDIT: "", FUNCTION: self.record.incident, CHANNEL: self.record.reference(name)}[kind]
        link = next((one.link for one in self.calls.target.listeners if kind == CHANNEL and one.name == name), "")
        seconds = max(0.0, at - (self.set_at.get(state, at) if since is None else since))
        return Hop(state, kind, name, seconds, ref, link.replace("{}", ref) if ref else "", late)

    def _all_depths(self) -> dict[str, int]:
        target = self.calls.target
        depths = {queue.name: self.calls.depth(queue) for queue in target.dead_letters}
        if target.forwarding:
            depths |= self._depth_if_allowed(target.forwarding)
        return depths

    def _depth_if_allowed(self, queue: Queue) -> dict[str, int]:
        """The member's queue is only a place to look at; whoever may set an alarm need not be allowed to look there."""
        try:
            return {queue.name: self.calls.depth(queue)}
        except AwsError:
            return {}
