"""Reads the lines of both windows: in one query for each ten log groups, in pieces of time where there are many.

One query reads both windows, for they touch: the same bytes are scanned as by one for each, half the queries are
started, of which an account has 100 at once, and an event at the border is seen as a whole. Each line is assigned to
its window by its `@timestamp`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from handlers.error_logs.counting import Counter
from handlers.error_logs.crowd import Crowd, KnownLines
from handlers.error_logs.insights import Answer, Insights, Job
from handlers.error_logs.query_text import MOST_ROWS, Query, rows_query
from handlers.error_logs.windows import MARGIN_MS, CountingTask, Window

logger = logging.getLogger(__name__)
# Lines of crowded stretches that one run reads; more are counted on the server.
MOST_READ = 20_000
# Of an answer's room, what a piece is planned to fill: lines are not spread evenly.
FILLED = 0.6
# A shorter stretch is not cut.
SHORTEST_MS = 100

# Seconds that have to be left for reading more lines; counting on the server is quick.
PATIENCE_S = 120.0


@dataclass
class Reading:
    """One run's reading. chosen: the file's commands. limit: lines of one answer.

    room: crowded lines that may still be read one by one.
    """

    insights: Insights
    counter: Counter
    chosen: str
    due: CountingTask
    limit: int = MOST_ROWS
    room: int = MOST_READ
    _crowds: list[Job] = field(default_factory=list)

    def read(self, chunks: Sequence[tuple[str, ...]]) -> None:
        """Count all lines of some log groups, chunk by chunk. Raises what `Insights.run` does."""
        self.insights.run([Job(chunk, self.due.span, self._query) for chunk in chunks], self._handle)
        while self._crowds:
            # One by one, so that one answer at a time is in memory.
            self.insights.run([self._crowds.pop()], self._handle_crowd)

    def _query(self, groups: tuple[str, ...], span: Window) -> Query:
        margin = min(MARGIN_MS, (span.end - span.start) // 4)
        return rows_query(self.chosen, groups, Window(span.start - margin, span.end + margin), self.limit)

    def _handle(self, job: Job, answer: Answer) -> list[Job]:
        """Count what fits into one answer; cut what does not."""
        if len(answer.rows) < self.limit:
            self.counter.add(answer.rows, job.span)
            return []
        border = self.due.final.window.end
        if job.span.start < border < job.span.end:
            return [
                job.over(job.groups, Window(job.span.start, border)),
                job.over(job.groups, Window(border, job.span.end)),
            ]
        matched = max(answer.matched, self.limit)
        length = job.span.end - job.span.start
        if matched <= self.room and length > SHORTEST_MS and self.insights.seconds_left > PATIENCE_S:
            self.room -= matched
            return self._pieces(job, matched)
        self._crowds.append(job)
        return []

    def _pieces(self, job: Job, matched: int) -> list[Job]:
        length = job.span.end - job.span.start
        count = max(2, min(-(-matched // int(self.limit * FILLED)), length // SHORTEST_MS))
        borders = [job.span.start + length * index // count for index in range(count + 1)]
        return [job.over(job.groups, Window(start, end)) for start, end in zip(borders, borders[1:], strict=False)]

    def _handle_crowd(self, job: Job, answer: Answer) -> list[Job]:
        if len(answer.rows) < self.limit:
            # It was fewer log groups than before, or lines went out of retention.
            self.counter.add(answer.rows, job.span)
            return []
        logger.info("counted on the server", extra={"matched": answer.matched, "groups": len(job.groups)})
        known = KnownLines()
        known.learn(self.counter.evaluate(answer.rows, job.span))
        answer.rows.clear()
        Crowd(self.insights, self.counter, self.chosen, job.groups, job.span, self.limit).count(known)
        return []
