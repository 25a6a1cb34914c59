"""Text without what no ticket, mail or message may carry; pure."""

from __future__ import annotations

from typing import Any

# C0, DEL and C1 but tab and line feed are dropped. A surrogate without its other half cannot be encoded at all.
_DROPPED = {code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n"}
_UNPRINTABLE: dict[int, str | None] = {**_DROPPED, **dict.fromkeys(range(0xD800, 0xE000), "\ufffd")}


def printable(value: Any) -> Any:
    """The same JSON value, with its texts cleaned; keys are ours to look for and stay as they are.

    Raises RecursionError where the value is nested deeper than Python follows.
    """
    if isinstance(value, str):
        return value if value.isprintable() else value.translate(_UNPRINTABLE)
    if isinstance(value, list):
        return [printable(item) for item in value]
    if isinstance(value, dict):
        return {key: printable(item) for key, item in value.items()}
    return value
