"""Judges what people saw by what really happened. Reads none of the handlers' own records, but for S8, S9, L1 and L5.

Codes are those of the design's invariants. Safety, at every step:

    S1   two tickets of one incident are open in one channel
    S2   a channel hears of an alarm that is not for it
    S3   a channel hears of an incident that was over before the channel was among its recipients
    S4   a page for what is over
    S5   a channel is told of a state that is older than what it was told before
    S6   more calls in 60 s than the channel's rate allows
    S8   a message is deleted and nothing of it is in the table
    S9   an item is too large
    S10  among the dead letters is what could have been decided
    S11  a secret is in what is sent or logged
    S13  somebody hears what a forger says
    S14  a chain of wake-ups
    S15  more incidents than there were
    S23  somebody hears of an ALARM while it is muted
    S24  somebody hears that an alarm is OK that is in ALARM, and that has not been out of the file for an hour

    E    a handler raised what it did not expect, other than an answer of AWS

Liveness, once all is healed: L1 everything is delivered, and it is quiet; L2 a ticket is open if and only if its
incident is, and the last that a message said is how it stands; L3 the same for pages; L5 no lease and no claim is
left; L6 what was parked is decided once a build knows the alarm; L7 of an open finding the last content that a channel
was told is the one that it has; L9 no ticket is open of an alarm that has left the file long ago.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.simulation import findings, removals, system
from tests.simulation.functions import SKEW
from tests.simulation.mutes import LOOKED_AT, Muted
from tests.simulation.queues import Message
from tests.simulation.script import PAGERS, Configuration
from tests.simulation.truth import Incident, Truth
from tests.simulation.vendors.network import Sighting
from tests.simulation.world import EPOCH, MINUTE, SECOND, World

TICKETS = ("jira", "opsitem", "servicenow", *PAGERS)
OPENING = ("create", "trigger", "post", "reply")
# A page for an incident whose end was decided less than this ago may have been on its way.
ON_ITS_WAY = 40 * SECOND
LATE = 90 * SECOND
# A channel that never hears of what is over has to hear of an ALARM that lasts so long while the channel works.
LASTING = 40 * MINUTE
OVERLAP = 30 * SECOND
Pair = tuple[str, str]
Fact = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class Violation:
    """at: microseconds since the world's beginning."""

    code: str
    at: int
    text: str

    def __str__(self) -> str:
        return f"{self.at / SECOND:.3f} {self.code} {self.text}"


