"""Contributors: the series of an alarm on several, each with a state of its own; what one is called; pure.

An alarm on a Metrics Insights query with GROUP BY, or on PromQL, has one for each series, and CloudWatch sends an event
for each. The name of one stands in an alarm's place in a key: `errors-alarm-prod of FunctionName=checkout`. Names of
obsgen's alarms have no spaces, so the alarm is what stands before the first ` of `.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from handlers.incident.fields import InvalidField, object_of, text_of

BETWEEN = " of "
# Characters, and attributes.
LABEL_LIMIT, MOST_ATTRIBUTES = 120, 10
DIGITS = 8
# Whoever names a resource or writes a metric chooses the rest: it is no markup, mention or address to any channel.
_FOREIGN = re.compile(r"[^A-Za-z0-9._:/=+, -]|(?<=/)/")


def name_of(alarm: str, contributor: Mapping[str, Any]) -> str:
    """What stands in an alarm's place in a key. contributor: `alarmContributor` of the event. Raises InvalidField.

    The attributes are what the series differ by, so they are the name. One that had to be changed or cut, or that has
    none, ends with digits of everything that the event says of the contributor.
    """
    id_, attributes = text_of(contributor, "id"), contributor.get("attributes")
    attributes = {} if attributes is None else attributes
    if not isinstance(attributes, dict) or not all(isinstance(value, str) for value in attributes.values()):
        raise InvalidField("attributes is not an object of strings")
    pairs = sorted(attributes.items())
    written = ", ".join(f"{name}={value}" for name, value in pairs[:MOST_ATTRIBUTES])
    label = " ".join(_FOREIGN.sub("_", written).split())
    is_clear = not any(", " in name or "=" in name or ", " in value for name, value in pairs)
    if is_clear and label == written and label and len(label) <= LABEL_LIMIT and len(pairs) <= MOST_ATTRIBUTES:
        return f"{alarm}{BETWEEN}{label}"
    everything = json.dumps([id_, pairs]).encode("utf-8", "replace")
    digits = hashlib.sha256(everything).hexdigest()[:DIGITS]
    return f"{alarm}{BETWEEN}{label[: LABEL_LIMIT - DIGITS - 1] or 'contributor'}~{digits}"


def read_name(detail: Mapping[str, Any], alarm: str) -> str:
    """The name of the contributor that an event is about. Raises InvalidField."""
    return name_of(alarm, object_of(detail, "alarmContributor"))


def alarm_of(name: str) -> str:
    """The alarm that a name in a key is of: that of a contributor's alarm, else the name itself."""
    return name.partition(BETWEEN)[0]


def contributor_of(name: str) -> str:
    """The contributor in a name; empty where it is an alarm's or a finding's."""
    return name.partition(BETWEEN)[2]
