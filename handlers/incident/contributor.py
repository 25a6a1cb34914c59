"""Contributors: the series of an alarm on several, each with a state of its own; what one is called; pure.

An alarm on a Metrics Insights query with GROUP BY, or on PromQL, has one for each series, and CloudWatch sends an event
for each. The name of one stands in an alarm's place in a key: `errors-alarm-prod of FunctionName=checkout`. Names of
obsgen's alarms have no spaces, so the alarm is what stands before the first ` of `.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers.common.contributor_names import BETWEEN, name_of
from handlers.incident.fields import InvalidField, object_of


def read_name(detail: Mapping[str, Any], alarm: str) -> str:
    """The name of the contributor that an event is about. Raises InvalidField."""
    try:
        return name_of(alarm, object_of(detail, "alarmContributor"))
    except ValueError as error:
        raise InvalidField(str(error)) from None


def alarm_of(name: str) -> str:
    """The alarm that a name in a key is of: that of a contributor's alarm, else the name itself."""
    return name.partition(BETWEEN)[0]


def contributor_of(name: str) -> str:
    """The contributor in a name; empty where it is an alarm's or a finding's."""
    return name.partition(BETWEEN)[2]
