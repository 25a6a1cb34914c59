"""What is read and written around grouping: placing a new incident, and bringing its parent up to date.

    open groups, numbers ── place (pure) ── commit, with the alarm ── members ── refresh the parent (pure) ── commit

A crash between the two commits is healed by the message when it comes again, for nothing but the members says how their
parent stands. Whoever writes a member looks at the parent afterwards; so whoever is last sees all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

from handlers.common.deadline import Deadline
from handlers.incident.contributor import alarm_of, contributor_of
from handlers.incident.decision.decision import ChangedIncident, Decision
from handlers.incident.decision.retries import Retries
from handlers.incident.events import Key
from handlers.incident.grouping.group_members import by_alarm, lead, member_of
from handlers.incident.grouping.group_view import Situation, View, is_large, is_urgent, refreshed, unopened
from handlers.incident.grouping.grouping import Placement, Subject, further_key, group_keys, makes_severe, placement
from handlers.incident.grouping.reminders import MINUTE_MS, first_review, next_review
from handlers.incident.routing import Routing
from handlers.incident.state.records import Incident, Kind, Member
from handlers.incident.state.table import Decisions, MembershipChanges, OpenGroup, OutstandingDelivery


@dataclass(slots=True)
class Numbers:
    """What was counted for one decision: once, however often others get in its way."""

    table: Decisions
    counts: dict[tuple[str, str], int] = field(default_factory=dict)

    def of(self, incident: str) -> Callable[[str, int], int]:
        """Counts an incident."""

        def count(counter: str, now: int) -> int:
            key = (incident, counter)
            if key not in self.counts:
                self.counts[key] = self.table.count(counter, now)
            return self.counts[key]

        return count


@dataclass(frozen=True, slots=True)
class PlacementOutcome:
    """A decision's incidents with their parents, new parents among them, and what is written besides."""

    incidents: tuple[ChangedIncident, ...]
    joining: MembershipChanges
    created: frozenset[str] = frozenset()

    @property
    def parents(self) -> tuple[str, ...]:
        """Those that have to be brought up to date after the commit."""
        parents = dict.fromkeys(changed.incident.parent for changed in self.incidents)
        return tuple(parent for parent in parents if parent and parent not in self.created)


