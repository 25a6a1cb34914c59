"""Document to Estate: the passes, in order, each forward only.

The passes of sections that other sections read are called here by name; `sections` finds those of all others.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from generator.findings import Finding
from generator.model.alarms import Alarm, Composite
from generator.model.canaries import Canary
from generator.model.estate import Estate
from generator.model.logs import LogGroup, MetricFilter
from generator.resolve import governance, logs, moved, partitions, stack_values
from generator.resolve.alarms import alarms, canaries, cascade, composites, incident_parts, levels, objectives, slos
from generator.resolve.dashboards import dashboards, links
from generator.resolve.dashboards.inputs import DashboardInputs
from generator.resolve.duplicate_names import duplicate_names
from generator.resolve.routing import owners
from generator.resolve.scope import Scope, environment_names
from generator.resolve.scope import scope as scope_of
from generator.resolve.section import Resolved, sections
from generator.resolve.sharing import sharing
from generator.spec.document import Document

if TYPE_CHECKING:
    from generator.resolve.event_packs import EventPackRegistry
    from generator.resolve.services.packs import PackRegistry
    from generator.spec.coverage_lock import CoverageLockSpec

# The sections that the scope is made of.
SETTINGS = (
    "version",
    "project",
    "include",
    "vars",
    "environments",
    "organization",
    "hub",
    "accounts",
    "organizational_units",
    "regions",
    "tags",
    "moved",
    "defaults",
)
# The sections that other sections read.
READ_BY_OTHERS = (
    "owners",
    "require",
    "log_groups",
    "metric_filters",
    "services",
    "alarms",
    "composites",
    "canaries",
    "slos",
    "dashboards",
    "audit",
    "access",
)


def resolve(
    document: Document,
    environment: str,
    packs: PackRegistry | None = None,
    event_packs: EventPackRegistry | None = None,
    coverage: CoverageLockSpec | None = None,
) -> tuple[Estate, list[Finding]]:
    """One environment with every decision made, and the findings of all passes (R01 to R11).

    coverage: the lock of coverage beside the file, where it has reports.
    """
    findings: list[Finding] = []
    scope = _scope(document, environment, packs, findings)
    if event_packs:
        scope = replace(scope, event_packs=event_packs)
    if coverage:
        scope = replace(scope, coverage=coverage)
    findings += cascade.unreachable_overrides(scope)
    findings += partitions.several_partitions(document)
    for section in sections():
        findings += section.compare(document)
    estate = _estate(scope, findings)
    for section in sections():
        estate = section.add_dashboards(estate)
    estate = links.with_links(estate)
    return estate, [*findings, *duplicate_names(estate)]


def _scope(document: Document, environment: str, packs: PackRegistry | None, findings: list[Finding]) -> Scope:
    """The scope, whose document has the alarms that services, levels and sections add."""
    scope = scope_of(document, environment, findings)
    scope = replace(scope, former=moved.former_keys(document, findings))
    if document.services and packs:
        # Here, because a spec without services need not wait for what packs are read with.
        from generator.resolve.services import services

        scope = services.with_service_alarms(scope, packs, findings)
    if any(slo.of or slo.latency for slo in document.slos.values()):
        # As for services: what reads packs takes long to load.
        from generator.resolve.alarms import slo_sources

        scope = slo_sources.with_sources(scope, packs, findings)
    scope = levels.with_levels(scope, findings)
    for section in sections():
        scope = section.add_alarms(scope, findings)
    return scope


def _estate(scope: Scope, findings: list[Finding]) -> Estate:
    """The Estate without the dashboards that sections add."""
    document = scope.document
    groups = logs.log_groups(scope, findings)
    filters = logs.metric_filters(scope, groups, findings)
    findings += logs.several_units(filters)
    made, all_alarms, all_composites = _alarms(scope, groups, filters, findings)
    resolved = Resolved(
        scope=scope,
        findings=findings,
        log_groups=groups,
        metric_filters=filters,
        alarms=all_alarms,
        composites=all_composites,
        by_key=dashboards.by_key(all_alarms, all_composites),
        audit=governance.audit(scope, findings),
        sharing=sharing(scope, findings),
        objectives=objectives.objectives(scope, filters),
    )
    return Estate(
        project=document.project,
        environment=scope.environment,
        environments=environment_names(document),
        organization=scope.organization,
        hub=scope.hub,
        accounts=scope.accounts,
        organizational_units=scope.organizational_units,
        excluded_accounts=scope.excluded_accounts,
        regions=scope.regions,
        tags=scope.tags,
        required=tuple(sorted(set(document.require))),
        log_groups=resolved.log_groups,
        metric_filters=resolved.metric_filters,
        alarms=resolved.alarms,
        composites=resolved.composites,
        canaries=made,
        audit=resolved.audit,
        sharing=resolved.sharing,
        objectives=resolved.objectives,
        dashboards=dashboards.dashboards(_watched(resolved), findings),
        **_decisions(resolved),
    )


def _alarms(
    scope: Scope, groups: tuple[LogGroup, ...], filters: tuple[MetricFilter, ...], findings: list[Finding]
) -> tuple[tuple[Canary, ...], tuple[Alarm, ...], tuple[Composite, ...]]:
    """The canaries, and every alarm and composite with its runbook and the incidents that it is part of."""
    made, canary_alarms = canaries.canaries(scope, findings)
    slo_alarms, slo_composites = slos.slos(scope, filters, findings)
    unsorted = (*alarms.alarms(scope, groups, filters, findings), *canary_alarms, *slo_alarms)
    all_alarms = tuple(sorted(unsorted, key=lambda alarm: (alarm.key, alarm.account or "")))
    findings += stack_values.faults(all_alarms, groups, scope)
    all_composites = (*slo_composites, *composites.composites(scope, all_alarms, slo_composites, findings))
    all_alarms = owners.with_runbooks(all_alarms, scope, findings)
    all_composites = owners.with_runbooks(all_composites, scope, [])
    return made, *incident_parts.with_parts(all_alarms, all_composites, scope)


def _watched(resolved: Resolved) -> DashboardInputs:
    """The inputs of dashboards, with the accounts that the hub sees."""
    scope = resolved.scope
    return DashboardInputs(
        scope=replace(scope, accounts=scope.linked_accounts),
        alarms=resolved.alarms,
        composites=resolved.composites,
        filters={metric_filter.key: metric_filter for metric_filter in resolved.metric_filters},
        log_groups=resolved.log_groups,
        audit=resolved.audit,
        by_key=resolved.by_key,
        sharing=resolved.sharing,
        accounts=scope.accounts,
        objectives=resolved.objectives,
    )


def _decisions(resolved: Resolved) -> dict[str, Any]:
    """The Estate's fields that the sections decide."""
    return {name: decide(resolved) for section in sections() for name, decide in section.decide.items()}
