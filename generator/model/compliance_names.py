"""The names of the parts of tag compliance, for templates, manifest, dashboard and packages."""

from __future__ import annotations

from generator.model.accounts import Account
from generator.model.estate import Estate
from generator.model.placement import has_in

# Kinds for `Estate.name`.
CHECKER = "tag-compliance-checker"
# The queue of the checker, its table, its group of schedules and the dashboard.
COMPLIANCE = "tag-compliance"
LAUNCHES = "tag-compliance-launches"
DEAD_LETTERS = "tag-compliance-dead-letters"
# Roles have their Region in the name; the environment follows it.
CHECKER_ROLE = "tag-compliance-checker-role"
OPERATOR_ROLE = "tag-compliance-operator-role"
# Who puts findings on the hub's bus, and as what.
SOURCE = "obsgen.compliance"
DETAIL_TYPE = "Tag Compliance Finding"
OPEN_INDEX, DUE_INDEX = "open", "due"


def checker_log_group(environment: str) -> str:
    """The log group of the checker, in every member and Region."""
    return f"/aws/lambda/{CHECKER}-{environment}"


def counts_missing_tags(estate: Estate) -> bool:
    """True if the hub counts missing tags by name: its rule reads the logs of members that share them."""
    has_dashboard = estate.compliance is not None and estate.compliance.dashboard
    is_shared = estate.shares_log_group(checker_log_group(estate.environment))
    return has_dashboard and bool(checked_accounts(estate) or estate.organizational_units) and is_shared


def checked_accounts(estate: Estate) -> tuple[Account, ...]:
    """The accounts whose checkers the hub sees: those of its own Region that are checked there."""
    where = estate.compliance.placement if estate.compliance else None
    return tuple(account for account in estate.linked_accounts if has_in(where, account.name, estate.hub.region))


def missing_tags_rule(environment: str) -> str:
    """The Contributor Insights rule of the hub that counts missing tags by name."""
    return f"tag-compliance-missing-tags-{environment}"
