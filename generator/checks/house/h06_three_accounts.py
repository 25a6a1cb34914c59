"""H06: the overview shows at least three member accounts.

A hub shows accounts side by side; with fewer than three, one has probably been forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Path

CODE = "H06"
NAME = "at-least-three-accounts"
TITLE = "The overview dashboard shows at least three member accounts."
WHY = (
    "The overview is the first page that responders open, and they read it as the whole estate. An account that is"
    " missing from it looks healthy. The rule does not apply to accounts of organizational units, which are not"
    " listed."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Unified-Cross-Account.html"
BAD = """\
dashboards:
  overview: auto
accounts: {gamma: null}
"""
GOOD = """\
dashboards:
  overview: auto
"""
_FEWEST = 3
_OVERVIEW = "observability-dashboard"


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each overview dashboard with fewer accounts."""
    estate = subject.estate
    if estate.organizational_units or len(estate.linked_accounts) >= _FEWEST:
        return
    names = ", ".join(account.name for account in estate.linked_accounts)
    also: tuple[tuple[Path, str], ...] = ((("accounts",), "the accounts"),)
    for dashboard in estate.dashboards:
        if dashboard.overview or dashboard.name == estate.name(_OVERVIEW):
            count = len(estate.linked_accounts)
            listed = f"{count or 'no'} account{'' if count == 1 else 's'}{f' ({names})' if names else ''}"
            message = f"expected at least {_FEWEST} accounts in the overview of {estate.environment}, got {listed}"
            hint = "add accounts under `accounts`, or set `organizational_units`"
            yield Finding(CODE, message, dashboard.path, hint=hint, on="key", also=also)
