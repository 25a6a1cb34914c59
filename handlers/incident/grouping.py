"""Which incident of several alarms an alarm's own incident is part of, and what its members make of that; pure.

    the group keys of an alarm ── an open group under one of them ── join it
                               └─ a storm ── join that, but for the first critical ones
                               └─ neither ── a group of its own, which the next alarm joins; without any key alone

The keys stand in the reviewed routing table, so what is one incident is decided by whoever writes and reviews the file:
the composites and objectives that an alarm is a positive part of (and a composite's own), then its service, all in its
account and Region. So the order in which a composite and its parts arrive does not matter.
"""

from __future__ import annotations

from handlers.incident.events import Key
from handlers.incident.routing import Routing


def group_keys(key: Key, routing: Routing) -> tuple[str, ...]:
    """What an alarm has in common with others, the most telling first; nothing where it is to stay alone.

    Such as `composite/payments-critical-alarm-prod/222222222222/us-east-1`, `objective/checkout/…`,
    `group/service=checkout/account=222222222222`.
    """
    raise NotImplementedError
