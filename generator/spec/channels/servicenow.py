"""ServiceNow incidents, by the Table API."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from generator.spec.channel_words import (
    SecretName,
    ServiceNowAddress,
    ServiceNowField,
    ServiceNowId,
    ServiceNowValue,
)
from generator.spec.delivery import DAY, ChannelKeys, MissedTickets, NoDigest, Rate, RetryFor, usual
from generator.spec.scalars import EnumScalar

# Ours: an instance has the limits that its administrator sets, by user and hour.
# https://www.servicenow.com/docs/r/api-reference/rest-api-explorer/inbound-REST-API-rate-limiting.html
ServiceNowRate = Annotated[int, Rate(300, "the instance's own rules limit a user, and are not known here")]
Severity = Annotated[str, EnumScalar("a severity", "critical", "high", "medium", "low")]
Level = Annotated[int, Field(ge=1, le=3)]


class ServiceNowChannel(ChannelKeys):
    """One record of the incident table for each incident."""

    type: Literal["servicenow"]
    url: ServiceNowAddress = Field(description="the address of the instance, such as https://example.service-now.com")
    secret: SecretName = Field(description="the Secrets Manager secret with the credentials")
    assignment_group: ServiceNowId | None = Field(
        default=None, description="the sys_id of the group that incidents are assigned to"
    )
    category: ServiceNowValue | None = Field(default=None, description="the value of the category, such as software")
    fields: dict[ServiceNowField, ServiceNowValue] = Field(
        default_factory=dict, description="values of other fields of new incidents, such as caller_id"
    )
    impact: dict[Severity, Level] = Field(
        default_factory=dict, description="severity to impact, 1 to 3, where it is not 1, 2, 2 and 3"
    )
    urgency: dict[Severity, Level] = Field(
        default_factory=dict, description="severity to urgency, 1 to 3, where it is not 1, 1, 2 and 3"
    )
    resolve_on_ok: bool = Field(default=False, description="resolve the incident when the alarm is OK again")
    close_code: ServiceNowValue = Field(
        default="Solution provided", description="the resolution code of an incident that is resolved"
    )
    rate: ServiceNowRate = usual("60/1m", 60, "how many calls are made in a minute; a change takes two")
    retry_for: RetryFor = usual(
        "14d", 14 * DAY, "how long a change is retried; then what is over is given up, and listed"
    )
    missed: MissedTickets = usual(
        "each",
        "each",
        "whether incidents that began and ended while ServiceNow was away get a record, resolved at once",
    )
    digest: NoDigest = Field(default="none", description="always none: each incident is a record of its own")
