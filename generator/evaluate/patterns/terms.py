"""Filter patterns of plain words: every word must occur, somewhere, in exactly this case.

A term is a substring and not a word (`ERROR` counts a line that says `ERRORCODE`), and a `?` before a term
means "or" only as long as nothing but such terms is there. Both surprise people, so both have a name below.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import re
from collections.abc import Callable

from generator.evaluate.patterns.reader import BLANKS, Reader, Rejected, in_quotes

_UP_TO_BLANK = re.compile(f"[^{BLANKS}]*")
_PLAIN, _OPTIONAL, _EXCLUDED = "", "?", "-"


def compile_terms(pattern: str) -> Callable[[str], bool]:
    """Compile a pattern of terms to a test of one log line."""
    terms = _terms(pattern)
    if _options_are_ignored(terms):
        return _required(terms[_PLAIN], terms[_EXCLUDED])
    return _optional(terms[_OPTIONAL])


def ignored_terms(pattern: str) -> tuple[str, ...]:
    """The terms with `?` that CloudWatch Logs ignores, as there are others beside them; as they are written."""
    terms = _terms(pattern)
    ignored = terms[_OPTIONAL] if _options_are_ignored(terms) else []
    return tuple(f"?{term if term.isalnum() else in_quotes(term)}" for term in ignored)


def _options_are_ignored(terms: dict[str, list[str]]) -> bool:
    return bool(terms[_PLAIN] or terms[_EXCLUDED])


def _terms(pattern: str) -> dict[str, list[str]]:
    """Sign to terms. Raises Rejected."""
    reader = Reader(pattern)
    terms: dict[str, list[str]] = {_PLAIN: [], _OPTIONAL: [], _EXCLUDED: []}
    reader.skip_blanks()
    while reader.next():
        start = reader.at
        sign = _sign(reader)
        terms[sign].append(_term(reader, start))
        if reader.next() and reader.next() not in BLANKS:
            raise _not_a_term(reader, start)
        reader.skip_blanks()
    return terms


def _sign(reader: Reader) -> str:
    if reader.accept(_OPTIONAL):
        return _OPTIONAL
    if reader.accept(_EXCLUDED):
        # The 2018 guide writes - "Exiting", with a blank; nothing of the kind is documented for "?".
        reader.skip_blanks()
        return _EXCLUDED
    return _PLAIN


def _term(reader: Reader, start: int) -> str:
    if reader.next() == '"':
        phrase = reader.quoted()
        if not phrase.strip(BLANKS):
            # "" and " " are documented to match everything, but only as the whole pattern.
            raise Rejected("an empty phrase beside other terms compares nothing", start, "leave it out")
        return phrase
    word = reader.word()
    if not word:
        raise _not_a_term(reader, start)
    return word


def _not_a_term(reader: Reader, start: int) -> Rejected:
    """Why the cursor can not stand where it does within the term that begins at `start`."""
    character = reader.next()
    if character == "" or character in BLANKS:
        hint = "write ?TERM or -TERM, without a blank"
        return Rejected("a term is missing after this sign", start, hint)
    if character == "%":
        message = "a regular expression can not stand beside other terms"
        return Rejected(message, reader.at, "make it the whole pattern: %this|that%")
    if reader.text[reader.at - 1] == '"' or character == '"':
        message = "a quoted phrase and another term stand side by side"
        return Rejected(message, reader.at, "put a blank between them")
    message = f'"{character}" is not allowed in an unquoted term, which has letters, digits and "_" only'
    term = Reader(reader.text, start).take(_UP_TO_BLANK).lstrip(_OPTIONAL + _EXCLUDED)
    return Rejected(message, reader.at, f"put the term in double quotes: {in_quotes(term)}")


def _required(plain: list[str], excluded: list[str]) -> Callable[[str], bool]:
    if len(plain) == 1 and not excluded:
        (only,) = plain
        return lambda line: only in line

    def contains_all_and_none(line: str) -> bool:
        return all(map(line.__contains__, plain)) and not any(map(line.__contains__, excluded))

    return contains_all_and_none


def _optional(terms: list[str]) -> Callable[[str], bool]:
    return lambda line: any(map(line.__contains__, terms))
