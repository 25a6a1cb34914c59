"""Subscribers of a topic as channels. Secrets are never written, only the names of secrets to create."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from generator.importer.unknown_values import MARK
from generator.importer.write.drafts import Notes

FILL_IN = "fill-in@example.com"
_EMAIL = re.compile(r"[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_SLACK_CHANNEL = re.compile(r"[A-Z0-9]{6,20}")
# Whose addresses have the key in them; the channel of the vendor asks for a secret with the key.
_VENDORS: tuple[tuple[str, str], ...] = (
    ("pagerduty.com", "pagerduty"),
    ("opsgenie.com", "jsm"),
    ("atlassian.com", "jsm"),
    ("hooks.slack.com", "slack"),
    ("webhook.office.com", "teams"),
    ("logic.azure.com", "teams"),
    ("chat.googleapis.com", "google_chat"),
)
# The kinds of subscribers that read whatever is published to a topic.
_REACHED = ("email", "sms", "webhook")
# Amazon Q in chat applications (AWS Chatbot) subscribes itself. It accepts no calls but those of SNS, and shows no
# messages of other forms, so the chat needs a channel of its own.
# https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
_CHATBOT = "chatbot.amazonaws.com"
_SERVICES = {"lambda": "a function", "sqs": "a queue", "firehose": "a delivery stream"}


@dataclass(frozen=True, slots=True)
class TopicChannel:
    """A channel. suffix: what its key has besides the topic's name. has_secret: whether it needs one.

    unknown: the ARN of the topic, if its subscribers are not known.
    """

    suffix: str
    keys: dict[str, Any]
    has_secret: bool = False
    unknown: str = ""


def channels_of(
    name: str, subscribers: Collection[tuple[str, str]], arns: Collection[str], notes: Notes
) -> list[TopicChannel]:
    """The channels of a topic, at least one. subscribers: protocol and endpoint. arns: what alarms call it."""
    known = sorted(arn for arn in arns if arn.startswith("arn:") and not MARK.search(arn))
    by_kind: dict[str, list[str]] = {}
    for protocol, endpoint in sorted(subscribers):
        by_kind.setdefault(_kind(protocol, endpoint), []).append(endpoint)
    form = ""
    if "topic" in by_kind and known:
        # The topic that is published to for some of its subscribers reaches these, too, who would get everything twice.
        form = "text" if {"email", "sms"} & by_kind.keys() else ""
        by_kind = {kind: endpoints for kind, endpoints in by_kind.items() if kind not in _REACHED}
    channels = [
        channel for kind in sorted(by_kind) for channel in _of_kind(name, kind, by_kind[kind], known, form, notes)
    ]
    if len(channels) == 1:
        return [TopicChannel("", channels[0].keys, channels[0].has_secret)]
    return channels or [_unknown(name, known, notes)]


def _unknown(name: str, known: list[str], notes: Notes) -> TopicChannel:
    """The channel of a topic whose subscribers the source does not say."""
    if not known:
        notes.remark(
            f"channels: {FILL_IN} is a placeholder for the subscribers of the topic {name[:80]}, which are not known."
        )
        return TopicChannel("", {"type": "email", "addresses": [FILL_IN]})
    if len(known) > 1:
        notes.remark(
            f"channels: of the {len(known)} topics of this name in Regions of its account, "
            f"only {known[0]} is published to."
        )
    return TopicChannel("", {"type": "sns", "topic": known[0], "format": "text"}, unknown=known[0])


def _of_kind(
    name: str, kind: str, endpoints: list[str], known: list[str], form: str, notes: Notes
) -> list[TopicChannel]:
    match kind:
        case "email":
            return [_email(name, endpoints, notes)]
        case "sms":
            phones = sorted({endpoint for endpoint in endpoints if _PHONE.fullmatch(endpoint)})
            rows = [{"type": "sms", "phone_number": phone} for phone in phones]
            return [TopicChannel(f"sms-{number}", row) for number, row in enumerate(rows, 1)]
        case "webhook":
            hosts = sorted({_host(endpoint) for endpoint in endpoints} - {""})
            notes.remark(f"channels: of addresses of the topic {name[:80]} only the host is written; fill in the path.")
            return [TopicChannel(f"webhook-{host}", {"type": kind, "url": f"https://{host}/"}, True) for host in hosts]
        case "slack":
            rooms = sorted({endpoint for endpoint in endpoints if _SLACK_CHANNEL.fullmatch(endpoint)})
            keys = [{"channel": room} for room in rooms] or [{}]
            return [TopicChannel("slack", {"type": kind, **own}, True) for own in keys]
        case "topic":
            services = ", ".join(sorted({_service(endpoint) for endpoint in endpoints}))
            if not known:
                notes.remark(
                    f"channels: {FILL_IN} is a placeholder for {services} of the topic {name[:80]}, "
                    "of which only AWS knows the ARN."
                )
                return [TopicChannel("topic", {"type": "email", "addresses": [FILL_IN]})]
            notes.remark(f"channels: {services} of the topic {name[:80]} will get messages of another form.")
            return [TopicChannel("topic", {"type": "sns", "topic": known[0], **({"format": form} if form else {})})]
        case _:
            return [TopicChannel(kind.replace("_", "-"), {"type": kind}, True)]


def _email(name: str, endpoints: list[str], notes: Notes) -> TopicChannel:
    addresses = sorted({endpoint if _EMAIL.fullmatch(endpoint) else FILL_IN for endpoint in endpoints})
    if FILL_IN in addresses:
        notes.remark(f"channels: {FILL_IN} is a placeholder for an address of the topic {name[:80]}.")
    return TopicChannel("email", {"type": "email", "addresses": addresses})


def _kind(protocol: str, endpoint: str) -> str:
    """The type of channel that a subscriber needs; `topic` where only the topic reaches it."""
    if protocol in ("email", "email-json"):
        return "email"
    if protocol not in ("http", "https"):
        return protocol if protocol in ("sms", "slack") else "topic"
    host = _host(endpoint)
    if host.endswith(f".{_CHATBOT}"):
        return "slack"
    return next((kind for domain, kind in _VENDORS if host == domain or host.endswith(f".{domain}")), "webhook")


def _host(endpoint: str) -> str:
    try:
        host = urlsplit(endpoint).hostname or ""
    except ValueError:
        return ""
    return host if _HOST.fullmatch(host) else ""


def _service(endpoint: str) -> str:
    match = re.match(r"arn:[^:]+:([a-z-]+):", endpoint)
    return _SERVICES.get(match[1] if match else "", "a subscriber")
