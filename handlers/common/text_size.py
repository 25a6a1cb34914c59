"""Texts cut by the bytes that they take in an item, which is JSON in UTF-8; pure."""

from __future__ import annotations

import json

ELLIPSIS = "…"


def cut(text: str, limit: int) -> str:
    """At most `limit` bytes of JSON, without its quotes; an ellipsis where some is missing, lone surrogates as `?`."""
    text = text.encode("utf-8", "replace").decode()
    if _size(text) <= limit:
        return text
    left = limit - len(ELLIPSIS.encode())
    fits, most = 0, left
    while fits < most:
        middle = (fits + most + 1) // 2
        if _size(text[:middle]) <= left:
            fits = middle
        else:
            most = middle - 1
    return text[:fits] + ELLIPSIS


def _size(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2
