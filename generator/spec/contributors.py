"""The key `contributors` of an alarm on several series: whether each series has incidents of its own."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from generator.spec.scalars import EnumScalar
from generator.spec.strict import Strict

# CloudWatch has at most 100 contributors in ALARM.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html
MOST_CONTRIBUTORS = 100
USUAL_CONTRIBUTORS = 10
IncidentsOfContributors = Annotated[Literal["one", "each"], EnumScalar("a number of incidents", "one", "each")]


class ContributorsSpec(Strict):
    """The incidents of an alarm on several series."""

    incidents: IncidentsOfContributors = Field(
        description="one: for the alarm; each: for each contributor, which is a series of GROUP BY"
    )
    most: int | None = Field(
        default=None,
        ge=1,
        le=MOST_CONTRIBUTORS,
        description=f"(each) contributors with an incident of their own at a time; {USUAL_CONTRIBUTORS} by default,"
        " all further ones form one incident",
    )
