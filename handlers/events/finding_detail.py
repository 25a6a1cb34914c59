"""The findings that the hub sends to its own bus: names, limits and form; pure.

The incident function takes at most 12 facts and 1,500 bytes, and has facts of its own (State, Owner, Runbook, …), whose
names are not used here. Texts come from logs and may be anything: they are cleaned and cut by their bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from handlers.common.printable import printable
from handlers.common.text_size import cut
from handlers.events.records import FindingState, PendingFinding, Source

SOURCE = "obsgen.events"
# Check to detail-type.
DETAIL_TYPES = {
    "log-error": "Log Error Finding",
    "lambda-error": "Lambda Error Finding",
    "task-failure": "Task Failure Finding",
    "service-health": "Service Health Finding",
    "error-spike": "Error Spike Finding",
    "agent": "Agent Finding",
}
LOG_ERROR, LAMBDA_ERROR, TASK_FAILURE, SERVICE_HEALTH, ERROR_SPIKE, AGENT = DETAIL_TYPES
# Kind of an error to its check, and check to the kind that settings know a severity of.
CHECK_OF_KIND = {"log": LOG_ERROR, "lambda": LAMBDA_ERROR}
KIND_OF_CHECK = {
    LOG_ERROR: "log",
    LAMBDA_ERROR: "lambda",
    TASK_FAILURE: "task",
    SERVICE_HEALTH: "health",
    ERROR_SPIKE: "spike",
    AGENT: "agent",
}
SUMMARY, AGENT_SUBJECT = "summary", "agent"
MOST_TITLE, MOST_FACT, MOST_ACTION, MOST_LINK, MOST_BYTES, MOST_FACTS = 200, 400, 400, 600, 1_400, 12
CONTENT_DIGITS = 8
# How far the values of facts are cut until there is room.
_STEPS = (400, 300, 200, 150, 100, 60)


class Content(TypedDict):
    """Of a finding: one line, names and values, what to do, and a link to the console; the last two may be empty."""

    title: str
    facts: list[list[str]]
    action: str
    link: str


def content(title: str, facts: Sequence[tuple[str, str]], action: str = "", link: str = "") -> Content:
    """All of it within the limits. Facts without a value are left out, and so is a link that is too long."""
    lines = [(name, _line(value)) for name, value in facts]
    made = Content(
        title=cut(_line(title), MOST_TITLE),
        facts=[],
        action=cut(_line(action), MOST_ACTION),
        link=link if len(link) <= MOST_LINK else "",
    )
    for step in _STEPS:
        made["facts"] = [[name, cut(value, step)] for name, value in lines if value][:MOST_FACTS]
        if _size(made) <= MOST_BYTES:
            return made
    return Content(title=made["title"], facts=made["facts"], action=made["action"], link="")


def owed(
    check: str, source: Source, subject: str, state: FindingState, at: int, said: Mapping[str, Any], environment: str
) -> PendingFinding:
    """The finding of a subject in an account and Region, whole."""
    detail = {
        "version": 1,
        "environment": environment,
        "check": check,
        "subject": subject,
        "account": source.account,
        "region": source.region,
        "state": str(state),
        "at": at,
        **said,
    }
    digest = hashlib.sha256(_dumped(said).encode("utf-8", "replace")).hexdigest()[:CONTENT_DIGITS]
    return PendingFinding(at, state, check, detail, digest)


def _line(text: str) -> str:
    return " ".join(str(printable(text)).split())


def _size(made: Content) -> int:
    return len(_dumped(made).encode("utf-8", "replace"))


def _dumped(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
