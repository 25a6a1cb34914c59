"""CloudTrail's event history of this account and Region; see outputs.Trail.

It needs no trail, has 90 days, and takes two requests a second in an account and Region, which others share. So a
request that is refused is not repeated here: the message that asks comes again later.
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from handlers.compliance.launcher import EVENT_NAME, launcher_of

logger = logging.getLogger(__name__)
PAGE = 50
# Events come the latest first, and the launch is the earliest of an instance. Whoever did more with it than this is
# better known than who launched it.
MOST_PAGES = 4


@dataclass(frozen=True, slots=True)
class AwsTrail:
    """See outputs.Trail. client: botocore's of CloudTrail, with one attempt."""

    client: Any

    def launcher(self, instance: str) -> str:
        """See outputs.Trail."""
        params: dict[str, Any] = {
            "LookupAttributes": [{"AttributeKey": "ResourceName", "AttributeValue": instance}],
            "MaxResults": PAGE,
        }
        for _ in range(MOST_PAGES):
            answer = self.client.lookup_events(**params)
            for event in answer.get("Events", ()):
                launcher = launcher_of(event.get("CloudTrailEvent", "")) if event.get("EventName") == EVENT_NAME else ""
                if launcher:
                    return launcher
            if not answer.get("NextToken"):
                return ""
            params["NextToken"] = answer["NextToken"]
        logger.info("too many events", extra={"resource": instance})
        return ""
