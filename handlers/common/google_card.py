"""A message of Google Chat: a card that grows while it is within its size; pure.

https://developers.google.com/workspace/chat/api/reference/rest/v1/cards: a text of a card is HTML of a few tags, so
`&`, `<` and `>` are escaped in it. Mentions such as `<users/all>` are markup of a message's own `text`
(https://developers.google.com/workspace/chat/format-messages), which a card has none of. What a notification shows is
`fallbackText`: plain text, and here without `<`.

A message has at most 32,000 bytes (https://developers.google.com/workspace/chat/create-messages), and a card at most
100 widgets; Google leaves out the whole section that has the one above.
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from typing import Any

SIZE_LIMIT, WIDGETS, BUTTONS = 30_000, 90, 6
TITLE_LIMIT, TEXT_LIMIT, LINE_LIMIT, LABEL_LIMIT, FALLBACK_LIMIT = 400, 1_500, 400, 60, 300
# The rest of a list is announced in so many bytes, and what stands below a list in so many widgets.
ROOM, SPARE_WIDGETS = 200, 3
# Characters of a message without a card, each of twelve bytes at worst.
PLAIN_LIMIT = 2_400

Widget = dict[str, Any]


class GoogleCard:
    """card_id: any word. colour: of the title, such as #d1242f."""

    def __init__(self, card_id: str, title: str, foot: str, colour: str) -> None:
        self._id, self._fallback = card_id, one_line(title, FALLBACK_LIMIT)
        self._widgets = [_paragraph(f'<font color="{colour}"><b>{_escaped(title, TITLE_LIMIT)}</b></font>')]
        self._buttons: list[Widget] = []
        self._foot = _paragraph(f"<i>{_escaped(foot, TITLE_LIMIT)}</i>")
        self._size = size(self.message)

    @property
    def message(self) -> dict[str, Any]:
        """The message as it is posted."""
        sections = [{"widgets": [*self._widgets, self._foot]}]
        return {
            "fallbackText": self._fallback,
            "cardsV2": [{"cardId": self._id, "card": {"sections": sections}}],
        }

    def text(self, text: str, limit: int = TEXT_LIMIT, room: int = 0) -> bool:
        """Add a paragraph; False where it does not fit. room: bytes that stay free."""
        return self._grow(self._widgets, _paragraph(_escaped(text, limit)), room)

    def heading(self, text: str, room: int = 0) -> bool:
        """Add a heading; False where it does not fit. room: bytes that stay free."""
        return self._grow(self._widgets, _paragraph(f"<b>{_escaped(text, TITLE_LIMIT)}</b>"), room)

    def fact(self, name: str, value: str) -> bool:
        """Add a name and its value; False where they do not fit."""
        text = f"<b>{_escaped(name, LABEL_LIMIT)}:</b> {_escaped(value, TEXT_LIMIT)}"
        return self._grow(self._widgets, _paragraph(text))

    def link(self, label: str, url: str) -> None:
        """Add a button that opens an https address, beside the others, if it fits."""
        button = {"text": one_line(label, LABEL_LIMIT), "onClick": {"openLink": {"url": url}}}
        if self._buttons:
            if len(self._buttons) < BUTTONS:
                self._grow(self._buttons, button)
        elif self._grow(self._widgets, {"buttonList": {"buttons": [button]}}):
            self._buttons = self._widgets[-1]["buttonList"]["buttons"]

    def listed(self, lines: Sequence[str], total: int) -> None:
        """One line each while they fit, and how many there are besides."""
        count = 0
        for line in lines:
            if not self.text(line, LINE_LIMIT, ROOM):
                break
            count += 1
        if total > count:
            self.text(f"and {total - count} more")

    def log_lines(self, lines: Sequence[str]) -> None:
        """As many of the last lines as fit."""
        first = len(self._widgets)
        for line in reversed(lines):
            if not self.text(line, room=ROOM):
                break
        self._widgets[first:] = self._widgets[first:][::-1]

    def _grow(self, widgets: list[Widget], widget: Widget, room: int = 0) -> bool:
        grown = self._size + size(widget) + len(", ")
        if grown > SIZE_LIMIT - room or len(self._widgets) >= WIDGETS - (SPARE_WIDGETS if room else 0):
            return False
        self._size = grown
        widgets.append(widget)
        return True


def size(value: dict[str, Any]) -> int:
    """Bytes of a message, or of a part of it, as it is sent."""
    return len(json.dumps(value))


def plain_message(lines: Sequence[str], limit: int = PLAIN_LIMIT) -> dict[str, Any]:
    """The lines as text without a card, and without what Google Chat reads as a link or a mention.

    They are a monospace block: in other text `*`, `_` and `~` would be formatting, and nothing escapes them.
    https://developers.google.com/workspace/chat/format-messages
    """
    text = "\n".join(one_line(line, limit) for line in lines if line.strip()).replace("```", "'''")
    return {"text": f"```\n{text if len(text) <= limit else f'{text[: limit - 1]}…'}\n```"}


def one_line(text: str, limit: int) -> str:
    """In one line, not longer than the limit and never empty, with round brackets for angle brackets."""
    line = " ".join(text.split()).replace("<", "(").replace(">", ")")
    return (line if len(line) <= limit else f"{line[: limit - 1]}…") or " "


def _paragraph(text: str) -> Widget:
    return {"textParagraph": {"text": text}}


def _escaped(text: str, limit: int) -> str:
    """In one line and cut before it is escaped, so that no entity is cut in two."""
    line = " ".join(text.split())
    return html.escape(line if len(line) <= limit else f"{line[: limit - 1]}…", quote=False) or " "
