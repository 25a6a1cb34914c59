"""Alarms of the hub whose metrics say themselves whose they are: one alarm, on metrics of the members it names.

CloudWatch reads each metric of such an alarm in the account that its query names, through the links.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html (AccountId)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from generator.findings import Finding, Path, unknown_reference
from generator.model.accounts import HUB_ACCOUNT, Account, Side
from generator.model.alarms import Alarm
from generator.model.logs import MetricFilter
from generator.model.placement import NOWHERE, has
from generator.model.signals import AccountSignal, LocalSignal, MathSignal
from generator.resolve.scope import Scope, accounts_of_environment, environment_names
from generator.spec.alarms import AlarmSpec
from generator.spec.signals import UnitMetricSpec
from generator.wording import list_in_words

# What selects the members of an alarm whose metrics do not.
_REACH = ("over", "combine", "accounts", "labels", "units")


def check_metric_accounts(spec: AlarmSpec, path: Path, scope: Scope) -> list[Finding]:
    """Accounts that do not exist, that the hub does not see, and keys that contradict them. path: of the entry."""
    findings: list[Finding] = []
    written: dict[Path, str] = {
        (*path, *at, "account"): name for at, name in spec.metric_accounts.items() if name is not None
    }
    if spec.in_ == "members" or spec.is_of_hub:
        message = "`account` is for alarms in the hub; an alarm in members always monitors its own account"
        hint = "set `in: hub`, or remove `account`"
        if spec.is_of_hub:
            message = "`accounts: [hub]` is an alarm on the hub's own metrics, but this metric is of an account"
            hint = "write `in: hub` instead of `accounts: [hub]`"
        return [Finding("R07", message, at, hint=hint, on="key") for at in written]
    for key in _REACH:
        if getattr(spec, key) not in (None, {}):
            message = f"`{key}` selects the accounts of an alarm, but here each metric has its `account`"
            findings.append(Finding("R07", message, (*path, key), hint="remove one of the two", on="key"))
    for metric_path, account in spec.metric_accounts.items():
        if account is None:
            message = "other metrics of this alarm have an `account`, but this one has none"
            hint = "add `account`; for a metric of the hub itself account: hub"
            findings.append(Finding("R07", message, (*path, *metric_path), hint=hint, on="key"))
    if {*written.values()} == {HUB_ACCOUNT}:
        message = "all metrics of this alarm are the hub's own"
        hint = "write accounts: [hub] in the alarm, and remove `account`"
        findings.append(Finding("R07", message, next(iter(written)), hint=hint, on="key"))
    for at, name in written.items():
        findings += _check_name(name, at, scope)
    findings += _check_together(written, scope)
    return findings


def _check_together(written: Mapping[Path, str], scope: Scope) -> Iterator[Finding]:
    """R07 for accounts that no environment has together: the alarm would be disabled in all of them, silently."""
    members = {name: path for path, name in written.items() if name != HUB_ACCOUNT}
    if not members.keys() <= scope.document.accounts.keys():
        return
    names = environment_names(scope.document)
    if any(members.keys() <= {*accounts_of_environment(scope.document, name)} for name in names):
        return
    together = list_in_words(sorted(members))
    message = (
        f"no environment has {together}{' together' * (len(members) > 1)}, so this alarm would be disabled everywhere"
    )
    hint = "name accounts of one environment, or add the account to `accounts` of the environment"
    yield Finding("R07", message, max(members.values(), key=str), hint=hint, on="key")


def _check_name(name: str, path: Path, scope: Scope) -> Iterator[Finding]:
    accounts = scope.document.accounts
    if name == HUB_ACCOUNT and name in accounts:
        message = "`hub` means the hub account, but another account has this name, too"
        also = ((("accounts", HUB_ACCOUNT), "the account"),)
        yield Finding("R07", message, path, hint="rename the account", also=also)
    elif name not in accounts and name != HUB_ACCOUNT:
        known = {*accounts, HUB_ACCOUNT}
        yield unknown_reference("R02", "account", name, sorted(known), path, "add it to accounts")
    elif any(account.name == name and not account.is_in(scope.hub.region) for account in scope.accounts):
        message = f"alarms in the hub see only {scope.hub.region}, where `{name}` is not monitored"
        yield Finding("R07", message, path, hint="write `in: members`")


def of_metric_accounts(
    base: Alarm, spec: AlarmSpec, scope: Scope, filters: Mapping[str, MetricFilter], findings: list[Finding]
) -> Alarm:
    """The alarm with the accounts of its metrics; disabled in an environment that lacks one of them.

    R07 for the metric of a filter that its account does not have. base: on metrics of its own account.
    """
    known = {account.name: account for account in scope.accounts}
    names: dict[Path, str] = {(*base.path, *at): name or HUB_ACCOUNT for at, name in spec.metric_accounts.items()}
    members = {name for name in names.values() if name != HUB_ACCOUNT}
    if not all(name in known or name in scope.document.accounts for name in members):
        return base
    accounts = {name: known.get(name) or _account(name, scope) for name in members}
    signal = base.signal
    for at, counting in _filters(spec, filters):
        if members <= known.keys():
            findings += _check_filter(counting, accounts.get(names[*base.path, *at]), (*base.path, *at))
    match signal:
        case LocalSignal(metric):
            account = accounts[names[(*base.path, "metric")]]
            signal = AccountSignal(metric.of(account, scope.hub), account)
        case MathSignal():
            operands = []
            for operand in signal.operands:
                member = accounts.get(names[operand.path])
                own = operand.metric.of(member, scope.hub) if member else operand.metric
                operands.append(replace(operand, metric=own, account=member))
            signal = replace(signal, operands=tuple(operands))
    only = next(iter(members)) if {*names.values()} == members and len(members) == 1 else None
    alarm = replace(base, signal=signal, account=only)
    if members <= known.keys():
        return alarm
    return replace(alarm, tuning=replace(alarm.tuning, enabled=False), placement=NOWHERE)


def _filters(spec: AlarmSpec, filters: Mapping[str, MetricFilter]) -> Iterator[tuple[Path, MetricFilter]]:
    """The filters that metrics name, each with the path of the metric in the entry."""
    metrics: list[tuple[Path, UnitMetricSpec]] = [(("metrics", id_), metric) for id_, metric in spec.metrics.items()]
    metrics += [(("metric",), spec.metric)] if spec.metric else []
    metrics += [(("minimum_traffic", "metric"), spec.minimum_traffic.metric)] if spec.minimum_traffic else []
    yield from (
        (path, filters[metric.filter]) for path, metric in metrics if metric.filter and metric.filter in filters
    )


def _account(name: str, scope: Scope) -> Account:
    """An account that another environment has."""
    account = scope.document.accounts[name]
    return Account(name, account.id, tuple(account.labels.items()), account.unit or "", tuple(account.regions or ()))


def _check_filter(counting: MetricFilter, account: Account | None, path: Path) -> Iterator[Finding]:
    """R07: a filter that counts elsewhere. account: None for the hub."""
    is_there = counting.side is Side.HUB if account is None else counting.side is Side.MEMBERS
    if is_there and (account is None or has(counting.placement, account.name)):
        return
    message = f"the filter `{counting.key}` counts in no log group of {account.name if account else 'the hub'}"
    also = ((counting.path, "the filter"),)
    yield Finding("R07", message, (*path, "account"), hint="name an account that has the filter", also=also)