@dataclass(slots=True)
class _PlacementState:
    """What placing the incidents of one decision has come to so far."""

    groups: dict[str, OpenGroup] | None = None
    roots: dict[str, tuple[Incident, list[Incident]]] = field(default_factory=dict)
    opened: dict[str, OpenGroup] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Groups:
    """tickets: the channels that keep tickets. now: milliseconds since 1970."""

    routing: Routing
    table: Decisions
    tickets: frozenset[str]
    now: Callable[[], int]
    retries: Retries

    def placed(
        self,
        decision: Decision,
        known: Mapping[str, Incident | None],
        numbers: Numbers,
        now: int,
        *,
        storms: bool = True,
        unattended: bool = False,
    ) -> PlacementOutcome:
        """The decision with a place for each incident that is new.

        One that is withheld has none. known: what was there before. storms: whether a storm is a place. unattended:
        nobody repeats the decision after a crash, so the parents are appointed to be looked at.
        """
        placing = _PlacementState()
        changed = []
        for proposal in decision.incidents:
            incident = proposal.incident
            if _is_new(incident, known.get(incident.id)):
                incident = self._assigned(incident, placing, numbers, now, storms=storms)
            changed.append(replace(proposal, incident=incident, owed=() if incident.parent else proposal.owed))
        joined = [
            proposal.incident for proposal in changed if proposal.incident.parent and not proposal.incident.is_withheld
        ]
        views = [self._created(seed, of_root, now, decision.settles) for seed, of_root in placing.roots.values()]
        joining = MembershipChanges(
            members=[(incident.parent, member_of(incident)) for incident in joined],
            opened=list(placing.opened.values()),
            reviews=self._reviews([*changed, *views], known, now),
        )
        placed = PlacementOutcome((*changed, *views), joining, frozenset(placing.roots))
        if unattended and placed.parents:
            appointed = [(parent, now + MINUTE_MS) for parent in placed.parents]
            joining = replace(joining, reviews=[*joining.reviews, *appointed])
        return replace(placed, joining=joining)

    def _assigned(
        self, incident: Incident, placing: _PlacementState, numbers: Numbers, now: int, *, storms: bool
    ) -> Incident:
        """A new incident with its parent, if it has one."""
        policy = self.routing.grouping
        if not storms:
            policy = replace(policy, storm=None)
        location = self.routing.location(incident.key)
        subject = Subject(incident, self._group_keys(incident.key), location.account)
        keys = [*subject.keys, *(subject.read_keys if policy.storm else ())]
        if not keys:
            return incident
        if placing.groups is None:
            placing.groups = self.table.open_groups(keys, now)

        def is_open(id_: str) -> bool:
            if id_ in placing.roots:
                return any(member.is_open for member in placing.roots[id_][1])
            root, _ = self.table.load_incident(id_)
            return root is not None and root.is_open

        placed = placement(subject, placing.groups, policy, now, count=numbers.of(incident.id), is_open=is_open)
        if not placed.parent:
            return incident
        member = replace(incident, parent=placed.parent, joined_at=now)
        placing.groups |= {group.key: group for group in placed.opened}
        placing.opened |= {group.key: group for group in placed.opened}
        if placed.kind:
            placing.roots[placed.parent] = (self._seed(placed, member), [])
        if placed.parent in placing.roots:
            placing.roots[placed.parent][1].append(member)
        return member

    def _group_keys(self, key: Key) -> tuple[str, ...]:
        """What an alarm has in common with others; a contributor beyond the first ones with all further ones."""
        keys = group_keys(key, self.routing)
        if not contributor_of(key.alarm):
            return keys
        register = self.table.register(replace(key, alarm=alarm_of(key.alarm)))
        return keys if register.stands_alone(key.alarm) else (*keys, further_key(key))

    def _seed(self, placed: Placement, first: Incident) -> Incident:
        storm = self.routing.grouping.storm if placed.kind is Kind.STORM else None
        keys = tuple(group.key for group in placed.opened) if storm else ()
        severity = storm.severity if storm and makes_severe(keys) else ""
        return unopened(placed.parent, placed.kind or Kind.GROUP, keys, member_of(first), severity)

    def _created(self, seed: Incident, incidents: list[Incident], now: int, settles: bool) -> ChangedIncident:
        members = [member_of(incident) for incident in incidents]
        first = lead(by_alarm(members))
        leading = next(incident for incident in incidents if incident.id == first.incident)
        view = refreshed(seed, members, leading, self._situation(now, settles))
        return ChangedIncident(view.root, self.configured(view.owed))

    def _reviews(
        self, changed: Collection[ChangedIncident], known: Mapping[str, Incident | None], now: int
    ) -> list[tuple[str, int]]:
        """When to look at those that people hear of."""
        policy = self.routing.grouping
        appointed = []
        for incident_change in changed:
            if incident_change.incident.parent or incident_change.incident.is_withheld:
                continue
            before = known.get(incident_change.incident.id)
            at = first_review(incident_change.incident, None if before and before.is_withheld else before, policy, now)
            if is_large(incident_change.incident):
                at = now + MINUTE_MS
            if at is not None:
                appointed.append((incident_change.incident.id, at))
        return appointed

    def refresh(
        self, parent: str, changed: Collection[Incident], deadline: Deadline, *, settles: bool
    ) -> ChangedIncident | None:
        """Bring an incident up to date with its members; what is owed since then. None where it is left to a review.

        changed: the members that have just been written. Raises TryLater.
        """

        def attempt() -> ChangedIncident | None:
            # In this order: what is written after the members were read gets in the way of the commit.
            root, version = self.table.load_incident(parent)
            if root and is_large(root) and not any(is_urgent(root, incident) for incident in changed):
                return None
            now = self.now()
            members = self.table.members(parent)
            if not members:
                return None
            view = self.view(root or unopened(parent, Kind.GROUP, (), members[0]), members, now, settles=settles)
            if view.root == root:
                return ChangedIncident(root, ())
            at = next_review(view.root, None, self.routing.grouping, now, changed=True, is_review=False)
            self.table.commit_review(view.root, version, view.owed, now, summary=view.summary, review_at=at)
            return ChangedIncident(view.root, view.owed)

        return self.retries.written(attempt, deadline, "this incident")

    def view(self, root: Incident, members: Collection[Member], now: int, *, settles: bool = False) -> View:
        """An incident as its members make it."""
        first = lead(by_alarm([*members]))
        leading, _ = self.table.load_incident(first.incident)
        view = refreshed(root, [*members], leading, self._situation(now, settles))
        return replace(view, owed=self.configured(view.owed))

    def configured(self, owed: Collection[OutstandingDelivery]) -> tuple[OutstandingDelivery, ...]:
        """Without what would be owed to channels that were taken out of the file: nobody could ever deliver it."""
        configured = self.routing.channels()
        return tuple(owing for owing in owed if owing.channel in configured)

    def _situation(self, now: int, settles: bool) -> Situation:
        return Situation(self.routing, self.tickets, now, settles)


def _is_new(incident: Incident, before: Incident | None) -> bool:
    """Whether people are to hear of it, and never were before."""
    return not incident.is_withheld and (before is None or before.is_unannounced)
