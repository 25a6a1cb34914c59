"""Which error a redacted event is: a key that stays the same while numbers, ids and times change."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Part of every key: another algorithm makes other keys.
ALGORITHM = 1


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides beside the text. same: (name, pattern) of the file's `same` rules; the first that matches wins."""

    same: tuple[tuple[str, re.Pattern[str]], ...] = ()


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """One error. key: "<algorithm>-<16 hex>". kind: "log", or "lambda" where the invocation itself failed.

    title: for people, at most 200 bytes. shape: what the key was made of, at most 400 bytes. source_path: file of the
    own code, where the event says so. request: id of the Lambda request, where the event says so.
    literal: the longest text of the raw line that every event of this error has, without quotes, backslashes and
    characters of patterns, for `filter @message like "…"` on the server; empty where there is none.
    """

    key: str
    kind: str
    title: str
    shape: str
    source_path: str
    request: str
    literal: str


def fingerprint(text: str, rules: Rules) -> Fingerprint:
    """The error that a redacted, joined event is. Never raises; looks at the first 8,192 characters."""
    raise NotImplementedError
