"""Before anything is created: whose account it is, and which of its rules would pass events of alarms on."""

from __future__ import annotations

import json
from collections.abc import Iterator

from generator.rollout.aws.clients import Aws, check_account
from generator.rollout.aws.errors import aws_errors
from generator.rollout.selftest.calls import GuardedCalls
from generator.rollout.selftest.kinds import pages
from generator.rollout.selftest.permissions import PREFIX


def sign_in(aws: Aws, account: str, region: str) -> None:
    """Verify that the credentials are those of the account. Raises AwsError."""
    with aws_errors("sts:GetCallerIdentity", "the caller", account, region):
        caller = aws.client("sts", region).get_caller_identity()
        aws.read_clock(caller)
    hint = f"use credentials of account {account} (AWS_PROFILE, --profile), or another --account"
    check_account(caller["Account"], account, f"--account is {account}", hint)


def rules_of_alarm_events(calls: GuardedCalls) -> Iterator[str]:
    """Enabled rules of the default bus that may match events of alarms and notify people. Raises CallRefused."""
    for rule in pages(calls, "events", "list_rules", "Rules", "NextToken"):
        is_enabled = rule.get("State", "ENABLED") != "DISABLED"
        if is_enabled and not rule["Name"].startswith(PREFIX) and _may_match(rule.get("EventPattern")):
            yield rule["Name"]


def _may_match(pattern: str | None) -> bool:
    """True if a pattern does not exclude the source of alarms with a list of other names."""
    if not pattern:
        return False  # a schedule
    try:
        sources = json.loads(pattern).get("source")
    except (ValueError, AttributeError, RecursionError):
        return True
    names = [name for name in sources or [{}] if not isinstance(name, str) or name == "aws.cloudwatch"]
    return bool(names)
