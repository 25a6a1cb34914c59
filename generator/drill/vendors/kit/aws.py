"""The requests of the incident function to AWS that moto cannot answer: OpsItems, and lines of another account's log
group.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CreateOpsItem.html and
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html; both services speak
JSON 1.1 and name the operation in X-Amz-Target.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

from generator.drill.local_server import LocalServer, OwnedServer


class AwsVendor(LocalServer):
    """lines: what is in the log. items: OpsItems by id; changes: how often one was created or changed.

    permissions, quotas and validation are not played; botocore has validated what arrives here.
    """

    def __init__(self, lines: tuple[str, ...] = ()) -> None:
        self.lines = lines
        self.items: dict[str, dict[str, Any]] = {}
        self.changes: list[float] = []
        self.violations: list[str] = []
        super().__init__(_Handler)

    def answer(self, target: str, params: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """The status and the body of an answer."""
        operations: dict[str, Callable[[dict[str, Any]], tuple[int, dict[str, Any]]]] = {
            "AmazonSSM.CreateOpsItem": self._create,
            "AmazonSSM.UpdateOpsItem": self._update,
            "Logs_20140328.FilterLogEvents": self._filter,
        }
        if target not in operations:
            self.violations.append(f"aws: {target} is not simulated")
            return 400, {"__type": "UnknownOperationException"}
        return operations[target](params)

    def _create(self, params: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        once = params.get("OperationalData", {}).get("/aws/dedup", {}).get("Value")
        for known, item in self.items.items():
            if once and item["dedup"] == once and item["Status"] != "Resolved":
                return 400, {"__type": "OpsItemAlreadyExistsException", "OpsItemId": known, "Message": "exists"}
        item_id = f"oi-{len(self.items) + 1:012x}"
        self.items[item_id] = {**params, "Status": "Open", "dedup": once}
        self.changes.append(time.time())
        return 200, {"OpsItemId": item_id}

    def _update(self, params: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        item = self.items.get(params["OpsItemId"])
        if item is None:
            return 400, {"__type": "OpsItemNotFoundException", "Message": "there is none"}
        item["OperationalData"] = {**item["OperationalData"], **params.get("OperationalData", {})}
        item["Status"] = params.get("Status", item["Status"])
        self.changes.append(time.time())
        return 200, {}

    def _filter(self, params: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        at = int(params.get("endTime", time.time() * 1000)) - 60_000
        events = [
            {"eventId": str(n), "logStreamName": "drill", "message": line, "timestamp": at + n, "ingestionTime": at + n}
            for n, line in enumerate(self.lines)
        ]
        return 200, {"events": events, "searchedLogStreams": []}


class _Handler(BaseHTTPRequestHandler):
    server: OwnedServer
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_POST(self) -> None:
        params = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        status, body = self.server.owner.answer(self.headers.get("X-Amz-Target", ""), params)
        payload = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)
        self.wfile.flush()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing on the drill's terminal."""
