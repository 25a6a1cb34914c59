"""The hub template: what stands in it, in reading order. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.blueprints import (
    access,
    agents_life,
    alarms,
    audit,
    canaries,
    compliance_hub,
    composites,
    contributor_insights,
    dashboards,
    event_path,
    event_store,
    event_store_rules,
    heartbeat,
    heartbeat_fleet,
    incidents,
    log_keys,
    logs,
    maintenance,
    monitoring_api,
    notifications,
    notifier,
    reports,
    sharing,
)
from generator.blueprints import delivery_monitor as path_watch
from generator.blueprints.kit.own_log_groups import referring
from generator.blueprints.kit.role_sizes import fitting
from generator.blueprints.kit.stack import Part, template
from generator.manifest import Asset
from generator.model.accounts import Side
from generator.model.estate import Estate


def assemble(estate: Estate, assets: Mapping[str, Asset], handlers: Mapping[str, bytes]) -> dict[str, Any]:
    """The hub's template, as plain data. handlers: sources by path, for what stands inline."""
    title = f"{estate.project} {estate.environment}: observability hub. Written by obsgen; edit observability.yaml."
    parts = fitting(referring(_parts(estate, assets, handlers)), estate.environment)
    return template(parts, title, dict(estate.tags))


def _parts(estate: Estate, assets: Mapping[str, Asset], handlers: Mapping[str, bytes]) -> Iterator[Part]:
    yield from notifications.resources(estate)
    yield from incidents.resources(estate, assets)
    yield from notifier.resources(estate, assets)
    yield from event_path.hub(estate)
    yield from heartbeat.hub(estate)
    yield from path_watch.resources(estate, assets, heartbeat.heartbeat_alarms(estate))
    yield from heartbeat_fleet.resources(estate)
    yield from audit.resources(estate)
    yield from compliance_hub.resources(estate)
    yield from event_store.resources(estate, assets)
    yield from event_store_rules.resources(estate, event_path.ours(estate))
    yield from agents_life.resources(estate, assets)
    yield from reports.resources(estate, assets)
    yield from monitoring_api.resources(estate, assets)
    yield from access.hub(estate)
    yield from sharing.hub(estate)
    yield from log_keys.resources(estate, Side.HUB)
    yield from logs.resources(estate, Side.HUB)
    yield from canaries.resources(estate, handlers)
    yield from alarms.hub(estate)
    yield from composites.resources(estate, Side.HUB)
    yield from maintenance.resources(estate, Side.HUB)
    yield from contributor_insights.resources(estate)
    yield from dashboards.resources(estate)
