"""Log groups, metric filters and Contributor Insights rules: named, placed, and their references looked up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from generator.findings import Finding, Path, Severity
from generator.model.accounts import Side
from generator.model.logs import Encryption, Insight, InsightFilter, LogGroup, MetricFilter
from generator.model.placement import Placement
from generator.model.signals import Metric
from generator.resolve.alarms import log_archive_alarms
from generator.resolve.alarms.hub_region import check_hub_region
from generator.resolve.alarms.metric_names import invalid_dimensions
from generator.resolve.filter_placement import check_filter_placement, placement_with_log_group, unknown_log_group
from generator.resolve.log_archive import archive_days, nested_archives
from generator.resolve.names import logical_id, resource_name
from generator.resolve.own_arns import check_arn_regions, filled_arn
from generator.resolve.own_names import own_name
from generator.resolve.placement import check_hub_placement, check_placement_names, placement
from generator.resolve.scope import Scope, shared_members
from generator.resolve.section import Section
from generator.resolve.stack_values import missing_labels
from generator.spec.document import Document
from generator.spec.logs import InsightFilterSpec, LogGroupSpec
from generator.wording import list_in_words

DAY = 86_400
_PLACEHOLDER = "{environment}"
DEFAULT_RETENTION_DAYS = 30
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
_MONTHS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545)
RETENTIONS = (*_MONTHS, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
_OPERATORS = {
    "equal": "EqualTo",
    "not_equal": "NotEqualTo",
    "greater": "GreaterThan",
    "less": "LessThan",
    "in_": "In",
    "not_in": "NotIn",
    "starts_with": "StartsWith",
    "present": "IsPresent",
}


def retention_days(seconds: int | None, path: Path, findings: list[Finding]) -> int:
    """Whole days; 30 where nothing is said."""
    if seconds is None:
        return DEFAULT_RETENTION_DAYS
    if seconds % DAY:
        findings.append(Finding("R05", "expected a retention in whole days", path, hint="use a duration such as 30d"))
    days = seconds // DAY
    if days not in RETENTIONS:
        near = min(RETENTIONS, key=lambda known: abs(known - days))
        message = f"CloudWatch Logs has no retention of {days} days"
        findings.append(Finding("R05", message, path, hint=f"use {near}d, the nearest supported retention"))
        return near
    return days


def log_groups(scope: Scope, findings: list[Finding]) -> tuple[LogGroup, ...]:
    """Every log group, by key."""
    default = scope.document.defaults.log_groups.retention
    log_groups = []
    for key, spec in sorted(scope.document.log_groups.items()):
        path: Path = ("log_groups", key)
        own = spec.retention is not None
        days = retention_days(
            spec.retention if own else default,
            (*path, "retention") if own else ("defaults", "log_groups", "retention"),
            findings,
        )
        fill = scope.fill_in_place if spec.in_ == "members" else scope.fill
        name = fill(spec.name, (*path, "name"), findings)
        findings += _kept_by_aws(name, (*path, "name"))
        if own and not spec.create:
            findings.append(_theirs("retention", "set", path))
        theirs, existing = _existing(spec, scope, path, findings)
        encryption = _encryption(spec, scope.document.defaults.log_groups.encryption, path, findings)
        where = placement(spec, scope) if spec.in_ == "members" else None
        key_arn = _key(spec, where, scope, path, findings)
        log_groups.append(
            LogGroup(
                key,
                name,
                logical_id("LogGroup", scope.named(path)),
                path,
                Side(spec.in_),
                spec.create and not theirs,
                days,
                "aws-owned" if theirs else encryption,
                archive_days(spec, path, findings),
                scope.former.get(path, ""),
                where,
                existing,
                "" if theirs else key_arn,
            )
        )
        findings += check_placement_names(spec, scope.document, path)
        findings += check_hub_placement(spec, path) if spec.in_ == "hub" else ()
    findings += nested_archives(log_groups)
    return tuple(log_groups)


def _existing(spec: LogGroupSpec, scope: Scope, path: Path, findings: list[Finding]) -> tuple[bool, Placement | None]:
    """True if another owner creates it in every member of the environment; else the members where one does."""
    if spec.exists is None:
        return False, None
    at = (*path, "exists")
    if spec.in_ == "hub":
        message = "`exists` selects members in which it is created outside obsgen, but this log group is in the hub"
        findings.append(Finding("R07", message, at, hint="set create: false, or deploy with --adopt", on="key"))
    elif not spec.create:
        message = "`create: false` already means that it is created outside obsgen in every member"
        findings.append(Finding("R07", message, at, hint="remove one of them", on="key"))
    elif not spec.exists.is_placed:
        message = "`exists` selects no account"
        findings.append(Finding("R07", message, at, hint="write exists: {accounts: […]}, or create: false", on="key"))
    else:
        findings += check_placement_names(spec.exists, scope.document, at)
        where = placement(spec.exists, scope)
        return where is None, None if where is None or where.is_nowhere else where
    return False, None


def _kept_by_aws(name: str, path: Path) -> Iterator[Finding]:
    """A finding for a name that AWS reserves.
    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
    """
    if name.startswith("aws/"):
        message = "log group names cannot begin with `aws/`"
        yield Finding("R05", message, path, hint=f"use /{name}, as AWS services do")


def _encryption(spec: LogGroupSpec, default: Encryption | None, path: Path, findings: list[Finding]) -> Encryption:
    """The entry's own, else the default; only who makes a log group says how it is encrypted (R07)."""
    if spec.key and spec.encryption:
        message = "`key` is a key of your own, and `encryption` says which key it is otherwise"
        findings.append(Finding("R07", message, (*path, "encryption"), hint="remove one of the two", on="key"))
    if spec.create:
        return "aws-owned" if spec.key else spec.encryption or default or "aws-owned"
    if spec.encryption:
        findings.append(_theirs("encryption", "set", path))
    return "aws-owned"


