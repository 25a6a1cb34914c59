"""The hub template: the resources of every blueprint, in reading order. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.blueprints import event_path, heartbeat
from generator.blueprints.kit.concern import TemplateInputs, concerns, ordered
from generator.blueprints.kit.own_log_groups import referring
from generator.blueprints.kit.role_sizes import fitting
from generator.blueprints.kit.stack import Part, template
from generator.manifest import Asset
from generator.model.estate import Estate

# The reading order of the template. A blueprint that is not listed comes after these.
ORDER = (
    "notifications",
    "incidents",
    "notifier",
    "event_path",
    "heartbeat",
    "delivery_monitor",
    "heartbeat_fleet",
    "audit",
    "compliance_hub",
    "event_store",
    "event_store_rules",
    "agents_life",
    "reports",
    "monitoring_api",
    "access",
    "sharing",
    "log_keys",
    "logs",
    "canaries",
    "probes",
    "alarms",
    "composites",
    "maintenance",
    "contributor_insights",
    "dashboards",
)


def assemble(estate: Estate, assets: Mapping[str, Asset], handlers: Mapping[str, bytes]) -> dict[str, Any]:
    """The hub's template, as plain data. handlers: sources by path, for functions whose code is inline."""
    title = f"{estate.project} {estate.environment}: observability hub. Written by obsgen; edit observability.yaml."
    silent = tuple(heartbeat.heartbeat_alarms(estate))
    inputs = TemplateInputs(estate, assets, handlers, alarm_pattern=event_path.ours(estate), heartbeat_alarms=silent)
    parts = fitting(referring(_parts(inputs)), estate.environment)
    return template(parts, title, dict(estate.tags))


def _parts(inputs: TemplateInputs) -> Iterator[Part]:
    blueprints = concerns()
    for name in ordered(ORDER, blueprints):
        if resources := blueprints[name].hub:
            yield from resources(inputs)
