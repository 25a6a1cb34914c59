"""Which entries of an alarm on several metrics its result is computed from."""

from __future__ import annotations

import re
from collections.abc import Mapping

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html: IDs begin with a lowercase
# letter; METRICS() is all metrics of the request.
_ID = re.compile(r"\b[a-z][A-Za-z0-9_]*\b", re.ASCII)
_ALL = re.compile(r"\bMETRICS\s*\(", re.ASCII | re.IGNORECASE)


def used_entries(expressions: Mapping[str, str], returned: frozenset[str]) -> frozenset[str]:
    """The IDs of the entries that the result needs. expressions: by ID; empty for a metric. returned: the result."""
    if not returned:
        return frozenset(expressions)
    used: set[str] = set()
    pending = sorted(returned)
    while pending:
        id_ = pending.pop()
        if id_ in used or id_ not in expressions:
            continue
        used.add(id_)
        if _ALL.search(expressions[id_]):
            return frozenset(expressions)
        pending += _ID.findall(expressions[id_])
    return frozenset(used)
