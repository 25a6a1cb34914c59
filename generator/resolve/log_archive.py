"""The option `archive` of a log group: how long its lines are kept in S3, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import permutations

from generator.findings import Finding, Path
from generator.model.logs import LogGroup
from generator.spec.logs import LogGroupSpec

DAY = 86_400
# Ten years, as long as CloudWatch Logs itself keeps anything that it forgets at all.
MOST_DAYS = 3_653


def archive_days(spec: LogGroupSpec, path: Path, findings: list[Finding]) -> int:
    """Days that the archive keeps each line; 0 where there is none. R05: no whole days; R07: a log group of the hub."""
    if spec.archive is None:
        return 0
    path = (*path, "archive")
    if spec.in_ == "hub":
        message = "only log groups of members are archived, in their own accounts"
        findings.append(Finding("R07", message, path, hint="remove `archive`", on="key"))
    if spec.archive.retain % DAY or not DAY <= spec.archive.retain <= MOST_DAYS * DAY:
        message = f"expected a retention in whole days, 1 to {MOST_DAYS}"
        findings.append(Finding("R05", message, (*path, "retain"), hint="use a duration such as 365d"))
    return spec.archive.retain // DAY


def nested_archives(groups: Iterable[LogGroup]) -> Iterator[Finding]:
    """R07: one log group's name begins with another's, and the outer archive would take the lines of the inner along.

    Their objects lie below the names, and S3 applies the shorter of two expiries that an object has.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-conflicts.html
    """
    archived = [group for group in groups if group.archive_days]
    for outer, inner in permutations(archived, 2):
        if inner.name.startswith(f"{outer.name}/") and outer.archive_days < inner.archive_days:
            message = f"its archive is below that of `{outer.key}`, which is deleted after {outer.archive_days} days"
            hint = f"use retain: {inner.archive_days}d for both"
            also = (((*outer.path, "archive", "retain"), "the other"),)
            yield Finding("R07", message, (*inner.path, "archive", "retain"), hint=hint, also=also)
