"""What an alarm looks at: the closed set of forms that CloudWatch has.

When CloudWatch gains a form, it becomes a case here, and `assert_never` makes the type checker name every reader.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from generator.model.places import Account, Hub


@dataclass(frozen=True, slots=True)
class Metric:
    """A CloudWatch metric. `filter` is the key of our own metric filter where one of ours emits it.

    The value of a dimension may lean on where the metric is: `${AWS::AccountId}`, `${AWS::Region}` and
    `${AWS::Partition}` stand for what they do in a template.
    """

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()
    filter: str | None = None

    def row(self) -> list[str]:
        """Namespace, name and dimensions in the flat order of a dashboard's metric row."""
        return [self.namespace, self.name, *(part for pair in self.dimensions for part in pair)]

    def of(self, account: Account, hub: Hub) -> Metric:
        """The metric as it is called in a member, in the hub's Region."""
        if not any("${" in value for _, value in self.dimensions):
            return self
        known = {"AccountId": account.id, "Region": hub.region, "Partition": hub.partition}
        dimensions = []
        for name, value in self.dimensions:
            for word, here in known.items():
                value = value.replace(f"${{AWS::{word}}}", here)
            dimensions.append((name, value))
        return replace(self, dimensions=tuple(dimensions))


@dataclass(frozen=True, slots=True)
class LocalSignal:
    """A metric of the account that the alarm stands in."""

    metric: Metric


@dataclass(frozen=True, slots=True)
class AccountSignal:
    """A member's metric seen from the hub through Observability Access Manager."""

    metric: Metric
    account: Account


@dataclass(frozen=True, slots=True)
class FleetSignal:
    """The same metric of several accounts, combined into one series by a metric math function."""

    metric: Metric
    accounts: tuple[Account, ...]
    combine: str


Signal = LocalSignal | AccountSignal | FleetSignal
