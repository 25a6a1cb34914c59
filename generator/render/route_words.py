"""Routes and their conditions in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from generator.findings import dotted
from generator.model.alarm_locations import Recipients
from generator.model.routing import Channel, Route, RouteRule


def condition_in_words(rule: RouteRule) -> str:
    """`environment staging, owner payments, severity critical or high and accounts that join later`."""
    return _words(rule.environments, rule.when, rule.later)


def condition_of(rule: Mapping[str, Any]) -> str:
    """As `condition_in_words`, of a rule as estate.json has it."""
    return _words(rule.get("environments", ()), rule["when"], rule.get("later"))


def _words(environments: Sequence[str], when: Sequence[Sequence[Any]], later: bool | None) -> str:
    conditions = [("environment", environments)] if environments else []
    parts = [f"{name} {' or '.join(words)}" for name, words in (*conditions, *when)]
    beside = "" if later is None else f"{' and' if later else ', not'} accounts that join later"
    return f"{', '.join(parts) or 'everything'}{beside}"


def callers_in_words(channels: Sequence[Channel]) -> str:
    """`notifies mail (email), pager (pagerduty)`, or `notifies no channel`."""
    return f"notifies {', '.join(f'{c.name} ({c.type})' for c in channels)}" if channels else "notifies no channel"


def reason_in_words(route: Route | RouteRule | None) -> str:
    """Which rule says so, ` (routes.rules.0: owner payments)`; empty where the route of the severity does."""
    if not isinstance(route, RouteRule):
        return ""
    end = "; no notification of the end" if route.silent_end else ""
    return f" ({dotted(route.path)}: {condition_in_words(route)}{end})"


def channels_in_words(recipients: Recipients) -> str:
    """The channels, and the rule that chose them where one did."""
    return callers_in_words(recipients.channels) + reason_in_words(recipients.route)
