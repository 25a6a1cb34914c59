"""The metrics that had data in the last two weeks, and names of resources, looked up by dimension."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from generator.capture.capture import Capture
from generator.capture.series import SeriesKey
from generator.capture.types import ListedMetric

_BREAKS = re.compile(r"[:/]")
_Pair = tuple[str, str]


@dataclass
class NamespaceMetrics:
    """The metrics of a namespace in an account. by_pair: the numbers of the metrics that have a dimension."""

    names: set[str] = field(default_factory=set)
    by_pair: dict[_Pair, set[int]] = field(default_factory=dict)
    count: int = 0

    def add(self, metric: ListedMetric) -> None:
        """One more."""
        self.names.add(metric.name)
        for pair in metric.dimensions:
            self.by_pair.setdefault(pair, set()).add(self.count)
        self.count += 1

    def has(self, pairs: Iterable[_Pair]) -> bool:
        """True if a metric has all these dimensions, whatever others it has."""
        having = [self.by_pair.get(pair, set()) for pair in pairs]
        return bool(having) and bool(set.intersection(*having))

    def has_any(self, pairs: Iterable[_Pair]) -> bool:
        """True if a metric has one of these dimensions."""
        return any(pair in self.by_pair for pair in pairs)


class ListedMetrics:
    """The metrics of a Region. whole: accounts whose own list was captured.

    What the hub sees of another account may be a part: a link can leave metrics out.
    https://docs.aws.amazon.com/OAM/latest/APIReference/API_LinkConfiguration.html
    """

    def __init__(self) -> None:
        self.accounts: dict[str, dict[str, NamespaceMetrics]] = {}
        self.whole: set[str] = set()

    def has_account(self, account: str) -> bool:
        """True if it is known which metrics an account has."""
        return account in self.whole

    def namespace(self, key: SeriesKey) -> NamespaceMetrics:
        """The metrics of a key's namespace; empty where nothing is in it."""
        return self.accounts.get(key.account, {}).get(key.namespace, NamespaceMetrics())

    def has_trace(self, key: SeriesKey) -> bool:
        """True if a metric of the namespace has these dimensions; without any, one that is called so."""
        namespace = self.namespace(key)
        return namespace.has(key.dimensions) if key.dimensions else key.name in namespace.names


def listed_metrics(capture: Capture) -> Mapping[str, ListedMetrics]:
    """The metrics by Region: the lists of all accounts, and what the hub sees of others."""
    regions: dict[str, ListedMetrics] = {}
    for region in capture.regions:
        metrics = region.metrics()
        if metrics is None:
            continue
        listed = regions.setdefault(region.region, ListedMetrics())
        listed.whole.add(region.account)
        for metric in metrics:
            listed.accounts.setdefault(metric.account, {}).setdefault(metric.namespace, NamespaceMetrics()).add(metric)
    return regions


def words_of_arns(arns: Iterable[str]) -> frozenset[str]:
    """The parts of ARNs between colons and slashes: a resource's name is one of them."""
    return frozenset(word for arn in arns for word in _BREAKS.split(arn))
