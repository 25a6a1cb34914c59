"""PagerDuty, Events API v2."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from generator.spec.scalars import SecretName, SecureUrl
from generator.spec.strict import Strict


class PagerDutyChannel(Strict):
    """Triggers and resolves an alert for each episode."""

    type: Literal["pagerduty"]
    secret: SecretName = Field(description="the Secrets Manager secret with the routing key")
    url: SecureUrl | None = Field(
        default=None, description="the address of the Events API in another service region, such as the EU's"
    )
