"""The system under test: the one file that knows which handlers there are, what they are fed and how their texts read.

Functions, queues, table and schedules come from the built template (template.py). When the architecture changes, this
file changes: entry points, the routing table's form, and GUARANTEED.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tests.simulation.faults import RATES, TRANSACTIONS, WAKE_UPS
from tests.simulation.script import Configuration
from tests.simulation.seams import Code
from tests.simulation.world import MS, SECOND

# The invariants (oracle.py) that the code of today holds. A violation of any other is expected, not refused; when the
# code that keeps it arrives, its name goes in here, and with that the regressions change their expectation.
GUARANTEED = frozenset({"S8", "S11", "S14"})
# What is promised where a state change is decided after a later one of the same alarm. True: every incident is told
# as if it had come in order. False: per channel at most one ticket is open, and it is open if the alarm is in ALARM.
EXACT_WHEN_LATE = True
# Fault points that this architecture does not have.
ABSENT = WAKE_UPS | TRANSACTIONS
POINTS = tuple(point for point in RATES if point not in ABSENT)

BUS_TARGET = "incident-queue-prod"
DEAD_LETTERS = "incident-dead-letters-prod"
# How often botocore tries, by service; handlers/common/aws.py.
ATTEMPTS = {"dynamodb": 2, "sns": 2, "ssm": 2, "sqs": 2, "scheduler": 2, "secretsmanager": 2, "logs": 2}
ITEM_LIMIT = 8_000
# Calls that a channel's type allows in 60 s: its rate and the burst.
RATES_A_MINUTE = {"pagerduty": 110, "jira": 70, "slack": 55, "slack-webhook": 55, "webhook": 130}
WAKE_UP_DEPTH = 2
MEMBER, REGION = "222222222222", "us-east-1"
# An account that the file does not name, and whatever says so is not to be heard.
FORGER = "999999999999"
FORGERIES = ("unknown-account", "future", "own", "garbage")
# 9999-12-31T00:00:00Z
FUTURE = 253_402_214_400 * SECOND
# What no message, ticket or log line may ever hold.
PLANTED = {
    "jira": {"email": "bot@example.com", "token": "planted-jira-token-41"},
    "pagerduty": {"routing_key": "planted0routing0key0000000000042"},
    "slack": {"token": "xoxb-planted-slack-token-43"},
    "slack-webhook": {"webhook_url": "https://hooks.slack.example/services/T0/B0/planted-hook-44"},
    "webhook": {"key": "planted-webhook-key-45"},
}
_ALARM = re.compile(r"\ba\d{3}-alarm-prod\b")
_INCIDENT = re.compile(r"(?:obsgen-|Episode: |\"episode\":\s*\")([0-9a-f]{16})")
_SINCE = re.compile(r"since (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)")
_STATE = re.compile(r"\b(ALARM|OK|INSUFFICIENT_DATA) (?:critical|high|medium|low|none): ")


@dataclass(frozen=True, slots=True)
class Mention:
    """What a text that people see is about; empty where it does not say. since: time of the state, as text."""

    alarm: str
    incident: str
    state: str
    since: str


def read(text: str) -> Mention:
    """What a ticket, page, message or mail says."""
    alarm, incident, state = _ALARM.search(text), _INCIDENT.search(text), _STATE.search(text)
    since = _SINCE.search(text)
    return Mention(
        alarm[0] if alarm else "",
        incident[1] if incident else "",
        state[1] if state else "",
        since[1] if since else "",
    )


def host(channel: str, kind: str) -> str:
    """Where a channel's vendor is."""
    return {
        "jira": f"{channel}.atlassian.net",
        "pagerduty": f"{channel}.pagerduty.example",
        "slack": f"{channel}.slack.example",
        "slack-webhook": "hooks.slack.example" if channel.startswith("ops-") else "more-hooks.slack.example",
        "webhook": f"{channel}.webhook.example",
    }.get(kind, "")


def secret(channel: str, kind: str) -> dict[str, str]:
    """What the channel's secret holds; empty where it has none."""
    values = {name: value if name == "email" else f"{value}-{channel}" for name, value in PLANTED.get(kind, {}).items()}
    if kind == "slack-webhook":
        values["webhook_url"] = values["webhook_url"].replace("hooks.slack.example", host(channel, kind))
    return values


