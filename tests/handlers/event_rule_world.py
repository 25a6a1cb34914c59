"""Events of AWS as the hub's event rules put them into the queue, and what the table says of the rules.

The events have the form that AWS documents for each:
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_events.html
https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from handlers.incident.event_rules import change_of
from handlers.incident.events import Change, Key, RuleEvent, read
from handlers.incident.routing import Routing

HUB, MEMBER, REGION = "123456789012", "222222222222", "eu-west-1"
T0 = 1_795_168_800_000
HOUR = 3_600_000
INSTANCE = "i-0b662ef9931388ba0"
SERVICE = f"arn:aws:ecs:{REGION}:{MEMBER}:service/shop/checkout"
SPOT = {
    "source": "aws.ec2",
    "detail-type": "EC2 Spot Instance Interruption Warning",
    "resources": [f"arn:aws:ec2:{REGION}:{MEMBER}:instance/{INSTANCE}"],
    "detail": {"instance-id": INSTANCE, "instance-action": "terminate"},
}
DEPLOYMENT = {
    "source": "aws.ecs",
    "detail-type": "ECS Deployment State Change",
    "resources": [SERVICE],
    "detail": {
        "eventType": "ERROR",
        "eventName": "SERVICE_DEPLOYMENT_FAILED",
        "deploymentId": "ecs-svc/123",
        "reason": "ECS deployment circuit breaker: task failed to start.",
    },
}
DEPLOYED = {
    **DEPLOYMENT,
    "detail": {"eventType": "INFO", "eventName": "SERVICE_DEPLOYMENT_COMPLETED", "reason": "done"},
}
GUARDDUTY = {
    "source": "aws.guardduty",
    "detail-type": "GuardDuty Finding",
    "resources": [],
    "detail": {"id": "0" * 32, "type": "Recon:EC2/PortProbe", "severity": 8, "title": "A port is probed", "count": 3},
}
RULES: dict[str, Any] = {
    "spot-interruption": {
        "severity": "high",
        "owner": "shop",
        "runbook": "https://runbooks.example.com/spot",
        "summary": "EC2 takes an instance back in two minutes",
        "title": "Spot interruption of {$.detail.instance-id}",
        "subject": ["$.detail.instance-id"],
        "facts": [["Instance", "$.detail.instance-id"], ["Happens", "{$.detail.instance-action} in 2 minutes"]],
        "ends": {"by": "none", "after_seconds": 3_600},
        "ok": False,
    },
    "deployment": {
        "severity": "high",
        "title": "{$.detail.eventName}: {$.resources[0]}",
        "subject": ["$.resources[0]"],
        "facts": [["Why", "$.detail.reason"], ["Cause", "$.detail.reason"], ["Gone", "$.detail.nothing"]],
        "action": "Look at {$.detail.deploymentId}.",
        "ends": {"by": "event", "after_seconds": None},
    },
    "guardduty": {
        "severity": "high",
        "title": "{$.detail.title} ({$.detail.type})",
        "subject": ["$.detail.id"],
        "facts": [["Times", "$.detail.count"]],
        "ends": {"by": "quiet", "after_seconds": 1_800},
    },
}
TABLE: dict[str, Any] = {
    "project": "shop",
    "environment": "prod",
    "reopen_within": 1800,
    "accounts": {MEMBER: "checkout", "333333333333": "ledger"},
    "accounts_closed": True,
    "hub": {"account": HUB, "region": "us-east-1"},
    "routes": {"high": ["jira", "slack", "mail"]},
    "channels": {"jira": {"type": "jira"}, "slack": {"type": "slack"}, "mail": {"type": "email"}},
    "alarms": {},
    "event_rules": RULES,
}
ROUTING = Routing(TABLE)


def key(rule: str, subject: str, account: str = MEMBER) -> Key:
    """What an incident of a rule is about."""
    return Key(account, REGION, f"event/{rule}/{subject}")


def message(
    rule: str, event: dict[str, Any], at: int = T0, number: int = 1, /, edge: str = "begin", **envelope: Any
) -> str:
    """As the hub's rule puts it into the queue. at: milliseconds. number: of the event, which makes its id."""
    time = datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    head = {"version": "0", "id": f"00000000-0000-4000-8000-{number:012x}", "time": time, "account": MEMBER}
    raw = {**head, "region": REGION, **event, **envelope}
    return json.dumps({"source": "obsgen.event-rules", "version": 1, "rule": rule, "edge": edge, "event": raw})


def change(body: str, routing: Routing = ROUTING) -> Change:
    """What such a message means."""
    meaning = read(body)
    assert isinstance(meaning, RuleEvent), meaning
    return change_of(meaning, routing)
