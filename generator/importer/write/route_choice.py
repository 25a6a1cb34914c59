"""For the alarms of one severity: the topics of the route, and the accounts that notify others and need a rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

Names = tuple[str, ...]
AccountUses = Mapping[str, Counter[tuple[Names, str]]]
"""By account, how many alarms notify which topics, and their owner."""


@dataclass(frozen=True, slots=True)
class SeverityTopics:
    """usual: the topics of the route, first those that most alarms notify. ruled: by account, the topics of its rule.

    owner_rules: by owner, the topics of a rule that comes before those of accounts. mixed: accounts of which some
    alarms notify more topics than before.
    """

    usual: Names
    ruled: Mapping[str, Names]
    owner_rules: Mapping[str, Names]
    mixed: Names


def route_choice(uses: AccountUses, owned: Collection[str], with_rules: Collection[str]) -> SeverityTopics:
    """The choice for a severity. owned: the owners with channels of their own. with_rules: accounts a rule can name.

    A rule comes before the channels of owners, so an owner that has other topics than the rule of one of its accounts
    has a rule, too.
    """
    ordered = {account: _without_owners(counts, owned) for account, counts in sorted(uses.items())}
    weights: Counter[Names] = Counter()
    for account, names in ordered.items():
        if names:
            weights[tuple(sorted(names))] += uses[account].total()
    if not weights:
        every: Counter[Names] = sum((_topics(counts) for counts in uses.values()), Counter())
        return SeverityTopics(_most(every), {}, {}, ())
    usual = _most(weights)
    first = next(names for names in ordered.values() if tuple(sorted(names)) == usual)
    ruled: dict[str, Names] = {}
    owner_rules: dict[str, Names] = {}
    remaining: list[str] = []
    for account, names in ordered.items():
        if not names or tuple(sorted(names)) == usual:
            continue
        if account not in with_rules:
            remaining += names
            continue
        ruled[account] = names
        apart = {owner: topics for topics, owner in uses[account] if owner in owned and set(topics) != set(names)}
        owner_rules |= apart
    mixed = tuple(
        account
        for account in ordered
        if remaining
        and account not in ruled
        or len({topics for topics, owner in uses[account] if owner not in owned}) > 1
    )
    return SeverityTopics(tuple(dict.fromkeys((*first, *remaining))), ruled, owner_rules, mixed)


def _without_owners(counts: Counter[tuple[Names, str]], owned: Collection[str]) -> Names:
    """The topics of alarms whose owner has no channels, those of most alarms first."""
    left: Counter[Names] = Counter()
    for (topics, owner), count in counts.items():
        if owner not in owned:
            left[topics] += count
    by_count = sorted(left, key=lambda topics: (-left[topics], topics))
    return tuple(dict.fromkeys(topic for topics in by_count for topic in topics))


def _topics(counts: Counter[tuple[Names, str]]) -> Counter[Names]:
    topics: Counter[Names] = Counter()
    for (names, _), count in counts.items():
        topics[names] += count
    return topics


def _most(counts: Counter[Names]) -> Names:
    return min(counts, key=lambda names: (-counts[names], names))