def routing(configuration: Configuration) -> dict[str, Any]:
    """The table that the build puts into the handlers' package; generator/render/routing.py."""
    channels = {name: _channel(name, kind) for name, kind in configuration.channels.items()}
    alarms = {
        name: {"severity": severity, "summary": f"{name} says so", "owner": "shop"}
        for name, severity in configuration.alarms.items()
    }
    return {
        "version": 2,
        "project": "shop",
        "environment": "prod",
        "hub": {"account": "123456789012", "region": REGION},
        "reopen_within": configuration.reopen_within,
        "accounts": {MEMBER: "alpha", "123456789012": "hub"},
        "routes": {severity: list(names) for severity, names in configuration.routes.items()},
        "channels": channels,
        "alarms": alarms,
    }


def _channel(name: str, kind: str) -> dict[str, Any]:
    where = f"https://{host(name, kind)}"
    has_secret = {"secret": f"shop/{name}"} if kind in PLANTED else {}
    match kind:
        case "jira":
            more = {"url": where, "api": "cloud", "project": "OPS", "issue_type": "Incident", "resolve_on_ok": True}
            return {"type": "jira", **has_secret, **more}
        case "slack":
            return {"type": "slack", **has_secret, "url": f"{where}/api", "channel": "#ops"}
        case "slack-webhook":
            return {"type": "slack", **has_secret}
        case "pagerduty":
            return {"type": "pagerduty", **has_secret, "url": where}
        case "webhook":
            return {"type": "webhook", **has_secret, "url": f"{where}/hook"}
    return {"type": kind}


def prepare(code: Code, current: Callable[[], Any]) -> None:
    """Let the handlers read the routing table of the environment that they run in. current: its deployment."""
    routing_module = code["handlers.incident.routing"]
    code.replace(routing_module.read_routing, lambda: routing_module.Routing(current()))


def left_over(items: Iterable[dict[str, Any]]) -> list[str]:
    """Leases and claims that are still in the table when all is quiet (L5); today's code has none that end."""
    return []


def handler(code: Code, name: str) -> Callable[[dict[str, Any], Any], Any]:
    """The function behind a handler's dotted name."""
    module, _, function = name.rpartition(".")
    return getattr(code[module], function)  # type: ignore[no-any-return]


def initialize(code: Code, name: str) -> Callable[[], None]:
    """What the handler's module does when an environment starts."""
    module = code[name.rpartition(".")[0]]
    return getattr(module, "_warm", lambda: None)  # type: ignore[no-any-return]


def alarm_event(alarm: str, state: str, at: int, before: tuple[int, str]) -> str:
    """An alarm state change as EventBridge delivers it. Times: microseconds since 1970."""
    detail = {
        "alarmName": alarm,
        "state": {"value": state, "reason": f"{state} for the test", "timestamp": _moment(at)},
        "previousState": {"value": before[1], "timestamp": _moment(before[0])},
        "configuration": {"metrics": []},
    }
    event = {"source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change", "time": _moment(at)}
    return json.dumps({**event, "account": MEMBER, "region": REGION, "detail": detail})


def forged(kind: str, alarm: str, at: int) -> str:
    """What nobody who may put events on the bus would send. at: microseconds since 1970."""
    text = alarm_event(alarm, "ALARM", at, (at - SECOND, "OK"))
    match kind:
        case "unknown-account":
            return text.replace(MEMBER, FORGER)
        case "future":
            return alarm_event(alarm, "OK", FUTURE, (at, "ALARM"))
        case "own":
            detail = {"name": f"{FORGER} says so", "severity": "critical", "links": {"Here": "https://evil.example"}}
            event = {"source": "obsgen", "detail-type": "Log Error", "time": _moment(at), "detail": detail}
            return json.dumps({**event, "account": FORGER, "region": REGION})
    return "{this is no JSON"


def _moment(at: int) -> str:
    seconds, rest = divmod(at, SECOND)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest // MS:03d}+0000"
