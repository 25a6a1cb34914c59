"""How far apart the messages of one incident are; pure. Times are milliseconds.

Nothing that is worse than what the channel was sent ever waits here, and no first message does.
"""

from __future__ import annotations

from dataclasses import dataclass

from handlers.incident.channels import Channel
from handlers.incident.events import Key
from handlers.incident.grouping_policy import GroupingPolicy
from handlers.incident.records import SEVERITIES, Delivery, Incident
from handlers.incident.report import Step
from handlers.incident.routing import Routing


@dataclass(frozen=True, slots=True)
class Spacing:
    """Of one channel. is_pager: whether it wakes people. routing: says how far apart the pages of an alarm are."""

    policy: GroupingPolicy
    is_pager: bool = False
    routing: Routing | None = None

    @classmethod
    def of(cls, channel: Channel, routing: Routing) -> Spacing:
        """Of a channel of that table."""
        return cls(routing.grouping, channel.type == "pagerduty", routing)

    def earliest(self, incident: Incident, delivery: Delivery, step: Step) -> int:
        """From when on a step may be sent; 0 for at once."""
        if step is Step.UPDATED:
            return delivery.sent_at + self.policy.update_every_ms
        if step not in (Step.REPEAT, Step.RESOLVE) or not delivery.sent_at:
            return 0
        wait = self._flapping_wait(incident)
        if step is Step.REPEAT:
            if is_worse(incident, delivery) or not _is_repeat(incident):
                return 0
            wait = max(wait, self._page_again(incident.key))
        return delivery.sent_at + wait if wait else 0

    def holds_repeats(self, incident: Incident) -> bool:
        """Whether the channel is not sent each time that this incident repeats."""
        return bool(self._flapping_wait(incident) or self._page_again(incident.key))

    def _flapping_wait(self, incident: Incident) -> int:
        flapping = self.policy.flapping
        if flapping is None or not flapping.times(incident.repeats):
            return 0
        return flapping.page_every_ms if self.is_pager else flapping.every_ms

    def _page_again(self, key: Key) -> int:
        return (self.routing.page_again_ms(key) or 0) if self.routing and self.is_pager else 0


def is_worse(incident: Incident, delivery: Delivery) -> bool:
    """Whether it is more severe than the channel was sent last."""
    known = delivery.severity
    return known in SEVERITIES and SEVERITIES.index(incident.severity) < SEVERITIES.index(known)


def _is_repeat(incident: Incident) -> bool:
    """Whether what is new is that it went to ALARM again, and not that another critical alarm has joined."""
    return not incident.repeats or incident.alarm_at in incident.repeats
