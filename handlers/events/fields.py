"""Fields of what arrives: each is what it has to be, or Unreadable with a reason; pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from handlers.common.text_size import cut
from handlers.events.messages import Unreadable

# Of a value in a reason.
SHOWN_LIMIT = 80
AT_LIMIT = 10**13
_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]{2,12}){1,3}-[0-9]{1,2}")


def object_of(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A field that is an object. Raises Unreadable."""
    value = data.get(name)
    if not isinstance(value, dict):
        raise Unreadable(f"{name} is {quoted(value)}, not an object")
    return value


def list_of(data: Mapping[str, Any], name: str, most: int) -> list[Any]:
    """A list of at most so many entries; empty where it is missing. Raises Unreadable."""
    value = data.get(name, [])
    if not isinstance(value, list) or len(value) > most:
        raise Unreadable(f"{name} is not a list of at most {most:,}")
    return value


def text_of(data: Mapping[str, Any], name: str, limit: int) -> str:
    """A text of one line, cut to so many bytes; empty where it is missing. Raises Unreadable."""
    value = data.get(name, "")
    if not isinstance(value, str):
        raise Unreadable(f"{name} is {quoted(value)}, not a string")
    return cut(" ".join(value.split()), limit)


def lines_of(data: Mapping[str, Any], name: str, limit: int) -> str:
    """A text whose lines are kept, cut to so many bytes; empty where it is missing. Raises Unreadable."""
    value = data.get(name, "")
    if not isinstance(value, str):
        raise Unreadable(f"{name} is {quoted(value)}, not a string")
    return cut(value.strip("\n"), limit)


def required_text(data: Mapping[str, Any], name: str, limit: int) -> str:
    """As `text_of`, and not empty."""
    text = text_of(data, name, limit)
    if not text:
        raise Unreadable(f"{name} is missing or empty")
    return text


def matching(data: Mapping[str, Any], name: str, pattern: re.Pattern[str], like: str) -> str:
    """A text that matches a pattern in full. like: an example. Raises Unreadable."""
    value = data.get(name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise Unreadable(f"{name} is {quoted(value)}, not such as {like}")
    return value


def choice(data: Mapping[str, Any], name: str, values: tuple[str, ...]) -> str:
    """One of some texts. Raises Unreadable."""
    value = data.get(name)
    if value not in values:
        raise Unreadable(f"{name} is {quoted(value)}, not one of {', '.join(map(repr, values))}")
    return str(value)


def whole(data: Mapping[str, Any], name: str, least: int, most: int) -> int:
    """A whole number. Raises Unreadable."""
    value = data.get(name)
    if type(value) is not int or not least <= value <= most:
        raise Unreadable(f"{name} is {quoted(value)}, not a whole number from {least:,} to {most:,}")
    return value


def time_ms(data: Mapping[str, Any], name: str) -> int:
    """A time in milliseconds. Raises Unreadable."""
    return whole(data, name, 1, AT_LIMIT - 1)


def iso_time_ms(data: Mapping[str, Any], name: str) -> int:
    """A time such as 2026-11-29T06:00:00Z. Raises Unreadable."""
    value = data.get(name)
    try:
        read = datetime.fromisoformat(str(value))
        at = round((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise Unreadable(f"{name} is {quoted(value)}, not a time such as 2026-11-29T06:00:00Z") from None
    if not 0 < at < AT_LIMIT:
        raise Unreadable(f"{name} is {quoted(value)}, not a likely time")
    return at


def account_of(data: Mapping[str, Any]) -> str:
    """The account of an envelope, which EventBridge wrote. Raises Unreadable."""
    return matching(data, "account", _ACCOUNT, "222222222222")


def region_of(data: Mapping[str, Any]) -> str:
    """A Region. Raises Unreadable."""
    return matching(data, "region", _REGION, "eu-west-1")


def quoted(value: Any) -> str:
    """What was found, as a reason names it."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN_LIMIT else f"{text[: SHOWN_LIMIT - 1]}…"
