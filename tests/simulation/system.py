"""The system under test: the one file that knows which handlers there are, what they are fed and how their texts read.

Functions, queues, table and schedules come from the built template (template.py). When the architecture changes, this
file changes: entry points, the routing table's form, and GUARANTEED.
"""

from __future__ import annotations

import calendar
import json
import math
import re
import time
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from tests.simulation import findings
from tests.simulation.faults import RATES
from tests.simulation.script import PAGERS, Configuration
from tests.simulation.seams import Code
from tests.simulation.world import MS, SECOND

# The invariants (oracle.py) that the code holds. A violation of any other is expected, not refused; when the code that
# keeps it arrives, its name goes in here, and with that the regressions change their expectation.
GUARANTEED = frozenset(
    {
        "S1",
        "S2",
        "S3",
        "S4",
        "S5",
        "S6",
        "S8",
        "S9",
        "S10",
        "S11",
        "S13",
        "S14",
        "S15",
        "S16",
        "S17",
        "S18",
        "S19",
        "S20",
        "S21",
        "S22",
        "S23",
        "S24",
        "L1",
        "L2",
        "L3",
        "L4",
        "L5",
        "L6",
        "L7",
        "L8",
        "L9",
        "E",
    }
)
# What is promised where a state change is decided after a later one of the same alarm. True: every incident is told
# as if it had come in order. False: per channel at most one ticket is open, and it is open if the alarm is in ALARM.
EXACT_WHEN_LATE = False
# Fault points that this architecture does not have: all its reads of the table itself are consistent.
ABSENT = frozenset({"table.stale-read"})
POINTS = tuple(point for point in RATES if point not in ABSENT)

