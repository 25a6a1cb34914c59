"""EventBridge's PutEvents, simulated by a server on this machine: it accepts and keeps every entry.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
"""

from __future__ import annotations

import json
import uuid
from http.server import BaseHTTPRequestHandler
from typing import Any

from generator.drill.local_server import LocalServer, OwnedServer


class Bus(LocalServer):
    """The server. entries: those that were put and not read yet."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        super().__init__(_Handler)

    def put(self, params: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request."""
        self.entries += params["Entries"]
        return {"FailedEntryCount": 0, "Entries": [{"EventId": str(uuid.uuid4())} for _ in params["Entries"]]}

    def taken(self, account: str, region: str, time: str) -> list[dict[str, Any]]:
        """Events of the entries since the last time, as a rule of the bus delivers them.

        account: whose role put them. region: the bus's, where the call was made.
        """
        entries, self.entries = self.entries, []
        return [
            {
                "version": "0",
                "id": str(uuid.uuid4()),
                "detail-type": entry["DetailType"],
                "source": entry["Source"],
                "account": account,
                "time": time,
                "region": region,
                "resources": [],
                "detail": json.loads(entry["Detail"]),
            }
            for entry in entries
        ]


class _Handler(BaseHTTPRequestHandler):
    server: OwnedServer
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        payload = json.dumps(self.server.owner.put(json.loads(body))).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)
        self.wfile.flush()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing on the drill's terminal."""
