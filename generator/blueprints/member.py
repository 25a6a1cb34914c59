"""The member template: one for every account; parameters and conditions say what differs.

No mappings by account, no macros, no nested stacks: service-managed stack sets refuse them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.blueprints import access, alarms, composites, event_path, heartbeat, logs, maintenance, sharing
from generator.blueprints.stack import Part, template
from generator.model.estate import Estate
from generator.model.places import Side


def assemble(estate: Estate) -> dict[str, Any]:
    """The members' template, as plain data."""
    title = f"{estate.project} {estate.environment}: observed account. Written by obsgen; edit observability.yaml."
    return template(_parts(estate), title, dict(estate.tags))


def _parts(estate: Estate) -> Iterator[Part]:
    yield from event_path.member(estate)
    yield from heartbeat.member(estate)
    yield from access.member(estate)
    yield from sharing.member(estate)
    yield from logs.resources(estate, Side.MEMBERS)
    yield from alarms.member(estate)
    yield from composites.resources(estate, Side.MEMBERS)
    yield from maintenance.resources(estate, Side.MEMBERS)
