"""Document to Estate: the passes, in order, each forward only."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from generator.findings import Finding, Path
from generator.model.accounts import Side
from generator.model.alarms import Alarm, Composite
from generator.model.compliance_names import checker_log_group
from generator.model.estate import Estate
from generator.model.placement import has
from generator.model.stack_values import depends_on_stack
from generator.resolve import (
    agent,
    compliance,
    error_logs,
    event_environments,
    events,
    insights,
    logs,
    maintenance,
    moved,
    network,
    partitions,
    reports,
    rollout,
    sample,
    scope,
    sharing,
    tracing,
)
from generator.resolve import governance as duties
from generator.resolve import stack_values as in_place
from generator.resolve.alarms import (
    alarms,
    canaries,
    cascade,
    composites,
    event_alarms,
    levels,
    log_archive_alarms,
    slos,
)
from generator.resolve.alarms import incident_parts as parts_of
from generator.resolve.dashboards import compliance as compliance_views
from generator.resolve.dashboards import dashboards as views
from generator.resolve.dashboards import events as event_views
from generator.resolve.dashboards import links as dashboard_links
from generator.resolve.dashboards.inputs import DashboardInputs
from generator.resolve.routing import channels as people
from generator.resolve.routing import incidents, owners, routes
from generator.spec.document import Document

if TYPE_CHECKING:
    from generator.resolve.services.packs import PackRegistry


def resolve(document: Document, environment: str, shelf: PackRegistry | None = None) -> tuple[Estate, list[Finding]]:
    """One environment with every decision taken, and what was wrong on the way (R01 to R11)."""
    findings: list[Finding] = []
    place = scope.scope(document, environment, findings)
    place = replace(place, former=moved.former_keys(document, findings))
    if document.services and shelf:
        # Here, because a spec without services need not wait for what packs are read with.
        from generator.resolve.services import services

        place = services.with_service_alarms(place, shelf, findings)
    place = levels.with_levels(place, findings)
    place = compliance.with_alarms(place, findings)
    place = event_alarms.with_alarms(place, findings)
    place = log_archive_alarms.with_alarms(place, findings)
    findings += cascade.unreachable_overrides(place)
    findings += partitions.several_partitions(document)
    findings += duties.shared_accounts(document)
    findings += network.shared_networks(document)
    findings += agent.shared_instances(document)
    findings += tracing.shared_rules(document)
    findings += compliance.shared_accounts(document)
    findings += event_environments.shared_accounts(document)
    findings += logs.shared_metrics(document)
    groups = logs.log_groups(place, findings)
    filters = logs.metric_filters(place, groups, findings)
    findings += logs.several_units(filters)
    asked, canary_alarms = canaries.canaries(place, findings)
    slo_alarms, slo_composites = slos.slos(place, filters, findings)
    written = (*alarms.alarms(place, groups, filters, findings), *canary_alarms, *slo_alarms)
    watched = tuple(sorted(written, key=lambda a: (a.key, a.account or "")))
    findings += in_place.faults(watched, groups, place)
    combined = (*slo_composites, *composites.composites(place, watched, slo_composites, findings))
    watched = owners.with_runbooks(watched, place, findings)
    combined = owners.with_runbooks(combined, place, [])
    watched, combined = parts_of.with_parts(watched, combined, place)
    audit = duties.audit(place, findings)
    by_key = views.by_key(watched, combined)
    shared = sharing.sharing(place, findings)
    # What dashboards show is what the hub sees.
    shown = replace(place, accounts=place.linked_accounts)
    seen = DashboardInputs(
        shown, watched, combined, {f.key: f for f in filters}, groups, audit, by_key, shared, place.accounts
    )
    estate = Estate(
        project=document.project,
        environment=environment,
        environments=scope.environment_names(document),
        organization=place.organization,
        hub=place.hub,
        accounts=place.accounts,
        organizational_units=place.organizational_units,
        excluded_accounts=place.excluded_accounts,
        regions=place.regions,
        tags=place.tags,
        channels=people.channels(place, findings),
        routes=routes.routes(place, findings),
        incidents=incidents.incidents(place, findings),
        log_groups=groups,
        metric_filters=filters,
        alarms=watched,
        composites=combined,
        canaries=asked,
        dashboards=views.dashboards(seen, findings),
        insights=logs.insights(place, groups, findings),
        audit=audit,
        monitoring_role=duties.monitoring_role(place, findings),
        sharing=shared,
        sample_workload=sample.sample(place, groups, findings),
        waivers=duties.waivers(place),
        rollout=rollout.rollout(place, findings),
        tracing=tracing.tracing(place, findings),
        endpoints=network.endpoints(place, findings),
        agent=agent.agent(place, groups, findings),
        lambda_insights=insights.lambda_insights(place, findings),
        maintenance=maintenance.maintenance(place, seen.by_key, findings),
        compliance=compliance.compliance(place, findings),
        error_logs=error_logs.error_logs(place, groups, findings),
        events=events.events(place, findings),
        reports=reports.reports(place, filters, findings),
        route_rules=routes.rules(place, (*watched, *combined), findings),
        required=tuple(sorted(set(document.require))),
    )
    estate = dashboard_links.with_links(event_views.with_views(compliance_views.with_views(estate)))
    return estate, [*findings, *_not_unique(estate)]


def _in_each_account(estate: Estate) -> list[tuple[Side, str, str, Path]]:
    """The names of members' log groups in each account, where some are other ones there."""
    groups = [group for group in estate.log_groups if group.side is Side.MEMBERS]
    if not any(depends_on_stack(group.name) for group in groups):
        return []
    region = estate.regions[0]
    return [
        (Side.MEMBERS, f"log group in {account.name}", group.name_in(account, region), group.path)
        for account in estate.accounts
        for group in groups
        if has(group.placement, account.name)
    ]


def _not_unique(estate: Estate) -> list[Finding]:
    """Two things of one name on one side (R11): CloudWatch would overwrite, CloudFormation would refuse."""
    findings = []
    alarms_and_composites: list[Alarm | Composite] = [*estate.alarms, *estate.composites]
    things = [(a.side, "alarm", a.name, a.path) for a in alarms_and_composites]
    things += [(a.side, "logical id", a.logical_id, a.path) for a in alarms_and_composites]
    things += [(g.side, "log group", g.name, g.path) for g in estate.log_groups]
    things += _in_each_account(estate)
    if estate.compliance:
        # Who only reads the checker's log may name its log group, too.
        ours = checker_log_group(estate.environment)
        made = any(group.create for group in estate.log_groups if group.name == ours)
        things += [(Side.MEMBERS, "log group", ours, estate.compliance.path)] if made else []
    things += [(Side.HUB, "dashboard", dashboard.name, dashboard.path) for dashboard in estate.dashboards]
    counted = Counter(thing[:3] for thing in things)
    first: dict[tuple[object, ...], tuple[str | int, ...]] = {}
    for side, kind, name, path in things:
        if counted[side, kind, name] > 1:
            if (side, kind, name) in first:
                also = ((first[side, kind, name], "the first"),)
                findings.append(Finding("R11", f"a second {kind} `{name}` in {side}", path, on="key", also=also))
            first.setdefault((side, kind, name), path)
    return findings
