"""The members' log groups that a Contributor Insights rule of the hub reads: by account, as long as its body has room.

An account of an ARN is a whole id or `*`, which is every source account that is linked and the monitoring account, each
of which has the log group or has not.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/ContributorInsights-RuleSyntax.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from generator.blueprints.kit.json_text import body
from generator.model.accounts import Hub

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutInsightRule.html
LONGEST_BODY = 8_192
KEY = "LogGroupARNs"
EVERY_ACCOUNT = "*"


def over_members(
    rule: Mapping[str, Any], log_groups: Iterable[tuple[str, str]], hub: Hub, longest: int = LONGEST_BODY
) -> str:
    """The rule's body. log_groups: account id and name of each, `*` for every account; rule: everything else, with a
    place for their ARNs. longest: so many characters it may have with each account by its id.
    """
    groups = [*log_groups]
    by_account = body(
        {**rule, KEY: [hub.arn("logs", f"log-group:{name}", account=account) for account, name in groups]}
    )
    if len(by_account) <= longest:
        return by_account
    return body({**rule, KEY: [hub.arn("logs", f"log-group:{name}", account=EVERY_ACCOUNT) for name in _names(groups)]})


def _names(log_groups: Iterable[tuple[str, str]]) -> Iterable[str]:
    return dict.fromkeys(name for _, name in log_groups)
