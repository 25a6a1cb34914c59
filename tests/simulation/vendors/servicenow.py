"""ServiceNow's Table API: incidents, access tokens that end, and people who delete, close, take and resolve incidents.

https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from tests.simulation.vendors.network import Answer, Request, Vendor, answer
from tests.simulation.world import MS, SECOND

TABLE = "/api/now/table/incident"
LIMITS = {"short_description": 160, "description": 4_000, "work_notes": 4_000, "close_notes": 4_000}
OVER = ("6", "7", "8")
# Short, so that tokens end in the middle of a world.
LIFETIME = 900
_QUERY = re.compile(r"(number|correlation_id)=([^^]+)\^ORDERBYsys_created_on")


@dataclass
class Record:
    """touched: people have changed it."""

    sys_id: str
    fields: dict[str, str]
    text: str
    notes: list[str] = field(default_factory=list)
    touched: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it is neither resolved, nor closed, nor canceled."""
        return self.fields["state"] not in OVER


class ServiceNow(Vendor):
    """records: by sys_id, the oldest first. tokens: token to when it ends, in microseconds."""

    def __post_init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.deleted: list[Record] = []
        self.tokens: dict[str, int] = {}
        self.fastest, self.slowest = 80 * MS, 700 * MS
        self._number = 0

    def handle(self, request: Request) -> Answer:
        """See Vendor."""
        if request.path == "/oauth_token.do":
            return self._token(parse_qs(request.body.decode()))
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.tokens.get(token, 0) <= self.world.now:
            return answer(401, {"error": {"message": "User Not Authenticated", "detail": "token"}, "status": "failure"})
        assert request.path.startswith(TABLE), f"no such path is simulated: {request.path}"
        sys_id = request.path.removeprefix(TABLE).lstrip("/")
        if request.method == "GET" and not sys_id:
            return self._search(request.query)
        for name, value in request.data.items():
            assert len(value) <= LIMITS.get(name, 4_000), f"{name} is too long"
            assert "[code]" not in value.lower(), f"{name} has a part in HTML"
        if request.method == "POST" and not sys_id:
            return self._create(request.data)
        assert request.method == "PATCH", f"no such call is simulated: {request.method} {request.path}"
        record = self.records.get(sys_id)
        if record is None:
            return answer(404, {"error": {"message": "No Record found", "detail": ""}, "status": "failure"})
        return self._update(record, request.data)

    def _token(self, form: dict[str, list[str]]) -> Answer:
        if form.get("client_secret") != [self.secret["client_secret"]]:
            return answer(401, {"error": "server_error", "error_description": "access_denied"})
        token = f"token-{len(self.tokens)}"
        self.tokens[token] = self.world.now + LIFETIME * SECOND
        return answer(200, {"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME})

    def _search(self, query: dict[str, str]) -> Answer:
        match = _QUERY.fullmatch(query["sysparm_query"])
        assert match, f"no such query is simulated: {query['sysparm_query']}"
        found = [record for record in self.records.values() if record.fields[match[1]] == match[2]]
        return answer(200, {"result": [_shown(record) for record in found[: int(query["sysparm_limit"])]]})

    def _create(self, data: dict[str, str]) -> Answer:
        self._number += 1
        sys_id = f"{self._number:032x}"
        fields = {"state": "1", **data, "sys_id": sys_id, "number": f"INC{self._number:07}"}
        text = json.dumps(data, sort_keys=True)
        record = self.records[sys_id] = Record(sys_id, fields, text)
        self.saw("create", text, data["correlation_id"])
        return answer(201, {"result": _shown(record)})

    def _update(self, record: Record, data: dict[str, str]) -> Answer:
        if record.fields["state"] in OVER[1:]:
            return answer(
                403, {"error": {"message": "Operation Failed", "detail": "ACL Exception"}, "status": "failure"}
            )
        was_open = record.is_open
        fields = dict(data)
        note = fields.pop("work_notes", "")
        record.fields |= fields
        if note:
            record.notes.append(note)
            self.saw("comment", note, record.fields["correlation_id"])
        if "short_description" in fields:
            self.saw("edit", json.dumps(fields, sort_keys=True), record.fields["correlation_id"])
        if was_open != record.is_open:
            self.saw("reopen" if record.is_open else "close", "", record.fields["correlation_id"])
        return answer(200, {"result": _shown(record)})

    # People

    def people(self, action: str, index: int) -> None:
        """Somebody deletes, closes or resolves the index-th record, or takes it on."""
        keys = sorted(self.records)
        if not keys:
            return
        record = self.records[keys[index % len(keys)]]
        record.touched = record.touched or action != "take"
        self.world.reached[f"people.{action}-record"] += 1
        match action:
            case "delete":
                self.deleted.append(self.records.pop(record.sys_id))
            case "close":
                record.fields["state"] = "7"
            case "resolve":
                record.fields["state"] = "6"
            case "take":
                record.fields["state"] = "2" if record.is_open else record.fields["state"]
        self.world.note("people", action, record.fields["number"])


def _shown(record: Record) -> dict[str, Any]:
    return {
        name: record.fields.get(name, "")
        for name in ("sys_id", "number", "state", "correlation_id", "correlation_display")
    }
