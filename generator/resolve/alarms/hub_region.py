"""What the hub cannot look at: links stay in a Region, and the hub's alarms look through them.

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
    """R07 where all that an alarm or objective of the hub looks at stands in other Regions than the hub's.

    where: of what it looks at. entry: its own path. counting: the paths of what decides where that is.
    """
    region = scope.hub.region
    if where is None or where.is_nowhere or not scope.linked_accounts:
        return
    if where.regions and region not in where.regions:
        message = f"the hub's alarms see {region} only, and what this looks at stands in {', '.join(where.regions)}"
    elif not any(where.has(account.name) for account in scope.linked_accounts):
        message = f"the hub's alarms see {region} only, and no account that has what this looks at is watched there"
    else:
        return
    also = tuple((path, "it looks at") for path in counting)
    yield Finding("R07", message, entry, hint=hint, on="key", also=also)