def _key(spec: LogGroupSpec, where: Placement | None, scope: Scope, path: Path, findings: list[Finding]) -> str:
    """The ARN of its owner's key, which is in the Region of the log group; empty if it has none.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    if spec.key is None:
        return ""
    if not spec.create:
        findings.append(_theirs("key", "set", path))
        return ""
    at = (*path, "key")
    arn = filled_arn(spec.key, Side(spec.in_), scope, at, findings)
    regions = (scope.hub.region,) if spec.in_ == "hub" else (where and where.regions) or scope.regions
    findings += check_arn_regions(arn, "the key", "the log group", regions, at, "log group")
    findings += missing_labels(arn, where, scope, at)
    return arn


def _theirs(key: str, verb: str, path: Path) -> Finding:
    """R07: a property of a log group that others create; CloudFormation changes only what it has created."""
    message = f"`{key}` cannot be set: the log group is created outside obsgen, and its owner has to {verb} that"
    return Finding("R07", message, (*path, key), hint="remove it, or remove `create: false`", on="key")


def metric_filters(scope: Scope, groups: tuple[LogGroup, ...], findings: list[Finding]) -> tuple[MetricFilter, ...]:
    """Every metric filter, by key, in the placement of its log group."""
    by_key = {group.key: group for group in groups}
    metric_filters = []
    for key, spec in sorted(scope.document.metric_filters.items()):
        path: Path = scope.filter_paths.get(key, ("metric_filters", key))
        stem = scope.former.get(path, key)
        group = by_key.get(spec.log_group)
        if group is None:
            findings.append(unknown_log_group(spec.log_group, by_key, (*path, "log_group")))
            continue
        metric = Metric(
            scope.fill(spec.metric.namespace, (*path, "metric", "namespace"), findings),
            scope.fill(spec.metric.name, (*path, "metric", "name"), findings),
            filter=key,
        )
        findings += invalid_dimensions(tuple(spec.metric.dimensions.items()), (*path, "metric"))
        metric_filters.append(
            MetricFilter(
                key=key,
                name=own_name(spec.name, scope, (*path, "name"), findings)
                or resource_name(stem, "filter", scope.environment),
                logical_id=logical_id("Filter", stem),
                path=path,
                log_group=spec.log_group,
                side=group.side,
                pattern=spec.pattern,
                metric=metric,
                value=spec.metric.value,
                default=spec.metric.default,
                unit=spec.metric.unit,
                dimensions=tuple(sorted(spec.metric.dimensions.items())),
                match=tuple(spec.examples.match),
                ignore=tuple(spec.examples.ignore),
                placement=placement_with_log_group(spec, group, scope),
                own_name=spec.name is not None,
            )
        )
        findings += check_filter_placement(spec, path, group, metric_filters[-1].placement, scope)
    return tuple(metric_filters)


def shared_metrics(document: Document) -> list[Finding]:
    """R10, a warning: metrics that two environments publish under one name in accounts that they share."""
    shared = shared_members(document)
    if shared is None:
        return []
    first, other, member = shared
    findings = []
    for key, spec in document.metric_filters.items():
        group, metric = document.log_groups.get(spec.log_group), spec.metric
        if group is None or group.in_ != "members" or _PLACEHOLDER in metric.namespace + metric.name:
            continue
        name = f"{metric.namespace}/{metric.name}"
        message = (
            f"{first} and {other} share `{member}`, and both publish {name} there: "
            "alarms of each environment count the lines of both"
        )
        path: Path = ("metric_filters", key, "metric", "name")
        hint = f'use name: "{metric.name}-{_PLACEHOLDER}"'
        findings.append(Finding("R10", message, path, Severity.WARNING, hint))
    return findings


def several_units(filters: Iterable[MetricFilter]) -> Iterator[Finding]:
    """A warning (R10): filters that publish numbers of different units into one metric, so that their sum has no
    meaning.
    """
    first: dict[tuple[Side, str, str], MetricFilter] = {}
    for metric_filter in filters:
        other = first.setdefault(
            (metric_filter.side, metric_filter.metric.namespace, metric_filter.metric.name), metric_filter
        )
        if (other.unit or "None") != (metric_filter.unit or "None"):
            name = f"{metric_filter.metric.namespace}/{metric_filter.metric.name}"
            publishers = (other, metric_filter)
            units = list_in_words([f"`{publisher.key}` in {publisher.unit or 'no unit'}" for publisher in publishers])
            message = f"filters publish {name} in different units: {units}"
            path: Path = (*metric_filter.path, "metric", "name")
            also = (((*other.path, "metric", "name"), "the first"),)
            yield Finding("R10", message, path, Severity.WARNING, "use different names, or one unit", also=also)


def insights(scope: Scope, groups: tuple[LogGroup, ...], findings: list[Finding]) -> tuple[Insight, ...]:
    """Every Contributor Insights rule, by key."""
    by_key = {group.key: group for group in groups}
    rules = []
    for key, spec in sorted(scope.document.contributor_insights.items()):
        path: Path = ("contributor_insights", key)
        if spec.log_group not in by_key:
            findings.append(unknown_log_group(spec.log_group, by_key, (*path, "log_group")))
            continue
        filters = [_filter(f, (*path, "filters", index), findings) for index, f in enumerate(spec.filters)]
        if by_key[spec.log_group].is_nowhere:
            # CloudWatch rejects a rule without a log group.
            continue
        placement = by_key[spec.log_group].placement
        findings += check_hub_region(placement, path, scope, [("log_groups", spec.log_group)], "use another log group")
        rules.append(
            Insight(
                key=key,
                name=resource_name(key, "insights", scope.environment),
                logical_id=logical_id("Insight", key),
                path=path,
                log_group=spec.log_group,
                format=spec.format.upper(),
                fields=tuple(sorted((position, name) for name, position in spec.fields.items())),
                keys=tuple(spec.keys),
                filters=tuple(f for f in filters if f),
                aggregate=spec.aggregate.capitalize(),
                value_of=spec.value_of,
            )
        )
    return tuple(rules)


def _filter(spec: InsightFilterSpec, path: Path, findings: list[Finding]) -> InsightFilter | None:
    kinds = spec.given()
    if len(kinds) != 1:
        kinds_text = ", ".join(name.rstrip("_") for name in kinds) or "none"
        message = f"expected exactly one comparison, got: {kinds_text}"
        known = ", ".join(name.rstrip("_") for name in _OPERATORS)
        findings.append(Finding("R05", message, path, hint=f"use one of {known}"))
        return None
    ((name, value),) = kinds.items()
    return InsightFilter(spec.match, _OPERATORS[name], tuple(value) if isinstance(value, list) else value)


SECTIONS = (
    Section("log_groups", add_alarms=log_archive_alarms.with_alarms),
    Section("metric_filters", compare=shared_metrics),
    Section(
        "contributor_insights",
        {"insights": lambda resolved: insights(resolved.scope, resolved.log_groups, resolved.findings)},
    ),
)
