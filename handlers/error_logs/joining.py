"""Rows joined to events: stack traces come as a row a line where a program writes them so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from handlers.error_logs.prefixes import prefix
from handlers.error_logs.rows import Event, Row

# Milliseconds between two rows of one event, and rows and characters of it that are kept; further ones are counted.
GAP, LINES, CHARACTERS = 1000, 50, 8192
_CONTINUES = re.compile(
    r"\s+\S|at [\w.$<>/\[\]]{1,300}[(. ]|Caused by: |Suppressed: |Traceback \(most recent call last\)|File \""
    r"|goroutine \d"
    r"|\.\.\. \d{1,5} (?:more|common frames)|During handling of the above|The above exception was|--- End of|---> "
    r"|\[signal SIG|created by |#\d{1,3} \S|from \S{1,300}:\d{1,6}:in |note: (?:run|Some)|stack backtrace:"
    r"|Runtime\.ExitError"
    r"|[\]})]{1,4},?$|DETAIL: |HINT: |STATEMENT: |CONTEXT: |\[stacktrace\]|\[previous exception\]|exit status \d"
)
_PYTHON_END = re.compile(r"[A-Za-z_][\w.]{0,200}(?::\s|:?$)")
_GO_FRAME = re.compile(r"[\w./-]{1,200}(?:\.\(\*?\w{1,80}\))?[\w.]{0,120}\([^\n]{0,300}\)$|panic\(")
_QUALIFIED = re.compile(r"[a-z][\w$]{0,60}(?:\.[\w$]{1,80}){0,10}\.[A-Z][\w$]{0,120}(?::\s|:?$)")
_CHAINED = ("During handling", "The above exception")


def continues(text: str) -> bool:
    """Whether a row belongs to the row before it, as those of a stack trace do. A blank row does."""
    return not text or text.isspace() or _CONTINUES.match(text) is not None


class _Open:
    """An event that may still go on."""

    def __init__(self, row: Row) -> None:
        self.first, self.last_at = row, row.at
        self.parts, self.size, self.lines = [row.text], len(row.text), 1
        self.last = row.text
        self.prefixed = prefix(row.text).end > 0

    def accepts(self, row: Row) -> bool:
        if row.log != self.first.log or row.stream != self.first.stream or not 0 <= row.at - self.last_at <= GAP:
            return False
        if row.text.startswith("Traceback") and any(part.startswith("Traceback") for part in self.parts):
            return any(part.startswith(_CHAINED) for part in self.parts[-3:])
        return continues(row.text) or self._ends_with(row.text)

    def _ends_with(self, text: str) -> bool:
        """Rows that only what came before them shows to go on: the last of Python, frames of Go, types of Java."""
        body = "\n".join(self.parts[-3:]) if self.lines < LINES else self.last
        if self.last[:1].isspace() and ('File "' in body or "Traceback" in "".join(self.parts[:4])):
            return _PYTHON_END.match(text) is not None
        if any("goroutine " in part for part in self.parts[:8]):
            return _GO_FRAME.match(text) is not None
        return self.lines == 1 and self.prefixed and _QUALIFIED.match(text) is not None

    def add(self, row: Row) -> None:
        self.last_at, self.last = row.at, row.text or self.last
        self.lines += 1
        if self.lines <= LINES and self.size < CHARACTERS:
            self.parts.append(row.text[: CHARACTERS - self.size])
            self.size += len(row.text) + 1

    def event(self) -> Event:
        text = "\n".join(self.parts)[:CHARACTERS]
        return Event(self.first.at, self.first.log, self.first.stream, text, self.lines)


def joined(rows: Iterable[Row]) -> Iterator[Event]:
    """Events of rows that come sorted by log, stream and time.

    A row that continues one of the same stream, at most a second older, is part of its event. Of an event 50 rows and
    8,192 characters are kept. A row that continues nothing is an event of its own.
    """
    now: _Open | None = None
    for row in rows:
        if now and now.accepts(row):
            now.add(row)
            continue
        if now:
            yield now.event()
        now = _Open(row)
    if now:
        yield now.event()