@dataclass(eq=False)
class Oracle:
    """kinds: channel to type, of all that there ever were. open: the
    incidents that have an open ticket, by channel. secrets: channels and what opens them."""

    world: World
    truth: Truth
    kinds: dict[str, str] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)
    configurations: list[tuple[int, Configuration]] = field(default_factory=list)
    # Which channels may hear of a state change, because it was decided while they were routed to; and of an alarm.
    allowed: dict[Fact, set[str]] = field(default_factory=lambda: defaultdict(set))
    hearers: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    decided: dict[Fact, int] = field(default_factory=dict)
    late: set[str] = field(default_factory=set)
    taken: set[tuple[str, int]] = field(default_factory=set)
    dead: set[Fact] = field(default_factory=set)
    incidents: dict[Pair, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    since: dict[Pair, str] = field(default_factory=lambda: defaultdict(str))
    alarm_of: dict[str, str] = field(default_factory=dict)
    open: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    touched: set[Pair] = field(default_factory=set)
    calls: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    # When a channel did not work; what of an alarm it was told, by times and by the last state with its time; the
    # lines of its lists.
    outages: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    heard: dict[Pair, list[int]] = field(default_factory=lambda: defaultdict(list))
    said: dict[Pair, tuple[int, str]] = field(default_factory=dict)
    # What of a finding a channel was told last: since when, and the content's number.
    contents: dict[Pair, tuple[int, int]] = field(default_factory=dict)
    lines: dict[str, set[system.Mention]] = field(default_factory=lambda: defaultdict(set))
    muted: Muted = field(default_factory=Muted)
    parked: dict[str, set[Fact]] = field(default_factory=lambda: defaultdict(set))
    secrets: tuple[Pair, ...] = ()
    _reported: set[tuple[str, str]] = field(default_factory=set)

    def violate(self, code: str, subject: str, text: str) -> None:
        """Note a violation; once for each subject."""
        if (code, subject) not in self._reported:
            self._reported.add((code, subject))
            violation = Violation(code, self.world.now - EPOCH, f"{subject}: {text}")
            self.violations.append(violation)
            self.world.note("VIOLATION", violation)

    # What the platform shows

    def deployed(self, configuration: Configuration) -> None:
        """From now on this is deployed."""
        self.configurations.append((self.world.now, configuration))
        self.kinds |= configuration.channels
        for alarm, facts in self.parked.items():
            if alarm in configuration.alarms:
                for fact in facts:
                    self._allow(fact, configuration)

    def started(self, fact: Fact, configuration: Configuration) -> None:
        """A receive of a state change reached the function. An event names the state before, too."""
        self._allow(fact, configuration)
        # One before it is missing, still under way or among the dead letters.
        earlier = (at for at, _ in self.truth.changes[fact[0]] if 0 <= at < fact[1])
        if any((fact[0], at) not in self.taken for at in earlier):
            self.late.add(fact[0])

    def _allow(self, fact: Fact, configuration: Configuration) -> None:
        before = self.truth.before(fact[0], fact[1])
        for known in (fact, (fact[0], *before)):
            if known not in self.decided:
                self.allowed[known] |= set(configuration.recipients(fact[0]))
                self.hearers[fact[0]] |= self.allowed[known]

    def finished(
        self, fact: Fact, configuration: Configuration, is_done: bool, is_remembered: Callable[[Fact], bool]
    ) -> None:  # noqa: FBT001
        """The function was done with it, or not."""
        if not is_done or fact in self.dead:
            return
        if fact[0] not in configuration.alarms:
            # The latest of them is parked until a build knows the alarm.
            self.parked[fact[0]].add(fact)
            self.late.add(fact[0])
            return
        self.decided.setdefault(fact, self.world.now)
        self.taken.add(fact[:2])
        if configuration.recipients(fact[0]) and not is_remembered(fact):
            self.violate("S8", fact[0], "the message is gone, and the table does not have the state change")

    def dead_letter(self, message: Message, fact: Fact | None, is_excused: bool) -> None:
        """A message arrived among the dead letters; nothing is decided by that."""
        if fact is not None:
            self.dead.add(fact)
        if fact is not None and not is_excused and self._was_known(fact[0]):
            self.violate("S10", message.name, f"{fact[2]} of {fact[0]} could have been decided")

    def _was_known(self, alarm: str) -> bool:
        """Whether all that may run now knows the alarm."""
        recent = [c for i, (_, c) in enumerate(self.configurations) if self._ended(i) > self.world.now]
        return all(alarm in configuration.alarms for configuration in recent)

    def sent(self, channel: str, text: str) -> None:
        """A request left."""
        self.calls[channel].append(self.world.now)
        self.hides_secrets(text, f"a request to {channel}", channel)

    def hides_secrets(self, text: str, where: str, receiver: str = "") -> None:
        """S11. receiver: the channel whose own secret may be in the text."""
        for owner, value in self.secrets:
            if value in text and owner != receiver:
                self.violate("S11", where, f"holds {value[:8]}...")

    def logged(self, text: str) -> None:
        """A handler printed or logged a line."""
        self.hides_secrets(text, "the log")
        if text.startswith("ERROR") and " unexpected " in text:
            raised = text.rstrip("\\n'\" }").rpartition("\\n")[2]
            if not raised.startswith("botocore."):
                self.violate("E", raised.partition(":")[0], raised[:200])

    # What the vendors show

    def see(self, sighting: Sighting) -> None:
        """People see something."""
        listed = system.listed(sighting.text)
        for line in listed:
            self._see_line(sighting.channel, line)
        if listed:
            return
        mention = system.read(sighting.text)
        incident = sighting.incident.removeprefix("obsgen-") or mention.incident
        alarm = mention.alarm or self.alarm_of.get(incident, "")
        channel = sighting.channel
        self._follow_tickets(sighting, incident, alarm)
        if system.FORGER in sighting.text:
            self.violate("S13", f"{channel}/{incident}", "says what a forger sent")
            return
        if not alarm:
            return
        if incident and mention.since and mention.since < self.since[channel, incident]:
            text = f"{mention.since} after {self.since[channel, incident]}"
            self.violate("S5", f"{channel}/{incident}", f"the state of {alarm} goes back: {text}")
        self.since[channel, incident] = max(mention.since, self.since[channel, incident])
        self._hears(channel, mention)
        # A line of a list has the time of the ALARM; this has that of the state.
        if mention.state == "OK" and mention.since and self._is_early(alarm, system.moment(mention.since)):
            self.violate("S24", f"{channel}/{alarm}", f"is told OK since {mention.since}, it is in ALARM")
        if incident:
            self.alarm_of[incident] = alarm
        if channel not in self.hearers[alarm]:
            self.violate("S2", f"{channel}/{alarm}", f"{sighting.action}, but nothing routes it there")
            return
        is_ticket = self.kinds[channel] in TICKETS
        if sighting.action in OPENING and (is_ticket or mention.state == "ALARM") and incident:
            self._opened(channel, alarm, incident)
        if self.kinds[channel] in PAGERS and sighting.action == "trigger":
            self._paged(channel, alarm)

    def _see_line(self, channel: str, line: system.Mention) -> None:
        """A line of a list; the list repeats it whenever it is edited."""
        if line in self.lines[channel]:
            return
        self.lines[channel].add(line)
        self._hears(channel, line)
        at = system.moment(line.since)
        about = [one for one in self.truth.incidents(line.alarm, self.world.now) if _covers(one, at)]
        if about and not any(self._may_hear(channel, line.alarm, one) for one in about):
            self.violate("S3", f"{channel}/{line.alarm}", "a list names an incident of which it was no recipient")

    def _hears(self, channel: str, mention: system.Mention) -> None:
        pair = (channel, mention.alarm)
        at = system.moment(mention.since) if mention.since else 0
        is_late = mention.alarm in self.late
        if mention.state == "ALARM" and not is_late and self.muted.forbids(mention.alarm, at, self.world.now):
            self.violate("S23", f"{channel}/{mention.alarm}", f"in ALARM since {mention.since}, and muted")
        # What is said of the past, such as a list of what was missed, takes nothing back.
        if mention.state in ("ALARM", "OK") and at >= self.said.get(pair, (0, ""))[0]:
            self.said[pair] = at, mention.state
        if at or self.kinds[channel] in system.NAMELESS:
            self.heard[pair].append(at or self.world.now)
        if mention.content and at >= self.contents.get(pair, (0, 0))[0]:
            self.contents[pair] = at, mention.content

    def _is_early(self, alarm: str, at: int) -> bool:
        """Whether an alarm was in ALARM when it is said to have been OK, and nothing could end its incident."""
        changes = self.truth.changes.get(alarm, [])
        if findings.is_finding(alarm) or not removals.is_in_alarm(changes, at):
            return False
        return not removals.may_be_ended(self.configurations, alarm, changes, self.world.now)

    def _follow_tickets(self, sighting: Sighting, incident: str, alarm: str) -> None:
        channel = sighting.channel
        if self.kinds[channel] not in TICKETS or not incident:
            return
        opened = self.open[channel]
        if sighting.action in ("create", "reopen", "trigger"):
            if incident in opened and (channel, alarm) not in self.touched:
                self.violate("S1", f"{channel}/{incident}", f"a second ticket of {alarm} is open")
            opened.append(incident)
        elif sighting.action in ("close", "resolve") and incident in opened:
            opened.remove(incident)

    def _opened(self, channel: str, alarm: str, incident: str) -> None:
        known = self.incidents[channel, alarm]
        if incident in known:
            return
        known[incident] = self.world.now
        real = self.truth.incidents(alarm, self.world.now)
        meant = [one for one in real if self._may_hear(channel, alarm, one)]
        if len(known) <= len(meant) or (channel, alarm) in self.touched:
            return
        if len(meant) == len(real) and alarm in self.late and not system.EXACT_WHEN_LATE:
            return
        if len(meant) < len(real):
            text = f"hears of {len(known)} incidents of {len(real)}; it was a recipient of {len(meant)}"
            self.violate("S3", f"{channel}/{alarm}", text)
        else:
            self.violate("S15", f"{channel}/{alarm}", f"hears of {len(known)} incidents; there were {len(real)}")

    def late_effect(self, channel: str) -> int:
        """How much longer a request may be on its way: a vendor carries it out late, or after its caller has gone."""
        is_slow = self.kinds[channel] == "jsm" and self.world.reached["jsm.slow-outcome"]
        return LATE if is_slow or self.world.reached["vendor.late-effect"] else 0

    def _paged(self, channel: str, alarm: str) -> None:
        real = self.truth.incidents(alarm, self.world.now)
        last = real[-1] if real else None
        if last and last.end is not None:
            decided = self.decided.get((alarm, last.end, "OK"))
            if decided is not None and self.world.now - decided > ON_ITS_WAY + self.late_effect(channel):
                self.violate("S4", f"{channel}/{alarm}", "a page, though the alarm is OK and that was decided")

    def _may_hear(self, channel: str, alarm: str, incident: Incident) -> bool:
        return any(channel in self.allowed.get((alarm, at, "ALARM"), ()) for at in incident.alarms)

    # At the end

    def judge(self, channels: dict[str, str], is_quiet: bool) -> None:  # noqa: FBT001
        """All was healed long ago. channels: what is deployed."""
        if not is_quiet:
            self.violate("L1", "the world", "is not quiet, long after everything was healed")
        for channel, kind in channels.items():
            for alarm in self.truth.changes:
                if (channel, alarm) not in self.touched:
                    self._judge_pair(channel, kind, alarm)
        self._judge_budgets()

    def _judge_pair(self, channel: str, kind: str, alarm: str) -> None:
        real = self.truth.incidents(alarm, self.world.now)
        must = [one for one in real if self._must_hear(channel, alarm, one)]
        subject = f"{channel}/{alarm}"
        self._judge_heard(channel, kind, alarm, must)
        self._judge_content(channel, kind, alarm, real, must)
        if kind not in TICKETS:
            is_told = bool(real) and real[-1] in must
            expected = "ALARM" if is_told and real[-1].end is None else "OK"
            _, said = self.said.get((channel, alarm), (0, ""))
            if is_told and said and said != expected:
                self.violate("L2", subject, f"the last it was told is {said}, the alarm is {expected}")
            return
        code = "L3" if kind in PAGERS else "L2"
        opened = [incident for incident in self.open[channel] if self.alarm_of.get(incident) == alarm]
        is_open = bool(real) and real[-1].end is None
        if len(opened) > 1:
            self.violate(code, subject, f"{len(opened)} tickets are open")
        elif opened and not is_open and self._was_recipient_ever_since(channel, alarm, real[-1].start if real else 0):
            self.violate(code, subject, "a ticket is open, the alarm is OK")
        elif not opened and is_open and real[-1] in must:
            self.violate(code, subject, "no ticket is open, the alarm is in ALARM")
        self._judge_removed(channel, alarm, is_opened=bool(opened))

    def _judge_removed(self, channel: str, alarm: str, *, is_opened: bool) -> None:
        """L9, and L6 of what was parked while the alarm was not in the file."""
        changes = self.truth.changes[alarm]
        if findings.is_finding(alarm):
            return
        if is_opened and removals.has_to_be_ended(self.configurations, alarm, changes, self.world.now):
            self.violate("L9", f"{channel}/{alarm}", "a ticket is open, the alarm has left the file long ago")
        is_due = removals.reported_meanwhile(self.configurations, alarm, changes)
        if is_due and not is_opened and self._was_recipient_ever_since(channel, alarm, changes[-1][0]):
            self.violate("L6", f"{channel}/{alarm}", "no ticket is open, the alarm was in ALARM when it came back")

    def _judge_content(self, channel: str, kind: str, alarm: str, real: list[Incident], must: list[Incident]) -> None:
        """L7. A telephone is not sent what changes of an open finding."""
        if (
            kind == "sms"
            or not findings.is_finding(alarm)
            or not real
            or real[-1].end is not None
            or real[-1] not in must
        ):
            return
        says = self.truth.contents[alarm, real[-1].alarms[-1]]
        _, told = self.contents.get((channel, alarm), (0, 0))
        # What is only added pages nobody.
        while kind in PAGERS and told != says and (alarm, says) in self.truth.additions:
            says -= 1
        if told != says:
            self.violate("L7", f"{channel}/{alarm}", f"was told content {told} last, it is {says}")

    def _judge_heard(self, channel: str, kind: str, alarm: str, must: list[Incident]) -> None:
        """L1, or L6 where the alarm was parked."""
        code = "L6" if alarm in self.parked else "L1"
        if kind in system.NEVER:
            must = [one for one in must if one.end is None or self._lasted(channel, alarm, one)]
        is_exact = system.EXACT_WHEN_LATE or alarm not in self.late
        wanted = len(must) if is_exact else min(1, len(must))
        got = len(self.incidents[channel, alarm])
        if kind in (*system.LISTED, *system.NAMELESS):
            times = self.heard[channel, alarm]
            got = sum(any(_covers(one, at) for at in times) for one in must)
        if got < wanted:
            self.violate(code, f"{channel}/{alarm}", f"heard of {got} incidents of {wanted}")

    def _lasted(self, channel: str, alarm: str, incident: Incident) -> bool:
        """Whether the first ALARM went on for long while the channel worked."""
        begin = self.decided.get((alarm, incident.start, "ALARM"), self.world.now)
        end = next(at for at, state in self.truth.changes[alarm] if at > incident.start and state == "OK")
        muted = [(begin, over + LOOKED_AT) for begin, over in self.muted.spans(alarm)]
        for down, up in sorted([*self.outages[channel], *muted]):
            if down < end and up > begin:
                begin = up
        return end - begin > LASTING

    def _must_hear(self, channel: str, alarm: str, incident: Incident) -> bool:
        """A recipient from before it began; of what began unknown to the build, what was open when one came to know."""
        if not self._was_recipient_ever_since(channel, alarm, incident.start):
            return False
        if self.muted.excuses(alarm, incident.end):
            return False
        known = next(at for at, c in self.configurations if alarm in c.alarms)
        return incident.start > known + OVERLAP or incident.end is None or incident.end > known + LASTING

    def _was_recipient_ever_since(self, channel: str, alarm: str, start: int) -> bool:
        """Whether the channel was routed to in every deployment since then, or since one first knew the alarm."""
        # An ALARM is decided some time after it happened.
        since = [c for i, (_, c) in enumerate(self.configurations) if self._ended(i) > start]
        while since and alarm not in since[0].alarms:
            since.pop(0)
        return bool(since) and all(channel in c.recipients(alarm) for c in since)

    def _ended(self, index: int) -> int:
        later = self.configurations[index + 1 :]
        return later[0][0] + OVERLAP if later else self.world.now + 1

    def _judge_budgets(self) -> None:
        for channel, calls in self.calls.items():
            rate, first = system.calls_a_minute(self.kinds[channel], slow=self.configurations[-1][1].slow), 0
            # A worker whose clock is ahead takes tokens of a time to come.
            rate += math.ceil(rate * 2 * SKEW / MINUTE) if self.world.reached["lambda.clock-skew"] else 0
            for index, at in enumerate(calls):
                while calls[first] <= at - MINUTE:
                    first += 1
                if index - first + 1 > rate:
                    self.violate("S6", channel, f"{index - first + 1} calls in a minute, {rate} are allowed")
                    break


def _covers(incident: Incident, at: int) -> bool:
    """Whether a time, in whole seconds, is within the incident."""
    return incident.start - SECOND < at and (incident.end is None or at <= incident.end)
