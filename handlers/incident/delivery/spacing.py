"""How far apart the messages of one incident are; pure. Times are milliseconds.

Nothing that is worse than what the channel was sent ever waits here, and no first message does, but for quiet hours:
then what people would only read waits for their end, and tickets and machines are told at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from handlers.common.event_names import rule_of
from handlers.incident.channel_types import FINAL_TYPES, PAGER_TYPES, READ_TYPES
from handlers.incident.channels import Channel
from handlers.incident.events import Key
from handlers.incident.grouping.grouping_policy import GroupingPolicy
from handlers.incident.message.report import Step
from handlers.incident.routing import Routing
from handlers.incident.state.records import SEVERITIES, Delivery, Incident, Kind, Member, is_more_severe


@dataclass(frozen=True, slots=True)
class Spacing:
    """Of one channel, by its name. is_pager: whether it wakes people. is_read: whether it sends messages, which keep
    nothing that would have to be closed. edits: whether what it has sent can be brought up to date, so that a change of
    an incident's alarms is no message of its own. routing: says how far apart the pages of an alarm are, and of what
    nobody hears the end.
    """

    policy: GroupingPolicy
    is_pager: bool = False
    routing: Routing | None = None
    channel: str = ""
    is_read: bool = False
    edits: bool = True

    @classmethod
    def of(cls, channel: Channel, routing: Routing) -> Spacing:
        """Of a channel of that table."""
        kind = channel.type
        pages, is_read, edits = kind in PAGER_TYPES, kind in READ_TYPES, kind not in FINAL_TYPES
        return cls(routing.grouping, pages, routing, channel.name, is_read, edits)

    def quiet_until(self, incident: Incident, delivery: Delivery, step: str | None, now: int) -> int:
        """When a step need not wait for quiet hours any more; 0 for not at all. A page is taken back at any time."""
        is_loud = self.is_read or (self.is_pager and step is not Step.RESOLVE)
        quiet = self.policy.quiet
        return quiet.until(_severity_now(incident, delivery), now) if quiet and is_loud else 0

    def omits_end(self, incident: Incident) -> bool:
        """Whether the channel is not sent the end of an incident; of one of several alarms its lead decides."""
        if not self.routing or not self.is_read:
            return False
        return not self.routing.notifies_end(incident.key, incident.severity)

    def earliest(self, incident: Incident, delivery: Delivery, step: Step) -> int:
        """From when on a step may be sent; 0 for at once."""
        if step is Step.UPDATED or (step is Step.ADDED and rule_of(incident.key.alarm)):
            return delivery.sent_at + self.policy.update_every_ms
        if step not in (Step.REPEAT, Step.RESOLVE) or not delivery.sent_at:
            return 0
        wait = self._flapping_wait(incident)
        if step is Step.REPEAT:
            if is_worse(incident, delivery) or not _is_repeat(incident):
                return 0
            wait = max(wait, self._page_again(incident.key))
        return self._since(delivery) + wait if wait else 0

    def _since(self, delivery: Delivery) -> int:
        """From when on a wait counts: for a pager from its last page, and neither an update nor the end is one."""
        return delivery.alarm_sent_at if self.is_pager and delivery.alarm_sent_at else delivery.sent_at

    def holds_repeats(self, incident: Incident) -> bool:
        """Whether the channel is not sent each time that this incident repeats."""
        return bool(self._flapping_wait(incident) or self._page_again(incident.key))

    def wakes(self, incident: Incident) -> bool:
        """Whether what is open of it is this channel's business. A pager is not called for an alarm of severity low
        because there was a critical one in its incident before, nor for one without data; of a STORM its severity
        decides. Who hears of an alarm was written down when that opened, and is not looked up again.
        """
        summary = incident.summary
        if not self.is_pager or incident.kind is not Kind.GROUP or summary is None or summary.pagers is None:
            return True
        open_ = [member for member in summary.members if member.ended is None and member.kind is Kind.ALONE]
        return self.channel in summary.pagers or any(self._is_escalated(member, incident) for member in open_)

    def _is_escalated(self, member: Member, incident: Incident) -> bool:
        escalation = self.policy.escalate.get(member.severity) if incident.escalated_at else None
        return escalation is not None and self.channel in escalation.to

    def _flapping_wait(self, incident: Incident) -> int:
        flapping = self.policy.flapping
        if flapping is None or not flapping.times(incident.repeats):
            return 0
        return flapping.page_every_ms if self.is_pager else flapping.every_ms

    def _page_again(self, key: Key) -> int:
        return (self.routing.page_again_ms(key) or 0) if self.routing and self.is_pager else 0


def _severity_now(incident: Incident, delivery: Delivery) -> str:
    """How severe an incident is for people whom the channel has told already how bad it was: of several alarms the
    worst that is not OK. The end is as severe as what ended, and so is what the channel was not sent yet.
    """
    if incident.kind is not Kind.GROUP or incident.summary is None:
        return incident.severity
    if not delivery.state or is_worse(incident, delivery):
        return incident.severity
    members = incident.summary.members
    open_ = [member.severity for member in members if member.ended is None and member.severity in SEVERITIES]
    return min(open_, key=SEVERITIES.index, default=incident.severity)


def is_worse(incident: Incident, delivery: Delivery) -> bool:
    """Whether it is more severe than the channel was sent last."""
    return delivery.severity in SEVERITIES and is_more_severe(incident.severity, delivery.severity)


def _is_repeat(incident: Incident) -> bool:
    """Whether what is new is that it went to ALARM again, and not that another critical alarm has joined."""
    return not incident.repeats or incident.alarm_at in incident.repeats
