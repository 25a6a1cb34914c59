"""Every rule of redaction, in the order in which one of them names what two of them find."""

from __future__ import annotations

from collections.abc import Iterator

from handlers.common.redaction import headers, named_values, numbers, tokens, urls
from handlers.common.redaction.spans import Span, lazy, matches

# What was redacted before stays as it is.
_REDACTED = lazy(r"\[redacted: [a-z0-9 ]{1,40}\]")
_RULES = (
    tokens.private_keys,
    urls.webhooks,
    tokens.vendor_tokens,
    named_values.named_values,
    named_values.arguments,
    named_values.elements,
    headers.bearer_and_basic,
    numbers.cards,
    numbers.ibans,
    numbers.emails,
)


def find(text: str, *, phone_numbers: bool, national_ids: bool) -> Iterator[Span]:
    """What any rule finds; spans may overlap."""
    credentials = list(urls.userinfo(text))
    yield from credentials
    before = matches(_REDACTED(), text, "")
    inside = {index for span in (*credentials, *before) for index in range(span.start, span.end)}
    for rule in _RULES:
        # `token:…@host` is a name and its value as well, and `…@host.example` an address: the host stays all the same.
        yield from (span for span in rule(text) if span.start not in inside)
    if phone_numbers:
        yield from numbers.phones(text)
    if national_ids:
        yield from numbers.national_ids(text)
