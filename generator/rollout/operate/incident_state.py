"""The content of the functions' table; plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from generator.rollout.operate.incident_items import Acknowledgement, ChannelState, Delivery, Incident, ParkedAlarm

# Rows of each list, so that a list stays readable.
MOST = 200


@dataclass(frozen=True, slots=True)
class LostDelivery:
    """A delivery that was given up or refused. at: when, in milliseconds. incident: None where it is forgotten."""

    at: int
    delivery: Delivery
    incident: Incident | None


@dataclass(frozen=True, slots=True)
class OwedDelivery:
    """A delivery that is owed. due_at: when it is attempted, by the index."""

    due_at: int
    delivery: Delivery
    incident: Incident | None


@dataclass(frozen=True, slots=True)
class IncidentSnapshot:
    """now: milliseconds. deliveries, acknowledgements: of open incidents, by the incident's id. cut: the lists that go
    on.
    """

    now: int
    open: tuple[Incident, ...] = ()
    deliveries: Mapping[str, tuple[Delivery, ...]] = field(default_factory=dict)
    owed: tuple[OwedDelivery, ...] = ()
    lost: tuple[LostDelivery, ...] = ()
    channels: tuple[ChannelState, ...] = ()
    parked: tuple[ParkedAlarm, ...] = ()
    cut: frozenset[str] = frozenset()
    acknowledgements: Mapping[str, Acknowledgement] = field(default_factory=dict)
