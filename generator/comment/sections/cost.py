"""What a pull request costs a month, at list prices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from generator.comment.blocks import Block, Items, Paragraph
from generator.comment.data import Count, Rows, StrictData, Text
from generator.comment.section import CommentSection, SectionSummary, State
from generator.comment.text import code, plain
from generator.wording import pluralize

_MOST_ENVIRONMENTS = 50
# 10,000 accounts with as much as a spec can declare.
_MOST_USD = 1e15
_MOST_IN_SUMMARY = 3
Usd = Annotated[float, Field(ge=-_MOST_USD, le=_MOST_USD)]


class KindCost(StrictData):
    """The change of a kind of resources, in USD a month."""

    kind: Text
    usd: Usd


class EnvironmentCost(StrictData):
    """An environment after the change, in USD a month. accounts: how many cost more or less than before.

    is_at_least: something has no known price; is_about: prices of another Region. unknown: what more resources have no
    known price for than before. each_unnamed_usd: the change of each account of units that the spec does not name.
    """

    environment: Text
    usd: Usd
    is_at_least: bool
    is_about: bool
    change_usd: Usd
    accounts: Count
    kinds: Rows[KindCost]
    unknown: Rows[Text]
    each_unnamed_usd: Usd = 0.0

    @property
    def is_changed(self) -> bool:
        """Whether an account costs more or less, or more than before has no known price."""
        return bool(self.accounts or self.unknown.rows or self.each_unnamed_usd)


class CostResults(StrictData):
    """All environments, in the order of the diff."""

    environments: Annotated[tuple[EnvironmentCost, ...], Field(max_length=_MOST_ENVIRONMENTS)]


def _summary(results: CostResults) -> SectionSummary:
    changed = [environment for environment in results.environments if environment.is_changed]
    if not changed:
        return SectionSummary(State.PASSED, "no change", is_quiet=True)
    texts = [_change(environment) for environment in changed[:_MOST_IN_SUMMARY]]
    if len(results.environments) > 1:
        texts = [f"{code(of.environment)} {text}" for of, text in zip(changed, texts, strict=False)]
    more = len(changed) - len(texts)
    return SectionSummary(State.INFO, "; ".join(texts) + (f"; {pluralize(more, 'more environment')}" if more else ""))


def _change(environment: EnvironmentCost) -> str:
    where = f" in {pluralize(environment.accounts, 'account')}" if environment.accounts else ""
    least = "at least " if environment.unknown.rows else ""
    of_unnamed = environment.each_unnamed_usd
    units = f", {of_unnamed:+,.2f} in each other account of the units" if of_unnamed else ""
    return f"{least}{environment.change_usd:+,.2f} USD a month{where}{units}"


def _blocks(results: CostResults) -> Iterator[Block]:
    """Each environment that changes, and what the others cost."""
    for environment in results.environments:
        now = "at least " if environment.is_at_least else "about " if environment.is_about else ""
        total = f"{now}{environment.usd:,.2f} USD a month"
        if not environment.is_changed:
            yield Paragraph(f"**{code(environment.environment)}**: {total}")
            continue
        yield Paragraph(f"**{code(environment.environment)}**: {_change(environment)}, now {total}")
        kinds = [f"{plain(kind.kind)} {kind.usd:+,.2f}" for kind in environment.kinds.rows]
        unknown = [f"not included: {plain(reason)}" for reason in environment.unknown.rows]
        if kinds or unknown:
            yield Items([*kinds, *unknown], environment.kinds.omitted + environment.unknown.omitted)


SECTION = CommentSection("Cost", 50, CostResults, _summary, _blocks)
