"""A message of Microsoft Teams: an Adaptive Card that grows while it is within its size; pure.

Only RichTextBlock, TextRun, ActionSet and Action.OpenUrl are used, all of version 1.2; cards say 1.4, which every
client of Teams shows (https://learn.microsoft.com/en-us/microsoftteams/platform/task-modules-and-cards/cards/cards-reference).
A run is no Markdown (https://adaptivecards.io/explorer/TextRun.html), unlike a TextBlock or a fact, so nothing in it is
a link or bold. A mention takes `<at>` in a text and an entity beside it; a card here has no entities, and no text has
`<at>`.

A message has at most 28,672 bytes. That is counted after the workflow has encoded the card once more: 24,453 bytes
were 28,897 there (https://github.com/MicrosoftDocs/msteams-docs/issues/11274). So both forms have a limit here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

CONTENT_TYPE = "application/vnd.microsoft.card.adaptive"
# Bytes of the message as it is sent, and of its text as a string inside of another JSON document.
SIZE_LIMIT, ENCODED_LIMIT = 18_000, 26_000
TITLE_LIMIT, TEXT_LIMIT, FACT_LIMIT, LINE_LIMIT, LABEL_LIMIT = 250, 1_000, 700, 300, 60
# Teams shows six buttons of a card. The rest of a list is announced in so many bytes.
ACTIONS, ROOM = 6, 300
_MENTION = re.compile(r"<(?=\s*/?\s*at\b)", re.IGNORECASE)

Element = dict[str, Any]


class AdaptiveCard:
    """colour: one of Default, Good, Warning and Attention, as in https://adaptivecards.io/explorer/TextRun.html."""

    def __init__(self, title: str, foot: str, colour: str = "Default") -> None:
        self._body = [_block(_run(title, TITLE_LIMIT, weight="Bolder", size="Medium", color=colour))]
        self._actions: list[Element] = []
        self._foot = _block(_run(foot, TITLE_LIMIT, isSubtle=True, size="Small"))
        self._sizes = sizes(self.message)

    @property
    def message(self) -> dict[str, Any]:
        """The message as it is posted."""
        card = {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "msteams": {"width": "Full"},
            "body": [*self._body, self._foot],
        }
        return {"type": "message", "attachments": [{"contentType": CONTENT_TYPE, "content": card}]}

    def text(self, text: str, limit: int = TEXT_LIMIT, room: int = 0, **style: object) -> bool:
        """Add a paragraph; False where it does not fit. room: bytes that stay free."""
        return self._grow(self._body, _block(_run(text, limit, **style)), room)

    def heading(self, text: str, room: int = 0) -> bool:
        """Add a heading; False where it does not fit. room: bytes that stay free."""
        return self.text(text, TITLE_LIMIT, room, weight="Bolder")

    def fact(self, name: str, value: str) -> bool:
        """Add a name and its value; False where they do not fit."""
        return self._grow(self._body, _block(_run(f"{name}: ", LABEL_LIMIT, weight="Bolder"), _run(value, FACT_LIMIT)))

    def link(self, label: str, url: str) -> None:
        """Add a button that opens an https address, beside the others, if it fits."""
        action = {"type": "Action.OpenUrl", "title": _safe(label, LABEL_LIMIT), "url": url}
        if self._actions:
            if len(self._actions) < ACTIONS:
                self._grow(self._actions, action)
        elif self._grow(self._body, {"type": "ActionSet", "actions": [action]}):
            self._actions = self._body[-1]["actions"]

    def listed(self, lines: Sequence[str], total: int) -> None:
        """One line each while they fit, and how many there are besides."""
        count = 0
        for line in lines:
            if not self.text(line, LINE_LIMIT, ROOM):
                break
            count += 1
        if total > count:
            self.text(f"and {total - count} more", italic=True)

    def log_lines(self, lines: Sequence[str]) -> None:
        """As many of the last lines as fit, in a fixed-width font."""
        first = len(self._body)
        for line in reversed(lines):
            if not self.text(line, room=ROOM, fontType="Monospace", size="Small"):
                break
        self._body[first:] = self._body[first:][::-1]

    def _grow(self, elements: list[Element], element: Element, room: int = 0) -> bool:
        before, more = self._sizes, sizes(element)
        sent, encoded = (size + added + len(", ") for size, added in zip(before, more, strict=True))
        if sent > SIZE_LIMIT - room or encoded > ENCODED_LIMIT - room:
            return False
        self._sizes = sent, encoded
        elements.append(element)
        return True


def sizes(value: dict[str, Any]) -> tuple[int, int]:
    """Bytes of a message, or of a part of it, as it is sent, and as a string inside of another document."""
    sent = json.dumps(value)
    return len(sent), len(json.dumps(sent))


def _block(*runs: Element) -> Element:
    return {"type": "RichTextBlock", "inlines": list(runs)}


def _run(text: str, limit: int, **style: object) -> Element:
    return {"type": "TextRun", "text": _safe(text, limit), **style}


def _safe(text: str, limit: int) -> str:
    """In one line, not longer than the limit, and without the beginning of a mention; a run must not be empty."""
    line = _MENTION.sub("‹", " ".join(text.split()))
    ending = " " if text.endswith(": ") else ""
    cut = line if len(line) + len(ending) <= limit else line[: limit - 1 - len(ending)] + "…"
    return f"{cut}{ending}" or " "
