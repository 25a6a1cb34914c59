"""A report to Slack, by bot token or incoming webhook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers.common.deadline import Deadline
from handlers.common.http import Answer
from handlers.reports import slack
from handlers.reports.deliver import NotDelivered, Tools, is_private
from handlers.reports.report import Report

URL = "https://slack.com/api"


def send(report: Report, _name: str, channel: Mapping[str, Any], tools: Tools, deadline: Deadline) -> None:
    """https://docs.slack.dev/reference/methods/chat.postMessage/, or an incoming webhook."""
    secret = tools.secrets(channel["secret"])
    webhook = secret.get("webhook_url") or (secret.get("token", "") if _is_address(secret.get("token", "")) else "")
    private = is_private(channel)
    message = slack.message(report)
    if webhook:
        answer = tools.http.call("POST", webhook, deadline, data=message, private=private)
        if answer.status != 200:
            raise NotDelivered(f"Slack responded with {answer.status}")
        return
    url = f"{str(channel.get('url') or URL).rstrip('/')}/chat.postMessage"
    headers = {
        "Authorization": f"Bearer {secret.get('token', '')}",
        "Content-Type": "application/json; charset=utf-8",
    }
    data = {"channel": channel.get("channel", ""), "unfurl_links": False, "unfurl_media": False, **message}
    answer = tools.http.call("POST", url, deadline, headers=headers, data=data, private=private)
    _check(answer)


def _is_address(value: str) -> bool:
    return value.startswith("https://")


def _check(answer: Answer) -> None:
    response = answer.json()
    if isinstance(response, dict) and response.get("ok") is True:
        return
    code = response.get("error") if isinstance(response, dict) else None
    # Only what looks like one of Slack's codes is repeated: an answer may quote the token.
    plain = code if isinstance(code, str) and code.replace("_", "").isalpha() and len(code) <= 60 else "no reason"
    raise NotDelivered(f"Slack responded with {answer.status}: {plain}")
