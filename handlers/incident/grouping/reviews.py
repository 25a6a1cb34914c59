"""Incidents that are looked at because of the time: storms, what has many members, reminders and escalations.

A storm's alarms leave its head alone, so that a thousand of them a minute do not wait for each other; once a minute
this reads them all. Once few have joined for a while it is calm: what is still in ALARM then gets incidents of its own,
where that is not too many.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from handlers.common.deadline import Deadline
from handlers.incident.decision.decision import ChangedIncident, Decision
from handlers.incident.grouping.group_members import in_order
from handlers.incident.grouping.grouping import is_of_environment
from handlers.incident.grouping.grouping_service import Groups, Numbers
from handlers.incident.grouping.reminders import MINUTE_MS, next_review, review_outcome
from handlers.incident.state.records import Incident, Kind, Member, Summary, rank
from handlers.incident.state.table import Decisions, OutstandingDelivery

logger = logging.getLogger(__name__)
# A storm is calm while fewer than this part of what made it one join it within a minute.
CALM_PART = 4


@dataclass(frozen=True, slots=True)
class Reviews:
    """See reviews of table.Decisions."""

    groups: Groups
    table: Decisions

    def review(self, id_: str, deadline: Deadline) -> tuple[str, ...]:
        """Look at an incident; the channels that are owed something now. Raises TryLater."""
        return self.groups.retries.written(lambda: self._reviewed(id_, deadline), deadline, "this incident")

    def _reviewed(self, id_: str, deadline: Deadline) -> tuple[str, ...]:
        """Raises Conflict."""
        head, version = self.table.load_incident(id_)
        if head is None:
            logger.warning("the incident to review does not exist", extra={"incident": id_})
            return ()
        routing, now, awake = self.groups.routing, self.groups.now(), list[str]()
        root, owed, summary, acts = head, tuple[OutstandingDelivery, ...](), None, True
        if head.kind in (Kind.GROUP, Kind.STORM):
            before = head
            members: Sequence[Member] = self.table.members(id_)
            if head.keys and self._is_calm(head, members, now):
                before, members, awake = self._calmed(head, deadline)
            root, owed, summary = self._viewed(before, members, now)
            acts = any(member.ended is None and member.kind is Kind.ALONE for member in members)
        acknowledgement = self.table.acknowledgement(id_) if root.is_open and self._is_attended(root) else None
        if acts:
            outcome = review_outcome(root, acknowledgement, routing, now)
            root = replace(outcome.incident, revision=head.revision + bool(owed or outcome.owed))
            owed = _merged(owed, self.groups.configured(outcome.owed))
        following = next_review(root, acknowledgement, routing.grouping, now, changed=root != head, is_review=True)
        self.table.commit_review(root, version, owed, now, summary=summary, review_at=following)
        awake += [owing.channel for owing in owed]
        logger.info("reviewed", extra={"incident": id_, "again_at": following, "awake": awake})
        return tuple(dict.fromkeys(awake))

    def _is_attended(self, root: Incident) -> bool:
        policy = self.groups.routing.grouping
        return root.severity in policy.remind_ms or root.severity in policy.escalate

    def _viewed(
        self, before: Incident, members: Sequence[Member], now: int
    ) -> tuple[Incident, tuple[OutstandingDelivery, ...], Summary | None]:
        if not members:
            return before, (), None
        view = self.groups.view(before, members, now)
        return view.root, view.owed, view.summary

    def _is_calm(self, root: Incident, members: Sequence[Member], now: int) -> bool:
        """Whether few have joined in each minute for as long as the file says."""
        policy = self.groups.routing.grouping.storm
        if policy is None or not members:
            return True
        since = now - policy.calm_ms
        if min(member.joined_at for member in members) > since:
            return False
        joined = Counter((now - member.joined_at) // MINUTE_MS for member in members if member.joined_at > since)
        limit = policy.environment if is_of_environment(root.keys) else policy.account
        return all(number * CALM_PART < limit for number in joined.values())

    def _calmed(self, root: Incident, deadline: Deadline) -> tuple[Incident, Sequence[Member], list[str]]:
        """The storm that nothing joins any more, its members, and the channels that are owed something of those that
        have left it. What a crash interrupts goes on with the next look.
        """
        self.table.close_groups(root.keys, root.id)
        members = self.table.members(root.id)
        policy = self.groups.routing.grouping.storm
        open_ = sorted((member for member in members if member.ended is None), key=in_order)
        in_alarm = [member for member in open_ if member.kind is Kind.ALONE]
        awake: list[str] = []
        if in_alarm and policy and len(in_alarm) <= policy.split:
            for member in open_:
                awake += self._left(root, member, deadline)
            members = self.table.members(root.id)
        return replace(root, keys=(), note=_note(members) or root.note), members, awake

    def _left(self, root: Incident, member: Member, deadline: Deadline) -> list[str]:
        """One member goes on by itself: its incident gets another place; where there is no data, it is just over."""
        groups = self.groups

        def attempt() -> list[ChangedIncident]:
            now = groups.now()
            stored = self.table.load(member.key)
            incident, version = self.table.load_incident(member.incident)
            if incident and (incident.parent != root.id or not incident.is_open):
                return []  # Its own decision has written how it stands.
            decision = Decision(stored.alarm)
            if incident and incident.kind is Kind.ALONE:
                decision = Decision(stored.alarm, (self._by_itself(incident, now),))
            placed = groups.placed(decision, {}, Numbers(self.table), now, storms=False, unattended=True)
            departure = (root.id, replace(member, ended=now))
            joining = replace(placed.joining, members=[*placed.joining.members, departure])
            written = [
                (
                    incident_change.incident,
                    version if incident_change.incident.id == member.incident else 0,
                    incident_change.owed,
                )
                for incident_change in placed.incidents
            ]
            self.table.commit(stored, stored.alarm, written, now, joining)
            incidents = [incident_change.incident for incident_change in placed.incidents]
            refreshed = [groups.refresh(parent, incidents, deadline, settles=False) for parent in placed.parents]
            return [*placed.incidents, *(incident_change for incident_change in refreshed if incident_change)]

        changed = groups.retries.written(attempt, deadline, "an alarm of a storm")
        return [owing.channel for incident_change in changed for owing in incident_change.owed]

    def _by_itself(self, incident: Incident, now: int) -> ChangedIncident:
        """As it is where no group takes it."""
        alone = replace(incident, parent="", joined_at=0, revision=incident.revision + 1)
        order = rank(alone.severity, "ALARM")
        return ChangedIncident(
            alone, self.groups.configured([OutstandingDelivery(name, order, now) for name in alone.recipients])
        )


def _note(members: Sequence[Member]) -> str:
    """How many have left a storm; empty for none."""
    number = sum(member.kind is Kind.ALONE and member.ended is not None and member.state != "OK" for member in members)
    if not number:
        return ""
    return f"{number} {'alarm has its own incident' if number == 1 else 'alarms have their own incidents'}."


def _merged(
    owed: Sequence[OutstandingDelivery], more: Sequence[OutstandingDelivery]
) -> tuple[OutstandingDelivery, ...]:
    """One for each channel: what does not yield goes first."""
    by_channel: dict[str, OutstandingDelivery] = {}
    for owing in (*more, *owed):
        known = by_channel.get(owing.channel)
        if known is None or known.yields:
            by_channel[owing.channel] = owing
    return tuple(by_channel.values())
