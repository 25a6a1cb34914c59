"""Text for telephones: characters, and how many parts they take; pure.

A part has 140 bytes: 160 characters of the GSM alphabet, or 70 of UCS-2 as soon as one character is not in it. A
message of several parts has 153 or 67 in each. AWS splits between words where it can, so a part may stay unfilled.
https://docs.aws.amazon.com/sms-voice/latest/userguide/sms-limitations-character.html
https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html
"""

from __future__ import annotations

import math
import re
import unicodedata

# 3GPP TS 23.038, 6.2.1: the basic table; a character of the extension takes the room of two.
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("^{}\\[~]|€")
_GSM = _BASIC | _EXTENSION
_ASCII = str.maketrans({"…": "...", "–": "-", "—": "-", "“": '"', "”": '"', "‘": "'", "’": "'", "•": "*"})
GSM_PART, GSM_PARTS, UCS2_PART, UCS2_PARTS = 160, 153, 70, 67
ELLIPSIS = "..."


def fitted(text: str, most_parts: int) -> str:
    """The text in so many parts at most, in the GSM alphabet where that loses no more than accents."""
    body = _simplified(text)
    if number_of_parts(body) <= most_parts:
        return body
    body = body[: most_parts * GSM_PART]
    while number_of_parts(f"{body}{ELLIPSIS}") > most_parts:
        body = body[:-1]
    return f"{body.rstrip()}{ELLIPSIS}"


def number_of_parts(text: str) -> int:
    """How many parts a text takes."""
    is_gsm = all(char in _GSM for char in text)
    single, per_part = (GSM_PART, GSM_PARTS) if is_gsm else (UCS2_PART, UCS2_PARTS)
    if _size(text, is_gsm=is_gsm) <= single:
        return 1
    parts, room = 1, per_part
    for word in re.findall(r"\S+\s*|\s+", text):
        size = _size(word, is_gsm=is_gsm)
        if size > room:
            # A word that is longer than a part begins in the one before.
            over = size - room if size > per_part else size
            more = math.ceil(over / per_part)
            parts, room = parts + more, more * per_part - over
        else:
            room -= size
    return parts


def _size(text: str, *, is_gsm: bool) -> int:
    if is_gsm:
        return sum(2 if char in _EXTENSION else 1 for char in text)
    return len(text.encode("utf-16-le", errors="replace")) // 2


def _simplified(text: str) -> str:
    """In one line, without what no telephone shows, and without accents that the GSM alphabet lacks."""
    words = " ".join(text.translate(_ASCII).split())
    return "".join(_in_gsm(char) for char in words if char.isprintable())


def _in_gsm(char: str) -> str:
    if char in _GSM:
        return char
    base = unicodedata.normalize("NFKD", char)
    return base[0] if len(base) > 1 and base[0] in _GSM and all(map(unicodedata.combining, base[1:])) else char
