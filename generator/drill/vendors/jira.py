"""Jira in a drill: REST v3 of Cloud and v2 of Data Center over one set of issues.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/ and https://docs.atlassian.com/software/jira/docs/api/REST/;
the error texts are Jira's, as far as they are quoted in public.
"""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from generator.drill.vendors.kit import adf
from generator.drill.vendors.kit.vendor import OPENING_STEPS, Entry, HttpVendor, Kind, edits_of_members
from generator.drill.vendors.kit.wire import Reply, WireRequest, unknown_keys

# Credentials of this stub only.
EMAIL = "bot@example.com"
TOKEN = "drill-jira-token"  # noqa: S105

SUMMARY_LIMIT = 255
CATEGORIES = {"To Do": "new", "In Progress": "indeterminate", "Done": "done"}
WORKFLOW = {"To Do": ["In Progress", "Done"], "In Progress": ["To Do", "Done"], "Done": ["To Do", "In Progress"]}
RESOLUTIONS = ("Won't Do", "Done", "Duplicate")
FIELDS = ("project", "issuetype", "summary", "description", "labels", "priority")
TOO_LONG = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
NOT_ON_SCREEN = "Field '{0}' cannot be set. It is not on the appropriate screen, or unknown."
_PATH = re.compile(r"/rest/api/([23])/(.*)")
_JQL = re.compile(r'project = "([^"]+)" AND labels = "([^"]+)"(?: ORDER BY created (?:ASC|DESC))?')


