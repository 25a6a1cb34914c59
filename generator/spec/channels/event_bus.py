"""An EventBridge event bus of your own, in any account and Region."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from generator.spec.delivery import DAY, ChannelKeys, MissedEvents, NoDigestOfEvents, Rate, RetryFor, usual
from generator.spec.target_words import BusArn

# Ours: the smallest quota of PutEvents is 400 a second, and calls are made one after the other.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
EventBusRate = Annotated[int, Rate(600, "calls are made one after the other")]


class EventBusChannel(ChannelKeys):
    """An event for each change of an incident, for rules of your own."""

    type: Literal["event_bus"]
    bus: BusArn = Field(description="the ARN of the event bus")
    rate: EventBusRate = usual("120/1m", 120, "how many events are put in a minute")
    retry_for: RetryFor = usual(
        "3d", 3 * DAY, "how long an event is retried; then what is over is given up, and listed"
    )
    missed: MissedEvents = usual(
        "each", "each", "whether incidents that began and ended while the bus was away are put"
    )
    digest: NoDigestOfEvents = Field(default="none", description="always none: each incident has its own events")
