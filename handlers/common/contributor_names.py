"""What a contributor of an alarm is called: by the values that it differs from others by; pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

BETWEEN = " of "
# Characters, and attributes.
LABEL_LIMIT, MOST_ATTRIBUTES = 120, 10
DIGITS = 8
# Whoever names a resource or writes a metric chooses the rest: it is no markup, mention or address to any channel.
_FOREIGN = re.compile(r"[^A-Za-z0-9._:/=+, -]|(?<=/)/")


def name_of(alarm: str, contributor: Mapping[str, Any]) -> str:
    """What stands in an alarm's place in a key. contributor: `alarmContributor` of the event. Raises ValueError.

    The attributes are what the series differ by, so they are the name. One that had to be changed or cut, or that has
    none, ends with digits of everything that the event says of the contributor.
    """
    id_, attributes = contributor.get("id"), contributor.get("attributes")
    if not isinstance(id_, str) or not id_.strip():
        raise ValueError("the id of the contributor is missing or not a string")
    attributes = {} if attributes is None else attributes
    if not isinstance(attributes, dict) or not all(isinstance(value, str) for value in attributes.values()):
        raise ValueError("attributes is not an object of strings")
    pairs = sorted(attributes.items())
    written = ", ".join(f"{name}={value}" for name, value in pairs[:MOST_ATTRIBUTES])
    label = " ".join(_FOREIGN.sub("_", written).split())
    is_clear = not any(", " in name or "=" in name or ", " in value for name, value in pairs)
    if is_clear and label == written and label and len(label) <= LABEL_LIMIT and len(pairs) <= MOST_ATTRIBUTES:
        return f"{alarm}{BETWEEN}{label}"
    everything = json.dumps([id_, pairs]).encode("utf-8", "replace")
    digits = hashlib.sha256(everything).hexdigest()[:DIGITS]
    return f"{alarm}{BETWEEN}{label[: LABEL_LIMIT - DIGITS - 1] or 'contributor'}~{digits}"
