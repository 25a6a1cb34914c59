"""One alarm's life through the decision, with everything in memory and made-up time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

from handlers.incident.decision.decision import ChangedIncident, Circumstances, Decision, decide
from handlers.incident.decision.holds import Suppressor
from handlers.incident.events import Change, Key, Suppression
from handlers.incident.state.records import Alarm, Incident, Kind

KEY = Key("222222222222", "us-east-1", "errors-alarm-prod")
WINDOW = 60
LATE = 10_000
LISTENERS = {
    "critical": ("jira", "slack", "pager"),
    "high": ("jira", "slack"),
    "medium": ("slack",),
    "low": ("mail",),
}
A, OK, NO_DATA = "ALARM", "OK", "INSUFFICIENT_DATA"


def changes(*at: tuple[str, int], before: tuple[str, int] = (NO_DATA, -1_000_000)) -> list[Change]:
    """State changes as CloudWatch reports them: each says what ended, and since when it had lasted."""
    events = []
    for state, time in at:
        events.append(Change(KEY, state, time, f"{state} at {time}", *before))
        before = (state, time)
    return events


def unknown_before(change: Change) -> Change:
    """The SNS form: it names the state before, and not since when it had lasted."""
    return replace(change, before_at=None)


def suppressed(change: Change, by: str, until: int | None = None) -> Change:
    """With its actions suppressed."""
    return replace(change, suppression=Suppression(by=by, until=until))


def muted(change: Change, until: int) -> Change:
    """With its actions held by a mute window."""
    return replace(change, suppression=Suppression(mute=until))


@dataclass
class Life:
    """What is remembered of the alarm, and the decisions so far, each with what it changed and owed."""

    alarm: Alarm = field(default_factory=lambda: Alarm(KEY))
    incidents: dict[str, Incident] = field(default_factory=dict)
    log: list[ChangedIncident] = field(default_factory=list)
    severity: str = "high"
    listeners: dict[str, tuple[str, ...]] = field(default_factory=lambda: dict(LISTENERS))
    suppressor: Suppressor | None = None

    def decide(self, change: Change | None, now: int = LATE) -> tuple[ChangedIncident, ...]:
        """Decide on one message, and keep what comes of it."""
        circumstances = Circumstances(
            now, self.severity, self.listeners, frozenset({"jira", "pager"}), WINDOW, self.suppressor
        )
        decision = self._decision(change, circumstances)
        self.alarm = decision.alarm
        self.incidents |= {changed.incident.id: changed.incident for changed in decision.incidents}
        self.log += decision.incidents
        assert_consistent(self)
        return decision.incidents

    def _decision(self, change: Change | None, circumstances: Circumstances) -> Decision:
        """As the service does it: only the latest incident is known at first."""
        known: dict[str, Incident | None] = {}
        if self.alarm.incident:
            known[self.alarm.incident] = self.incidents.get(self.alarm.incident)
        while (decision := decide(self.alarm, known, change, circumstances)).unread:
            known |= {id_: self.incidents.get(id_) for id_ in decision.unread}
        return decision

    def deliver(self, events: Iterable[Change], now: int = LATE) -> Life:
        """One after the other."""
        for change in events:
            self.decide(change, now)
        return self

    @property
    def alone(self) -> list[Incident]:
        """The incidents with an ALARM, by the time of their first one."""
        return sorted((i for i in self.incidents.values() if i.kind is Kind.ALONE), key=lambda i: i.opened)

    @property
    def open(self) -> list[Incident]:
        """The open ones of those."""
        return [incident for incident in self.alone if incident.is_open]


def assert_consistent(life: Life) -> None:
    """At most one incident is open, and revisions count without a gap."""
    assert len(life.open) <= 1
    revisions: dict[str, int] = {}
    for changed in life.log:
        incident = changed.incident
        assert incident.revision in (revisions.get(incident.id, 0), revisions.get(incident.id, 0) + 1)
        assert bool(changed.owed) <= (incident.revision != revisions.get(incident.id))
        revisions[incident.id] = incident.revision


def true_starts(true: list[Change]) -> list[int]:
    """The ALARMs that begin an episode, straight from the definition."""
    result, recovered, began = [], 0, False
    for change in true:
        if change.state == A:
            if not began or (recovered and change.at - recovered > WINDOW):
                result.append(change.at)
            began, recovered = True, 0
        elif change.state == OK:
            recovered = change.at
    return result


@st.composite
def histories(draw: st.DrawFn) -> list[Change]:
    """True state changes in the order in which they happened: any state after any other, of any length."""
    states = draw(st.lists(st.sampled_from([A, OK, NO_DATA]), min_size=1, max_size=9))
    time, before, true = 0, draw(st.sampled_from([OK, NO_DATA])), []
    for state in states:
        time += draw(st.integers(1, 130))
        if state != before:
            true.append((state, time))
            before = state
    first = OK if not true or true[0][0] != OK else NO_DATA
    return changes(*true, before=(first, -1_000_000))


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[Change], list[Change]]:
    """A true history, and its events as they arrive: shuffled, doubled, some in the form without the earlier time."""
    true = draw(histories())
    some = [change for change in true for _ in range(draw(st.integers(1, 3)))]
    some = [unknown_before(change) if draw(st.integers(0, 4)) == 0 else change for change in some]
    return true, draw(st.permutations(some)) if some else []