BUS_TARGET = "incident-queue-prod"
DEAD_LETTERS = "incident-dead-letters-prod"
ITEM_LIMIT, TRANSACTION_LIMIT = 8_000, 60
# Bytes of what an incident of several alarms has, with names of usual length.
ITEM_LIMITS = {"HEAD": 4_000, "SUMMARY": 12_000, "MEMBER": 700}
# How a type of channel is delivered to by default: calls a minute, and what becomes of what was missed.
POLICIES: dict[str, dict[str, Any]] = {
    "pagerduty": {"rate_per_minute": 100, "missed": "never"},
    "jira": {"rate_per_minute": 60, "missed": "each"},
    "opsitem": {"rate_per_minute": 60, "missed": "each"},
    "jsm": {"rate_per_minute": 100, "missed": "never"},
    "servicenow": {"rate_per_minute": 60, "missed": "each"},
    "slack": {"rate_per_minute": 50, "missed": "digest", "digest": {"above_per_minute": 10, "every_seconds": 60}},
    "teams": {"rate_per_minute": 30, "missed": "digest", "digest": {"above_per_minute": 10, "every_seconds": 60}},
    "google-chat": {"rate_per_minute": 40, "missed": "digest", "digest": {"above_per_minute": 10, "every_seconds": 60}},
    "email": {"rate_per_minute": 10, "missed": "digest", "digest": {"above_per_minute": 5, "every_seconds": 300}},
    "webhook": {"rate_per_minute": 120, "missed": "each"},
    "sns": {"rate_per_minute": 120, "missed": "each"},
    "event_bus": {"rate_per_minute": 120, "missed": "each"},
    "sms": {"rate_per_minute": 10, "missed": "never"},
}
SLOWER, BURST = 5, 1.1
# What a channel hears of an incident that began and ended while it could not be reached (`missed`), where that is not
# each by itself.
LISTED, NEVER = ("slack", "slack-webhook", "teams", "google-chat", "email"), (*PAGERS, "sms")
# Whose messages name no incident and no time: they are about what they come in the middle of.
NAMELESS = ("sms",)
WAKE_UP_DEPTH = 2
MEMBER, REGION = "222222222222", "us-east-1"
OTHER_MEMBER, OTHER_REGION = "333333333333", "eu-west-1"
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
    "teams": {"webhook_url": "https://host/workflows/0/triggers/manual/paths/invoke?sv=1.0&sig=planted-signature-47"},
    "google-chat": {"webhook_url": "https://host/v1/spaces/A/messages?key=planted-google-key&token=planted-token-48"},
    "webhook": {"key": "planted-webhook-key-45"},
    "jsm": {"api_key": "planted-jsm-key-47"},
    "servicenow": {"client_id": "planted-client-48", "client_secret": "planted-servicenow-secret-49"},
}
# What an application writes into its log, and what of it nobody may ever see.
PLANTED_LINE = "planted-log-password-46"
LOG_LINE = f"ERROR no connection: db_password={PLANTED_LINE} host=db1"
_ALARM = re.compile(r"\ba\d{3,4}-alarm-prod\b")
_INCIDENT = re.compile(r"(?:obsgen-|Episode: |\"episode\":\s*\")([0-9a-f]{16})")
_SINCE = re.compile(r"(?:since |changed at |updated at |closed at |\"at\":\s?\")(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)")
_STATE = re.compile(r"\b(ALARM|OK|INSUFFICIENT_DATA|OPEN|CHANGED|UPDATED|CLOSED) (?:critical|high|medium|low|none): ")
# A line of a digest.
_LINE = re.compile(
    r"(ALARM|OK|INSUFFICIENT_DATA|OPEN|CHANGED|UPDATED|CLOSED) (?:critical|high|medium|low): "
    r"(a\d{3,4}-alarm-prod|f\d{3,4} lacks tags, content \d+) in \S+ \([\w-]+\)"
    r"(?: since (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)|, (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) to)"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """What a text that people see is about; empty where it does not say. since: time of the state, as text.

    content: the number of what an open finding says; 0 for none.
    """

    alarm: str
    incident: str
    state: str
    since: str
    content: int = 0


def read(text: str) -> Mention:
    """What a ticket, page, message or mail says."""
    alarm, incident, state = _ALARM.search(text), _INCIDENT.search(text), _STATE.search(text)
    since = _SINCE.search(text)
    return Mention(
        alarm[0] if alarm else findings.about(text),
        incident[1] if incident else "",
        findings.STATES.get(state[1], state[1]) if state else "",
        since[1] if since else "",
        findings.content(text),
    )


def listed(text: str) -> list[Mention]:
    """What a digest says, in the order of its lines; empty for any other text."""
    return [
        Mention(
            findings.about(alarm) or alarm,
            "",
            findings.STATES.get(state, state),
            since or began,
            findings.content(alarm) if state != "CLOSED" else 0,
        )
        for state, alarm, since, began in _LINE.findall(text)
    ]


def host(channel: str, kind: str) -> str:
    """Where a channel's vendor is."""
    return {
        "jira": f"{channel}.atlassian.net",
        "pagerduty": f"{channel}.pagerduty.example",
        "slack": f"{channel}.slack.example",
        "slack-webhook": "hooks.slack.example" if channel.startswith("ops-") else "more-hooks.slack.example",
        "teams": f"{channel}.teams.example",
        "google-chat": f"{channel}.chat.example",
        "webhook": f"{channel}.webhook.example",
        "jsm": f"{channel}.jsm.example",
        "servicenow": f"{channel}.service-now.com",
    }.get(kind, "")


def secret(channel: str, kind: str) -> dict[str, str]:
    """What the channel's secret holds; empty where it has none."""
    values = {name: value if name == "email" else f"{value}-{channel}" for name, value in PLANTED.get(kind, {}).items()}
    if "webhook_url" in values:
        address = urlsplit(values["webhook_url"])
        values["webhook_url"] = urlunsplit(address._replace(netloc=host(channel, kind)))
    return values


def routing(configuration: Configuration) -> dict[str, Any]:
    """The table that the build puts into the handlers' package; generator/render/routing.py."""
    channels = {
        name: {**_channel(name, kind), "delivery": _policy(kind, slow=configuration.slow)}
        for name, kind in configuration.channels.items()
    }
    severities = configuration.alarms
    alarms = {
        name: {**_alarm(name, severities[name]), **configuration.about.get(name, {})}
        for name in severities
        if not findings.is_finding(name)
    }
    grouping = {"incidents": configuration.incidents} if configuration.incidents else {}
    return {
        **grouping,
        "version": 4,
        "project": "shop",
        "environment": "prod",
        "hub": {"account": "123456789012", "region": REGION},
        "reopen_within": configuration.reopen_within,
        "evidence": "everywhere",
        "accounts_closed": True,
        "accounts": {MEMBER: "alpha", OTHER_MEMBER: "beta", "123456789012": "hub"},
        "routes": {severity: list(names) for severity, names in configuration.routes.items()},
        "channels": channels,
        "alarms": alarms,
        "findings": findings.routing(severities),
        "event_rules": findings.event_rules(severities),
    }


def _policy(kind: str, *, slow: bool) -> dict[str, Any]:
    policy = POLICIES["slack" if kind == "slack-webhook" else kind]
    rate = policy["rate_per_minute"] / (SLOWER if slow and kind not in ("email", "sms") else 1)
    more = {"retry_seconds": 14 * 86_400, "time_limit_seconds": 30, "private": False}
    return {**policy, **more, "rate_per_minute": rate}


def calls_a_minute(kind: str, *, slow: bool) -> int:
    """How many calls a channel may get within 60 s: its rate and the burst."""
    return math.floor(_policy(kind, slow=slow)["rate_per_minute"] * BURST)


def _alarm(name: str, severity: str) -> dict[str, Any]:
    about = {"severity": severity, "summary": f"{name} says so", "owner": "shop"}
    # Every second alarm counts log lines.
    if not int(name[1:4]) % 2:
        return about
    return {
        **about,
        "logs": {"log_group": f"/shop/{name}", "pattern": "ERROR", "query": "fields @message", "readable": True},
    }


def log_lines(request: dict[str, Any]) -> list[dict[str, Any]]:
    """What CloudWatch Logs finds."""
    return [{"timestamp": request["startTime"], "message": LOG_LINE}]


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
        case "teams":
            return {"type": "teams", **has_secret}
        case "google-chat":
            return {"type": "google_chat", **has_secret}
        case "pagerduty" | "jsm":
            return {"type": kind, **has_secret, "url": where}
        case "servicenow":
            return {"type": kind, **has_secret, "url": where, "resolve_on_ok": True}
        case "webhook":
            return {"type": "webhook", **has_secret, "url": f"{where}/hook"}
        case "sns":
            return {"type": "sns", "topic": f"arn:aws:sns:{REGION}:{MEMBER}:{name}"}
        case "sms":
            return {"type": "sms", "phone_number": phone_number(name)}
        case "event_bus":
            return {"type": "event_bus", "bus": f"arn:aws:events:{REGION}:{MEMBER}:event-bus/{name}"}
    return {"type": kind}


def phone_number(channel: str) -> str:
    """The number of a channel's telephone."""
    return f"+1{zlib.crc32(channel.encode()):010d}"


def prepare(code: Code, current: Callable[[], Any]) -> None:
    """Let the handlers read the routing table of the environment that they run in. current: its deployment."""
    routing_module = code["handlers.incident.routing"]
    code.replace(routing_module.read_routing, lambda: routing_module.Routing(current()))


def left_over(
    items: Iterable[dict[str, Any]], configuration: Configuration, now: int, since: int | None = None
) -> list[tuple[str, str]]:
    """What should be gone when all is quiet, as invariant and text. now: microseconds since 1970. since: what is owed
    from a later time on may still be, as a reminder of what is open is.
    """
    found, configured = [], set(configuration.channels)
    for item in items:
        pk, sk, due = item["pk"]["S"], item["sk"]["S"], item.get("due_pk", {}).get("S", "")
        name = f"{pk}/{sk}"
        if sk.startswith("DELIVERY#"):
            delivery = json.loads(item.get("delivery", {}).get("S", "{}"))
            if delivery.get("claim"):
                found.append(("L5", f"the claim of {name}"))
            is_late = since is None or int(item.get("due_sk", {"S": "0#0"})["S"].rpartition("#")[2]) * MS < since
            if sk.removeprefix("DELIVERY#") in configured and item["status"]["S"] != "settled" and is_late:
                found.append(("L1", f"{name} is {item['status']['S']}: {delivery.get('reason', '')}"))
        # Of what goes on it is appointed when it ends without an event; and an alarm that left the file while its
        # actions were suppressed is looked at once an hour, for it may come back.
        goes_on = findings.EVENT_PREFIX in pk or pk.rpartition("#")[2] not in configuration.alarms
        if due == "LOOK" and not (goes_on and int(item["due_sk"]["S"]) * MS > now):
            found.append(("L5", f"the look at {name}"))
        if pk.startswith("CHANNEL#") and int(item.get("lease_until", {"N": "0"})["N"]) * MS > now:
            found.append(("L5", f"the lease of {name}"))
    return found


def is_remembered(
    partitions: Mapping[str, dict[str, dict[str, Any]]], alarm: str, at: int, place: Sequence[str] = (MEMBER, REGION)
) -> bool:
    """Whether a state change is in the table, or is older than what is kept. at: microseconds since 1970."""
    item = partitions.get(f"ALARM#{'#'.join(place)}#{alarm}", {}).get("HEAD")
    if item is None:
        return False
    changes = json.loads(item["changes"]["S"])["changes"]
    return int(item["horizon"]["N"]) >= at // MS or any(change[0] == at // MS for change in changes)


def item_limit(key: tuple[str, str]) -> int:
    """Of an item with that key, in bytes."""
    pk, sk = key
    return ITEM_LIMITS.get(sk.partition("#")[0], ITEM_LIMIT) if pk.startswith("INC#") else ITEM_LIMIT


def acknowledgement(code: Code, partition: str, at: int, severity: str, until: int | None) -> dict[str, Any]:
    """The item of an incident that somebody has taken on by command. at, until: milliseconds since 1970."""
    said = code["handlers.incident.state.records"].Acknowledgement("somebody", at, severity, until)
    item: dict[str, Any] = code["handlers.incident.state.group_items"].acknowledgement_item(
        partition.removeprefix("INC#"), said, at
    )
    return item


def handler(code: Code, name: str) -> Callable[[dict[str, Any], Any], Any]:
    """The function behind a handler's dotted name."""
    module, _, function = name.rpartition(".")
    return getattr(code[module], function)  # type: ignore[no-any-return]


def initialize(code: Code, name: str) -> Callable[[], None]:
    """What the handler's module does when an environment starts."""
    module = code[name.rpartition(".")[0]]
    return getattr(module, "_warm", lambda: None)  # type: ignore[no-any-return]


def alarm_event(
    alarm: str,
    state: str,
    at: int,
    before: tuple[int, str],
    place: Sequence[str] = (MEMBER, REGION),
    by: str = "",
) -> str:
    """An alarm state change as EventBridge delivers it. Times: microseconds since 1970. by: what suppresses its
    actions, `Alarm` or a period.
    """
    held = {"actionsSuppressedBy": by} if by else {}
    detail = {
        "alarmName": alarm,
        "state": {"value": state, "reason": f"{state} for the test", "timestamp": _moment(at), **held},
        "previousState": {"value": before[1], "timestamp": _moment(before[0])},
        "configuration": {"metrics": []},
    }
    event = {"source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change", "time": _moment(at)}
    return json.dumps({**event, "account": place[0], "region": place[1], "detail": detail})


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


def moment(text: str) -> int:
    """A time in a text, in microseconds since 1970."""
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ")) * SECOND


def _moment(at: int) -> str:
    seconds, rest = divmod(at, SECOND)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest // MS:03d}+0000"
