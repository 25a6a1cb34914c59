"""Answers of AWS without what names an account, a caller or a request, and of a size to be sent."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv6Address
from typing import Any

MOST_TEXT, MOST_ROWS, MOST_KEYS, MOST_DEPTH = 2000, 50, 60, 12
# Of a text that is cut afterwards.
MOST_READ = 4 * MOST_TEXT
_DROPPED = re.compile(
    r"(?i)responsemetadata|.*request-?id|receipthandle|.*useragent|.*accesskeyid|.*principalid|.*userid|.*token|authorization"
)
_ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)|(?<![\d-])\d{4}-\d{4}-\d{4}(?![\d-])")
_PRINCIPAL = re.compile(r"arn:[\w-]+:(?:iam|sts|sso|organizations|identitystore):[^\s\"'\\]*")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_UUID = re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b")
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
_UNIQUE_ID = re.compile(r"\bA[A-Z]{3}[A-Z0-9]{12,20}\b")
_ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
_COLONS = re.compile(r"(?<![\w:])[0-9a-fA-F:]{6,45}(?![\w:])")
# Proxies, sign-in pages and endpoints of a company; those of AWS's Regions are no secret.
_URL = re.compile(
    r"https?://(?![\w.-]+\.amazonaws\.com(?:\.cn)?(?![\w.-]))[^\s\"'<>]+|https?://[^\s\"'<>]*vpce[^\s\"'<>]*"
)
_SESSION = re.compile(r"(?:assumed-role|federated-user)/[^\s\"'\\]+")
_FILE = re.compile(r"(?<![\w/])(?:/(?:home|Users|root)/|[A-Za-z]:\\Users\\)[^\s\"':]+")
# https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html; resources of a VPC.
_RESOURCE_ID = re.compile(
    r"\b(?:o-[a-z0-9]{10,32}|ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}|p-[a-z0-9]{8,128}"
    r"|(?:vpc|vpce|subnet|sg|eni|i)-[0-9a-f]{8,17}(?:-\w+)?)\b"
)
# Signatures and encoded messages.
_LONG_WORD = re.compile(r"[A-Za-z0-9+/_=-]{100,}|\b[0-9a-f]{40,}\b")


def _is_number(value: Any) -> bool:
    """True for a number that JSON has, and that cannot be an account ID."""
    if isinstance(value, float):
        return math.isfinite(value) and not (value.is_integer() and 10**11 <= value < 10**12)
    return isinstance(value, int) and not 10**11 <= value < 10**12


def _without_address(match: re.Match[str]) -> str:
    """What replaces hexadecimal digits and colons: a time of day is no IPv6 address."""
    try:
        IPv6Address(match[0])
    except ValueError:
        return match[0]
    return "(address)"


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
        text = text.encode("utf-8", "replace").decode("utf-8")
        if len(text) > MOST_READ:
            # If possible not within a word, half of which nothing would recognize.
            text = text[:MOST_READ].rpartition(" ")[0] or text[:MOST_READ]
        text = _PRINCIPAL.sub("(principal)", text)
        text = _SESSION.sub("(principal)", text)
        text = _URL.sub("(address)", text)
        text = _FILE.sub("(path)", text)
        text = _RESOURCE_ID.sub("(id)", text)
        text = _EMAIL.sub("(address)", text)
        text = _UUID.sub("(id)", text)
        text = _UNIQUE_ID.sub("(id)", text)
        text = _ADDRESS.sub("(address)", text)
        text = _COLONS.sub(_without_address, text)
        text = _LONG_WORD.sub("(id)", text)
        text = _ACCOUNT.sub(lambda match: self._number(match[0].replace("-", "")), text)
        return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}…"

    def _number(self, account: str) -> str:
        if account not in self._numbers:
            count = len(self._numbers) + 1
            self._numbers[account] = str(count) * 12 if count < 10 else f"{count:04d}" * 3
        return self._numbers[account]
