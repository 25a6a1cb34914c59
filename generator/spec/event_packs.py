"""An event pack: events of one service that are worth a message, as data; one file a pack."""

from __future__ import annotations

from pydantic import Field

from generator.findings import Finding
from generator.spec.event_rules import (
    EventEndSpec,
    EventExamplesSpec,
    EventPath,
    EventPaths,
    FactName,
    JsonMapping,
    Template,
)
from generator.spec.load import Source
from generator.spec.packs import read_data
from generator.spec.scalars import Date, Key, RegionName, SecureUrl, SeverityName
from generator.spec.strict import Strict


class PackEvent(Strict):
    """An event rule of a pack."""

    pattern: JsonMapping = Field(description="EventBridge event pattern")
    severity: SeverityName = Field(description="how severe it is; selects the notified channels")
    title: Template = Field(description="title: text with paths")
    summary: str = Field(description="one-line description for the person on call", min_length=1, max_length=200)
    why: str = Field(description="why it is worth a message", min_length=10)
    action: Template | None = Field(default=None, description="what to do: text with paths")
    subject: EventPaths | None = Field(default=None, description="path of what it is about")
    account_from: EventPath | None = Field(default=None, description="path of the account that it is about")
    facts: dict[FactName, Template] = Field(default_factory=dict, description="details by name")
    ends: EventEndSpec | None = Field(default=None, description="what ends it")
    region: RegionName | None = Field(default=None, description="the only Region that has its events")
    enabled: bool = Field(default=True, description="false: off unless an entry enables it")
    source: SecureUrl = Field(description="the page with its documented example")
    read: Date = Field(description="when that page was read")
    examples: EventExamplesSpec = Field(description="AWS's documented examples")


class EventPack(Strict):
    """The events of a service."""

    title: str = Field(description="the service, such as Amazon RDS", min_length=1)
    events: dict[Key, PackEvent] = Field(description="event rules by name; entries override them by it", min_length=1)


def read_event_pack(content: bytes, file: str) -> tuple[EventPack | None, Source, list[Finding]]:
    """The event pack of a file, and what is wrong with it (Y01 to Y06, S01 to S03), with places in that file."""
    return read_data(content, file, EventPack)
