"""Any HTTPS endpoint: the whole report as JSON, signed, so that the receiver can tell that it is ours and is new.

The signature covers the time and the body, as Slack's and PagerDuty's own do
(https://docs.slack.dev/authentication/verifying-requests-from-slack/): HMAC-SHA256 over `<timestamp>.<body>`. The
receiver compares it, and refuses what is some minutes old. A step that is said twice has the same Idempotency-Key.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, ClassVar

from handlers.common.deadline import Deadline
from handlers.incident.report import Report
from handlers.incident.sinks.sink import Channel, SinkFailed, Tools, ask, credentials, quoted

FORM = 1


class Sink:
    """A POST for each step; the receiver's answer is of no interest beyond its status."""

    tickets: ClassVar[bool] = False

    def __init__(self, channel: Channel, tools: Tools) -> None:
        self.channel = channel
        self.tools = tools
        self.clock: Callable[[], float] = time.time

    def tell(self, report: Report, ref: str | None, deadline: Deadline, *, unsure: bool) -> str | None:  # noqa: ARG002
        """Post it. Nothing can be looked up; that is what the Idempotency-Key is for."""
        key = credentials(self.channel, self.tools, "key")["key"]
        body = json.dumps(content(report), separators=(",", ":")).encode()
        stamp = str(int(self.clock()))
        headers = {
            "Content-Type": "application/json",
            "X-Obsgen-Timestamp": stamp,
            "X-Obsgen-Signature": f"v1={signature(key, stamp, body)}",
            "Idempotency-Key": f"{report.label}-{report.step}-{report.count}-{report.at}",
        }
        url = str(self.channel.settings["url"])
        answer = ask(self.tools, "POST", url, deadline, who="the webhook", headers=headers, body=body)
        if not 200 <= answer.status < 300:
            said = quoted(answer.body.decode(errors="replace"), (key, url))
            raise SinkFailed(f"the webhook refused ({answer.status}): {said}")
        return None


def signature(key: str, stamp: str, body: bytes) -> str:
    """Hexadecimal HMAC-SHA256 of time and body."""
    return hmac.new(key.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()


def content(report: Report) -> dict[str, Any]:
    """The report as it is, with its title and label, so that no receiver has to put them together again."""
    fields = asdict(report)
    links = [{"label": label, "url": url} for label, url in report.links]
    return {**fields, "version": FORM, "title": report.title, "label": report.label, "links": links}
