"""ServiceNow in a drill: the Table API over one incident table, and the grant of access tokens.

https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html; error bodies as they are quoted in public.
"""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qs

from generator.drill.vendors.kit.vendor import OPENING_STEPS, Entry, HttpVendor, Kind
from generator.drill.vendors.kit.wire import Reply, WireRequest, unknown_keys

# Credentials of this stub only.
USER = "bot@example.com"
PASSWORD = "drill-servicenow-password"  # noqa: S105
API_KEY = "now_drill-servicenow-key"
CLIENT, CLIENT_SECRET = "drill-client", "drill-servicenow-client-secret"
TOKEN = "drill-servicenow-token"  # noqa: S105

TABLE = "/api/now/table/incident"
STATES = {"1": "New", "2": "In Progress", "3": "On Hold", "6": "Resolved", "7": "Closed", "8": "Canceled"}
LIMITS = {
    **{"short_description": 160, "description": 4_000, "work_notes": 4_000, "close_notes": 4_000},
    **{"correlation_id": 100, "correlation_display": 100, "close_code": 40, "category": 40},
}
LEVELS = ("1", "2", "3")
HIBERNATING = (
    "<html><head><title>Instance Hibernating page</title></head><body>Your instance is hibernating</body></html>"
)
_QUERY = re.compile(r"(number|correlation_id)=([^^]+)\^ORDERBYsys_created_on")
_SYS_ID = re.compile(r"[0-9a-f]{32}")


