"""From lines to counts: joined, evaluated, redacted, fingerprinted and counted in their window; pure.

Raw text stays in here: what `Counter` keeps of a line went through redaction first.
"""

from __future__ import annotations

import re
from collections import Counter as Counts
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from handlers.common.redact import redact_and_count
from handlers.common.text_size import cut
from handlers.error_logs.classify import is_error, joined
from handlers.error_logs.fingerprint import Fingerprint, fingerprint
from handlers.error_logs.plain import plain
from handlers.error_logs.query_text import AT, INGESTED, LOG, MOST_CHARACTERS, STREAM, TEXT
from handlers.error_logs.rows import Event, Row
from handlers.error_logs.settings import Settings
from handlers.error_logs.tally import MOST_SAMPLE, WindowTally
from handlers.error_logs.windows import CountingTask, Pass, Window

# Characters of a word that a cut line may lose.
CUT_WORD = 512
# Events whose evaluation is remembered, of one run.
MOST_KNOWN = 2_000
# What differs between two events of one error and decides nothing: times, UUIDs, addresses, durations and long numbers.
# Short numbers stay, and those that are called a code: a status or an exit code tells errors apart.
_NOISE = re.compile(
    r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?|\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"
    r"|\b[0-9a-fA-F]{16,}\b|\b\d{1,3}(?:\.\d{1,3}){3}\b|\b\d{1,9}(?:\.\d{1,9})? ?m?s\b"
    r"|(?<!code )(?<!code=)(?<!code: )(?<!status )(?<!status=)(?<!errno )\b\d{6,}\b"
)
_FRAME = re.compile(r"\s+(?:at |File \"|\.\.\. \d|from )")
# Lambda says of one failed invocation that it failed, and again in its report, within so many milliseconds. A retry has
# the same id and comes a minute later: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
REPORTED_MS = 5_000
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
NONE = Fingerprint("", "log", "", "", "", "", "")


@dataclass(frozen=True, slots=True)
class EvaluatedEvent:
    """An event as it was evaluated. event: without its text. sample: redacted.

    is_counted: whether it is an error that no rule ignores.
    """

    event: Event
    fingerprint: Fingerprint
    sample: str
    is_error: bool
    is_counted: bool
    redacted: Mapping[str, int]


class Counter:
    """Counts of both windows of one run. tallies: by the name of the pass. redacted: kind to how many.

    longest_delay_ms: from a line's time until it was ingested. check: raises where there is no time for another event.
    """

    def __init__(self, due: CountingTask, settings: Settings, check: Callable[[], None] = lambda: None) -> None:
        self._check = check
        self._due = due
        self._settings = settings
        self.tallies = {pass_.name: WindowTally(settings.redact) for pass_ in due.passes}
        self.redacted: Counts[str] = Counts()
        self.longest_delay_ms = 0
        self._known: dict[int, EvaluatedEvent] = {}
        self._invocations: dict[tuple[str, str], int] = {}
        self._patterns = [
            *(pattern for _, pattern in settings.rules.same),
            *(pass_.pattern for pass_ in settings.ignore),
        ]

    def add(self, answers: Sequence[Mapping[str, str]], span: Window) -> None:
        """Count the lines of an answer whose event began within `span`."""
        self._measure(answers, span)
        for event in _events(answers):
            of = self._pass_of(event.at)
            if of is None or not span.has(event.at):
                continue
            tally = self.tallies[of.name]
            evaluated = self._evaluated(event)
            if evaluated is None or not evaluated.is_counted or self._is_reported(event, evaluated.fingerprint):
                continue
            self.redacted.update(evaluated.redacted)
            error = tally.of(evaluated.fingerprint, evaluated.sample, event.stream, event.at)
            error.add(group_of(event.log), 1, event.at, event.at)

    def evaluate(self, answers: Sequence[Mapping[str, str]], span: Window) -> Iterator[EvaluatedEvent]:
        """Evaluate the lines of an answer without counting them, those that are no errors as well."""
        for event in _events(answers):
            if span.has(event.at):
                evaluated = self._evaluated(event, is_all=True)
                if evaluated is not None:
                    yield evaluated

    def _is_reported(self, event: Event, fingerprint_: Fingerprint) -> bool:
        """Whether this failed invocation was counted by another line of it."""
        if fingerprint_.kind != "lambda":
            return False
        request = _UUID.search(event.text, 0, 1_200)
        if request is None:
            return False
        key = (fingerprint_.key, request.group())
        before = self._invocations.get(key)
        self._invocations[key] = event.at
        return before is not None and abs(event.at - before) <= REPORTED_MS

    def tally_at(self, at: int) -> WindowTally | None:
        """The tally of the window that a time is in."""
        of = self._pass_of(at)
        return self.tallies[of.name] if of else None

    def _pass_of(self, at: int) -> Pass | None:
        return next((pass_ for pass_ in self._due.passes if pass_.window.has(at)), None)

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

    def _evaluated(self, event: Event, *, is_all: bool = False) -> EvaluatedEvent | None:
        """What an event is; None where it is no error and not all are asked for.

        Events that differ in times, ids and long numbers alone are judged once: a storm of one error costs a hundredth.
        """
        day = datetime.fromtimestamp(event.at / 1000, UTC).date()
        key = hash((_NOISE.sub("0", event.text), event.log, day, self._pass_of(event.at), self._matches(event.text)))
        known = self._known.get(key)
        if known is None or (is_all and known.fingerprint is NONE):
            self._check()
            known = self._evaluate(event, day, is_all)
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[key] = known
        if not known.is_error and not is_all:
            return None
        return replace(known, event=replace(event, text=""))

    def _matches(self, text: str) -> tuple[bool, ...]:
        """Which of the file's own patterns match: they may look at what is noise elsewhere."""
        return tuple(pattern.search(text) is not None for pattern in self._patterns)

    def _evaluate(self, event: Event, day: date, is_all: bool) -> EvaluatedEvent:
        light = replace(event, text="")
        # A frame whose first line was chosen by no filter belongs to an event that is no error.
        is_error_event = _FRAME.match(event.text) is None and is_error(event.text)
        if not is_error_event and not is_all:
            return EvaluatedEvent(light, NONE, "", False, False, {})
        # Colours and control characters within a secret would hide it from every rule, and are gone where it is shown.
        text, redacted = redact_and_count(plain(event.text), self._settings.redact)
        identity = fingerprint(text, self._settings.rules, event.text)
        is_ignored = any(rule.holds(text, group_of(event.log), day) for rule in self._settings.ignore)
        return EvaluatedEvent(
            light, identity, cut(text, MOST_SAMPLE), is_error_event, is_error_event and not is_ignored, redacted
        )


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
        Row(whole(answer.get(AT, "")), answer.get(LOG, ""), answer.get(STREAM, ""), _whole_words(answer.get(TEXT, "")))
        for answer in answers
    ]
    # Lines of the same millisecond stay in the order in which they came.
    rows.sort(key=lambda row: (row.log, row.stream, row.at))
    return joined(rows)
