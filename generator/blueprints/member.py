"""The member template: one for every account; parameters and conditions say what differs.

Mappings by Region, but none by account, no macros, no nested stacks: service-managed stack sets refuse them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.blueprints import (
    access,
    agent,
    alarms,
    compliance,
    composites,
    error_logs,
    event_path,
    heartbeat,
    insights,
    log_archive,
    log_keys,
    logs,
    maintenance,
    network,
    sample,
    sharing,
    tracing,
)
from generator.blueprints.kit.role_sizes import fitting
from generator.blueprints.kit.stack import Part, template
from generator.manifest import Asset
from generator.model.accounts import Side
from generator.model.estate import Estate


def assemble(estate: Estate, assets: Mapping[str, Asset], handlers: Mapping[str, bytes]) -> dict[str, Any]:
    """The members' template, as plain data. handlers: sources by path, for what stands inline."""
    title = f"{estate.project} {estate.environment}: observed account. Written by obsgen; edit observability.yaml."
    parts = fitting(_parts(estate, assets, handlers), estate.environment)
    return template(parts, title, dict(estate.tags))


def _parts(estate: Estate, assets: Mapping[str, Asset], handlers: Mapping[str, bytes]) -> Iterator[Part]:
    yield from event_path.member(estate)
    yield from heartbeat.member(estate)
    yield from access.member(estate)
    yield from sharing.member(estate)
    yield from log_keys.resources(estate, Side.MEMBERS)
    yield from logs.resources(estate, Side.MEMBERS)
    yield from log_archive.resources(estate, assets)
    yield from alarms.member(estate)
    yield from composites.resources(estate, Side.MEMBERS)
    yield from tracing.member(estate)
    yield from network.member(estate)
    yield from agent.member(estate)
    yield from insights.member(estate)
    yield from compliance.resources(estate, assets)
    yield from error_logs.resources(estate, assets)
    yield from sample.resources(estate, handlers)
    yield from maintenance.resources(estate, Side.MEMBERS)
