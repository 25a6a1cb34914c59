"""From an event of CloudFormation to what became of an agent; pure.

The account and Region are those of the stack, whose ARN is in `stack-id`; the envelope's are the administrator's.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-stackset-stack-instance-status-change.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from handlers.common.text_size import cut
from handlers.events.agent_life import StackChange
from handlers.events.records import Source, Status

INSTANCE = "CloudFormation StackSet StackInstance Status Change"
REASON_LIMIT = 400
_STACK = re.compile(r"arn:[a-z-]+:cloudformation:([a-z0-9-]+):([0-9]{12}):stack/.+")
_STACK_SET = re.compile(r"arn:[a-z-]+:cloudformation:[a-z0-9-]+:[0-9]{12}:stackset/([^:/]+):.+")
_DONE = {"CREATE": Status.REGISTERED, "UPDATE": Status.UPDATED, "DELETE": Status.REMOVED}
# `detailed-status`; others are of an operation under way, or of one that was cancelled or left the instance out.
_SUCCEEDED, _FAILED = "SUCCEEDED", ("FAILED", "FAILED_IMPORT", "INOPERABLE")


class Ignored(Exception):
    """An event that says nothing of an agent; the text says why."""


def read(event: Mapping[str, Any], stack_set: str) -> StackChange:
    """What became of an agent. stack_set: the name of ours. Raises Ignored."""
    detail = event.get("detail")
    if event.get("detail-type") != INSTANCE or not isinstance(detail, dict):
        raise Ignored(f"{event.get('detail-type')!r} is not about a single account")
    of_set = _STACK_SET.fullmatch(str(detail.get("stack-set-arn", "")))
    if not of_set or of_set[1] != stack_set:
        raise Ignored(f"the stack set is {detail.get('stack-set-arn')!r}, not {stack_set}")
    stack = _STACK.fullmatch(str(detail.get("stack-id", "")))
    if not stack:
        raise Ignored(f"stack-id is {detail.get('stack-id')!r}, which names no account")
    status, reason = _status(detail)
    return StackChange(Source(stack[2], stack[1]), status, _time(event), reason)


def _status(detail: Mapping[str, Any]) -> tuple[Status, str]:
    details = detail.get("status-details")
    details = details if isinstance(details, dict) else {}
    detailed, action = details.get("detailed-status"), str(detail.get("action"))
    if detailed == _SUCCEEDED and action in _DONE:
        return _DONE[action], ""
    if detailed in _FAILED and action in _DONE:
        reason = " ".join(str(details.get("status-reason") or detailed).split())
        return Status.FAILED, cut(reason, REASON_LIMIT)
    raise Ignored(f"action {action} is {detailed}")


def _time(event: Mapping[str, Any]) -> int:
    try:
        moment = datetime.fromisoformat(str(event.get("time")))
    except ValueError:
        raise Ignored(f"time is {event.get('time')!r}") from None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
