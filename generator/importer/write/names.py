"""Keys of entries: short, stable, each another one; and physical names, as far as the language can say them."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

from pydantic import TypeAdapter, ValidationError

from generator.importer.write.placeholders import escaped
from generator.spec.own_names import AlarmName, DashboardName, FilterName

LONGEST = 56
"""Shorter than a key may be, so that alarms of services and suffixes have room."""
_ADAPTERS = {
    "alarms": TypeAdapter(AlarmName),
    "composites": TypeAdapter(AlarmName),
    "dashboards": TypeAdapter(DashboardName),
    "metric_filters": TypeAdapter(FilterName),
}
_DIGITS = 6


def key_of(text: str, without: Iterable[str] = (), last: str = "value") -> str:
    """Lower-case letters, digits and single dashes, of a text. without: words at its end that say nothing."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    plain = re.sub(r"([a-z])([A-Z][a-z])", r"\1-\2", re.sub(r"([a-z]{2})([A-Z])", r"\1-\2", plain)).lower()
    words = [word for word in re.split(r"[^a-z0-9]+", plain) if word]
    endings = set(without)
    while len(words) > 1 and words[-1] in endings:
        words.pop()
    key = "-".join(words)
    if not key:
        return f"{last}-{digest(text)}"
    return key if len(key) <= LONGEST else f"{key[: LONGEST - _DIGITS - 1].strip('-')}-{digest(text)}"


def digest(text: str) -> str:
    """Some characters that differ for different texts."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


class Keys:
    """The keys of sections that share their names. A text has the same key whatever the others are, if it can."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def free(self, key: str, text: str, words: Iterable[str] = ()) -> str:
        """The key, or the key with a suffix if it is in use: one of the words, or some characters of the text's own."""
        longer = [f"{key}-{word}" for word in words]
        candidate = next((of for of in (key, *longer) if of not in self._used and len(of) <= LONGEST), key)
        number = 0
        while candidate in self._used:
            suffix = digest(f"{text}{number or ''}")
            candidate = f"{key[: LONGEST - _DIGITS - 1].strip('-')}-{suffix}"
            number += 1
        self._used.add(candidate)
        return candidate

    def is_free(self, key: str) -> bool:
        """Whether nothing has the key yet."""
        return key not in self._used


def own_name(section: str, name: str) -> str:
    """A physical name as the language writes it; empty where it cannot."""
    text = escaped(name)
    if not text or text != text.strip():
        return ""
    try:
        _ADAPTERS[section].validate_python(text)
    except ValidationError:
        return ""
    return text
