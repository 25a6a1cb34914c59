"""Headers with credentials: Authorization of every scheme, cookies, and `Bearer …` where the header's name is gone.

https://www.rfc-editor.org/rfc/rfc9110#section-11 and rfc6265; AWS's scheme:
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator

from handlers.common.redaction.names import AUTHORIZATION, COOKIE
from handlers.common.redaction.prose import is_known_word, is_prose, is_shown
from handlers.common.redaction.quotes import after_bracket, opens, quoted_list
from handlers.common.redaction.spans import Span, lazy

_PARAMETERS = lazy(
    r"[A-Za-z0-9-]{3,32}+[ ](?:[\w-]++=(?:\\*+\"[^\"\n]*+\"|[^\s,;\"]*+)(?:,[ ]?+|(?=[\s;\"'\]}]|\Z)))++"
)
_SCHEME = lazy(r"(?P<scheme>[A-Za-z][A-Za-z0-9_-]{1,31}+)[ ]+(?P<credentials>[^\s,;\"'`)\]}\\]++)")
_WORD = lazy(r"\[?[^\s,;\"'`)\]}\\]++")
_COOKIES = lazy(r"[^\s=;,\"'\\]++=[^\s;\"'\\\]]*+(?:;[ ]?+[^\s=;,\"'\\\]]++(?:=[^\s;\"'\\\]]*+)?+)*+")
_BEARER = lazy(r"(?i)(?<![\w-])(?:bearer|geniekey)[ ]+(?P<credentials>[\w.~+/-]{6,}+(?!=\\*+[\"'])=*+)")
_BASIC = lazy(r"(?i)(?<![\w-])basic[ ]+(?P<credentials>[A-Za-z0-9+/]{6,}+={0,2}+)")
# Docker's configuration: {"auth": "…"}.
_AUTH = lazy(r"(?i)(?<![A-Za-z])auth[\\\"']{1,8}+\s?+:\s?+[\\\"']{1,8}+(?P<credentials>[A-Za-z0-9+/]{6,}+={0,2}+)")
_LONG = 20


def value(text: str, start: int, kind: str) -> Span | None:
    """The value of the header that begins at `start`: to the end of its quote, or as far as its grammar goes."""
    if text.startswith("[redacted: ", start):
        return None
    if text.startswith("[", start):
        start = after_bracket(text, start)
    if opens(text, start):
        span = quoted_list(text, start, kind)
        return span if span.start < span.end and not is_shown(text[span.start : span.end]) else None
    if kind == COOKIE and (match := _COOKIES().match(text, start)):
        return Span(*match.span(), kind)
    if match := _PARAMETERS().match(text, start):
        return Span(*match.span(), kind)
    if match := _SCHEME().match(text, start):
        credentials = match.span("credentials")
        if _is_scheme(match["scheme"]):
            return None if _is_sentence(text, credentials[0]) else Span(start, match.end(), kind)
        if _is_sentence(text, start):
            return None
        # A scheme of one's own has no digit; what has one is the credential itself, and a sentence goes on after it.
        alone = any(char.isdigit() for char in match["scheme"]) or _is_sentence(text, credentials[0])
        return Span(start, match.end("scheme") if alone else match.end(), kind)
    match = _WORD().match(text, start)
    if match is None or is_prose(text, start, kind, spaced=True):
        return None
    return Span(*match.span(), kind)


def _is_sentence(text: str, start: int) -> bool:
    return text.startswith("[redacted: ", start) or is_known_word(text, start)


def bearer_and_basic(text: str) -> Iterator[Span]:
    """`Bearer`, `GenieKey` or `Basic` and what follows it, if that is a token and no word of a sentence."""
    for match in _BEARER().finditer(text):
        token = match["credentials"]
        mixed = any(char.isdigit() for char in token) or (
            not token.islower() and not token.istitle() and not token.isupper()
        )
        if mixed or len(token) >= _LONG:
            yield Span(*match.span("credentials"), AUTHORIZATION)
    for pattern in (_BASIC(), _AUTH()):
        for match in pattern.finditer(text):
            if _is_user_and_password(match["credentials"]):
                yield Span(*match.span("credentials"), AUTHORIZATION)


def _is_scheme(word: str) -> bool:
    return word.lower() in (
        "basic",
        "bearer",
        "token",
        "digest",
        "negotiate",
        "ntlm",
        "apikey",
        "oauth",
        "oauth2",
        "jwt",
    )


def _is_user_and_password(text: str) -> bool:
    """RFC 7617: user and password with a colon between, in base64."""
    try:
        decoded = binascii.a2b_base64(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return False
    return b":" in decoded and decoded.isascii() and decoded.decode().isprintable()
