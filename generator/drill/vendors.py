"""The vendors that incidents go to, played by one server on this machine: Jira, Slack, PagerDuty, a webhook receiver.

    with Vendors() as vendors: …                        in a test
    python -m generator.drill.vendors --port 8099       beside a bench, which reads GET /_state and sets POST /_fault

They check what they are sent as strictly as the real ones, and fail when told to, before or after it took effect.
"""

from __future__ import annotations

import argparse
import json
import random
import socket
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from generator.drill.jira_vendor import Jira
from generator.drill.local_server import LocalServer, OwnedServer
from generator.drill.pagerduty_vendor import PagerDuty
from generator.drill.slack_vendor import Slack
from generator.drill.webhook_vendor import PATH as HOOK_PATH
from generator.drill.webhook_vendor import Receiver
from generator.drill.wire import Reply, Request

# Nobody's credentials; they open this server and nothing else.
EMAIL = "bot@example.com"
TOKEN = "drill-jira-token"  # noqa: S105
BOT_TOKEN = "xoxb-drill-bot-token"  # noqa: S105
SLACK_HOOK = "/services/T00000000/B00000000/drillwebhookaddress"
ROUTING_KEY = "d0000000000000000000000000000001"
HOOK_KEY = "drill-webhook-key"

Fault = Callable[[str, str], str | None]


class Vendors(LocalServer):
    """The server and everything behind it.

    fault: asked with path and method of each request; None, or one of `500`, `500-after`, `drop`, `drop-after`,
    `429:<seconds>`, `503:<seconds>`, `slow:<seconds>`. What ends in -after, and slow, takes effect all the same.
    """

    def __init__(self, port: int = 0) -> None:
        self.violations: list[str] = []
        self.jira = Jira(self.violations, EMAIL, TOKEN)
        self.slack = Slack(self.violations, BOT_TOKEN, SLACK_HOOK)
        self.pagerduty = PagerDuty(self.violations, ROUTING_KEY)
        self.receiver = Receiver(self.violations, HOOK_KEY)
        self.requests: list[tuple[str, str]] = []
        self.faults: dict[str, int] = {}
        self.fault: Fault = no_fault
        self._lock = threading.Lock()
        super().__init__(_Handler, port)

    @property
    def issues(self) -> dict[str, dict[str, Any]]:
        """Jira's issues, by key."""
        return self.jira.issues

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Slack's messages, oldest first."""
        return self.slack.messages

    @property
    def alerts(self) -> dict[str, dict[str, Any]]:
        """PagerDuty's alerts, by deduplication key."""
        return self.pagerduty.alerts

    @property
    def posts(self) -> list[dict[str, Any]]:
        """What the webhook receiver got."""
        return self.receiver.posts

    def channels(self) -> dict[str, dict[str, Any]]:
        """Channels that lead here, as a routing table has them; `secret` is what the secret holds, not its name."""
        jira = {"type": "jira", "url": self.url, "project": "OPS", "issue_type": "Incident", "resolve_on_ok": True}
        return {
            "jira-cloud": {**jira, "api": "cloud", "secret": {"email": EMAIL, "token": TOKEN}},
            "jira-data-center": {**jira, "api": "data-center", "secret": {"token": TOKEN}},
            "slack": {"type": "slack", "url": f"{self.url}/api", "channel": "#ops", "secret": {"token": BOT_TOKEN}},
            "slack-webhook": {"type": "slack", "secret": {"webhook_url": self.url + SLACK_HOOK}},
            "pagerduty": {"type": "pagerduty", "url": self.url, "secret": {"routing_key": ROUTING_KEY}},
            "webhook": {"type": "webhook", "url": self.url + HOOK_PATH, "secret": {"key": HOOK_KEY}},
        }

    def state(self) -> dict[str, Any]:
        """Everything, as JSON has it."""
        with self._lock:
            return {
                "issues": json.loads(json.dumps(self.issues)),
                "messages": json.loads(json.dumps(self.messages)),
                "alerts": json.loads(json.dumps(self.alerts)),
                "posts": json.loads(json.dumps(self.posts)),
                "violations": list(self.violations),
                "requests": len(self.requests),
                "faults": dict(self.faults),
            }

    def answer(self, request: Request) -> Reply | None:
        """The reply to a request; None is a connection that breaks off."""
        if request.path in ("/_state", "/_fault"):
            return self._control(request)
        with self._lock:
            fault = self.fault(request.path, request.method)
            self.requests.append((request.method, request.path))
            if fault:
                self.faults[fault] = self.faults.get(fault, 0) + 1
        kind, _, seconds = (fault or "").partition(":")
        if kind in ("500", "429", "503"):
            return Reply(int(kind), "", {"Retry-After": seconds} if seconds else {})
        if kind == "drop":
            return None
        with self._lock:
            reply = self._vendor(request)
        if kind == "slow":
            time.sleep(float(seconds))
        if kind == "500-after":
            return Reply(500, "")
        return None if kind == "drop-after" else reply

    def _vendor(self, request: Request) -> Reply:
        for vendor in (self.jira, self.slack, self.pagerduty, self.receiver):
            reply = vendor.handle(request)
            if reply:
                return reply
        self.violations.append(f"nobody is at {request.method} {request.path}")
        return Reply(404, "")

    def _control(self, request: Request) -> Reply:
        if request.path == "/_state":
            return Reply(200, self.state())
        wanted = json.loads(request.body or b"{}")
        self.fault = random_faults(
            float(wanted.get("rate", 0)),
            tuple(wanted.get("kinds", ("500", "500-after", "drop", "drop-after"))),
            int(wanted.get("seed", 0)),
            down=bool(wanted.get("down")),
        )
        return Reply(204)


def no_fault(_path: str, _method: str) -> str | None:
    """Everything works."""
    return None


def random_faults(rate: float, kinds: tuple[str, ...], seed: int = 0, *, down: bool = False) -> Fault:
    """So many of the requests fail, in the ways given; `down`: all of them, with a bare 503."""
    dice = random.Random(seed)  # noqa: S311

    def fault(_path: str, _method: str) -> str | None:
        if down:
            return "503"
        return dice.choice(kinds) if kinds and dice.random() < rate else None

    return fault


class _Handler(BaseHTTPRequestHandler):
    server: OwnedServer
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        request = Request(
            self.command,
            parts.path,
            dict(parse_qsl(parts.query)),
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(int(self.headers.get("Content-Length") or 0)),
        )
        reply = self.server.owner.answer(request)
        if reply is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        payload = reply.payload
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        plain = isinstance(reply.body, str | bytes)
        self.send_header("Content-Type", "text/plain" if plain else "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)
        self.wfile.flush()

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _serve  # noqa: N815

    def log_message(self, *_arguments: object) -> None:
        """Say nothing: requests hold credentials, drilled ones or not."""


def main() -> None:
    """Serve until stopped; the first line of the output is the address."""
    parser = argparse.ArgumentParser(prog="python -m generator.drill.vendors")
    parser.add_argument("--port", type=int, default=0)
    with Vendors(parser.parse_args().port) as vendors:
        sys.stdout.write(vendors.url + "\n")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
