"""Contradictions in one entry of `alarms`: keys that exclude each other, or that do not apply on its side."""

from __future__ import annotations

from collections.abc import Iterator

from generator.findings import Finding, Path
from generator.model.alarms import Alarm
from generator.resolve.scope import Scope
from generator.spec.alarms import AlarmSpec

_OWN_TAGS = ("severity", "owner")


def check_warm_up(spec: AlarmSpec, path: Path) -> Iterator[Finding]:
    if spec.warm_up:
        message = "CloudWatch has no warm-up for an alarm on PromQL, or on a query with GROUP BY"
        yield Finding("R07", message, (*path, "warm_up"), hint="remove it", on="key")


def check_companions(spec: AlarmSpec, statistic: str, path: Path) -> list[Finding]:
    """Few samples are a question of percentiles, and some tags are made from other keys."""
    findings = []
    looks_away = spec.in_ == "hub" and not spec.is_of_hub
    if spec.low_samples and (looks_away or spec.minimum_traffic or spec.anomaly or not statistic.startswith("p")):
        message = "`low_samples` requires a percentile of one metric of the account of the alarm"
        findings.append(Finding("R07", message, (*path, "low_samples"), hint="remove it", on="key"))
    for key in spec.tags:
        if key in _OWN_TAGS:
            message = f"the tag `{key}` is set from `{key}` of the alarm"
            findings.append(
                Finding("R07", message, (*path, "tags", key), hint=f"set {key}: {spec.tags[key]}", on="key")
            )
    return findings


def check_hub_own(spec: AlarmSpec, path: Path) -> Iterator[Finding]:
    """The keys that do not apply to an alarm of the hub on its own account."""
    for key in ("over", "combine"):
        if getattr(spec, key):
            message = f"`{key}` is for alarms on members, but this alarm is on the hub"
            yield Finding("R07", message, (*path, key), hint="remove it, or remove `accounts: [hub]`", on="key")
    if spec.query is not None:
        message = "a query in the hub finds the metrics of every linked account"
        hint = "write `in: hub`, and AWS.AccountId = '…' in its WHERE"
        yield Finding("R07", message, (*path, "accounts"), hint=hint, on="key")


def check_reach(spec: AlarmSpec, path: Path, scope: Scope) -> list[Finding]:
    findings = []
    if spec.in_ == "members" and spec.over:
        message = "`over` is for alarms in the hub; an alarm in members always monitors its own account"
        findings.append(Finding("R07", message, (*path, "over"), hint="set `in: hub`, or remove `over`"))
    if spec.combine and spec.over != "all-accounts":
        message = "`combine` is for alarms over all-accounts"
        findings.append(Finding("R07", message, (*path, "combine"), hint="set `over: all-accounts`, or remove it"))
    if spec.in_ == "hub" and not scope.accounts and not (spec.query or spec.logs or spec.promql):
        message = "an alarm in the hub requires account IDs, but only organizational units are set"
        findings.append(Finding("R07", message, path, hint="set `in: members`, or list the accounts", on="key"))
    elif spec.in_ == "hub" and not scope.linked_accounts and not (spec.query or spec.logs or spec.promql):
        message = f"alarms in the hub see only {scope.hub.region}, where no account of {scope.environment} is monitored"
        findings.append(Finding("R07", message, path, hint="write `in: members`", on="key"))
    elif spec.in_ == "hub" and isinstance(spec.accounts, list):
        outside = {account.name for account in scope.accounts if not account.is_in(scope.hub.region)}
        for index, name in enumerate(spec.accounts):
            if name in outside:
                message = f"alarms in the hub see only {scope.hub.region}, where `{name}` is not monitored"
                findings.append(Finding("R07", message, (*path, "accounts", index), hint="write `in: members`"))
    return findings


def check_overrides(base: Alarm, spec: AlarmSpec) -> Iterator[Finding]:
    """Overrides for accounts or labels, where there is one alarm for all of them."""
    alone = spec.is_of_hub or spec.query or spec.logs or spec.promql or spec.metric_accounts
    hint = "use an override by environment" if alone else "set `over: each-account`, or use an override by environment"
    for index, override in enumerate(spec.overrides):
        if set(override.where) != {"environment"}:
            message = "one alarm over all accounts cannot differ by account"
            message = "an alarm on the hub exists in no other account" if spec.is_of_hub else message
            if spec.metric_accounts:
                message = "one alarm, whose metrics have an `account`, cannot differ by account"
            yield Finding("R07", message, (*base.path, "overrides", index, "where"), hint=hint)
