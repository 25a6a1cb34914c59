"""Google Chat in a drill: the incoming webhook of a space, which accepts text and cards, and keeps threads by key.

https://developers.google.com/workspace/chat/quickstart/webhooks (address, threads, answer),
https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create (size, requestId) and
https://developers.google.com/workspace/chat/api/reference/rest/v1/cards (widgets, tags of a text).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from generator.drill.vendors.kit.vendor import Entry, HttpVendor
from generator.drill.vendors.kit.wire import Reply, WireRequest, unknown_keys

# Credentials of this stub only.
_SPACE, KEY, TOKEN = "spaces/AAAADRILL", "drill-key", "drill-token"  # noqa: S105
_PATH = f"/v1/{_SPACE}/messages"
WEBHOOK_PATH = f"{_PATH}?key={KEY}&token={TOKEN}"
REPLY = "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"
MESSAGE_BYTES, WIDGETS, THREAD_KEY = 32_000, 100, 4_000
# The tags that a card's text may have, and what has to be escaped besides.
_TAG = re.compile(r'</?[biu]>|</?font(?: color="#[0-9a-f]{6}")?>')
_STRAY = re.compile(r"[<>]|&(?!amp;|lt;|gt;)")
# What a text that is no card's reads as a mention or a link.
_MARKUP = re.compile(r"<[^>]*>")


class Vendor(HttpVendor):
    """messages: with the name of their thread, oldest first. `is_reply`: whether an earlier one began the thread."""

    is_read: ClassVar[bool] = True
    latency_ms: ClassVar[int] = 250

    def __init__(self, violations: list[str] | None = None) -> None:
        super().__init__(violations)
        self.messages: list[dict[str, Any]] = []
        self._by_request: dict[str, dict[str, Any]] = {}
        self._threads: dict[str, str] = {}

    @classmethod
    def example_channels(cls, url: str) -> dict[str, dict[str, Any]]:
        """One space."""
        return {"google-chat": {"type": "google_chat", "secret": {"webhook_url": url + WEBHOOK_PATH}}}

    @staticmethod
    def server_key(_name: str, channel: Entry) -> str:
        """The address is the secret: channels with one secret share the stub."""
        return str(channel["secret"])

    def redirect(self, channel: Entry, url: str) -> tuple[dict[str, Any], dict[str, str]]:
        """The channel as it is; its secret leads to the stub."""
        return dict(channel), {"webhook_url": url + WEBHOOK_PATH}

    @classmethod
    def calls(cls, step: str, _report: Any, attempt: Any, _settings: Entry) -> int:
        """A repeat and a reminder are a message of the space besides the one in the thread."""
        return 1 + int(step in ("repeat", "reminder") and attempt.reference is not None)

    def count(self) -> int:
        """Messages, replies in threads included."""
        return len(self.messages)

    def data(self) -> dict[str, Any]:
        """The messages, oldest first."""
        return {"google_chat_messages": self.messages}

    @staticmethod
    def describe(data: Mapping[str, Any]) -> Iterator[str]:
        """The text of each message and of its card."""
        for message in data["google_chat_messages"]:
            yield "reply in the thread" if message["is_reply"] else "message"
            if "text" in message:
                yield from (f"  {line}" for line in message["text"].splitlines())
            for widget in _widgets(message):
                yield f"  {_visible_text(widget)}"

    def handle(self, request: WireRequest) -> Reply | None:
        """The answer; None where the path is not a space's."""
        if not request.path.startswith("/v1/spaces/") or request.method != "POST":
            return None
        if request.path != _PATH:
            return Reply(404, _refusal(404, "NOT_FOUND"))
        if (request.query.get("key"), request.query.get("token")) != (KEY, TOKEN):
            return Reply(401, _refusal(401, "UNAUTHENTICATED"))
        known = self._by_request.get(request.query.get("requestId", ""))
        if known:
            return Reply(200, known)
        message = request.json()
        problem = message_problem(message, request.body) or _query_problem(request.query, message)
        if problem:
            self.violations.append(f"google_chat: {problem}")
            return Reply(400, _refusal(400, "INVALID_ARGUMENT"))
        return Reply(200, self._keep(message, request.query.get("requestId", "")))

    def _keep(self, message: dict[str, Any], request_id: str) -> dict[str, Any]:
        number = len(self.messages) + 1
        key = message.get("thread", {}).get("threadKey", f"message {number}")
        is_reply = key in self._threads
        thread = self._threads.setdefault(key, f"{_SPACE}/threads/T{number}")
        self.messages.append({**message, "is_reply": is_reply, "thread": thread})
        response = {**message, "name": f"{_SPACE}/messages/M{number}", "thread": {"name": thread}}
        self._by_request[request_id] = response
        return response


