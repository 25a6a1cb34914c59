"""A report to Google Chat, by the incoming webhook of a space."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers.common.deadline import Deadline
from handlers.reports import google_chat
from handlers.reports.deliver import NotDelivered, Tools, is_private, webhook_url
from handlers.reports.report import Report


def send(report: Report, name: str, channel: Mapping[str, Any], tools: Tools, deadline: Deadline) -> None:
    """With the same requestId Google returns the first message, so nothing is posted twice; an answer may quote the
    address, so none is repeated.
    """
    url = f"{webhook_url(channel, tools)}&requestId=report-{name}-{report.name}-{report.end:%Y%m%d%H%M}"
    answer = tools.http.call("POST", url, deadline, data=google_chat.message(report), private=is_private(channel))
    if answer.status != 200:
        raise NotDelivered(f"Google Chat responded with {answer.status}")
