"""Slack in a drill: chat.postMessage, chat.update and reactions.get for bots, webhooks, and Block Kit's limits.

https://docs.slack.dev/reference/methods/chat.postMessage/, https://docs.slack.dev/reference/block-kit/blocks/ and
https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/#handling_errors.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from generator.drill.vendors.kit.vendor import Entry, HttpVendor, edits_of_members
from generator.drill.vendors.kit.wire import Reply, WireRequest, unknown_keys

# Credentials of this stub only.
BOT_TOKEN = "xoxb-drill-bot-token"  # noqa: S105
WEBHOOK_PATH = "/services/T00000000/B00000000/drillwebhookaddress"
CHANNEL_ID, FOREIGN_CHANNEL_ID = "C0000000001", "C0000000002"
BLOCKS, HEADER, SECTION, FIELD, FIELDS, ELEMENTS, TEXT = 50, 150, 3000, 2000, 10, 10, 40_000
MESSAGE_KEYS = ("text", "blocks", "attachments")
ARGUMENTS = (*MESSAGE_KEYS, "channel", "thread_ts", "reply_broadcast", "unfurl_links", "unfurl_media")
_LINK = re.compile(r"<(https?://[^|>]+)(?:\|([^>]*))?>")
_STRAY = re.compile(r"&(?!amp;|lt;|gt;)|<(?!https?://[^\s|<>]+(?:\|[^<>|]+)?>)")


class Vendor(HttpVendor):
    """A workspace with a bot and an incoming webhook.

    channels: name to ID, of those that the bot is in; foreign_channels: of those that it is not in. code: an error that
    the next calls return. strict_threads: whether a reply to a deleted message is refused; otherwise it is posted as a
    message of its own (https://github.com/slack-go/slack/issues/1571). scopes: of the bot, as far as reading goes.
    """

    is_read: ClassVar[bool] = True
    latency_ms: ClassVar[int] = 200

    def __init__(self, violations: list[str] | None = None) -> None:
        super().__init__(violations)
        self.channels: dict[str, str] = {"#ops": CHANNEL_ID}
        self.foreign_channels: dict[str, str] = {"#secret": FOREIGN_CHANNEL_ID}
        self.messages: list[dict[str, Any]] = []
        self.code = ""
        self.strict_threads = False
        self.scopes = {"chat:write", "reactions:read"}
        self.last_number = 0

    @classmethod
    def example_channels(cls, url: str) -> dict[str, dict[str, Any]]:
        """By bot token and by incoming webhook."""
        return {
            "slack": {"type": "slack", "url": f"{url}/api", "channel": "#ops", "secret": {"token": BOT_TOKEN}},
            "slack-webhook": {"type": "slack", "secret": {"webhook_url": url + WEBHOOK_PATH}},
        }

    @staticmethod
    def server_key(name: str, channel: Entry) -> str:
        """The address of a webhook is its secret: channels with one secret share the stub."""
        return name if channel.get("channel") else str(channel["secret"])

    def redirect(self, channel: Entry, url: str) -> tuple[dict[str, Any], dict[str, str]]:
        """A channel with a name is posted to by bot token, others by webhook."""
        name = channel.get("channel")
        if not name:
            return dict(channel), {"webhook_url": url + WEBHOOK_PATH}
        self.channels.setdefault(str(name), CHANNEL_ID)
        return {**channel, "url": f"{url}/api"}, {"token": BOT_TOKEN}

    def count(self) -> int:
        """Messages, replies in threads included."""
        return len(self.messages)

    def data(self) -> dict[str, Any]:
        """The messages, oldest first."""
        return {"messages": self.messages}

    @classmethod
    def calls(cls, step: str, report: Any, attempt: Any, settings: Entry) -> int:
        """A webhook cannot edit a message, nor read its reactions."""
        if not settings.get("channel"):
            return int(step != "updated")
        reactions = int(step == "reminder" and "reaction" in attempt.acknowledge)
        return 1 + edits_of_members(step, report) + reactions

    @staticmethod
    def edits_digests(settings: Entry) -> bool:
        """Only bots edit."""
        return bool(settings.get("channel"))

    @staticmethod
    def describe(data: Mapping[str, Any]) -> Iterator[str]:
        """The text of each message and of its attachments."""
        for message in data["messages"]:
            is_reply = bool(message.get("thread_ts"))
            also = ", also in the channel" if message.get("reply_broadcast") else ""
            yield f"reply in the thread{also}" if is_reply else "message"
            blocks = [*message.get("blocks", [])]
            for attachment in message.get("attachments", []):
                blocks += attachment.get("blocks", [])
            for block in blocks:
                yield from (f"  {line}" for line in _block_lines(block))

    def handle(self, request: WireRequest) -> Reply | None:
        """The answer; None where the path is not Slack's."""
        if request.path == "/api/chat.postMessage" and request.method == "POST":
            return self._web_api(request, self._post)
        if request.path == "/api/chat.update" and request.method == "POST":
            return self._web_api(request, self._update)
        if request.path == "/api/reactions.get" and request.method == "GET":
            return self._reactions(request)
        if request.path.startswith("/services/") and request.method == "POST":
            return self._webhook(request)
        return None

    def delete(self, ts: str) -> None:
        """Take a message away, as people do."""
        self.messages[:] = [message for message in self.messages if message["ts"] != ts]

    def react(self, ts: str, name: str, user: str) -> None:
        """Put a reaction on a message, as people do."""
        message = next(message for message in self.messages if message["ts"] == ts)
        message.setdefault("reactions", []).append({"name": name, "users": [user], "count": 1})

    def _reactions(self, request: WireRequest) -> Reply:
        """https://docs.slack.dev/reference/methods/reactions.get/: a read, so its arguments are no JSON; `reactions` is
        left out where there are none.
        """
        authorization = request.headers.get("authorization", "")
        if authorization != f"Bearer {BOT_TOKEN}":
            return _no("invalid_auth" if authorization else "not_authed")
        if self.code:
            return _no(self.code)
        if "reactions:read" not in self.scopes:
            return Reply(200, {"ok": False, "error": "missing_scope", "needed": "reactions:read"})
        if unknown_keys(request.query, "channel", "timestamp", "full"):
            return self._wrong("invalid_arguments", str(request.query))
        location = request.query.get("timestamp"), request.query.get("channel")
        matches = [m for m in self.messages if (m["ts"], m["channel"]) == location]
        if not matches:
            return _no("message_not_found")
        fields = {name: matches[0][name] for name in ("text", "ts", "reactions") if name in matches[0]}
        return Reply(200, {"ok": True, "type": "message", "channel": location[1], "message": fields})

    def _web_api(self, request: WireRequest, method: Callable[[dict[str, Any]], Reply]) -> Reply:
        """What is the same for every method: who calls, and with which arguments."""
        authorization = request.headers.get("authorization", "")
        if authorization != f"Bearer {BOT_TOKEN}":
            return _no("invalid_auth" if authorization else "not_authed")
        if self.code:
            return _no(self.code)
        data = request.json()
        if not isinstance(data, dict):
            return self._wrong("invalid_json")
        if unknown_keys(data, *ARGUMENTS, "ts"):
            return self._wrong("invalid_arguments", str(unknown_keys(data, *ARGUMENTS, "ts")))
        return method(data)

    def _update(self, data: dict[str, Any]) -> Reply:
        """https://docs.slack.dev/reference/methods/chat.update/: only the bot's own messages, by channel id."""
        matches = [m for m in self.messages if (m["ts"], m["channel"]) == (data.get("ts"), data.get("channel"))]
        if not matches:
            return _no("message_not_found")
        problem = message_problem(data)
        if problem:
            return self._wrong("invalid_blocks", problem)
        matches[0].update({name: data[name] for name in MESSAGE_KEYS if name in data})
        matches[0]["edits"] = matches[0].get("edits", 0) + 1
        return Reply(200, {"ok": True, "channel": data["channel"], "ts": data["ts"], "text": data["text"]})

    def _post(self, data: dict[str, Any]) -> Reply:
        channel = str(data.get("channel", ""))
        if channel in {*self.foreign_channels, *self.foreign_channels.values()}:
            return _no("not_in_channel")
        channel_id = self.channels.get(channel, channel if channel in self.channels.values() else None)
        if not channel_id:
            return _no("channel_not_found")
        problem = message_problem(data)
        if problem:
            return self._wrong("invalid_blocks", problem)
        thread = data.get("thread_ts")
        is_gone = thread and not any(m["ts"] == thread and m["channel"] == channel_id for m in self.messages)
        if is_gone and self.strict_threads:
            return _no("cannot_reply_to_message")
        data = {**data, "thread_ts": None} if is_gone else data
        ts = self._keep(channel_id, data, "bot")
        message = {"text": data["text"], "ts": ts, **({"thread_ts": thread} if thread and not is_gone else {})}
        return Reply(200, {"ok": True, "channel": channel_id, "ts": ts, "message": message})

    def _webhook(self, request: WireRequest) -> Reply:
        if request.path != WEBHOOK_PATH:
            return Reply(404, "no_service")
        if self.code:
            return Reply(403, self.code)
        data = request.json()
        problem = "invalid_payload" if not isinstance(data, dict) or unknown_keys(data, *MESSAGE_KEYS) else None
        problem = problem or message_problem(data)
        if problem:
            self.violations.append(f"slack: {problem}")
            return Reply(400, "invalid_blocks" if problem != "invalid_payload" else problem)
        self._keep(CHANNEL_ID, data, "webhook")
        return Reply(200, "ok")

    def _keep(self, channel: str, data: dict[str, Any], via: str) -> str:
        self.last_number += 1
        ts = f"1763632800.{self.last_number:06d}"
        self.messages.append({"thread_ts": None, "reply_broadcast": False, **data, "channel": channel, "ts": ts})
        self.messages[-1]["via"] = via
        return ts

    def _wrong(self, code: str, problem: str = "") -> Reply:
        self.violations.append(f"slack: {code} {problem}")
        return Reply(200, {"ok": False, "error": code, "response_metadata": {"messages": [f"[ERROR] {problem}"]}})


def _no(code: str) -> Reply:
    return Reply(200, {"ok": False, "error": code})


def message_problem(data: dict[str, Any]) -> str | None:
    """What is wrong with a message; None where nothing is."""
    text = data.get("text")
    if not isinstance(text, str) or not text:
        return "no_text"
    if len(text) > TEXT or _STRAY.search(text):
        return "text is too long, or & < > are not escaped in it"
    problem = _blocks_problem(data.get("blocks", []))
    for attachment in data.get("attachments", []):
        if unknown_keys(attachment, "color", "fallback", "blocks", "text"):
            return "invalid_attachments"
        if not re.fullmatch(r"#[0-9a-fA-F]{6}|good|warning|danger", attachment.get("color", "good")):
            return "an attachment's color"
        problem = problem or _blocks_problem(attachment.get("blocks", []))
    return problem


def _blocks_problem(blocks: Any) -> str | None:
    if not isinstance(blocks, list) or len(blocks) > BLOCKS:
        return "no more than 50 items allowed [json-pointer:/blocks]"
    for index, block in enumerate(blocks):
        problem = _block_problem(block)
        if problem:
            return f"{problem} [json-pointer:/blocks/{index}]"
    return None


def _block_problem(block: dict[str, Any]) -> str | None:
    match block.get("type"):
        case "header":
            return _keys(block, "text") or _text_problem(block.get("text"), HEADER, ("plain_text",))
        case "section":
            return _keys(block, "text", "fields") or _section_problem(block)
        case "context":
            elements = block.get("elements", [])
            if not 1 <= len(elements) <= ELEMENTS:
                return "must have 1 to 10 elements"
            problems = (_text_problem(element, SECTION) for element in elements)
            return _keys(block, "elements") or next((problem for problem in problems if problem), None)
        case "divider":
            return _keys(block)
    return f"unsupported type: {block.get('type')}"


def _section_problem(block: dict[str, Any]) -> str | None:
    fields = block.get("fields", [])
    if "text" not in block and not fields:
        return "a section needs text or fields"
    if len(fields) > FIELDS:
        return "no more than 10 items allowed"
    problems = [_text_problem(block["text"], SECTION)] if "text" in block else []
    problems += [_text_problem(text, FIELD) for text in fields]
    return next((problem for problem in problems if problem), None)


def _keys(block: dict[str, Any], *known: str) -> str | None:
    more = unknown_keys(block, "type", "block_id", *known)
    return f"invalid additional property: {more}" if more else None


def _text_problem(text: Any, limit: int, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> str | None:
    if not isinstance(text, dict) or text.get("type") not in kinds or unknown_keys(text, "type", "text", "emoji"):
        return "not a text object of that kind"
    content = text.get("text")
    if not isinstance(content, str) or not content:
        return "must be more than 0 characters"
    if len(content) > limit:
        return f"must be less than {limit + 1} characters"
    return "& < > are not escaped" if text["type"] == "mrkdwn" and _STRAY.search(content) else None


def _block_lines(block: dict[str, Any]) -> Iterator[str]:
    for part in (block.get("text"), *block.get("elements", [])):
        if part:
            yield from (line for line in _shown_text(part["text"]).splitlines() if line.strip())
    for part in block.get("fields", []):
        name, _, value = _shown_text(part["text"]).partition("\n")
        yield f"{name.strip('*')}: {value}"


def _shown_text(mrkdwn: str) -> str:
    """The text as Slack shows it: links by their words, and no escapes."""
    return html.unescape(_LINK.sub(lambda link: link[2] or link[1], mrkdwn))
