"""Jira Service Management in a drill: the integration API of alerts, which is Opsgenie's.

https://developer.atlassian.com/cloud/jira/service-desk-ops/rest/v1/api-group-integration-events/ and
https://docs.opsgenie.com/docs/alert-api; https://docs.opsgenie.com/docs/response for statuses and error bodies.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import unquote

from generator.drill.vendors.kit.vendor import Entry, HttpVendor, Kind, opens_another_page
from generator.drill.vendors.kit.wire import Reply, WireRequest, unknown_keys

# A credential of this stub only.
API_KEY = "d0000000-0000-0000-0000-00000000000a"
KEY_FORM = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
CREATE_KEYS = (
    *("message", "alias", "description", "responders", "visibleTo", "actions", "tags", "details", "entity"),
    *("source", "priority", "user", "note"),
)
LIMITS = {
    "message": 130,
    "alias": 512,
    "description": 15_000,
    "entity": 512,
    "source": 100,
    "note": 25_000,
    "user": 100,
}
PRIORITIES = ("P1", "P2", "P3", "P4", "P5")
RESPONDERS = ("team", "user", "escalation", "schedule")
TAGS, TAG, DETAILS, MOST_RESPONDERS = 20, 50, 8_000, 50
# The requests of each step; one that is in no other is a step without any.
REQUESTS = {"open": 1, "repeat": 1, "changed": 1, "resolve": 1, "evidence": 1, "added": 1}
_PATH = re.compile(r"/v2/alerts(?:/(?P<id>[^/]+)/(?P<action>close|notes|acknowledge))?")
_REQUEST = re.compile(r"/v2/alerts/requests/(?P<id>[^/]+)")


class Vendor(HttpVendor):
    """alerts: by alias; `opened` counts how often there was none that is open. requests: the outcome of each, by ID.

    lag: how often an outcome is asked for before there is one. ignores: whether rules of the integration ignore alerts.
    """

    kind: ClassVar[Kind] = "page"
    latency_ms: ClassVar[int] = 250

    def __init__(self, violations: list[str] | None = None) -> None:
        super().__init__(violations)
        self.alerts: dict[str, dict[str, Any]] = {}
        self.requests: dict[str, dict[str, Any]] = {}
        self.questions: dict[str, int] = {}
        self.lag = 0
        self.ignores = False

    @classmethod
    def example_channels(cls, url: str) -> dict[str, dict[str, Any]]:
        """An API integration."""
        return {"jsm": {"type": "jsm", "url": url, "secret": {"api_key": API_KEY}}}

    def redirect(self, channel: Entry, url: str) -> tuple[dict[str, Any], dict[str, str]]:
        """The stub in the place of the API."""
        return {**channel, "url": url}, {"api_key": API_KEY}

    def count(self) -> int:
        """The number of requests that changed an alert."""
        return sum(len(alert["events"]) for alert in self.alerts.values())

    def data(self) -> dict[str, Any]:
        """The alerts by alias."""
        return {"jsm_alerts": self.alerts}

    def ended(self, _channel: Entry) -> bool:
        """True if all alerts are closed."""
        return all(alert["status"] == "closed" for alert in self.alerts.values())

    @staticmethod
    def incidents(data: Mapping[str, Any]) -> int:
        """Every alert, as often as it was opened."""
        return sum(alert["opened"] for alert in data["jsm_alerts"].values())

    @classmethod
    def calls(cls, step: str, report: Any, attempt: Any, _settings: Entry) -> int:
        """Each request is followed by a question for its outcome; a raised severity closes an alert, too."""
        return 2 * (2 if opens_another_page(step, report, attempt) else REQUESTS.get(step, 0))

    @staticmethod
    def describe(data: Mapping[str, Any]) -> Iterator[str]:
        """Priority, message and description of each alert, and what was sent about it."""
        for alias, alert in data["jsm_alerts"].items():
            yield f"{alert['priority']}: {alert['message']}"
            yield f"Status: {alert['status']}   Requests: {', then '.join(alert['events'])}   Alias: {alias}"
            yield f"Tags: {', '.join(alert['tags'])}"
            yield from (f"  {line}" for line in alert["description"].splitlines())
            for number, note in enumerate(alert["notes"], 1):
                yield f"Note {number}"
                yield from (f"  {line}" for line in note.splitlines())

    def handle(self, request: WireRequest) -> Reply | None:
        """The answer; None where the path is not Atlassian's."""
        question, match = _REQUEST.fullmatch(request.path), _PATH.fullmatch(request.path)
        if not question and not match:
            return None
        key = request.headers.get("authorization", "").removeprefix("GenieKey ")
        if key != API_KEY:
            known_form = re.fullmatch(KEY_FORM, key)
            return _error(401, "Could not authenticate") if known_form else _error(422, "Key format is not valid!")
        if question:
            return self._status(question["id"]) if request.method == "GET" else self._wrong(405, {"method": "GET"})
        if request.method != "POST" or not match:
            return self._wrong(405, {"method": "POST"})
        data = request.json()
        if not isinstance(data, dict):
            return self._wrong(400, {"body": "no JSON object"})
        if match["action"] is None:
            return self._create(data)
        return self._act(match["action"], unquote(match["id"]), request.query, data)

    def _create(self, data: dict[str, Any]) -> Reply:
        problems = alert_problems(data)
        if problems:
            return self._wrong(422, problems)
        alias = data.get("alias") or str(len(self.alerts) + 1)
        if self.ignores:
            return self._accepted("Create", alias, "No action is matched with the request", success=False)
        alert = self.alerts.get(alias)
        if alert and alert["status"] != "closed":
            alert["count"] += 1
            alert["events"].append("create")
            return self._accepted("Create", alias, "Alert is deduplicated")
        opened, events, notes = (alert["opened"], alert["events"], alert["notes"]) if alert else (0, [], [])
        self.alerts[alias] = {
            **{"description": "", "priority": "P3", "tags": [], "details": {}, "responders": [], **data},
            **{"status": "open", "count": 1, "opened": opened + 1},
            **{"events": [*events, "create"], "notes": notes},
        }
        return self._accepted("Create", alias, "Created alert")

    def _act(self, action: str, alias: str, query: dict[str, str], data: dict[str, Any]) -> Reply:
        if query.get("identifierType") != "alias":
            return self._wrong(422, {"identifierType": "an alias is no ID of an alert"})
        problems = dict.fromkeys(unknown_keys(data, "user", "source", "note"), "unknown") | _too_long(data)
        if action == "notes" and not data.get("note"):
            problems["note"] = "may not be empty"
        if problems:
            return self._wrong(422, problems)
        alert = self.alerts.get(alias)
        if alert is None:
            return self._accepted(action.capitalize(), alias, "Alert does not exist", success=False)
        if action == "close" and alert["status"] == "closed":
            return self._accepted("Close", alias, "Alert is already closed", success=False)
        alert["events"].append(action.removesuffix("s") if action == "notes" else action)
        if action == "notes":
            alert["notes"].append(data["note"])
        else:
            alert["status"] = {"close": "closed", "acknowledge": "acknowledged"}[action]
        return self._accepted(action.capitalize(), alias, f"{action} done")

    def _accepted(self, action: str, alias: str, status: str, *, success: bool = True) -> Reply:
        request = f"request-{len(self.requests) + 1}"
        outcome = {"success": success, "isSuccess": success, "action": action, "status": status, "alias": alias}
        self.requests[request] = outcome
        return Reply(202, {"result": "Request will be processed", "took": 0.1, "requestId": request})

    def _status(self, request: str) -> Reply:
        self.questions[request] = self.questions.get(request, 0) + 1
        if request not in self.requests or self.questions[request] <= self.lag:
            return _error(404, "Request not found. It might not be processed, yet.")
        return Reply(200, {"data": self.requests[request], "took": 0.1, "requestId": request})

    def _wrong(self, status: int, problems: dict[str, str]) -> Reply:
        self.violations += [f"jsm: {name}: {text}" for name, text in problems.items()]
        return _error(status, "Request body is not processable. Please check the errors.", problems)


