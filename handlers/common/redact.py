"""Credentials and personal data out of text before anybody is shown it; pure. docs/redaction.md lists what goes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from handlers.common.redaction import headers, named_values, numbers, tokens, urls
from handlers.common.redaction.spans import Span, matches, merged

# Characters. Longer text is cut before it is looked at, so that a line of a megabyte costs no more than this one does.
LIMIT = 8192
# A word that the cut goes through may be half a token, which no rule knows: it goes too, up to this many characters.
_CUT_WORD = 512
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


@dataclass(frozen=True, slots=True)
class Options:
    """What is taken out besides. phone_numbers, national_ids: off, for many other numbers look alike.

    patterns: patterns of one's own by kind, as `(("customer", re.compile(r"C-\\d{8}")),)`; their time is theirs.
    """

    phone_numbers: bool = False
    national_ids: bool = False
    patterns: tuple[tuple[str, re.Pattern[str]], ...] = ()


@dataclass(frozen=True, slots=True)
class Redacted:
    """text: with `[redacted: kind]` in each place. counts: how many of each kind; what they were is kept nowhere."""

    text: str
    counts: dict[str, int] = field(default_factory=dict)


_DEFAULT = Options()


def redact(text: str, options: Options = _DEFAULT) -> str:
    """The text, cut to `LIMIT` characters, with `[redacted: kind]` in place of credentials and personal data."""
    return redact_and_count(text, options).text


def redact_and_count(text: str, options: Options = _DEFAULT) -> Redacted:
    """As `redact`, with how many of each kind there were."""
    text = _cut(text)
    parts: list[str] = []
    counts: Counter[str] = Counter()
    end = 0
    for span in merged(_spans(text, options)):
        parts += (text[end : span.start], f"[redacted: {span.kind}]")
        counts[span.kind] += 1
        end = span.end
    return Redacted("".join(parts) + text[end:], dict(sorted(counts.items())))


def _spans(text: str, options: Options) -> Iterator[Span]:
    credentials = list(urls.userinfo(text))
    yield from credentials
    inside = {at for span in credentials for at in range(span.start, span.end)}
    for rule in _RULES:
        # `token:…@host` is a name and its value as well, and `…@host.example` an address: the host stays all the same.
        yield from (span for span in rule(text) if span.start not in inside)
    if options.phone_numbers:
        yield from numbers.phones(text)
    if options.national_ids:
        yield from numbers.national_ids(text)
    for kind, pattern in options.patterns:
        yield from matches(pattern, text, kind)


def _cut(text: str) -> str:
    if len(text) <= LIMIT:
        return text
    end = LIMIT
    while end > LIMIT - _CUT_WORD and not text[end - 1].isspace():
        end -= 1
    return text[:end].rstrip()
