"""CloudTrail's LookupEvents over HTTP, which moto does not have: one operation, as its API page describes it.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

TARGET = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents"
NOT_ALLOWED = {"__type": "AccessDeniedException", "message": "not authorized to perform: cloudtrail:LookupEvents"}


@dataclass
class TrailServer:
    """events: by the name of a resource, the latest first. refuses: requests that are answered with `refusal`."""

    address: str = ""
    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    refuses: int = 0
    refusal: dict[str, Any] = field(
        default_factory=lambda: {"__type": "ThrottlingException", "message": "Rate exceeded"}
    )

    def happened(self, resource: str, name: str, **event: Any) -> None:
        """One more call about a resource, later than those before."""
        whole = {"eventVersion": "1.08", "eventName": name, "eventTime": "2026-11-29T10:02:41Z", **event}
        entry = {
            "EventId": f"e-{len(self.events.get(resource, ()))}",
            "EventName": name,
            "EventTime": 1_795_946_561.0,
            "Resources": [{"ResourceType": "AWS::EC2::Instance", "ResourceName": resource}],
            "CloudTrailEvent": json.dumps(whole),
        }
        self.events.setdefault(resource, []).insert(0, entry)

    def answer(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.asked.append(asked)
        if self.refuses:
            self.refuses -= 1
            return 400, self.refusal
        (attribute,) = asked["LookupAttributes"]
        assert attribute["AttributeKey"] == "ResourceName" and 0 < asked["MaxResults"] <= 50
        start = int(asked.get("NextToken", 0))
        end = start + asked["MaxResults"]
        events = self.events.get(attribute["AttributeValue"], [])
        more = {"NextToken": str(end)} if end < len(events) else {}
        return 200, {"Events": events[start:end], **more}


@contextmanager
def trail_server() -> Iterator[TrailServer]:
    """Answers until the end."""
    trail = TrailServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["X-Amz-Target"] == TARGET
            status, said = trail.answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    trail.address = f"http://127.0.0.1:{server.server_port}"
    yield trail
    server.shutdown()
    server.server_close()
