"""Logical IDs for resources that another tool does not give any: letters and digits, each once."""

from __future__ import annotations

import re

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resources-section-structure.html
_LONGEST = 200
_WORDS = re.compile(r"[A-Za-z0-9]+")


class LogicalIds:
    """The logical IDs of one template. Names in the same order give the same IDs."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def new(self, name: str, prefix: str = "") -> str:
        """An ID that is not in use yet, made of the words of a name."""
        words = "".join(word[:1].upper() + word[1:] for word in _WORDS.findall(name))
        base = f"{prefix}{words}"[:_LONGEST] or "Resource"
        candidate, number = base, 1
        while candidate in self._used:
            number += 1
            candidate = f"{base}{number}"
        self._used.add(candidate)
        return candidate
