"""Counting against a quota of AWS: an error past it, a warning from 80 % of it on.

The warning is what makes a quota useful: it comes while there is still time to split, to shorten or to ask AWS.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.findings import Finding, Path, Severity

WARN_PERCENT = 80


def check_quota(
    code: str, what: str, count: int, limit: int, path: Path, hint: str, where: str = ""
) -> Iterator[Finding]:
    """A finding where `count` is past `limit` or close to it. what: a clause that says the count, without a stop."""
    if count > limit:
        yield Finding(code, f"{what}; AWS takes at most {limit:,}", path, hint=hint, where=where)
    elif count * 100 >= limit * WARN_PERCENT:
        percent = count * 100 // limit
        message = f"{what}, which is {percent} % of the {limit:,} that AWS takes"
        yield Finding(code, message, path, Severity.WARNING, hint=hint, where=where)
