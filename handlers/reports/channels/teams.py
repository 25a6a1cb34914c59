"""A report to Microsoft Teams, by the webhook of a workflow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers.common.deadline import Deadline
from handlers.common.http import is_page
from handlers.reports import teams
from handlers.reports.deliver import NotDelivered, Tools, is_private, webhook_url
from handlers.reports.report import Report


def send(report: Report, _name: str, channel: Mapping[str, Any], tools: Tools, deadline: Deadline) -> None:
    """The workflow answers 202 before it posts anything, or another 2xx where it has a Response action; an answer may
    quote the address, so none is repeated.
    """
    url = webhook_url(channel, tools)
    answer = tools.http.call("POST", url, deadline, data=teams.message(report), private=is_private(channel))
    if not 200 <= answer.status < 300 or is_page(answer):
        raise NotDelivered(f"Teams responded with {answer.status}")
