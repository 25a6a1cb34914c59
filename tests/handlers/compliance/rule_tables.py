"""What tests of the judge share: a rules.json, what holds in an account, and an instance."""

from __future__ import annotations

import datetime
from typing import Any

from handlers.compliance.judge import judge
from handlers.compliance.resource import EC2_INSTANCE, Resource
from handlers.compliance.rules import AccountRules, parse
from handlers.compliance.verdict import Verdict

TODAY = datetime.date(2026, 11, 29)
ACCOUNT = "222222222222"
INSTANCE = "i-0123456789abcdef0"
ENVIRONMENT = {"key": "Environment", "allowed": ["dev", "staging", "prod"]}
DEFAULT = ({**ENVIRONMENT}, {"key": "Owner"}, {"key": "Application"})
GOOD = {"Environment": "prod", "Owner": "team-a", "Application": "shop"}


def table(*tags: dict[str, Any], exemptions: tuple[dict[str, Any], ...] = (), **changes: Any) -> dict[str, Any]:
    """A rules.json in which these rules are the default."""
    return {
        "version": 1,
        "rules_version": "0123456789ab",
        "project": "shop",
        "environment": "prod",
        "hub": {"account": "111111111111", "region": "us-east-1"},
        "resources": [EC2_INSTANCE],
        "notify": {"changes": "each", "scans": "each", "summary_above": 10},
        "accounts": {ACCOUNT: {"name": "checkout", "labels": {"tier": "gold"}}},
        "rules": [{"tags": list(tags), "exemptions": list(exemptions)}],
        **changes,
    }


def account_rules(*tags: dict[str, Any], exemptions: tuple[dict[str, Any], ...] = ()) -> AccountRules:
    return parse(table(*tags, exemptions=exemptions)).of(ACCOUNT)


def instance(tags: Any = None, **changes: Any) -> Resource:
    given = {} if tags is None else tags
    name = given.get("Name", "") if isinstance(given, dict) else ""
    fields = {"state": "running", "name": name, "region": "eu-west-1", **changes}
    return Resource(type=EC2_INSTANCE, id=INSTANCE, account=ACCOUNT, tags=given, **fields)


def verdict(tags: Any, *rules: dict[str, Any], **changes: Any) -> Verdict:
    """The verdict on an instance with these tags, by the default rules unless others are given."""
    return judge(instance(tags, **changes), account_rules(*(rules or DEFAULT)), TODAY)
