"""PagerDuty, Events API v2: one alert for each incident, found again by its deduplication key.

https://developer.pagerduty.com/docs/send-alert-event says what an event may hold. The key makes every event
repeatable: a second trigger with the same key joins the alert that is open, so nothing has to be looked up.
"""

from __future__ import annotations

from typing import Any, ClassVar

from handlers.common.deadline import Deadline
from handlers.incident.channels import Channel
from handlers.incident.report import Report, Step, is_address
from handlers.incident.sinks.sink import (
    Advance,
    Attempt,
    Blame,
    SinkFailed,
    Tools,
    ask,
    blame_for,
    clipped,
    credentials,
    plain_report,
    quoted,
)

URL = "https://events.pagerduty.com"
SUMMARY_LIMIT = 1024
# The whole event may have 512 KB; a value of a hundredth of it is already more than anybody reads on a telephone.
VALUE_LIMIT = 4_000
SEVERITY = {"critical": "critical", "high": "error", "medium": "warning", "low": "info"}
ACCEPTED = 202


class Sink:
    """Triggers and resolves; what is merely worth knowing wakes nobody up."""

    tickets: ClassVar[bool] = True
    takes_evidence: ClassVar[bool] = False

    def __init__(self, channel: Channel, tools: Tools) -> None:
        self.channel = channel
        self.tools = tools

    def advance(self, report: Report, attempt: Attempt, deadline: Deadline) -> Advance:
        """Send the event that the step calls for, if it calls for one."""
        if report.step in (Step.NOTICE, Step.EVIDENCE, Step.ADDED):
            return Advance(attempt.reference)
        if attempt.plain:
            report = plain_report(report)
        key = credentials(self.channel, self.tools, "routing_key")["routing_key"]
        event = resolve(report) if report.step is Step.RESOLVE else trigger(report)
        url = f"{str(self.channel.settings.get('url') or URL).rstrip('/')}/v2/enqueue"
        data = {"routing_key": key, **event}
        answer = ask(self.tools, self.channel, "POST", url, deadline, who="PagerDuty", data=data)
        said = answer.json()
        if answer.status == ACCEPTED:
            if not isinstance(said, dict) or said.get("status") != "success":
                raise SinkFailed("PagerDuty's answer cannot be read", unsure=True)
            return Advance(report.label)
        if 200 <= answer.status < 300:
            raise SinkFailed(f"something answers in PagerDuty's place ({answer.status})", unsure=True)
        reason = _reason(said, key)
        # A key that nobody has is repaired in the secret, and what is owed can wait for it.
        blame = Blame.CHANNEL if "routing" in reason.lower() else blame_for(answer.status)
        raise SinkFailed(f"PagerDuty refused the event ({answer.status}): {reason}", blame=blame)


def trigger(report: Report) -> dict[str, Any]:
    """The event that opens the alert, or adds to it."""
    facts = {name: clipped(value, VALUE_LIMIT) for name, value in report.facts}
    return {
        "event_action": "trigger",
        "dedup_key": report.label,
        "client": "obsgen",
        "payload": {
            "summary": clipped(f"{report.title}: {report.lead}" if report.lead else report.title, SUMMARY_LIMIT),
            "source": f"{report.account_name} ({report.account}, {report.region})",
            "severity": SEVERITY.get(report.severity, "error"),
            "timestamp": report.at,
            "component": report.alarm,
            "group": f"{report.project}-{report.environment}",
            "class": report.kind,
            "custom_details": {**facts, "Summary": clipped(report.summary, VALUE_LIMIT), "Times": report.count},
        },
        "links": [{"href": url, "text": label} for label, url in report.links if is_address(url)],
    }


def resolve(report: Report) -> dict[str, Any]:
    """The event that ends the alert; the key alone says which."""
    return {"event_action": "resolve", "dedup_key": report.label}


def _reason(answer: Any, key: str) -> str:
    """PagerDuty lists what is wrong in `errors`, and may quote the routing key there."""
    if not isinstance(answer, dict):
        return "it did not say why"
    errors = answer.get("errors")
    parts = [str(answer.get("message") or ""), *(map(str, errors) if isinstance(errors, list) else ())]
    return quoted("; ".join(part for part in parts if part) or "it did not say why", (key,))
