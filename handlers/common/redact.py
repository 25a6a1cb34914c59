"""Personal data and credentials out of log lines, before anybody is shown them; pure."""

from __future__ import annotations

import re

_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,253}\.[A-Za-z]{2,24}")
_CARD = re.compile(r"(?<![\d.])(?:\d[ -]?){12,18}\d(?![\d.])")
_NAMED = re.compile(
    r"(?i)\b(bearer|basic|token|apikey|api[_-]key|password|passwd|secret|authorization)(\W{1,4})"
    r"(?:(?:bearer|basic|token)\s{1,4})?\S+"
)
_AWS_KEY = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")
_JWT = re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*")


def redact(text: str) -> str:
    """`[email]`, `[card]`, `[credential]` in place of what looks like it. Card numbers by their check digit."""
    text = _JWT.sub("[credential]", text)
    text = _NAMED.sub(lambda found: f"{found[1]}{found[2]}[credential]", text)
    text = _AWS_KEY.sub("[credential]", text)
    text = _EMAIL.sub("[email]", text)
    return _CARD.sub(lambda found: "[card]" if _is_card(found[0]) else found[0], text)


def _is_card(text: str) -> bool:
    """ISO/IEC 7812-1, annex B: the Luhn check digit."""
    digits = [int(char) for char in text if char.isdigit()]
    doubled = [d if i % 2 == 0 else sum(divmod(2 * d, 10)) for i, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0
