"""Names of accounts in a sentence: all of them, up to a readable number."""

from __future__ import annotations

from collections.abc import Sequence

from generator.wording import first_of

MOST_READ, SHOWN = 100, 5


def names_in_words(names: Sequence[str], between: str = ", ") -> str:
    """`checkout, ledger`; of more than a hundred the first five, and how many more there are."""
    if len(names) <= MOST_READ:
        return between.join(names)
    return first_of(names, SHOWN, between)
