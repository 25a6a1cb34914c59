"""What one blueprint adds to the templates, as its module declares it in `CONCERN`, and the blueprints of the folder.

A blueprint is a module of `generator/blueprints/` with a `CONCERN`. A module without one is part of another blueprint.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeAlias

from generator.blueprints.kit.stack import Part
from generator.manifest import Asset
from generator.model.estate import Estate

PACKAGE = "generator.blueprints"
# Logical ID, name without prefix and environment, description, condition.
MonitoringAlarm: TypeAlias = tuple[str, str, str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class TemplateInputs:
    """What a template is made of.

    assets: the functions' packages by name. handlers: sources by path, for functions whose code is inline.
    alarm_pattern: the event pattern of this environment's alarms. heartbeat_alarms: the alarms on silent members.
    """

    estate: Estate
    assets: Mapping[str, Asset]
    handlers: Mapping[str, bytes]
    alarm_pattern: dict[str, Any] = field(default_factory=dict)
    heartbeat_alarms: Sequence[MonitoringAlarm] = ()


Resources: TypeAlias = Callable[[TemplateInputs], Iterable[Part]]


@dataclass(frozen=True, slots=True)
class Concern:
    """The resources of one blueprint. hub, member: those of each template; None where it has none there."""

    hub: Resources | None = None
    member: Resources | None = None


@cache
def concerns() -> Mapping[str, Concern]:
    """Every blueprint of the folder by the name of its module, sorted by name."""
    modules = sorted(module.name for module in pkgutil.iter_modules(importlib.import_module(PACKAGE).__path__))
    declared = {name: getattr(importlib.import_module(f"{PACKAGE}.{name}"), "CONCERN", None) for name in modules}
    return {name: concern for name, concern in declared.items() if concern}


def ordered(order: Sequence[str], names: Iterable[str]) -> Iterator[str]:
    """The names in an explicit order; those that are not in it come last, sorted."""
    rank = {name: index for index, name in enumerate(order)}
    yield from sorted(names, key=lambda name: (rank.get(name, len(rank)), name))
