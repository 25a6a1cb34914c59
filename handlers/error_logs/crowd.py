"""More lines than are read: they are counted on the server, by a text that every line of an error has.

Each round reads some lines that have none of the known texts, and learns from them which texts to count; one query
then counts all texts. Lines that no text is known for are counted as well, and shared out as the last lines that were
read: nothing is left out without a word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from handlers.error_logs.counting import Counter, EvaluatedEvent, group_of, whole
from handlers.error_logs.insights import Answer, AnswerHandler, Insights, Job
from handlers.error_logs.query_text import (
    COUNT,
    FIRST_AT,
    LAST_AT,
    LOG,
    MOST_ROWS,
    Query,
    count_query,
    fitting,
    rows_query,
)
from handlers.error_logs.tally import Tally
from handlers.error_logs.windows import Window

# Rounds of reading lines that no known text is in, and texts that one query counts.
MOST_ROUNDS, MOST_TEXTS = 5, 30
# A shorter text is in too many other lines.
SHORTEST_TEXT = 6


@dataclass
class KnownLines:
    """What lines are known. by_text: text to the first event that has it.

    shares: of the lines that were read last, key to an event and how many there were; total: of all of them.
    """

    by_text: dict[str, EvaluatedEvent] = field(default_factory=dict)
    shares: dict[str, tuple[EvaluatedEvent, int]] = field(default_factory=dict)
    total: int = 0

    def learn(self, evaluated: Iterable[EvaluatedEvent]) -> int:
        """How many texts are new."""
        before, self.shares, self.total = len(self.by_text), {}, 0
        for evaluated_event in evaluated:
            self.total += 1
            known, count = self.shares.get(evaluated_event.fingerprint.key, (evaluated_event, 0))
            self.shares[evaluated_event.fingerprint.key] = (known, count + 1)
            text = evaluated_event.fingerprint.literal
            if len(text) < SHORTEST_TEXT or '"' in text or "\\" in text:
                continue
            if text not in self.by_text or (evaluated_event.is_counted and not self.by_text[text].is_counted):
                self.by_text[text] = evaluated_event
        return len(self.by_text) - before

    def texts(self, chosen: str) -> list[str]:
        """Errors before others, and the longest first: a line is counted by the first text that it has."""
        ordered = sorted(self.by_text, key=lambda text: (not self.by_text[text].is_counted, -len(text), text))
        return fitting(chosen, ordered[:MOST_TEXTS])


@dataclass(frozen=True, slots=True)
class Crowd:
    """A stretch of time of some log groups with more lines than are read. chosen: the file's commands.

    limit: lines of one answer.
    """

    insights: Insights
    counter: Counter
    chosen: str
    groups: tuple[str, ...]
    span: Window
    limit: int = MOST_ROWS

    def count(self, known: KnownLines) -> None:
        """Count it. known: from its first lines. Raises what `Insights.run` does."""
        is_all = False
        texts = known.texts(self.chosen)
        for _ in range(MOST_ROUNDS):
            is_all, is_more = self._round(known, texts)
            if not is_more:
                break
            texts = known.texts(self.chosen)
        if texts:
            self._count_texts(known, texts)
        if not is_all:
            self._share_out(known, texts)

    def _round(self, known: KnownLines, texts: list[str]) -> tuple[bool, bool]:
        """Read lines without the texts; whether those were all, which are counted then, and whether to go on."""
        is_all, is_more = True, False

        def handle(job: Job, answer: Answer) -> list[Job]:
            nonlocal is_all, is_more
            if len(answer.rows) < self.limit and job.span == self.span and job.groups == self.groups:
                self.counter.add(answer.rows, job.span)
                return []
            # A part of the answer, where a query failed and was cut, is learned from and counted with the others.
            is_all = False
            is_new = known.learn(self.counter.evaluate(answer.rows, job.span)) > 0
            is_more = is_more or (is_new and len(texts) < MOST_TEXTS)
            return []

        self._run(handle, lambda batch, when: rows_query(self.chosen, batch, when, self.limit, texts))
        return is_all, is_more

    def _count_texts(self, known: KnownLines, texts: list[str]) -> None:
        def handle(job: Job, answer: Answer) -> list[Job]:
            for row in answer.rows:
                index = next((at for at in range(len(texts)) if whole(row.get(f"obsgen_{at}", "")) > 0), None)
                if index is not None:
                    self._add(known.by_text[texts[index]], row, job.span)
            return []

        self._run(handle, lambda batch, when: count_query(self.chosen, batch, when, texts))

    def _add(self, evaluated: EvaluatedEvent, row: Mapping[str, str], span: Window) -> None:
        tally, count = self.counter.tally_at(span.start), whole(row.get(COUNT, ""))
        if tally is None:
            return
        tally.rows += count
        if evaluated.is_counted:
            self._more(self._error(evaluated), row, count, span)

    def _share_out(self, known: KnownLines, texts: list[str]) -> None:
        """Count lines that none of the texts is in, as the last of them that were read are divided."""
        shares = [
            (evaluated, many) for evaluated, many in known.shares.values() if evaluated.fingerprint.literal not in texts
        ]
        total = sum(many for _, many in shares)

        def handle(job: Job, answer: Answer) -> list[Job]:
            tally = self.counter.tally_at(job.span.start)
            for row in answer.rows if tally else []:
                left = count = whole(row.get(COUNT, ""))
                for evaluated, many in shares:
                    share = min(left, round(count * many / total))
                    left -= share
                    if tally and share and evaluated.is_counted:
                        self._more(self._error(evaluated), row, share, job.span)
                if tally:
                    tally.rows += count
                    if left:
                        self._more(tally.unmatched(job.span.start), row, left, job.span)
            return []

        self._run(handle, lambda batch, when: count_query(self.chosen, batch, when, (), texts))

    def _error(self, evaluated: EvaluatedEvent) -> Tally:
        tally = self.counter.tally_at(self.span.start)
        assert tally is not None, "a crowd is within a window"
        self.counter.redacted.update(evaluated.redacted)
        return tally.of(evaluated.fingerprint, evaluated.sample, evaluated.event.stream, self.span.start)

    def _more(self, error: Tally, row: Mapping[str, str], count: int, span: Window) -> None:
        first, last = whole(row.get(FIRST_AT, "")) or span.start, whole(row.get(LAST_AT, "")) or span.start
        if not error.count:
            error.first, error.last = first, last
        error.add(group_of(row.get(LOG, "")), count, first, last)
        error.exact = False

    def _run(self, handle: AnswerHandler, make: Callable[[tuple[str, ...], Window], Query]) -> None:
        self.insights.run([Job(self.groups, self.span, make)], handle)
