"""Dead letters of event rules: the message that the hub's rule would have put into the incident queue; pure.

AWS does not say whether a dead letter has the event or what an input transformer made of it, so both are read.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
"""

from __future__ import annotations

import json
from typing import Any

# The other side of the wire: generator/model/event_rules.py, handlers/incident/events.py.
SOURCE, VERSION = "obsgen.event-rules", 1
_KINDS = (("-event-end-", "end"), ("-event-", "begin"))


def message_of(rule_arn: str, data: Any, environment: str) -> str | None:
    """The message as JSON; None where the ARN is not of an event rule of this environment, or data is no event."""
    bus, _, rule = rule_arn.rpartition("rule/")[2].partition("/")
    if bus != f"observability-bus-{environment}" or not isinstance(data, dict):
        return None
    for kind, edge in _KINDS:
        key = rule.removesuffix(f"{kind}{environment}")
        if key and key != rule:
            message = {"source": SOURCE, "version": VERSION, "rule": key, "edge": edge, "event": data}
            return json.dumps(data if data.get("source") == SOURCE else message)
    return None