class Vendor(HttpVendor):
    """incidents_by_id: by sys_id. lag: seconds until a search finds a new one. hibernates: whether each answer is a
    page with status 200. mandatory: fields without which a data policy refuses a new incident. read_only: fields that
    the user may not write, and which are left out without a word. ignores_query: whether a query is taken for none.
    lifetime: of an access token, in seconds.
    """

    kind: ClassVar[Kind] = "ticket"
    latency_ms: ClassVar[int] = 400

    def __init__(self, violations: list[str] | None = None) -> None:
        super().__init__(violations)
        self.incidents_by_id: dict[str, dict[str, Any]] = {}
        self.lag = 0.0
        self.hibernates = self.forbidden = self.ignores_query = False
        self.mandatory: set[str] = set()
        self.read_only: set[str] = set()
        self.lifetime = 1_799
        self.tokens: list[str] = []
        self.last_number = 0

    @classmethod
    def example_channels(cls, url: str) -> dict[str, dict[str, Any]]:
        """By user and password, and by API key."""
        channel = {"type": "servicenow", "url": url, "resolve_on_ok": True}
        return {
            "servicenow": {**channel, "secret": {"username": USER, "password": PASSWORD}},
            "servicenow-key": {**channel, "secret": {"api_key": API_KEY}},
        }

    def redirect(self, channel: Entry, url: str) -> tuple[dict[str, Any], dict[str, str]]:
        """The stub in the place of the instance."""
        return {**channel, "url": url}, {"username": USER, "password": PASSWORD}

    def count(self) -> int:
        """The number of incidents and of their changes."""
        return sum(1 + len(incident["work_notes"]) for incident in self.incidents_by_id.values())

    def data(self) -> dict[str, Any]:
        """The incidents by number."""
        return {"servicenow_incidents": {incident["number"]: incident for incident in self.incidents_by_id.values()}}

    def ended(self, channel: Entry) -> bool:
        """True if all incidents are resolved, where the channel resolves them."""
        states = {incident["state"] for incident in self.incidents_by_id.values()}
        return not channel.get("resolve_on_ok") or states <= {"6", "7", "8"}

    @staticmethod
    def incidents(data: Mapping[str, Any]) -> int:
        """One for each record."""
        return len(data["servicenow_incidents"])

    @staticmethod
    def reference_link(settings: Entry, _region: str) -> str:
        """The record by its number."""
        url = str(settings.get("url", "")).rstrip("/")
        return f"{url}/nav_to.do?uri=incident.do%3Fsysparm_query=number={{}}"

    @classmethod
    def calls(cls, step: str, _report: Any, attempt: Any, _settings: Entry) -> int:
        """A change takes a look and a call."""
        return int(step in OPENING_STEPS) if attempt.reference is None else 2

    @staticmethod
    def describe(data: Mapping[str, Any]) -> Iterator[str]:
        """Number and short description, fields, description, and the work notes."""
        for number, incident in data["servicenow_incidents"].items():
            yield f"{number}  {incident['short_description']}"
            resolution = f" ({incident['close_code']})" if incident.get("close_code") else ""
            values = {
                "State": f"{STATES[incident['state']]}{resolution}",
                "Impact": incident["impact"],
                "Urgency": incident["urgency"],
                "Category": incident.get("category"),
                "Correlation ID": incident["correlation_id"],
            }
            yield "   ".join(f"{name}: {value}" for name, value in values.items() if value)
            yield from (f"  {line}" for line in incident["description"].splitlines())
            for at, note in enumerate(incident["work_notes"], 1):
                yield f"Work note {at}"
                yield from (f"  {line}" for line in note.splitlines())

    def handle(self, request: WireRequest) -> Reply | None:
        """The answer; None where the path is not ServiceNow's."""
        if request.path == "/oauth_token.do":
            return self._token(request)
        if not request.path.startswith(TABLE):
            return None
        if self.hibernates:
            return Reply(200, HIBERNATING)
        if not self._knows(request.headers):
            return _error(401, "User Not Authenticated", "Required to provide Auth information")
        if self.forbidden:
            return _error(403, "Operation Failed", "Error during insert of incident: ACL Exception")
        rest = request.path.removeprefix(TABLE).lstrip("/")
        if request.method == "GET" and not rest:
            return self._search(request.query)
        data = request.json()
        if not isinstance(data, dict) or not data or not all(isinstance(value, str) for value in data.values()):
            return self._wrong(400, "Exception while reading request", "no JSON object of texts")
        problems = list(_problems(data))
        if problems:
            return self._wrong(400, "Operation Failed", "; ".join(problems))
        if request.method == "POST" and not rest:
            return self._create(data)
        incident = self.incidents_by_id.get(rest)
        if request.method != "PATCH" or not _SYS_ID.fullmatch(rest):
            return self._wrong(405, "Method not supported", f"{request.method} {request.path}")
        if incident is None:
            return _error(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")
        return self._update(incident, data)

    def _token(self, request: WireRequest) -> Reply:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        if form.get("grant_type") != "client_credentials":
            return self._wrong(400, "invalid_request", "no such grant")
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, CLIENT_SECRET):
            return Reply(401, {"error_description": "access_denied", "error": "server_error"})
        self.tokens.append(f"{TOKEN}-{len(self.tokens) + 1}")
        granted = {"access_token": self.tokens[-1], "token_type": "Bearer", "expires_in": self.lifetime}
        return Reply(200, {**granted, "scope": "useraccount"})

    def _knows(self, headers: Mapping[str, str]) -> bool:
        basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        token = headers.get("authorization", "")
        by_token = token.startswith("Bearer ") and token.removeprefix("Bearer ") in self.tokens
        return headers.get("x-sn-apikey") == API_KEY or token == f"Basic {basic}" or by_token

    def _search(self, query: dict[str, str]) -> Reply:
        if unknown_keys(query, "sysparm_query", "sysparm_fields", "sysparm_limit", "sysparm_exclude_reference_link"):
            return self._wrong(400, "Invalid query parameter", str(query))
        match = _QUERY.fullmatch(query.get("sysparm_query", ""))
        if not match:
            return self._wrong(400, "Invalid query", query.get("sysparm_query", ""))
        known = time.monotonic() - self.lag
        matching = [
            incident
            for incident in self.incidents_by_id.values()
            if self.ignores_query or (incident[match[1]] == match[2] and incident["sys_created_on"] <= known)
        ]
        page = matching[: int(query.get("sysparm_limit", "10000"))]
        return Reply(200, {"result": [_fields(incident) for incident in page]})

    def _create(self, data: dict[str, str]) -> Reply:
        missing = sorted(name for name in self.mandatory if not data.get(name))
        if missing:
            why = f"Data Policy Exception: The following fields are mandatory: {', '.join(missing)}"
            return _error(403, "Operation Failed", why)
        self.last_number += 1
        sys_id = f"{self.last_number:032x}"
        incident = {
            **{"state": "1", "category": "inquiry", "correlation_id": "", "correlation_display": ""},
            **{name: value for name, value in data.items() if name not in self.read_only},
            **{"sys_id": sys_id, "number": f"INC{self.last_number:07}", "sys_created_on": time.monotonic()},
            **{"work_notes": [], "history": ["1"]},
        }
        self.incidents_by_id[sys_id] = incident
        return Reply(201, {"result": _fields(incident)})

    def _update(self, incident: dict[str, Any], data: dict[str, str]) -> Reply:
        if incident["state"] in ("7", "8"):
            return self._wrong(403, "Operation Failed", "Error during update of incident: a closed incident")
        written = {name: value for name, value in data.items() if name not in self.read_only}
        state = written.get("state", incident["state"])
        if state == "6" and not (written.get("close_code") and written.get("close_notes")) and incident["state"] != "6":
            why = "Data Policy Exception: The following fields are mandatory: Resolution notes, Resolution code"
            return self._wrong(403, "Operation Failed", why)
        note = written.pop("work_notes", "")
        if note:
            incident["work_notes"].append(note)
        if state != incident["state"]:
            incident["history"].append(state)
        incident.update(written)
        return Reply(200, {"result": _fields(incident)})

    def _wrong(self, status: int, message: str, detail: str) -> Reply:
        self.violations.append(f"servicenow: {message}: {detail}")
        return _error(status, message, detail)


def _error(status: int, message: str, detail: str) -> Reply:
    return Reply(status, {"error": {"message": message, "detail": detail}, "status": "failure"})


def _fields(incident: Mapping[str, Any]) -> dict[str, str]:
    return {name: incident[name] for name in ("sys_id", "number", "state", "correlation_id", "correlation_display")}


def _problems(data: Mapping[str, str]) -> Iterator[str]:
    """What would be cut, shown as HTML, or be a choice that there is not."""
    for name, value in data.items():
        if len(value.encode("utf-16-le", "surrogatepass")) // 2 > LIMITS.get(name, 4_000):
            yield f"{name} is longer than {LIMITS.get(name, 4_000)} characters"
        if re.search(r"(?i)\[\s*/?\s*code\s*\]", value):
            yield f"{name} has a part in HTML"
    if "\n" in data.get("short_description", "") or not data.get("short_description", "x").strip():
        yield "short_description is not one line"
    if data.get("state", "1") not in STATES:
        yield "state is none of the choices"
    if data.get("impact", "1") not in LEVELS or data.get("urgency", "1") not in LEVELS:
        yield "impact and urgency are 1 to 3"
