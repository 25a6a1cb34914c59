"""Answers of AWS without what names an account, a caller or a request, and of a size to be sent."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

MOST_TEXT, MOST_ROWS, MOST_KEYS, MOST_DEPTH = 2000, 50, 60, 12
_DROPPED = re.compile(
    r"(?i)responsemetadata|.*request-?id|receipthandle|.*useragent|.*accesskeyid|.*principalid|.*userid"
)
_ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")
_PRINCIPAL = re.compile(r"arn:[\w-]+:(?:iam|sts)::[^\s\"'\\]*")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_UUID = re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b")
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
_UNIQUE_ID = re.compile(r"\bA[A-Z]{3}[A-Z0-9]{12,20}\b")
_ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")


def _is_number(value: Any) -> bool:
    """True for a number that JSON has, and that cannot be an account ID."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not 10**11 <= value < 10**12


@dataclass
class Pseudonyms:
    """The numbers that replace account IDs, in the order in which they appear: 111111111111,
    222222222222, …, and from the tenth on 001000100010, ….

    own: the account of the selftest, which is the first.
    """

    own: str
    _numbers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._number(self.own)

    def clean(self, value: Any, depth: int = 0) -> Any:
        """A value as JSON, with pseudonyms, and cut to a size."""
        if depth > MOST_DEPTH:
            return "…"
        if isinstance(value, Mapping):
            items = [(key, item) for key, item in value.items() if not _DROPPED.fullmatch(str(key))]
            return {self.text(str(key)): self.clean(item, depth + 1) for key, item in items[:MOST_KEYS]}
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Sequence) and not isinstance(value, bytes):
            return [self.clean(item, depth + 1) for item in value[:MOST_ROWS]]
        if isinstance(value, datetime):
            return value.isoformat()
        return value if value is None or _is_number(value) else self.text(str(value))

    def text(self, text: str) -> str:
        """A text without names of accounts, callers and requests."""
        text = _PRINCIPAL.sub("(principal)", text)
        text = _EMAIL.sub("(address)", text)
        text = _UUID.sub("(id)", text)
        text = _UNIQUE_ID.sub("(id)", text)
        text = _ADDRESS.sub("(address)", text)
        text = _ACCOUNT.sub(lambda match: self._number(match[0]), text)
        return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}…"

    def _number(self, account: str) -> str:
        if account not in self._numbers:
            count = len(self._numbers) + 1
            self._numbers[account] = str(count) * 12 if count < 10 else f"{count:04d}" * 3
        return self._numbers[account]
