"""Subscription filters: named, placed with their log group, and their destination in the log group's own account.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.findings import Finding, Path
from generator.model.accounts import Account, Side
from generator.model.logs import LogGroup
from generator.model.placement import has
from generator.model.stack_values import as_written
from generator.model.subscription_filters import SubscriptionFilter
from generator.resolve.filter_placement import check_filter_placement, placement_with_log_group, unknown_log_group
from generator.resolve.names import logical_id, resource_name
from generator.resolve.own_arns import ACCOUNT, SERVICE, arn_fields, check_arn_regions, filled_arn
from generator.resolve.scope import Scope
from generator.resolve.section import Section
from generator.resolve.stack_values import missing_labels
from generator.spec.subscription_filters import SubscriptionFilterSpec

_NOUNS = {"firehose": "a Firehose stream", "lambda": "a Lambda function", "logs": "a destination of CloudWatch Logs"}


def subscription_filters(
    scope: Scope, groups: Sequence[LogGroup], findings: list[Finding]
) -> tuple[SubscriptionFilter, ...]:
    """Every subscription filter, by key, in the placement of its log group."""
    by_key = {group.key: group for group in groups}
    filters = []
    for key, spec in sorted(scope.document.subscription_filters.items()):
        path: Path = ("subscription_filters", key)
        group = by_key.get(spec.log_group)
        if group is None:
            findings.append(unknown_log_group(spec.log_group, by_key, (*path, "log_group")))
            continue
        destination = filled_arn(spec.destination, group.side, scope, (*path, "destination"), findings)
        subscription = SubscriptionFilter(
            key=key,
            name=resource_name(key, "subscription", scope.environment),
            logical_id=logical_id("Subscription", key),
            path=path,
            log_group=spec.log_group,
            side=group.side,
            pattern=spec.pattern,
            destination=destination,
            service=arn_fields(destination)[SERVICE],
            distribution=spec.distribution,
            encryption_key=filled_arn(spec.key, group.side, scope, (*path, "key"), findings) if spec.key else "",
            match=tuple(spec.examples.match),
            ignore=tuple(spec.examples.ignore),
            placement=placement_with_log_group(spec, group, scope),
        )
        filters.append(subscription)
        findings += check_filter_placement(spec, path, group, subscription.placement, scope)
        findings += _of_kinesis(subscription, spec)
        findings += _elsewhere(subscription, scope)
        findings += _loop(subscription, group)
    return tuple(filters)


def _of_kinesis(subscription: SubscriptionFilter, spec: SubscriptionFilterSpec) -> Iterator[Finding]:
    """R07 for keys that only a Kinesis stream has."""
    if subscription.service == "kinesis":
        return
    for key in ("distribution", "key"):
        if getattr(spec, key) is not None:
            message = f"`{key}` applies to Kinesis streams, but the destination is {_NOUNS[subscription.service]}"
            yield Finding("R07", message, (*subscription.path, key), hint="remove it", on="key")


def _elsewhere(subscription: SubscriptionFilter, scope: Scope) -> Iterator[Finding]:
    """R07 for a destination that is in another account, Region or partition than the log group.

    Only a destination of CloudWatch Logs may be in another account, and it is in the Region of the log group, too.
    """
    path = (*subscription.path, "destination")
    yield from missing_labels(subscription.destination, subscription.placement, scope, path)
    yield from missing_labels(subscription.encryption_key, subscription.placement, scope, (*subscription.path, "key"))
    parts = arn_fields(subscription.destination)
    regions = _regions(subscription, scope)
    yield from check_arn_regions(subscription.destination, "the destination", "its log group", regions, path, "filter")
    if subscription.encryption_key:
        # https://docs.aws.amazon.com/streams/latest/dev/creating-using-sse-master-keys.html
        key_path = (*subscription.path, "key")
        yield from check_arn_regions(subscription.encryption_key, "the key", "its stream", regions, key_path, "filter")
    if subscription.service == "logs" or parts[ACCOUNT].startswith("${"):
        return
    strangers = sorted(account.name for account in _accounts(subscription, scope) if account.id != parts[ACCOUNT])
    joining = ["accounts that join later"] if _is_of_later_accounts(subscription, scope) else []
    if strangers or joining:
        message = f"the destination is in account {parts[ACCOUNT]}, but CloudWatch Logs sends only to the log group's"
        message = f"{message} own: {', '.join((strangers or joining)[:3])}"
        hint = "use {account_id}, limit the filter by `accounts`, or send to a destination of CloudWatch Logs"
        yield Finding("R07", message, path, hint=hint)


def _is_of_later_accounts(subscription: SubscriptionFilter, scope: Scope) -> bool:
    """Whether accounts that join a unit later have the filter, too."""
    is_open = subscription.side is Side.MEMBERS and bool(scope.organizational_units)
    return is_open and has(subscription.placement, None)


def _accounts(subscription: SubscriptionFilter, scope: Scope) -> list[Account]:
    if subscription.side is Side.HUB:
        return [Account("hub", scope.hub.account)]
    return [account for account in scope.accounts if has(subscription.placement, account.name)]


def _regions(subscription: SubscriptionFilter, scope: Scope) -> Sequence[str]:
    if subscription.side is Side.HUB:
        return (scope.hub.region,)
    return (subscription.placement and subscription.placement.regions) or scope.regions


def _loop(subscription: SubscriptionFilter, group: LogGroup) -> Iterator[Finding]:
    """R07 for a function that receives its own log, and so logs, without end."""
    if subscription.service != "lambda":
        return
    function = subscription.destination.rpartition(":function:")[2].partition(":")[0]
    if group.name == f"/aws/lambda/{function}":
        message = f"the function would receive its own log events from {as_written(group.name)}, without end"
        yield Finding("R07", message, (*subscription.path, "destination"), hint="send them to another function")


SECTIONS = (
    Section(
        "subscription_filters",
        {
            "subscription_filters": lambda resolved: subscription_filters(
                resolved.scope, resolved.log_groups, resolved.findings
            )
        },
    ),
)
