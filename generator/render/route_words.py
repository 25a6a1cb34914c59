"""Routes and their conditions in words."""

from __future__ import annotations

from collections.abc import Sequence

from generator.findings import dotted
from generator.model.people import Channel, Route, RouteRule
from generator.model.standings import Recipients


def condition_in_words(rule: RouteRule) -> str:
    """`owner payments, severity critical or high`; of a rule that only the environment decides `everything`."""
    return words_of(rule.when)


def words_of(when: Sequence[Sequence[object]]) -> str:
    """As `condition_in_words`; of pairs of a name and its words, as estate.json has them, too."""
    parts = [f"{name} {' or '.join(map(str, words))}" for name, words in when if isinstance(words, list | tuple)]
    return ", ".join(parts) or "everything"


def callers_in_words(channels: Sequence[Channel]) -> str:
    """`calls mail (email) and …`, or `calls nobody`."""
    return f"calls {', '.join(f'{c.name} ({c.type})' for c in channels)}" if channels else "calls nobody"


def reason_in_words(route: Route | RouteRule | None) -> str:
    """Which rule says so, ` (routes.rules.0: owner payments)`; empty where the route of the severity does."""
    if not isinstance(route, RouteRule):
        return ""
    end = "; nothing about the end" if route.silent_end else ""
    return f" ({dotted(route.path)}: {condition_in_words(route)}{end})"


def calls(recipients: Recipients) -> str:
    """Whom it calls, and which rule says so where one does."""
    return callers_in_words(recipients.channels) + reason_in_words(recipients.route)
