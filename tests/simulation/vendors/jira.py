"""Jira Cloud: issues, a search index that lags, comments, transitions, and people who delete, close and move issues.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.vendors.network import Answer, Request, Vendor, answer
from tests.simulation.world import MS, SECOND

LONGEST_TAIL = 60 * SECOND
STATUSES = {
    "11": ("To Do", "new"),
    "21": ("In Progress", "indeterminate"),
    "31": ("Done", "done"),
}


@dataclass
class Issue:
    """indexed_at: from when on the search finds it. touched: people have changed it."""

    key: str
    labels: list[str]
    text: str
    created_at: int
    indexed_at: int
    status: str = "11"
    comments: list[Any] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    touched: bool = False

    @property
    def is_open(self) -> bool:
        """Whether its status is not in the category `done`."""
        return STATUSES[self.status][1] != "done"


class Jira(Vendor):
    """issues: by key. moved: old key to new."""

    def __post_init__(self) -> None:
        self.issues: dict[str, Issue] = {}
        self.moved: dict[str, str] = {}
        self.deleted: list[Issue] = []
        self.fastest, self.slowest = 120 * MS, 600 * MS
        self._number = 0

    def handle(self, request: Request) -> Answer:
        """See Vendor."""
        pair = f"{self.secret['email']}:{self.secret['token']}".encode()
        if request.headers.get("authorization") != f"Basic {base64.b64encode(pair).decode()}":
            return answer(401, {"errorMessages": ["Client must be authenticated to access this resource."]})
        prefix, _, path = request.path.partition("/rest/api/3")
        assert not prefix, f"not a path of Jira Cloud's: {request.path}"
        if path in ("/search/jql", "/search"):
            return self._search(request)
        if path == "/issue" and request.method == "POST":
            return self._create(request.data["fields"])
        if path == "/issueLink" and request.method == "POST":
            return self._link(request.data)
        found = re.fullmatch(r"/issue/([A-Z]+-\d+)(?:/(comment|transitions|remotelink))?", path)
        assert found, f"no such path is simulated: {request.method} {path}"
        issue = self.issues.get(self.moved.get(found[1], found[1]))
        if issue is None:
            return answer(404, {"errorMessages": ["Issue does not exist or you do not have permission to see it."]})
        match request.method, found[2]:
            case "GET", None:
                return answer(200, self._shown(issue))
            case "PUT", None:
                return self._edit(issue, request.data)
            case "GET", "comment":
                return answer(200, {"comments": issue.comments[::-1][:50], "total": len(issue.comments)})
            case "POST", "comment":
                return self._comment(issue, request)
            case "GET", "transitions":
                return answer(200, {"transitions": [self._transition(number) for number in STATUSES]})
            case "POST", "transitions":
                return self._move(issue, request.data)
        raise AssertionError(f"no such call is simulated: {request.method} {path}")

    def _create(self, fields: dict[str, Any]) -> Answer:
        self._number += 1
        key = f"{fields['project']['key']}-{self._number}"
        lag = self.world.between(200 * MS, 3 * SECOND, "jira-index", self.channel, key)
        if self.world.fault("jira.index-tail", self.channel, key):
            lag = self.world.between(3 * SECOND, LONGEST_TAIL, "jira-tail", self.channel, key)
        now = self.world.now
        text = json.dumps(fields, sort_keys=True)
        issue = Issue(key, list(fields.get("labels", [])), text, now, now + lag)
        self.issues[key] = issue
        self.saw("create", text, label(issue))
        return answer(201, {"id": str(10_000 + self._number), "key": key, "self": f"https://jira/{key}"})

    def _search(self, request: Request) -> Answer:
        given = request.query if request.method == "GET" else request.data
        jql = given["jql"]
        labels = re.findall(r'"([^"]+)"', re.sub(r'project = "[^"]+"', "", jql))
        matched = re.fullmatch(
            r'project = "(\w+)" AND labels (?:= "[^"]+"|in \("[^)]+\))'
            r"(?: AND statusCategory != Done)?(?: ORDER BY created (?:ASC|DESC))?",
            jql,
        )
        assert matched, f"no such JQL is simulated: {jql}"
        found = [
            issue
            for issue in self.issues.values()
            if issue.indexed_at <= self.world.now
            and issue.key.startswith(f"{matched[1]}-")
            and set(labels) & set(issue.labels)
            and ("statusCategory" not in jql or issue.is_open)
        ]
        if jql.endswith("DESC"):
            found.reverse()
        found = found[: int(given.get("maxResults", 50))]
        return answer(200, {"issues": [self._shown(issue) for issue in found], "isLast": True})

    def _shown(self, issue: Issue) -> dict[str, Any]:
        name, category = STATUSES[issue.status]
        status = {"name": name, "statusCategory": {"key": category}}
        return {"id": issue.key, "key": issue.key, "fields": {"status": status, "labels": issue.labels}}

    def _edit(self, issue: Issue, data: dict[str, Any]) -> Answer:
        fields = data.get("fields", {})
        issue.labels = fields.get("labels", issue.labels)
        for change in data.get("update", {}).get("labels", ()):
            issue.labels += [change["add"]] if "add" in change else []
            issue.labels = [name for name in issue.labels if name != change.get("remove")]
        self.saw("edit", json.dumps(data, sort_keys=True), label(issue))
        return answer(204)

    def _comment(self, issue: Issue, request: Request) -> Answer:
        issue.comments.append({"body": request.data["body"], "created": self.world.now})
        self.saw("comment", request.body.decode(), label(issue))
        return answer(201, {"id": str(len(issue.comments))})

    def _link(self, data: dict[str, Any]) -> Answer:
        for end, other in (("inwardIssue", "outwardIssue"), ("outwardIssue", "inwardIssue")):
            issue = self.issues.get(data[end]["key"])
            if issue is None:
                return answer(404, {"errorMessages": ["No issue link"]})
            issue.links.append(data[other]["key"])
        return answer(201)

    def _transition(self, number: str) -> dict[str, Any]:
        name, category = STATUSES[number]
        fields = {}
        if category == "done":
            fields = {"resolution": {"required": True, "allowedValues": [{"name": "Done"}, {"name": "Duplicate"}]}}
        return {"id": number, "name": name, "to": {"name": name, "statusCategory": {"key": category}}, "fields": fields}

    def _move(self, issue: Issue, data: dict[str, Any]) -> Answer:
        was_open = issue.is_open
        issue.status = str(data["transition"]["id"])
        if was_open != issue.is_open:
            self.saw("reopen" if issue.is_open else "close", "", label(issue))
        return answer(204)

    # People

    def people(self, action: str, index: int) -> None:
        """Somebody deletes, closes or moves the index-th issue, or takes it on."""
        keys = sorted(self.issues)
        if not keys:
            return
        issue = self.issues[keys[index % len(keys)]]
        issue.touched = issue.touched or action != "take"
        self.world.reached[f"people.{action}-issue"] += 1
        match action:
            case "delete":
                self.deleted.append(self.issues.pop(issue.key))
            case "close":
                issue.status = "31"
            case "take":
                issue.status = "21" if issue.is_open else issue.status
            case "move":
                del self.issues[issue.key]
                self.moved[issue.key] = f"MOVED-{issue.key.rpartition('-')[2]}"
                self.moved |= {old: self.moved[issue.key] for old, new in self.moved.items() if new == issue.key}
                issue.key = self.moved[issue.key]
                self.issues[issue.key] = issue
        self.world.note("people", action, issue.key)


def label(issue: Issue) -> str:
    """The incident's label; empty where there is none."""
    return next((name for name in issue.labels if name.startswith("obsgen-")), "")
