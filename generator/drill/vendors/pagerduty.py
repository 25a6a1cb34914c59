"""PagerDuty in a drill: the Events API v2.

https://developer.pagerduty.com/docs/send-alert-event and https://developer.pagerduty.com/docs/events-api-v2-overview.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from generator.drill.vendors.kit.vendor import OPENING_STEPS, Entry, HttpVendor, Kind, opens_another_page
from generator.drill.vendors.kit.wire import Reply, WireRequest, unknown_keys

# A credential of this stub only.
ROUTING_KEY = "d0000000000000000000000000000001"
SUMMARY, KEY, EVENT = 1024, 255, 512 * 1024
EVENT_KEYS = ("routing_key", "event_action", "dedup_key", "payload", "client", "client_url", "links", "images")
PAYLOAD_KEYS = ("summary", "source", "severity", "timestamp", "component", "group", "class", "custom_details")
SEVERITIES = ("critical", "error", "warning", "info")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)")


class Vendor(HttpVendor):
    """alerts: by deduplication key; `opened` counts how often an alert was triggered that was resolved, or new."""

    kind: ClassVar[Kind] = "page"
    latency_ms: ClassVar[int] = 250

    def __init__(self, violations: list[str] | None = None) -> None:
        super().__init__(violations)
        self.alerts: dict[str, dict[str, Any]] = {}

    @classmethod
    def example_channels(cls, url: str) -> dict[str, dict[str, Any]]:
        """An integration of a service."""
        return {"pagerduty": {"type": "pagerduty", "url": url, "secret": {"routing_key": ROUTING_KEY}}}

    def redirect(self, channel: Entry, url: str) -> tuple[dict[str, Any], dict[str, str]]:
        """The stub in the place of the service region."""
        return {**channel, "url": url}, {"routing_key": ROUTING_KEY}

    def count(self) -> int:
        """Events."""
        return sum(len(alert["events"]) for alert in self.alerts.values())

    def data(self) -> dict[str, Any]:
        """The alerts by deduplication key."""
        return {"alerts": self.alerts}

    def ended(self, _channel: Entry) -> bool:
        """Whether all alerts are resolved."""
        return all(alert["status"] == "resolved" for alert in self.alerts.values())

    @staticmethod
    def incidents(data: Mapping[str, Any]) -> int:
        """Every alert, as often as it was opened."""
        return sum(alert["opened"] for alert in data["alerts"].values())

    @classmethod
    def calls(cls, step: str, report: Any, attempt: Any, _settings: Entry) -> int:
        """A raised severity resolves an alert and triggers another one; only opening and end send anything else."""
        return 2 if opens_another_page(step, report, attempt) else int(step in (*OPENING_STEPS, "resolve"))

    @staticmethod
    def describe(data: Mapping[str, Any]) -> Iterator[str]:
        """Severity and summary of each alert, and what was sent about it."""
        for key, alert in data["alerts"].items():
            payload = alert["events"][0]["payload"]
            yield f"{payload['severity']}: {payload['summary']}"
            events = ", then ".join(event["event_action"] for event in alert["events"])
            yield f"Status: {alert['status']}   Events: {events}   Key: {key}"

    def handle(self, request: WireRequest) -> Reply | None:
        """The answer; None where the path is not PagerDuty's."""
        if request.path != "/v2/enqueue" or request.method != "POST":
            return None
        event = request.json()
        if not isinstance(event, dict):
            return self._wrong("JSON parse error")
        problems = event_problems(event, len(request.body))
        if problems:
            return self._wrong(*problems)
        if event["routing_key"] != ROUTING_KEY:
            return Reply(400, _refusal("Invalid routing key"))
        return self._take(event)

    def _take(self, event: dict[str, Any]) -> Reply:
        key = event["dedup_key"]
        alert = self.alerts.get(key)
        if event["event_action"] == "trigger":
            alert = alert or {"status": "resolved", "opened": 0, "events": []}
            alert["opened"] += alert["status"] == "resolved"
            alert["status"] = "triggered"
            self.alerts[key] = alert
        elif alert:
            alert["status"] = "resolved" if event["event_action"] == "resolve" else "acknowledged"
        if alert:
            alert["events"].append({name: value for name, value in event.items() if name != "routing_key"})
        return Reply(202, {"status": "success", "message": "Event processed", "dedup_key": key})

    def _wrong(self, *problems: str) -> Reply:
        self.violations += [f"pagerduty: {problem}" for problem in problems]
        return Reply(400, _refusal(*problems))


def _refusal(*problems: str) -> dict[str, Any]:
    return {"status": "invalid event", "message": "Event object is invalid", "errors": list(problems)}


def event_problems(event: dict[str, Any], size: int) -> list[str]:
    """All that is wrong with an event."""
    action, payload = event.get("event_action"), event.get("payload")
    problems = [f"'{name}' is unknown" for name in unknown_keys(event, *EVENT_KEYS)]
    if size > EVENT:
        problems.append("the event is larger than 512 KB")
    if len(str(event.get("routing_key", ""))) != 32:
        problems.append("Length of 'routing_key' is incorrect (should be 32 characters)")
    if action not in ("trigger", "acknowledge", "resolve"):
        problems.append("'event_action' is invalid (must be one of the following: 'trigger', 'acknowledge', 'resolve')")
    if not isinstance(event.get("dedup_key"), str) or not 0 < len(event["dedup_key"]) <= KEY:
        problems.append("'dedup_key' is missing, blank or too long")
    if action == "trigger":
        problems += _payload_problems(payload) if isinstance(payload, dict) else ["'payload' is missing or blank"]
    for link in event.get("links", []):
        if unknown_keys(link, "href", "text") or not str(link.get("href", "")).startswith(("https://", "http://")):
            problems.append("'links' is invalid")
    return problems


def _payload_problems(payload: dict[str, Any]) -> list[str]:
    problems = [f"'payload.{name}' is unknown" for name in unknown_keys(payload, *PAYLOAD_KEYS)]
    problems += [f"'payload.{name}' is missing or blank" for name in ("summary", "source") if not payload.get(name)]
    if len(str(payload.get("summary", ""))) > SUMMARY:
        problems.append("'payload.summary' is too long (maximum is 1024 characters)")
    if payload.get("severity") not in SEVERITIES:
        problems.append("'payload.severity' is invalid")
    if "timestamp" in payload and not _TIME.fullmatch(str(payload["timestamp"])):
        problems.append("'payload.timestamp' is not ISO 8601")
    return problems
