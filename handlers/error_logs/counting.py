"""From lines to counts: joined, judged, redacted, fingerprinted and counted in their window; pure.

Raw text stays in here: what `Counter` keeps of a line went through redaction first.
"""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from handlers.common.redact import redact_and_count
from handlers.error_logs.classify import is_error, joined
from handlers.error_logs.fingerprint import Fingerprint, fingerprint
from handlers.error_logs.query_text import AT, INGESTED, LOG, MOST_CHARACTERS, STREAM, TEXT
from handlers.error_logs.rows import Event, Row
from handlers.error_logs.settings import Settings
from handlers.error_logs.tally import WindowTally
from handlers.error_logs.windows import Due, Pass, Window

# Characters of a word that a cut line may lose.
CUT_WORD = 512


@dataclass(frozen=True, slots=True)
class Seen:
    """One event as it was judged. sample: redacted. is_counted: an error that no rule ignores."""

    event: Event
    fingerprint: Fingerprint
    sample: str
    is_counted: bool
    redacted: Mapping[str, int]


class Counter:
    """Counts of both windows of one run. tallies: by the name of the pass. redacted: kind to how many.

    longest_delay_ms: from a line's time until it was ingested.
    """

    def __init__(self, due: Due, settings: Settings) -> None:
        self._due = due
        self._settings = settings
        self.tallies = {one.name: WindowTally() for one in due.passes}
        self.redacted: Counts[str] = Counts()
        self.longest_delay_ms = 0

    def add(self, answers: Sequence[Mapping[str, str]], span: Window) -> None:
        """Count the lines of an answer whose event began within `span`."""
        self._measure(answers, span)
        for event in _events(answers):
            of = self._pass_of(event.at)
            if of is None or not span.has(event.at):
                continue
            tally = self.tallies[of.name]
            seen = self._judged(event, self._day(event.at))
            if seen is None or not seen.is_counted:
                continue
            self.redacted.update(seen.redacted)
            error = tally.of(seen.fingerprint, seen.sample, event.stream, event.at)
            error.add(group_of(event.log), 1, event.at, event.at)

    def look(self, answers: Sequence[Mapping[str, str]], span: Window) -> Iterator[Seen]:
        """Judge the lines of an answer without counting them, those that are no errors as well."""
        for event in _events(answers):
            if span.has(event.at):
                seen = self._judged(event, self._day(event.at), is_all=True)
                if seen is not None:
                    yield seen

    def tally_at(self, at: int) -> WindowTally | None:
        """The tally of the window that a time is in."""
        of = self._pass_of(at)
        return self.tallies[of.name] if of else None

    def _pass_of(self, at: int) -> Pass | None:
        return next((one for one in self._due.passes if one.window.has(at)), None)

    def _measure(self, answers: Iterable[Mapping[str, str]], span: Window) -> None:
        latency = self._settings.delivery_latency * 1000
        for answer in answers:
            at = whole(answer.get(AT, ""))
            of = self._pass_of(at)
            if of is None or not span.has(at):
                continue
            ingested = whole(answer.get(INGESTED, ""))
            self.tallies[of.name].rows += 1
            self.tallies[of.name].late += ingested > of.window.end + latency
            self.longest_delay_ms = max(self.longest_delay_ms, ingested - at)

    def _judged(self, event: Event, day: datetime, *, is_all: bool = False) -> Seen | None:
        is_one = is_error(event.text)
        if not is_one and not is_all:
            return None
        text, redacted = redact_and_count(event.text, self._settings.redact)
        found = fingerprint(text, self._settings.rules)
        is_ignored = is_one and any(one.holds(text, group_of(event.log), day.date()) for one in self._settings.ignore)
        return Seen(event, found, text, is_one and not is_ignored, redacted)

    def _day(self, at: int) -> datetime:
        return datetime.fromtimestamp(at / 1000, UTC)


def group_of(log: str) -> str:
    """The log group of `@log`, which is `<account>:<log group>`."""
    return log.partition(":")[2] or log


def whole(text: str) -> int:
    """A number as Logs Insights writes it, `1.7E12` too; 0 where it is none."""
    try:
        return int(text)
    except ValueError:
        try:
            return int(float(text))
        except (ValueError, OverflowError):
            return 0


def _whole_words(text: str) -> str:
    """A line that Logs Insights cut loses the word that the cut went through: half a token is redacted by no rule."""
    if len(text) < MOST_CHARACTERS:
        return text
    end = MOST_CHARACTERS
    while end > MOST_CHARACTERS - CUT_WORD and not text[end - 1].isspace():
        end -= 1
    return text[:end].rstrip()


def _events(answers: Iterable[Mapping[str, str]]) -> Iterator[Event]:
    rows = [
        Row(whole(one.get(AT, "")), one.get(LOG, ""), one.get(STREAM, ""), _whole_words(one.get(TEXT, "")))
        for one in answers
    ]
    # Lines of the same millisecond stay in the order in which they came.
    rows.sort(key=lambda row: (row.log, row.stream, row.at))
    return joined(rows)
