"""Document to Estate: the passes, in order, each forward only."""

from __future__ import annotations

from collections import Counter

from generator.findings import Finding
from generator.model.alarms import Alarm, Composite
from generator.model.estate import Estate
from generator.model.incidents import Incidents
from generator.model.places import Side
from generator.resolve import (
    alarms,
    cascade,
    composites,
    duties,
    logs,
    maintenance,
    people,
    rollout,
    scope,
    slos,
    views,
)
from generator.spec.document import Document


def resolve(document: Document, environment: str) -> tuple[Estate, list[Finding]]:
    """One environment with every decision taken, and what was wrong on the way (R01 to R11)."""
    news: list[Finding] = []
    place = scope.scope(document, environment, news)
    news += cascade.unreachable_overrides(document)
    news += duties.shared_accounts(document)
    groups = logs.log_groups(place, news)
    filters = logs.metric_filters(place, groups, news)
    burning, burnt = slos.slos(place, filters, news)
    watched = tuple(sorted((*alarms.alarms(place, filters, news), *burning), key=lambda a: (a.key, a.account or "")))
    combined = (*burnt, *composites.composites(place, watched, news))
    audit = duties.audit(place, news)
    seen = views.Watched(place, watched, combined, filters, groups, audit, views.by_key(watched, combined))
    estate = Estate(
        project=document.project,
        environment=environment,
        environments=scope.environment_names(document),
        organization=place.organization,
        hub=place.hub,
        accounts=place.accounts,
        organizational_units=place.organizational_units,
        regions=place.regions,
        tags=place.tags,
        channels=people.channels(place),
        routes=people.routes(place, news),
        incidents=Incidents(document.incidents.reopen_within, document.incidents.evidence),
        log_groups=groups,
        metric_filters=filters,
        alarms=watched,
        composites=combined,
        dashboards=views.dashboards(seen, news),
        insights=logs.insights(place, groups, news),
        audit=audit,
        monitoring_role=duties.monitoring_role(place, news),
        sharing=duties.sharing(place),
        waivers=duties.waivers(place),
        rollout=rollout.rollout(place, news),
        maintenance=maintenance.maintenance(place, seen.by_key, news),
    )
    return estate, [*news, *_not_unique(estate)]


def _not_unique(estate: Estate) -> list[Finding]:
    """Two things of one name on one side (R11): CloudWatch would overwrite, CloudFormation would refuse."""
    news = []
    alarms_and_composites: list[Alarm | Composite] = [*estate.alarms, *estate.composites]
    things = [(a.side, "alarm", a.name, a.path) for a in alarms_and_composites]
    things += [(a.side, "logical id", a.logical_id, a.path) for a in alarms_and_composites]
    things += [(g.side, "log group", g.name, g.path) for g in estate.log_groups]
    things += [(Side.HUB, "dashboard", dashboard.name, dashboard.path) for dashboard in estate.dashboards]
    counted = Counter(thing[:3] for thing in things)
    first: dict[tuple[object, ...], tuple[str | int, ...]] = {}
    for side, kind, name, path in things:
        if counted[side, kind, name] > 1:
            if (side, kind, name) in first:
                also = ((first[side, kind, name], "the first"),)
                news.append(Finding("R11", f"a second {kind} `{name}` in {side}", path, on="key", also=also))
            first.setdefault((side, kind, name), path)
    return news