def _error(status: int, message: str, errors: dict[str, str] | None = None) -> Reply:
    return Reply(status, {"message": message, **({"errors": errors} if errors else {}), "took": 0.0, "requestId": "r"})


def _too_long(data: Mapping[str, Any]) -> dict[str, str]:
    wrong = {}
    for name, limit in LIMITS.items():
        value = data.get(name, "")
        if not isinstance(value, str):
            wrong[name] = "has to be text"
        elif len(value.encode("utf-16-le", "surrogatepass")) // 2 > limit:
            wrong[name] = f"is longer than {limit} characters"
    return wrong


def alert_problems(data: Mapping[str, Any]) -> dict[str, str]:
    """All that is wrong with a request to create an alert, by field."""
    problems = dict.fromkeys(unknown_keys(dict(data), *CREATE_KEYS), "unknown") | _too_long(data)
    if not data.get("message"):
        problems["message"] = "Message can not be empty"
    if data.get("priority", "P3") not in PRIORITIES:
        problems["priority"] = "should be one of P1, P2, P3, P4, P5"
    tags, details, responders = data.get("tags", []), data.get("details", {}), data.get("responders", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) and 0 < len(tag) <= TAG for tag in tags):
        problems["tags"] = f"each is text of at most {TAG} characters"
    elif len(tags) > TAGS:
        problems["tags"] = f"there are more than {TAGS}"
    if not isinstance(details, dict) or not all(isinstance(value, str) for value in details.values()):
        problems["details"] = "each is text"
    elif sum(len(name) + len(value) for name, value in details.items()) > DETAILS:
        problems["details"] = f"they are longer than {DETAILS} characters"
    if len(responders) > MOST_RESPONDERS or not all(
        set(responder) == {"type", "id"} and responder["type"] in RESPONDERS for responder in responders
    ):
        problems["responders"] = "each has a type and an ID"
    return problems
