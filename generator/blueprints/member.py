"""The member template: one for every account; parameters and conditions say what differs.

Mappings by Region, but none by account, no macros, no nested stacks: service-managed stack sets refuse them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.blueprints.kit.concern import TemplateInputs, concerns, ordered
from generator.blueprints.kit.role_sizes import fitting
from generator.blueprints.kit.stack import Part, template
from generator.manifest import Asset
from generator.model.estate import Estate

# The reading order of the template. A blueprint that is not listed comes after these.
ORDER = (
    "event_path",
    "heartbeat",
    "access",
    "sharing",
    "log_keys",
    "logs",
    "log_archive",
    "alarms",
    "composites",
    "tracing",
    "network",
    "agent",
    "insights",
    "compliance",
    "error_logs",
    "probes",
    "sample",
    "maintenance",
)


def assemble(estate: Estate, assets: Mapping[str, Asset], handlers: Mapping[str, bytes]) -> dict[str, Any]:
    """The members' template, as plain data. handlers: sources by path, for functions whose code is inline."""
    title = f"{estate.project} {estate.environment}: observed account. Written by obsgen; edit observability.yaml."
    parts = fitting(_parts(TemplateInputs(estate, assets, handlers)), estate.environment)
    return template(parts, title, dict(estate.tags))


def _parts(inputs: TemplateInputs) -> Iterator[Part]:
    blueprints = concerns()
    for name in ordered(ORDER, blueprints):
        if resources := blueprints[name].member:
            yield from resources(inputs)
