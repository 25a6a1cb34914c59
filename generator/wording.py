"""Text helpers of every layer: numbers with a noun, lists, durations and timestamps. Imports nothing of obsgen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

_UNITS = ((604_800, "week"), (86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
# Letters, marks and symbols that Python prints and no font shows: fillers, joiners and selectors of variants, besides
# the one of emoji. https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0e\uffa0\U000e0100-\U000e01ef]"
)


def pluralize(number: int, noun: str, plural: str = "") -> str:
    """`1 alarm`, `2 alarms`, `1,204 deliveries`. plural: where it is not the noun and an s."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def list_in_words(words: Sequence[str], last: str = "and") -> str:
    """`pager, mail and tickets`; empty for no words. last: `or` for a choice."""
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)


def first_of(words: Sequence[str], most: int, between: str = ", ") -> str:
    """`pager, mail and 3 more`: the first `most` words, and how many are left out."""
    return between.join(words[:most]) + (f" and {len(words) - most:,} more" if len(words) > most else "")


def first_lines(lines: Sequence[str], most: int, indent: str = "") -> Iterator[str]:
    """The first `most` lines, and one with the number of those left out."""
    yield from lines[:most]
    if len(lines) > most:
        yield f"{indent}and {len(lines) - most:,} more"


def duration_in_words(seconds: int) -> str:
    """`5 minutes`, `1 hour`, `90 seconds`: in the largest unit that has no remainder."""
    for size, unit in _UNITS:
        if seconds >= size and seconds % size == 0:
            return pluralize(seconds // size, unit)
    return "0 seconds"


def duration_as_written(seconds: int) -> str:
    """`14d`, `1h`, `90s`: as the YAML has it."""
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "m")):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def length_in_words(seconds: int) -> str:
    """`2 d 4 h`, `3 h 20 min`, `5 min`: in two units at most."""
    words = []
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        count, seconds = divmod(seconds, size)
        if count:
            words.append(f"{count:,} {unit}")
    return " ".join(words[:2]) or ("0 min" if not seconds else f"{seconds} s")


def share_in_words(value: float) -> str:
    """`99.9 %`, of a share from 0 to 1; 100 only for all, 0 only for none."""
    if 0 < value < 1:
        value = min(0.999, max(0.001, value))
    return f"{100 * value:.1f} %" if value not in (0.0, 1.0) else f"{100 * value:.0f} %"


def format_utc(at_ms: int) -> str:
    """`2026-11-20T10:04:31Z`, of milliseconds since 1970."""
    return format_datetime(datetime.fromtimestamp(at_ms / 1000, UTC))


def format_datetime(at: datetime) -> str:
    """`2026-11-20T10:04:31Z`, of a time in any time zone."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def plain_name(name: str) -> str:
    """The name of an alarm or finding; of an event rule's subject `spot: i-0abc` for `event/spot/i-0abc`."""
    kind, _, rest = name.partition("/")
    return rest.replace("/", ": ", 1) if kind == "event" and "/" in rest else name


def printable(text: str) -> str:
    """A line of text that others wrote, without what a terminal would act on."""
    return "".join(character for character in text if character.isprintable())


def visible(text: str) -> str:
    """In one line, with what moves a terminal's cursor, reverses its text, starts another line or has no glyph written
    out as in Python, such as `\\u202e`.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if char.isprintable() and not _INVISIBLE.match(char) else ascii(char)[1:-1] for char in text)
