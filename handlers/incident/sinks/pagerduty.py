"""PagerDuty, Events API v2: one alert for each incident, found again by its deduplication key.

https://developer.pagerduty.com/docs/send-alert-event says what an event may hold. The key makes every event
repeatable: a second trigger with the same key joins the alert that is open, so nothing has to be looked up. It pages
nobody either; so what is worth another page while an alert is open gets a key of its own. The reference is the keys
whose alerts may be open.
"""

from __future__ import annotations

from typing import Any, ClassVar

from handlers.common.deadline import Deadline
from handlers.incident.channels import Channel
from handlers.incident.report import Report, Step, clip, is_address
from handlers.incident.sinks.sink import (
    Advance,
    Attempt,
    Blame,
    SinkFailed,
    Tools,
    ask,
    blame_for,
    credentials,
    plain_report,
    quoted,
)

URL = "https://events.pagerduty.com"
SUMMARY_LIMIT = 1024
# The whole event may have 512 KB; a value of a hundredth of it is already more than anybody reads on a telephone.
VALUE_LIMIT, MEMBER_LIMIT, TITLE_LIMIT = 4_000, 500, 700
SEVERITY = {"critical": "critical", "high": "error", "medium": "warning", "low": "info"}
ACCEPTED = 202


class Sink:
    """Triggers and resolves; what is merely worth knowing wakes nobody up."""

    tickets: ClassVar[bool] = True
    accepts_evidence: ClassVar[bool] = False
    omits: ClassVar[frozenset[Step]] = frozenset({Step.UPDATED, Step.REMINDER})

    def __init__(self, channel: Channel, tools: Tools) -> None:
        self.channel = channel
        self.tools = tools

    def advance(self, report: Report, attempt: Attempt, deadline: Deadline) -> Advance:
        """Send the event that the step calls for, if it calls for one."""
        if report.step in (Step.NOTICE, Step.EVIDENCE, Step.ADDED):
            return Advance(attempt.reference)
        if attempt.plain:
            report = plain_report(report)
        keys = (attempt.reference or report.label).split()
        if report.step is Step.RESOLVE:
            self._send(resolve(keys[0]), deadline)
            return Advance(" ".join(keys[1:] or keys), finished=len(keys) == 1)
        if report.step is Step.REPEAT and report.is_of_several and attempt.is_open:
            return self._page_anew(report, attempt, keys, deadline)
        self._send(trigger(report, keys[-1]), deadline)
        return Advance(" ".join(keys))

    def _page_anew(self, report: Report, attempt: Attempt, keys: list[str], deadline: Deadline) -> Advance:
        """Something else has gone wrong: an alert of its own, which pages, and then the end of the one before.

        The new key is written down before it is used: whatever becomes of the call, its alert will be resolved.
        """
        key = f"{report.label}-{attempt.begun_for // 1000}"
        if key not in keys:
            return Advance(" ".join([*keys, key]), finished=False, progress={"key": key})
        if "paged" not in attempt.progress:
            self._send(trigger(report, key), deadline)
        else:
            keys.remove(over := next(other_key for other_key in keys if other_key != key))
            self._send(resolve(over), deadline)
        return Advance(" ".join(keys), finished=len(keys) == 1, progress={"key": key, "paged": "1"})

    def _send(self, event: dict[str, Any], deadline: Deadline) -> None:
        key = credentials(self.channel, self.tools, "routing_key")["routing_key"]
        url = f"{str(self.channel.settings.get('url') or URL).rstrip('/')}/v2/enqueue"
        data = {"routing_key": key, **event}
        answer = ask(self.tools, self.channel, "POST", url, deadline, who="PagerDuty", data=data)
        response = answer.json()
        if answer.status == ACCEPTED:
            if not isinstance(response, dict) or response.get("status") != "success":
                raise SinkFailed("PagerDuty's response is not readable", unsure=True)
            return
        if 200 <= answer.status < 300:
            raise SinkFailed(f"the response is not from PagerDuty ({answer.status})", unsure=True)
        reason = _reason(response, key)
        # A key that nobody has is repaired in the secret, and what is owed can wait for it.
        blame = Blame.CHANNEL if "routing" in reason.lower() else blame_for(answer.status)
        raise SinkFailed(f"PagerDuty refused the event ({answer.status}): {reason}", blame=blame)


def trigger(report: Report, key: str = "") -> dict[str, Any]:
    """The event that opens the alert of a deduplication key, or adds to it. key: the incident's label where empty."""
    members: dict[str, Any] = {}
    if report.is_of_several:
        members["Members"] = [clip(member.text, MEMBER_LIMIT) for member in report.members]
    lead = f": {report.lead}" if report.lead else ""
    facts = {name: clip(value, VALUE_LIMIT) for name, value in report.facts}
    return {
        "event_action": "trigger",
        "dedup_key": key or report.label,
        "client": "obsgen",
        "payload": {
            "summary": clip(f"{report.title_within(TITLE_LIMIT)}{lead}", SUMMARY_LIMIT),
            "source": _source(report),
            "severity": SEVERITY.get(report.severity, "error"),
            "timestamp": report.at,
            "component": report.alarm,
            "group": f"{report.project}-{report.environment}",
            "class": report.kind,
            "custom_details": {
                **facts,
                "Summary": clip(report.summary, VALUE_LIMIT),
                "Times": report.count,
                **members,
            },
        },
        "links": [{"href": url, "text": label} for label, url in report.links if is_address(url)],
    }


def resolve(key: str) -> dict[str, Any]:
    """The event that ends the alert; the key alone says which."""
    return {"event_action": "resolve", "dedup_key": key}


def _source(report: Report) -> str:
    if report.kind_of_incident == "storm":
        return f"{report.project} {report.environment}"
    return f"{report.account_name} ({report.account}, {report.region})"


def _reason(answer: Any, key: str) -> str:
    """PagerDuty lists what is wrong in `errors`, and may quote the routing key there."""
    if not isinstance(answer, dict):
        return "no reason given"
    errors = answer.get("errors")
    parts = [str(answer.get("message") or ""), *(map(str, errors) if isinstance(errors, list) else ())]
    return quoted("; ".join(part for part in parts if part) or "no reason given", (key,))
