"""Q35: a log group has at most five subscription filters; its archive is one of them.

AWS raised the quota from two in 2026: https://github.com/aws-cloudformation/cfn-lint/pull/4688. Older pages of AWS, and
botocore's documentation of PutSubscriptionFilter, still have two.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Severity
from generator.model.accounts import Side
from generator.model.logs import LogGroup
from generator.model.placement import has
from generator.model.subscription_filters import SubscriptionFilter
from generator.wording import pluralize

CODE = "Q35"
NAME = "subscription-filters-per-log-group"
TITLE = "A log group has at most five subscription filters; `archive` is one of them."
SUMMARY = "A log group has at most five subscription filters, `archive` included."
WHY = (
    "CloudWatch Logs refuses the sixth filter, and the stack of every account rolls back. The quota was two until 2026,"
    " so more than two are a warning: a partition or Region may still have the former one."
    " Filters that were created outside obsgen count, too, but a build does not know them. A Kinesis stream can have"
    " several readers, so one filter is often enough."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html"
_FILTER = "{log_group: application, destination: 'arn:aws:firehose:us-east-1:{account_id}:deliverystream/lines-%d'}"
_FILTERS = "subscription_filters:\n" + "".join(f"  lines-{n}: {_FILTER % n}\n" for n in range(1, 6))
BAD = f"log_groups: {{application: {{archive: {{retain: 365d}}}}}}\n{_FILTERS}"
GOOD = _FILTERS.split("  lines-3")[0]
_MOST, _FORMER = 5, 2


def check(subject: Subject) -> Iterator[Finding]:
    """A finding at the first filter over the limit in an account, for each log group."""
    groups = {group.key: group for group in subject.estate.log_groups}
    by_group: dict[str, list[SubscriptionFilter]] = {}
    for subscription in subject.estate.subscription_filters:
        if not subscription.is_nowhere:
            by_group.setdefault(subscription.log_group, []).append(subscription)
    for key, filters in by_group.items():
        yield from _over(groups[key], filters, subject)


def _over(group: LogGroup, filters: list[SubscriptionFilter], subject: Subject) -> Iterator[Finding]:
    """The limit counts in each account and Region; accounts that join later are None."""
    archives = 1 if group.archive_days else 0
    names = (*subject.estate.account_names, None) if group.side is Side.MEMBERS else (None,)
    for name in names:
        in_account = [subscription for subscription in filters if has(subscription.placement, name)]
        count = len(in_account) + archives
        if count <= _FORMER:
            continue
        archive = " and its archive" if archives else ""
        where = f" in `{name}`" if name else ""
        message = f"log group `{group.key}` has {pluralize(len(in_account), 'subscription filter')}{archive}{where}"
        hint = "let the readers share one stream, or remove a filter"
        if count > _MOST:
            message = f"{message}; the AWS limit is {_MOST}"
            yield Finding(CODE, message, in_account[_MOST - archives].path, hint=hint, on="key")
        else:
            message = f"{message}; the AWS limit is {_MOST}, and was {_FORMER} until 2026"
            yield Finding(CODE, message, in_account[_FORMER - archives].path, Severity.WARNING, hint, on="key")
        return
