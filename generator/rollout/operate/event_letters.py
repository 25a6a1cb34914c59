"""Dead letters of event rules: the message that the hub's rule would have put into the incident queue; pure.

AWS does not say whether a dead letter has the event or what an input transformer made of it, so both are read.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
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


def fields_of(data: Mapping[str, Any]) -> tuple[str, str, str, str] | None:
    """Name, account, Region and state of a message about an event; None for any other message.

    The name ends in the event's ID, because only the routing table knows the event's subject.
    """
    event = data.get("event")
    if data.get("source") != SOURCE or not isinstance(event, dict):
        return None
    name = f"event/{data.get('rule')}/{event.get('id')}"
    state = "OK" if data.get("edge") == "end" else "ALARM"
    return name, str(event.get("account", "")), str(event.get("region", "")), state
