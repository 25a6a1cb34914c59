"""Counts against a quota of AWS: an error above it, a warning from 80 % on.

The warning leaves time to split, to shorten or to ask AWS for a higher quota.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.findings import Finding, Path, Severity

WARN_PERCENT = 80


def check_quota(
    code: str, what: str, count: int, limit: int, path: Path, hint: str, where: str = ""
) -> Iterator[Finding]:
    """A finding if `count` is above `limit`, or close to it. what: a clause with the count, without a full stop."""
    if count > limit:
        yield Finding(code, f"{what}; the AWS limit is {limit:,}", path, hint=hint, where=where)
    elif count * 100 >= limit * WARN_PERCENT:
        percent = count * 100 // limit
        message = f"{what}, {percent} % of the AWS limit of {limit:,}"
        yield Finding(code, message, path, Severity.WARNING, hint=hint, where=where)
