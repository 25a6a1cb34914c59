"""Microsoft Teams in a drill: the webhook of a workflow, which accepts Adaptive Cards of version 1.4.

https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using (message),
https://adaptivecards.io/explorer/ (elements) and https://github.com/MicrosoftDocs/msteams-docs/issues/11274 (size). The
real webhook answers 202 to nearly everything, and what Teams does not show is lost in the workflow
(https://github.com/prometheus/alertmanager/issues/3920); this one refuses it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from generator.drill.vendors.kit.vendor import Entry, HttpVendor
from generator.drill.vendors.kit.wire import Reply, WireRequest, unknown_keys

# Credentials of this stub only.
_PATH, SIGNATURE = "/powerautomate/automations/direct/workflows/drill/triggers/manual/paths/invoke", "drill-signature"
WEBHOOK_PATH = f"{_PATH}?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={SIGNATURE}"
MESSAGE_BYTES, ACTIONS = 28_672, 6
CONTENT_TYPE = "application/vnd.microsoft.card.adaptive"
CARD_KEYS = ("$schema", "type", "version", "msteams", "body")
RUN_KEYS = ("type", "text", "weight", "size", "color", "isSubtle", "italic", "fontType")
WORDS = {
    "weight": ("Default", "Lighter", "Bolder"),
    "size": ("Default", "Small", "Medium", "Large", "ExtraLarge"),
    "color": ("Default", "Dark", "Light", "Accent", "Good", "Warning", "Attention"),
    "fontType": ("Default", "Monospace"),
}
_MENTION = re.compile(r"</?at\b", re.IGNORECASE)


class Vendor(HttpVendor):
    """cards: what the channel shows, oldest first."""

    is_read: ClassVar[bool] = True
    confirms: ClassVar[bool] = False
    latency_ms: ClassVar[int] = 300

    def __init__(self, violations: list[str] | None = None) -> None:
        super().__init__(violations)
        self.cards: list[dict[str, Any]] = []

    @classmethod
    def example_channels(cls, url: str) -> dict[str, dict[str, Any]]:
        """One workflow."""
        return {"teams": {"type": "teams", "secret": {"webhook_url": url + WEBHOOK_PATH}}}

    @staticmethod
    def server_key(_name: str, channel: Entry) -> str:
        """The address is the secret: channels with one secret share the stub."""
        return str(channel["secret"])

    def redirect(self, channel: Entry, url: str) -> tuple[dict[str, Any], dict[str, str]]:
        """The channel as it is; its secret leads to the stub."""
        return dict(channel), {"webhook_url": url + WEBHOOK_PATH}

    def count(self) -> int:
        """Messages."""
        return len(self.cards)

    def data(self) -> dict[str, Any]:
        """The cards, oldest first."""
        return {"cards": self.cards}

    @staticmethod
    def describe(data: Mapping[str, Any]) -> Iterator[str]:
        """The text of each card, and its buttons."""
        for card in data["cards"]:
            yield "message"
            for block in card["body"]:
                actions = " · ".join(action["title"] for action in block.get("actions", []))
                yield f"  {actions or ''.join(run['text'] for run in block['inlines'])}"

    def handle(self, request: WireRequest) -> Reply | None:
        """The answer; None where the path is not a workflow's."""
        if not request.path.startswith("/powerautomate/") or request.method != "POST":
            return None
        if request.path != _PATH:
            return Reply(404, _refusal("WorkflowNotFound"))
        if request.query.get("sig") != SIGNATURE:
            return Reply(401, _refusal("DirectApiAuthorizationRequired"))
        message = request.json()
        problem = message_problem(message, request.body)
        if problem:
            self.violations.append(f"teams: {problem}")
            return Reply(400, _refusal("TriggerInputSchemaMismatch"))
        self.cards.append(message["attachments"][0]["content"])
        return Reply(202)


def _refusal(code: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": "The request was refused."}}


def message_problem(message: Any, body: bytes) -> str | None:
    """The problem of a message with this body; None without one. The workflow encodes the body once more."""
    encoded = len(json.dumps(body.decode(errors="replace")))
    if encoded > MESSAGE_BYTES:
        return f"the message has {encoded} bytes after encoding, more than {MESSAGE_BYTES}"
    is_message = isinstance(message, dict) and message.get("type") == "message"
    if not is_message or unknown_keys(message, "type", "attachments"):
        return "not a message with attachments"
    attachments = message.get("attachments")
    if not isinstance(attachments, list) or len(attachments) != 1 or set(attachments[0]) != {"contentType", "content"}:
        return "not one attachment with contentType and content"
    if attachments[0]["contentType"] != CONTENT_TYPE:
        return f"the attachment is not {CONTENT_TYPE}"
    return _card_problem(attachments[0]["content"])


def _card_problem(card: Any) -> str | None:
    if not isinstance(card, dict) or (card.get("type"), card.get("version")) != ("AdaptiveCard", "1.4"):
        return "not an Adaptive Card 1.4"
    if unknown_keys(card, *CARD_KEYS) or unknown_keys(card.get("msteams", {}), "width"):
        return "unknown properties of the card"
    body = card.get("body")
    if not isinstance(body, list) or not body:
        return "the card has no body"
    return next((problem for problem in map(_block_problem, body) if problem), None)


def _block_problem(block: dict[str, Any]) -> str | None:
    match block:
        case {"type": "RichTextBlock", "inlines": [_, *_] as runs} if len(block) == 2:
            problems = map(_run_problem, runs)
        case {"type": "ActionSet", "actions": [_, *_] as actions} if len(block) == 2 and len(actions) <= ACTIONS:
            problems = map(_action_problem, actions)
        case _:
            return f"unsupported element: {sorted(block)}"
    return next((problem for problem in problems if problem), None)


def _run_problem(run: dict[str, Any]) -> str | None:
    if run.get("type") != "TextRun" or unknown_keys(run, *RUN_KEYS):
        return f"not a text run: {sorted(run)}"
    if not isinstance(run.get("text"), str) or not run["text"]:
        return "a text run without text"
    if _MENTION.search(run["text"]):
        return "a mention"
    wrong = [name for name, words in WORDS.items() if name in run and run[name] not in words]
    return f"unknown {wrong[0]} of a text run" if wrong else None


def _action_problem(action: dict[str, Any]) -> str | None:
    if action.get("type") != "Action.OpenUrl" or unknown_keys(action, "type", "title", "url"):
        return f"unsupported action: {action.get('type')}"
    return None if action.get("title") and str(action.get("url", "")).startswith("https://") else "an action's address"
