"""Any HTTPS endpoint: the whole report as JSON, signed, so that the receiver can tell that it is ours and is new.

The signature covers the time and the body, as Slack's and PagerDuty's own do
(https://docs.slack.dev/authentication/verifying-requests-from-slack/): HMAC-SHA256 over `<timestamp>.<body>`. The
receiver compares it, and refuses what is some minutes old. A step that is sent twice has the same Idempotency-Key, also
where there is more to say of the incident by the second time.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import asdict
from typing import Any, ClassVar

from handlers.common.deadline import Deadline
from handlers.incident.channels import Channel
from handlers.incident.message.report import Digest, Report, Step, is_address
from handlers.incident.sinks.sink import (
    Advance,
    Attempt,
    SinkFailed,
    Tools,
    ask,
    blame_for,
    credentials,
    plain_report,
    quoted,
)

FORM = 1


class Sink:
    """A POST for each step; the receiver's answer is of no interest beyond its status."""

    tickets: ClassVar[bool] = False
    accepts_evidence: ClassVar[bool] = True
    omits: ClassVar[frozenset[Step]] = frozenset()

    def __init__(self, channel: Channel, tools: Tools) -> None:
        self.channel = channel
        self.tools = tools

    def advance(self, report: Report, attempt: Attempt, deadline: Deadline) -> Advance:
        """Post it. Nothing can be looked up; that is what the Idempotency-Key is for."""
        if attempt.plain:
            report = plain_report(report)
        key = f"{report.episode}-{self.channel.name}-{report.step}-{attempt.begun_for}"
        self._post(content(report), key, deadline)
        return Advance(None)

    def digest(self, digest: Digest, reference: str | None, deadline: Deadline) -> None:  # noqa: ARG002
        """Post the list; it cannot be edited afterwards."""
        listed = {**asdict(digest), "version": FORM, "step": "digest", "counts": dict(digest.counts)}
        self._post(listed, f"digest-{self.channel.name}-{digest.at}-{digest.total}", deadline)

    def _post(self, data: dict[str, Any], idempotency_key: str, deadline: Deadline) -> None:
        key = credentials(self.channel, self.tools, "key")["key"]
        body = json.dumps(data, separators=(",", ":")).encode()
        stamp = str(int(self.tools.now()))
        headers = {
            "Content-Type": "application/json",
            "X-Obsgen-Timestamp": stamp,
            "X-Obsgen-Signature": f"v1={signature(key, stamp, body)}",
            "Idempotency-Key": idempotency_key,
        }
        url = str(self.channel.settings["url"])
        answer = ask(self.tools, self.channel, "POST", url, deadline, who="the webhook", headers=headers, body=body)
        if not 200 <= answer.status < 300:
            body_text = quoted(answer.body.decode(errors="replace"), (key, url))
            raise SinkFailed(f"the webhook refused ({answer.status}): {body_text}", blame=blame_for(answer.status))


def signature(key: str, stamp: str, body: bytes) -> str:
    """Hexadecimal HMAC-SHA256 of time and body."""
    return hmac.new(key.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()


def content(report: Report) -> dict[str, Any]:
    """The report as it is, with its title and label, so that no receiver has to put them together again."""
    fields = {**asdict(report), "counts": dict(report.counts)}
    kind = "finding" if report.finding else "alarm"
    if report.is_of_several:
        kind = report.kind_of_incident
    del fields["kind_of_incident"]
    links = [{"label": label, "url": url} for label, url in report.links if is_address(url)]
    if report.finding:
        del fields["finding"]["adds_to"], fields["finding"]["event"]
    else:
        del fields["finding"]
    return {
        **fields,
        "kind": kind,
        "version": FORM,
        "incident": report.episode,
        "title": report.title,
        "label": report.label,
        "links": links,
    }
