"""What a dashboard is drawn with: the estate, where values come from, and what its links lead to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from generator.model.accounts import Account
from generator.model.estate import Estate
from generator.preview.data.chart_source import ChartSource

# When an alarm was in ALARM: from and until, in milliseconds since 1970.
Firings = tuple[tuple[int, int], ...]


@dataclass(frozen=True)  # without slots, so that it can keep what it was asked once
class WidgetContext:
    """What a dashboard is drawn with.

    links: what a link to a dashboard, by its name in CloudWatch, leads to on the page (`#…`); to the console without.
    firings: of alarms, by account ID, Region and name, where a backtest says them.
    start, end: the window of the dashboard itself, as its body has it.
    """

    estate: Estate
    source: ChartSource
    links: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    firings: Mapping[tuple[str, str, str], Firings] = field(default_factory=lambda: MappingProxyType({}))
    start: str = ""
    end: str = ""

    @cached_property
    def account_names(self) -> Mapping[str, str]:
        """The names of accounts by ID, the hub's among them."""
        names = {account.id: account.name for account in self.estate.accounts}
        return {self.estate.hub.account: "hub", **names}

    @cached_property
    def account_ids(self) -> tuple[str, ...]:
        """The accounts that the hub sees, members first."""
        members = [account.id for account in self.estate.accounts]
        return (*members, *([] if self.estate.hub.account in members else [self.estate.hub.account]))

    @cached_property
    def filter_units(self) -> Mapping[tuple[str, str], str]:
        """The units of metrics of the file's own metric filters, by namespace and name."""
        filters = self.estate.metric_filters
        return {(rule.metric.namespace, rule.metric.name): rule.unit for rule in filters if rule.unit}

    @cached_property
    def members(self) -> Mapping[str, Account]:
        """The member accounts by name, in their order."""
        return {account.name: account for account in self.estate.accounts}

    @cached_property
    def places_of_firings(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """Account ID and Region of where each alarm fired, by its name, the most often first."""
        places: dict[str, list[tuple[int, str, str]]] = {}
        for (account, region, name), firings in self.firings.items():
            if firings:
                places.setdefault(name, []).append((-len(firings), account, region))
        return {name: [(account, region) for _, account, region in sorted(rows)] for name, rows in places.items()}

    def account_name(self, account: str) -> str:
        """What people call an account."""
        return self.account_names.get(account, account)
