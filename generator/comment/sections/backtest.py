"""How often the alarms that a pull request changes fire over a capture, before and after it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from generator.comment.blocks import Block, Items, MarkdownTable, Paragraph
from generator.comment.data import Count, Rows, StrictData, Text
from generator.comment.section import CommentSection, SectionSummary, State
from generator.comment.text import code, plain
from generator.wording import length_in_words, pluralize, share_in_words

_MOST_ENVIRONMENTS = 50
_MOST_IN_SUMMARY = 3
_DAY, _HOUR = 86_400, 3600
_FEW_DAYS = 2
# 10,000 accounts with 1,000 alarms each, for as long as CloudWatch keeps metrics (15 months), in seconds.
_MOST_TOTAL = 10**15
Total = Annotated[int, Field(ge=0, le=_MOST_TOTAL)]
Share = Annotated[float, Field(ge=0, le=1)]


class BeforeAndAfter(StrictData):
    """A number of the target branch, and of the pull request."""

    before: Total
    after: Total


class ChangedFirings(StrictData):
    """The firings of a changed alarm in all of its accounts. seconds: in ALARM.

    periods: the smallest share of its periods with data; None for composites.
    """

    alarm: Text
    kind: Literal["added", "removed", "changed"]
    where: Text
    firings: BeforeAndAfter
    at_night: BeforeAndAfter
    seconds: BeforeAndAfter
    periods: Share | None
    is_approximate: bool


class NotJudgedChange(StrictData):
    """A changed alarm that the capture cannot judge before or after the change, and why."""

    alarm: Text
    where: Text
    reason: Text


class EnvironmentFirings(StrictData):
    """An environment over the capture. first_day, seconds: of its metric data. night: the hours that count as night.

    judged, not_judged: alarms after the change; complete: those with data in every period. compared, not_compared:
    changed alarms, each in each account. firings, at_night: of those that are compared.
    """

    environment: Text
    first_day: Text
    seconds: Total
    night: Text
    judged: Count
    not_judged: Count
    complete: Count
    compared: Count
    not_compared: Count
    firings: BeforeAndAfter
    at_night: BeforeAndAfter
    changes: Rows[ChangedFirings]
    unknown: Rows[NotJudgedChange]

    @property
    def is_changed(self) -> bool:
        """Whether an alarm has another condition or other firings, as far as the capture says."""
        return bool(self.compared or self.not_compared)


class BacktestResults(StrictData):
    """The environments of the capture. problem: why nothing was evaluated, else empty."""

    environments: Annotated[tuple[EnvironmentFirings, ...], Field(max_length=_MOST_ENVIRONMENTS)]
    problem: Text = ""


def _summary(results: BacktestResults) -> SectionSummary:
    if results.problem or not results.environments:
        return SectionSummary(State.SKIPPED, "no alarm was evaluated over the capture")
    changed = [environment for environment in results.environments if environment.is_changed]
    if not changed:
        return _unchanged(results)
    texts = [_counts(environment) for environment in changed[:_MOST_IN_SUMMARY]]
    if len(results.environments) > 1:
        texts = [f"{code(of.environment)} {text}" for of, text in zip(changed, texts, strict=False)]
    more = len(changed) - len(texts)
    return SectionSummary(State.INFO, "; ".join(texts) + (f"; {pluralize(more, 'more environment')}" if more else ""))


def _unchanged(results: BacktestResults) -> SectionSummary:
    judged, not_judged = (
        sum(getattr(environment, name) for environment in results.environments) for name in ("judged", "not_judged")
    )
    if not judged:
        return SectionSummary(State.SKIPPED, "the capture can judge no alarm")
    rest = f", {not_judged:,} not judged" if not_judged else ""
    days = _days(results.environments[0])
    return SectionSummary(State.PASSED, f"same firings of {pluralize(judged, 'alarm')} in {days}{rest}", is_quiet=True)


def _counts(environment: EnvironmentFirings) -> str:
    """`72 firings before, 2 now in 15 days, 1 changed alarm not judged`."""
    firings = environment.firings
    counts = f"{pluralize(firings.before, 'firing')} before, {firings.after:,} now in {_days(environment)}"
    unknown = f"{pluralize(environment.not_compared, 'changed alarm')} not judged"
    return ", ".join([*([counts] if environment.compared else []), *([unknown] if environment.not_compared else [])])


def _days(environment: EnvironmentFirings) -> str:
    days = round(environment.seconds / _DAY)
    return pluralize(days, "day") if days >= _FEW_DAYS else pluralize(round(environment.seconds / _HOUR), "hour")


def _blocks(results: BacktestResults) -> Iterator[Block]:
    """Each environment that changes: how much data there is, then numbers, then what has none."""
    if results.problem:
        yield Paragraph(plain(results.problem))
    for environment in results.environments:
        if environment.is_changed:
            yield from _environment(environment)


def _environment(environment: EnvironmentFirings) -> Iterator[Block]:
    judged = f"{pluralize(environment.judged, 'alarm')} judged, {environment.not_judged:,} not"
    yield Paragraph(
        f"**{code(environment.environment)}**: {_days(environment)} from {code(environment.first_day)}; {judged}; "
        f"{environment.complete:,} with data in every period"
    )
    if environment.compared:
        firings, at_night, night = environment.firings, environment.at_night, plain(environment.night)
        yield Paragraph(
            f"{pluralize(environment.compared, 'alarm')} with another condition or other firings: "
            f"{pluralize(firings.before, 'firing')} before, {firings.after:,} now; at night ({night}) "
            f"{at_night.before:,} before, {at_night.after:,} now"
        )
        head = ["", "alarm", "in", "firings", "at night", "in `ALARM`", "periods with data"]
        yield MarkdownTable(head, [_row(change) for change in environment.changes.rows], environment.changes.omitted)
    if environment.not_compared:
        rows = [
            f"{code(row.alarm)} in {plain(row.where)} is not judged: {plain(row.reason)}"
            for row in environment.unknown.rows
        ]
        yield Items(rows, environment.unknown.omitted)


def _row(change: ChangedFirings) -> list[str]:
    seconds = (change.seconds.before, change.seconds.after)
    periods = "" if change.periods is None else share_in_words(change.periods)
    return [
        change.kind,
        code(change.alarm),
        plain(change.where),
        _arrow(change, f"{change.firings.before:,}", f"{change.firings.after:,}"),
        _arrow(change, f"{change.at_night.before:,}", f"{change.at_night.after:,}"),
        _arrow(change, *map(length_in_words, seconds)),
        ", ".join([*([periods] if periods else []), *(["approximate"] if change.is_approximate else [])]),
    ]


def _arrow(change: ChangedFirings, before: str, after: str) -> str:
    """`53 → 1`; one of them where both are the same, or where the alarm is on one side only."""
    if change.kind == "changed" and before != after:
        return f"{before} → {after}"
    return before if change.kind == "removed" else after


SECTION = CommentSection("Backtest", 60, BacktestResults, _summary, _blocks)
