"""The channel type for OpsItems of Systems Manager OpsCenter."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from generator.spec.delivery import DAY, ChannelKeys, MissedTickets, NoDigest, Rate, RetryFor, usual

# Ours: AWS publishes no rate for CreateOpsItem. https://docs.aws.amazon.com/general/latest/gr/ssm.html
OpsItemRate = Annotated[int, Rate(300, "AWS publishes no rate of OpsCenter's, and throttles the whole account")]


class OpsItemChannel(ChannelKeys):
    """An OpsItem in the hub for each incident."""

    type: Literal["opsitem"]
    rate: OpsItemRate = usual("60/1m", 60, "how many calls are made in a minute")
    retry_for: RetryFor = usual(
        "14d", 14 * DAY, "how long a change is retried; then what is over is given up, and listed"
    )
    missed: MissedTickets = usual(
        "each", "each", "whether incidents that began and ended while OpsCenter was away get an OpsItem"
    )
    digest: NoDigest = Field(default="none", description="always none: each incident is an OpsItem of its own")
