"""Text as its program meant it: without colours, control characters and other ends of lines."""

from __future__ import annotations

import re

from handlers.common.printable import printable

_COLOUR = re.compile(r"\x1b\[[0-9;?]{0,24}[A-Za-z]|\^\[\[[0-9;]{1,24}m")
# A trace that a driver wrote into one line, with the ends of its lines as letters.
_ESCAPED = re.compile(r"\\n(?=\\t(?:at |\.\.\. )|\s{1,8}(?:at |File )|Caused by: |Traceback )")


def plain(text: str) -> str:
    """The text without colours and control characters; carriage returns, as Lambda's Node writes them, end lines."""
    if "\x1b" in text or "^[" in text:
        text = _COLOUR.sub("", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\n" not in text and "\\n" in text and not text.lstrip().startswith("{") and _ESCAPED.search(text):
        text = text.replace("\\n", "\n").replace("\\t", "\t")
    return str(printable(text))
