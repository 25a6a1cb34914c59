"""Limits of the hub's alarms: links stay in a Region, and the hub's alarms read metrics through them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Unified-Cross-Account.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.findings import Finding, Path
from generator.model.placement import Placement
from generator.resolve.scope import Scope


def check_hub_region(
    where: Placement | None,
    entry: Path,
    scope: Scope,
    counting: Sequence[Path] = (),
    hint: str = "write `in: members`",
) -> Iterator[Finding]:
    """R07 where all data of an alarm or objective of the hub is in other Regions than the hub's.

    where: the placement of the data. entry: its own path. counting: the paths that decide that placement.
    """
    region = scope.hub.region
    if where is None or where.is_nowhere or not scope.linked_accounts:
        return
    if where.regions and region not in where.regions:
        message = f"alarms in the hub see only {region}, but what this alarm monitors is in {', '.join(where.regions)}"
    elif not any(where.has(account.name) for account in scope.linked_accounts):
        message = f"alarms in the hub see only {region}, where no account with what this alarm monitors is monitored"
    else:
        return
    also = tuple((path, "it monitors") for path in counting)
    yield Finding("R07", message, entry, hint=hint, on="key", also=also)
