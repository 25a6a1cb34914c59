"""Masks: what changes from one occurrence of an error to the next gives way to `<*>`.

Words are masked one by one, by their own form and by the words around them.
"""

from __future__ import annotations

import re

from handlers.error_logs import words as words_of
from handlers.error_logs.word_masks import LONGEST_WORD, MASK, bare, masked_word

__all__ = ["MASK", "masked"]

# Characters of a quoted text that is a value; words that make it a sentence, which is looked into.
_QUOTED, _SENTENCE = 2000, 3

_REDACTED = re.compile(r"\[redacted: ?[^\]\n]{0,60}\]")
_QUOTES = re.compile(
    rf'"([^"\n]{{0,{_QUOTED}}})"|(?<![\w\\])\'([^\'\n]{{0,{_QUOTED}}})\'(?!\w)|`([^`\n]{{0,{_QUOTED}}})`'
)
_NAMED_BEFORE = re.compile(
    r"(?:constraint|relation|column|table|index|function|method|module|named?|field|attribute|property|operation"
    r"|reading|type|class|parameter|argument|option|setting|variable|metric|queue|topic)s?:? $",
    re.IGNORECASE,
)
_HTTP = ("HTTP/1.0", "HTTP/1.1", "HTTP/2", "HTTP/2.0", "HTTP/3", "HTTP/3.0")
_NAME = re.compile(r"[A-Za-z_][A-Za-z_.:-]{0,79}")

# Words that mean something else beside others.
_CONTEXTUAL = words_of.DAYS | words_of.MONTHS | {"user", "for"}
_SIGNED = re.compile(r"(?<![^\s_:=(\[,/|{])[-+<>~#@]{1,2}<\*>")
# Units and ISO 4217's usual currencies: a number has one or another.
_UNIT = re.compile(
    r"<\*> (?:bytes?|[KMGT]i?B|kB|B|ms|us|ns|s|secs?|seconds?|mins?|minutes?|hours?|days?|EUR|USD|GBP|CHF|JPY|CNY|INR"
    r"|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|BRL|MXN|ZAR|SGD|HKD|KRW|TRY|RUB|ILS)(?![\w-])"
)
_EMPTY = re.compile(r"<\*> \(\)")
_BOXED = re.compile(r"(?<![^\s>])[(\[{]{1,2}<\*>[)\]}]{1,2}")
_MANY = re.compile(r"<\*>(?:[\s,.:;/|&+_x@#~%-]{0,4}<\*>)+%?")


def masked(text: str) -> str:
    """One line with masks, its words one space apart."""
    if "[redacted" in text:
        text = _REDACTED.sub(MASK, text)
    if '"' in text or "'" in text or "`" in text:
        text = _QUOTES.sub(_quoted, text)
    words = text.split()
    parts: list[str] = []
    code, before = 0, ""
    for at, word in enumerate(words):
        if word in _CONTEXTUAL or before in _CONTEXTUAL:
            context = _in_context(words, at)
        elif before in words_of.ID_BEFORE:
            context = MASK + word[len(word.rstrip(",;.)]")) :]
        elif word.isalpha():
            context = word
        else:
            number = _SMALL.fullmatch(word)
            if number and (code > 0 or (_is_status(number[1]) and _says_status(words, at))):
                context = number[1]
            else:
                context = masked_word(word)
        code = _CODE_REACH if bare(word) in words_of.CODE_BEFORE else code - 1
        before = word
        if context and not (parts and context == parts[-1] and MASK in context):
            parts.append(context)
    line = " ".join(parts)
    return _tidy(line) if MASK in line else line


def _tidy(line: str) -> str:
    """Masks without signs and brackets of their own, and one for several in a row."""
    line = _SIGNED.sub(MASK, line)
    line = _UNIT.sub(MASK, line)
    line = _EMPTY.sub(MASK, line)
    if line.count(MASK) > 1:
        line = _MANY.sub(MASK, line)
    boxed = _BOXED.sub(MASK, line)
    return _MANY.sub(MASK, boxed) if boxed != line else line


def _in_context(words: list[str], at: int) -> str:
    """A word whose neighbours say what it is: a day, a month or a name; empty where it goes."""
    word = words[at]
    before = words[at - 1] if at else ""
    after = words[at + 1] if at + 1 < len(words) else ""
    if word in words_of.DAYS and after[:3] in words_of.MONTHS:
        return ""
    if word in words_of.MONTHS and after[:1].isdigit():
        return ""
    if (
        before == "user"
        and (at == 1 or words[at - 2].lower() in words_of.USER_BEFORE)
        and word not in words_of.NO_NAMES
    ):
        return MASK
    if before == "for" and after == "from" and at + 2 < len(words) and words[at + 2][:1].isdigit():
        return MASK
    return word if word.isalpha() else masked_word(word)


def _quoted(match: re.Match[str]) -> str:
    """What a quoted text becomes: a mask, or its words where they are a sentence or a name that says what happened."""
    inside = match[1] or match[2] or match[3] or ""
    if len(inside) > LONGEST_WORD or " " in inside:
        words = inside.split(" ", 40)
        if inside.endswith(_HTTP):
            return f" {words[0]} {MASK} HTTP "
        if sum(1 for word in words if word.isalpha() and len(word) > 1) >= _SENTENCE:
            return f" {inside} "
        return _value(match)
    before = match.string[max(0, match.start() - 12) : match.start()]
    if _NAME.fullmatch(inside) and _NAMED_BEFORE.search(before):
        return f" {inside} "
    return _value(match)


def _value(match: re.Match[str]) -> str:
    """A mask, right behind the sign where the value has a name."""
    return f"{MASK} " if match.string[match.start() - 1 : match.start()] == "=" else f" {MASK} "


# Where a number says what happened: an exit code, a signal or an errno within so many words after one of these words,
_CODE_REACH = 3
_SMALL = re.compile(r"\(?(-?\d{1,5})[\]).,;:]*")


def _is_status(number: str) -> bool:
    return len(number) == 3 and number[0] in "45"


def _says_status(words: list[str], at: int) -> bool:
    before = bare(words[at - 1]) if at else ""
    if before in words_of.STATUS_BEFORE or before.startswith("http/"):
        return True
    return at + 1 < len(words) and words[at + 1] in words_of.REASONS
