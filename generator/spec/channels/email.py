"""E-mail by way of the hub's SNS topic."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from generator.spec.scalars import Email
from generator.spec.strict import Strict


class EmailChannel(Strict):
    """Each address becomes a subscription that its owner has to confirm once."""

    type: Literal["email"]
    addresses: list[Email] = Field(min_length=1, description="who is written to, such as [ops@example.com]")