def _refusal(code: int, status: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": "The request was refused.", "status": status}}


def _query_problem(query: Mapping[str, str], message: dict[str, Any]) -> str | None:
    if unknown_keys(dict(query), "key", "token", "messageReplyOption", "requestId"):
        return f"unknown arguments: {sorted(query)}"
    if "thread" in message and query.get("messageReplyOption") != REPLY:
        return "the key of a thread is ignored without messageReplyOption"
    return None if query.get("requestId") else "no requestId"


def message_problem(message: Any, body: bytes) -> str | None:
    """The problem of a message with this body; None without one."""
    if len(body) > MESSAGE_BYTES:
        return f"the message has {len(body)} bytes, more than {MESSAGE_BYTES}"
    if not isinstance(message, dict) or unknown_keys(message, "text", "fallbackText", "cardsV2", "thread"):
        return "not a message"
    if not message.get("text") and not message.get("cardsV2"):
        return "neither text nor cards"
    texts = [message[name] for name in ("text", "fallbackText") if name in message]
    if any(not isinstance(text, str) or _MARKUP.search(text) for text in texts):
        return "a mention or a link in a text"
    thread = message.get("thread", {"threadKey": "x"})
    if set(thread) != {"threadKey"} or not 1 <= len(thread["threadKey"]) <= THREAD_KEY:
        return "not the key of a thread"
    return _cards_problem(message)


def _cards_problem(message: dict[str, Any]) -> str | None:
    for card in message.get("cardsV2", []):
        if set(card) != {"cardId", "card"} or set(card["card"]) != {"sections"}:
            return "not a card with an ID and sections"
        if any(set(section) != {"widgets"} or not section["widgets"] for section in card["card"]["sections"]):
            return "a section without widgets"
    widgets = list(_widgets(message))
    if len(widgets) > WIDGETS:
        return f"more than {WIDGETS} widgets: the rest would not be shown"
    return next((problem for problem in map(_widget_problem, widgets) if problem), None)


def _widgets(message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for card in message.get("cardsV2", []):
        for section in card["card"]["sections"]:
            yield from section["widgets"]


def _widget_problem(widget: dict[str, Any]) -> str | None:
    match widget:
        case {"textParagraph": {"text": str(text)}} if len(widget) == 1:
            return None if text and not _STRAY.search(_TAG.sub("", text)) else "& < > are not escaped in a text"
        case {"buttonList": {"buttons": [_, *_] as buttons}} if len(widget) == 1:
            return None if all(map(_is_button, buttons)) else "not a button with a text and an address"
    return f"unsupported widget: {sorted(widget)}"


def _is_button(button: Any) -> bool:
    match button:
        case {"text": str(text), "onClick": {"openLink": {"url": str(url)}}} if len(button) == 2:
            return bool(text) and url.startswith("https://")
    return False


def _visible_text(widget: dict[str, Any]) -> str:
    if "buttonList" in widget:
        return " · ".join(button["text"] for button in widget["buttonList"]["buttons"])
    return html.unescape(_TAG.sub("", widget["textParagraph"]["text"]))
