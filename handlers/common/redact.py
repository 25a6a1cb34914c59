"""Credentials and personal data out of text before anybody is shown it; pure. docs/redaction.md lists what goes."""

from __future__ import annotations

import re
from typing import NamedTuple

# Characters. Longer text is cut before it is looked at, so that a line of a megabyte costs no more than this one does.
LIMIT = 8192
# A word that the cut goes through may be half a token, which no rule knows: it goes too, up to this many characters.
_CUT_WORD = 512


class Options(NamedTuple):
    """What is taken out besides. phone_numbers, national_ids: off, for many other numbers look alike.

    patterns: patterns of one's own by kind, as `(("customer", re.compile(r"C-[0-9]{8}")),)`; their time is theirs.
    """

    phone_numbers: bool = False
    national_ids: bool = False
    patterns: tuple[tuple[str, re.Pattern[str]], ...] = ()


class Redacted(NamedTuple):
    """text: with `[redacted: kind]` in each place. counts: how many of each kind; what they were is kept nowhere."""

    text: str
    counts: dict[str, int]


_DEFAULT = Options()


def redact(text: str, options: Options = _DEFAULT) -> str:
    """The text, cut to `LIMIT` characters, with `[redacted: kind]` in place of credentials and personal data."""
    return redact_and_count(text, options).text


def redact_and_count(text: str, options: Options = _DEFAULT) -> Redacted:
    """As `redact`, with how many of each kind there were."""
    # Imported when first needed, which is after the ticket: a cold start at 128 MB would pay for it tenfold.
    from handlers.common.redaction.rules import find
    from handlers.common.redaction.spans import matches, merged

    text = _cut(text)
    spans = [*find(text, phone_numbers=options.phone_numbers, national_ids=options.national_ids)]
    for kind, pattern in options.patterns:
        spans += matches(pattern, text, kind)
    parts: list[str] = []
    counts: dict[str, int] = {}
    end = 0
    for span in merged(spans):
        parts += (text[end : span.start], f"[redacted: {span.kind}]")
        counts[span.kind] = counts.get(span.kind, 0) + 1
        end = span.end
    return Redacted("".join(parts) + text[end:], dict(sorted(counts.items())))


def _cut(text: str) -> str:
    if len(text) <= LIMIT:
        return text
    end = LIMIT
    while end > LIMIT - _CUT_WORD and not text[end - 1].isspace():
        end -= 1
    return text[:end].rstrip()