class Vendor(HttpVendor):
    """A project and its issues.

    forbidden: whether the user may not create issues. editable: whether the user may edit them. screen: the fields
    that can be set. workflow: the statuses that each status can change to. resolution: whether a change to Done
    requires one. lag: seconds until a search finds a new issue.
    """

    kind: ClassVar[Kind] = "ticket"
    latency_ms: ClassVar[int] = 570

    def __init__(self, violations: list[str] | None = None) -> None:
        super().__init__(violations)
        self.project = "OPS"
        self.types: tuple[str, ...] = ("Incident", "Task")
        self.priorities: tuple[str, ...] = ("Highest", "High", "Medium", "Low")
        self.screen: set[str] = set(FIELDS)
        self.workflow: dict[str, list[str]] = {status: [*targets] for status, targets in WORKFLOW.items()}
        self.resolution = True
        self.forbidden = False
        self.editable = True
        self.lag = 0.0
        self.issues: dict[str, dict[str, Any]] = {}
        self.last_number = 0

    @classmethod
    def example_channels(cls, url: str) -> dict[str, dict[str, Any]]:
        """Cloud and Data Center."""
        jira = {"type": "jira", "url": url, "project": "OPS", "issue_type": "Incident", "resolve_on_ok": True}
        return {
            "jira-cloud": {**jira, "api": "cloud", "secret": {"email": EMAIL, "token": TOKEN}},
            "jira-data-center": {**jira, "api": "data-center", "secret": {"token": TOKEN}},
        }

    def redirect(self, channel: Entry, url: str) -> tuple[dict[str, Any], dict[str, str]]:
        """The address decides about the API where the channel does not."""
        host = urlsplit(str(channel["url"])).hostname or ""
        is_cloud = host.endswith(".atlassian.net") or host == "api.atlassian.com"
        api = channel.get("api") or ("cloud" if is_cloud else "data-center")
        self.project = str(channel["project"])
        self.types = (*self.types, str(channel.get("issue_type") or "Incident"))
        self.priorities = (*self.priorities, *map(str, (channel.get("priority") or {}).values()))
        secret = {"email": EMAIL, "token": TOKEN} if api == "cloud" else {"token": TOKEN}
        return {**channel, "api": api, "url": url}, secret

    def count(self) -> int:
        """Issues and comments."""
        return len(self.issues) + sum(len(issue["comments"]) for issue in self.issues.values())

    def data(self) -> dict[str, Any]:
        """The issues by key."""
        return {"issues": self.issues}

    def ended(self, channel: Entry) -> bool:
        """Whether all issues are done, where the channel resolves them."""
        return not channel.get("resolve_on_ok") or all(issue["status"] == "Done" for issue in self.issues.values())

    @staticmethod
    def incidents(data: Mapping[str, Any]) -> int:
        """One for each issue."""
        return len(data["issues"])

    @staticmethod
    def reference_link(settings: Entry, _region: str) -> str:
        """The issue in the browser; Atlassian's own API gateway has no pages."""
        url = str(settings.get("url", "")).rstrip("/")
        return "" if urlsplit(url).hostname == "api.atlassian.com" else f"{url}/browse/{{}}"

    @classmethod
    def calls(cls, step: str, report: Any, attempt: Any, settings: Entry) -> int:
        """A change of status is a comment, a look at the status, one at the transitions, and the transition itself."""
        if attempt.reference is None:
            return int(step in OPENING_STEPS)
        moves = step == "repeat" or (step == "resolve" and settings.get("resolve_on_ok"))
        status = int(step == "reminder" and "ticket" in attempt.acknowledge)
        return (4 if moves else 1) + edits_of_members(step, report) + status

    @staticmethod
    def describe(data: Mapping[str, Any]) -> Iterator[str]:
        """Key and summary, fields, description, and the comments."""
        for key, issue in data["issues"].items():
            fields = issue["fields"]
            yield f"{key}  {fields['summary']}"
            values = {
                "Type": fields["issuetype"]["name"],
                "Priority": fields.get("priority", {}).get("name"),
                "Status": issue["status"] + (f" ({issue['resolution']})" if issue["resolution"] else ""),
                "Labels": ", ".join(issue["labels"]),
            }
            yield "   ".join(f"{name}: {value}" for name, value in values.items() if value)
            yield from (f"  {line}" for line in adf.lines(fields.get("description")))
            for number, comment in enumerate(issue["comments"], 1):
                yield f"Comment {number}"
                yield from (f"  {line}" for line in adf.lines(comment["body"]))

    def handle(self, request: WireRequest) -> Reply | None:
        """The answer; None where the path is not Jira's."""
        match = _PATH.fullmatch(request.path)
        if not match:
            return None
        if not self._knows(request.headers.get("authorization", "")):
            return Reply(401, {"errorMessages": ["You are not authenticated."], "errors": {}})
        if self.forbidden:
            return Reply(403, _errors("You do not have permission to create issues in this project."))
        version, rest = match.groups()
        parts = rest.split("/")
        if (request.method, rest) == ("POST", "issue"):
            return self._create(request, version)
        if request.method == "GET" and rest in ("search", "search/jql"):
            return self._search(request, version, rest)
        if parts[0] == "issue" and len(parts) in (2, 3):
            issue = self.issues.get(parts[1])
            if issue is None:
                return Reply(404, _errors("Issue does not exist or you do not have permission to see it."))
            return self._issue(request, version, issue, parts[2] if len(parts) > 2 else "")
        return self._wrong(404, f"no such resource: {request.method} {request.path}")

    def _knows(self, authorization: str) -> bool:
        basic = base64.b64encode(f"{EMAIL}:{TOKEN}".encode()).decode()
        return authorization in (f"Basic {basic}", f"Bearer {TOKEN}")

    def _wrong(self, status: int, message: str, **errors: str) -> Reply:
        self.violations.append(f"jira: {message}{errors or ''}")
        return Reply(status, {"errorMessages": [message] if message else [], "errors": errors})

    def _text_problem(self, value: Any, version: str) -> str | None:
        if version == "2":
            long = isinstance(value, str) and len(value) > adf.TEXT_LIMIT
            if isinstance(value, str) and value:
                return TOO_LONG if long else None
            return "Operation value must be a string"
        if isinstance(value, str):
            return "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
        problem = adf.problem(value)
        return f"INVALID_INPUT ({problem})" if problem else None

    def _create(self, request: WireRequest, version: str) -> Reply:
        data = request.json()
        if not isinstance(data, dict) or set(data) != {"fields"} or not isinstance(data["fields"], dict):
            return self._wrong(400, "Invalid request payload. Refer to the REST API documentation and try again.")
        fields = data["fields"]
        errors = {name: NOT_ON_SCREEN.format(name) for name in fields if name not in self.screen}
        errors |= {name: text for name, text in self._field_errors(fields, version).items() if name not in errors}
        if errors:
            return self._wrong(400, "", **errors)
        self.last_number += 1
        key = f"{self.project}-{self.last_number}"
        self.issues[key] = {
            "id": str(10_000 + self.last_number),
            "key": key,
            "fields": fields,
            "labels": fields.get("labels", []),
            "status": "To Do",
            "resolution": None,
            "comments": [],
            "history": ["To Do"],
            "created_at": time.monotonic(),
        }
        return Reply(201, {"id": self.issues[key]["id"], "key": key, "self": f"/rest/api/{version}/issue/{key}"})

    def _field_errors(self, fields: dict[str, Any], version: str) -> dict[str, str]:
        errors = {}
        summary, labels = fields.get("summary"), fields.get("labels", [])
        if fields.get("project") != {"key": self.project}:
            errors["project"] = "valid project is required"
        if fields.get("issuetype") not in [{"name": name} for name in self.types]:
            errors["issuetype"] = "The issue type selected is invalid."
        if not isinstance(summary, str) or not summary.strip():
            errors["summary"] = "You must specify a summary of the issue."
        elif "\n" in summary or "\r" in summary:
            errors["summary"] = "The summary is invalid because it contains newline characters."
        elif len(summary) > SUMMARY_LIMIT:
            errors["summary"] = "Summary can't exceed 255 characters."
        if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
            errors["labels"] = "data was not an array of strings"
        elif any(" " in label or not label for label in labels):
            errors["labels"] = "The label contains spaces which is invalid."
        if "priority" in fields and fields["priority"] not in [{"name": name} for name in self.priorities]:
            errors["priority"] = "Specify a valid 'id' or 'name' for Priority"
        text = self._text_problem(fields["description"], version) if "description" in fields else None
        return {**errors, **({"description": text} if text else {})}

    def _search(self, request: WireRequest, version: str, rest: str) -> Reply:
        if version == "3" and rest == "search":
            return self._wrong(410, "The requested API has been removed. Please migrate to /rest/api/3/search/jql.")
        if version == "2" and rest == "search/jql":
            return self._wrong(404, "no such resource")
        if unknown_keys(request.query, "jql", "fields", "maxResults"):
            return self._wrong(400, "unknown query parameters")
        match = _JQL.fullmatch(request.query.get("jql", ""))
        if not match or match[1] != self.project:
            return self._wrong(400, "Error in the JQL Query")
        known = time.monotonic() - self.lag
        issues = [i for i in self.issues.values() if match[2] in i["labels"] and i["created_at"] <= known]
        page = issues[: int(request.query.get("maxResults", "50"))]
        results = [{"id": i["id"], "key": i["key"], "fields": {"status": _status(i)}} for i in page]
        if version == "3" and "fields" not in request.query:
            # "By default, this resource returns IDs only."
            results = [{"id": i["id"]} for i in page]
        more: dict[str, Any] = {"isLast": True} if version == "3" else {"startAt": 0, "total": len(issues)}
        return Reply(200, {"issues": results, **more})

    def _issue(self, request: WireRequest, version: str, issue: dict[str, Any], rest: str) -> Reply:
        match request.method, rest:
            case "GET", "":
                return Reply(200, {"id": issue["id"], "key": issue["key"], "fields": {"status": _status(issue)}})
            case "PUT", "":
                return self._edit(request, version, issue)
            case "GET", "comment":
                newest = issue["comments"][::-1] if request.query.get("orderBy") == "-created" else issue["comments"]
                page = newest[: int(request.query.get("maxResults", "50"))]
                return Reply(200, {"startAt": 0, "total": len(newest), "comments": page})
            case "POST", "comment":
                return self._comment(request, version, issue)
            case "GET", "transitions":
                return Reply(200, {"transitions": [self._transition(to) for to in self.workflow[issue["status"]]]})
            case "POST", "transitions":
                return self._move(request, issue)
        return self._wrong(405, f"no such resource: {request.method} {request.path}")

    def _edit(self, request: WireRequest, version: str, issue: dict[str, Any]) -> Reply:
        """Without the permission Jira says that the fields are not on the screen: JRASERVER-67013."""
        data = request.json()
        if not isinstance(data, dict) or set(data) != {"fields"} or not isinstance(data["fields"], dict):
            return self._wrong(400, "Invalid request payload. Refer to the REST API documentation and try again.")
        fields = data["fields"]
        screen = self.screen if self.editable else set()
        errors = {name: NOT_ON_SCREEN.format(name) for name in fields if name not in screen}
        if errors:
            return Reply(400, {"errorMessages": [], "errors": errors})
        errors = self._field_errors({**issue["fields"], **fields}, version)
        if errors:
            return self._wrong(400, "", **errors)
        issue["fields"] = {**issue["fields"], **fields}
        issue["edits"] = issue.get("edits", 0) + 1
        return Reply(204)

    def _comment(self, request: WireRequest, version: str, issue: dict[str, Any]) -> Reply:
        data = request.json()
        if not isinstance(data, dict) or set(data) != {"body"}:
            return self._wrong(400, "Invalid request payload. Refer to the REST API documentation and try again.")
        problem = self._text_problem(data["body"], version)
        if problem:
            return self._wrong(400, "", comment=problem)
        comment = {"id": str(len(issue["comments"]) + 1), "body": data["body"]}
        issue["comments"].append(comment)
        return Reply(201, comment)

    def _transition(self, to: str) -> dict[str, Any]:
        allowed = [{"id": str(10_000 + n), "name": name} for n, name in enumerate(RESOLUTIONS)]
        resolution = {"required": True, "hasDefaultValue": False, "name": "Resolution", "allowedValues": allowed}
        asks = to == "Done" and self.resolution
        number = 11 + 10 * list(CATEGORIES).index(to)
        return {
            "id": str(number),
            "name": to,
            "to": {"name": to, "statusCategory": {"key": CATEGORIES[to]}},
            "fields": {"resolution": resolution} if asks else {},
        }

    def _move(self, request: WireRequest, issue: dict[str, Any]) -> Reply:
        data = request.json()
        if not isinstance(data, dict) or unknown_keys(data, "transition", "fields") or "transition" not in data:
            return self._wrong(400, "Missing 'transition' identifier")
        transitions = [self._transition(to) for to in self.workflow[issue["status"]]]
        chosen = next((t for t in transitions if data["transition"] == {"id": t["id"]}), None)
        if not chosen:
            return self._wrong(400, "It seems that you have tried to perform an illegal workflow operation.")
        fields = data.get("fields", {})
        if set(fields) - set(chosen["fields"]):
            return self._wrong(400, "", **{name: NOT_ON_SCREEN.format(name) for name in fields})
        resolution = fields.get("resolution")
        if chosen["fields"] and resolution not in [{"name": name} for name in RESOLUTIONS]:
            return self._wrong(400, "", resolution="Resolution is required.")
        issue["status"] = chosen["name"]
        issue["history"].append(chosen["name"])
        issue["resolution"] = resolution["name"] if resolution else None
        return Reply(204)


def _errors(*messages: str) -> dict[str, Any]:
    return {"errorMessages": list(messages), "errors": {}}


def _status(issue: dict[str, Any]) -> dict[str, Any]:
    return {"name": issue["status"], "statusCategory": {"key": CATEGORIES[issue["status"]]}}
