"""A report to one channel, by the module of its type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from handlers.common.deadline import Deadline
from handlers.common.http import Http, NoAnswer
from handlers.common.secrets import NoSecret, Secrets
from handlers.reports.report import Report

CALL_SECONDS = 15.0


class NotDelivered(Exception):
    """The channel did not take the report; the text says why, without any secret."""


@dataclass(frozen=True, slots=True)
class Tools:
    """Ways out. client: makes a client of an AWS service. sender: for SES; without one mails go through the topic."""

    client: Callable[[str], Any]
    http: Http
    secrets: Secrets
    topic_arn: str
    sender: str = ""


def deliver(report: Report, name: str, channel: Mapping[str, Any], tools: Tools, deadline: Deadline) -> None:
    """Send it to the channel called `name`. Raises NotDelivered."""
    module = f"handlers.reports.channels.{channel['type']}"
    if find_spec(module) is None:
        raise NotDelivered(f"channels of type {channel['type']} do not support reports")
    try:
        import_module(module).send(report, name, channel, tools, deadline.within(CALL_SECONDS))
    except (NoSecret, NoAnswer) as error:
        raise NotDelivered(str(error)) from None


def is_private(channel: Mapping[str, Any]) -> bool:
    """Whether the channel's address may be in a private network."""
    return bool(channel.get("delivery", {}).get("private"))


def webhook_url(channel: Mapping[str, Any], tools: Tools) -> str:
    """The address in the channel's secret, which may be that and nothing else; empty where there is none."""
    secret = tools.secrets(channel["secret"])
    return secret.get("webhook_url") or secret.get("value", "")
