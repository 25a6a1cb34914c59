"""Errors in logs: what the agents of an environment look for, with every name filled in."""

from __future__ import annotations

from generator.findings import Finding, Path
from generator.model.error_logs import (
    KINDS,
    ErrorLogs,
    IgnoreRule,
    LogGroupSelection,
    OwnerRule,
    OwnPattern,
    SameRule,
    Spike,
)
from generator.model.logs import LogGroup
from generator.model.redaction_kinds import OPTIONAL
from generator.model.routing import AlarmSeverity
from generator.resolve.error_logs_faults import faults
from generator.resolve.event_environments import ERROR_LOGS, error_logs_spec, reads_logs, shared_accounts
from generator.resolve.placement import check_placement_names, placement
from generator.resolve.scope import Scope
from generator.resolve.section import Section
from generator.resolve.stack_values import one_text_for_all
from generator.spec.error_logs import ErrorLogsSpec, GroupsSpec, OwnPatternSpec


def error_logs(scope: Scope, groups: tuple[LogGroup, ...], findings: list[Finding]) -> ErrorLogs | None:
    """The log agents of this environment; None where it has none. groups: the file's own."""
    spec = error_logs_spec(scope.document)
    if spec is None:
        return None
    findings += faults(spec, scope.document)
    selection = _selection(spec.groups, groups, scope, findings)
    owners = _owners(spec, scope, findings)
    ignored = _ignored(spec, scope, findings)
    findings += check_placement_names(spec, scope.document, ERROR_LOGS)
    where = placement(spec, scope)
    if not reads_logs(scope.document, scope.environment) or (where is not None and where.is_nowhere):
        return None
    usual = scope.document.defaults.alarms
    return ErrorLogs(
        query=spec.query,
        every=spec.every,
        delivery_latency=spec.delivery_latency,
        groups=selection,
        concurrent_queries=spec.concurrent_queries,
        redact_optional=tuple(kind for kind in OPTIONAL if kind in spec.redact),
        redact_patterns=_patterns(spec),
        same=tuple(
            SameRule(rule.name, rule.match, (*ERROR_LOGS, "same", index)) for index, rule in enumerate(spec.same)
        ),
        ignore=ignored,
        owners=owners,
        tasks=spec.tasks,
        deployments=spec.deployments,
        health=spec.health,
        learn=spec.learn,
        quiet_after=spec.quiet_after,
        spike=Spike(spec.spike.factor, spec.spike.floor),
        most_new=spec.most_new,
        severity=_severities(spec),
        path=ERROR_LOGS,
        owner=spec.owner or usual.owner or "",
        runbook=spec.runbook or usual.runbook or "",
        placement=where,
    )


def _severities(spec: ErrorLogsSpec) -> tuple[tuple[str, AlarmSeverity], ...]:
    severities = spec.severities.model_dump(by_alias=True)
    return tuple((kind, severities[kind]) for kind in KINDS)


def _selection(
    spec: GroupsSpec, groups: tuple[LogGroup, ...], scope: Scope, findings: list[Finding]
) -> LogGroupSelection:
    """Names filled in; the key of one of the file's own log groups is that group's name."""
    path: Path = (*ERROR_LOGS, "groups")
    by_key = {group.key: group for group in groups}
    for index, name in enumerate(spec.names):
        if name in by_key:
            findings += one_text_for_all(by_key[name], "what the agents read", (*path, "names", index))

    def filled(field: str, texts: list[str]) -> tuple[str, ...]:
        filled_texts = (scope.fill(text, (*path, field, index), findings) for index, text in enumerate(texts))
        return tuple(sorted(set(filled_texts)))

    return LogGroupSelection(
        prefixes=filled("prefixes", spec.prefixes),
        names=filled("names", [by_key[name].name if name in by_key else name for name in spec.names]),
        exclude=filled("exclude", spec.exclude),
        tags=tuple(sorted((key, tuple(dict.fromkeys(values))) for key, values in spec.tags.items())),
        functions=spec.functions,
        services=spec.services,
        chunk=spec.chunk,
    )


def _patterns(spec: ErrorLogsSpec) -> tuple[OwnPattern, ...]:
    return tuple(
        OwnPattern(kind.name, kind.pattern, (*ERROR_LOGS, "redact", index))
        for index, kind in enumerate(spec.redact)
        if isinstance(kind, OwnPatternSpec)
    )


def _ignored(spec: ErrorLogsSpec, scope: Scope, findings: list[Finding]) -> tuple[IgnoreRule, ...]:
    rules = []
    for index, rule in enumerate(spec.ignore):
        path: Path = (*ERROR_LOGS, "ignore", index)
        group = scope.fill(rule.log_group, (*path, "log_group"), findings) if rule.log_group else ""
        rules.append(IgnoreRule(rule.match, rule.reason, path, group, rule.until))
    return tuple(rules)


def _owners(spec: ErrorLogsSpec, scope: Scope, findings: list[Finding]) -> tuple[OwnerRule, ...]:
    rules = []
    for index, rule in enumerate(spec.owners):
        path: Path = (*ERROR_LOGS, "owners", index)
        group = scope.fill(rule.log_group, (*path, "log_group"), findings) if rule.log_group else ""
        service = scope.fill(rule.service, (*path, "service"), findings) if rule.service else ""
        rules.append(OwnerRule(rule.owner, path, group, service, rule.path or "", rule.runbook or ""))
    return tuple(rules)


SECTIONS = (
    Section(
        "error_logs",
        {"error_logs": lambda resolved: error_logs(resolved.scope, resolved.log_groups, resolved.findings)},
        compare=shared_accounts,
    ),
)
