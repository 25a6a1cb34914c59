"""The interface of a section of observability.yaml, as its module declares it in `SECTIONS`.

A section that only reads what other sections decided is a module of this folder or of `routing/`, found by its folder.
Sections that others read, such as log groups and alarms, are resolved by name in `resolve`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeAlias

from generator.findings import Finding
from generator.model.alarms import Alarm, Composite
from generator.model.estate import Estate
from generator.model.governance import Audit, Sharing
from generator.model.logs import LogGroup, MetricFilter
from generator.model.objectives import Objective
from generator.resolve.scope import Scope
from generator.spec.document import Document

PACKAGES = ("generator.resolve", "generator.resolve.routing")


@dataclass(frozen=True, slots=True)
class Resolved:
    """The decisions that every section may read. findings: where a pass reports what is wrong.

    by_key: alarms and composites by the key of their entry; several where an alarm is one for each account.
    """

    scope: Scope
    findings: list[Finding]
    log_groups: tuple[LogGroup, ...]
    metric_filters: tuple[MetricFilter, ...]
    alarms: tuple[Alarm, ...]
    composites: tuple[Composite, ...]
    by_key: Mapping[str, Sequence[Alarm | Composite]]
    audit: Audit | None
    sharing: Sharing | None
    objectives: tuple[Objective, ...] = ()


Decide: TypeAlias = Callable[[Resolved], Any]


def _no_findings(_document: Document) -> Iterable[Finding]:
    return ()


def _same_scope(scope: Scope, _findings: list[Finding]) -> Scope:
    return scope


def _same_estate(estate: Estate) -> Estate:
    return estate


@dataclass(frozen=True, slots=True)
class Section:
    """The passes of one section, in the order in which they run.

    key: the section's key in observability.yaml.
    compare: reports what environments of one file must not share; it runs once for each environment's build.
    add_alarms: writes alarms into the scope as if they were in the file, before alarms are resolved.
    decide: field of the Estate to the pass that returns its value.
    add_dashboards: adds dashboards to the whole Estate.
    """

    key: str
    decide: Mapping[str, Decide] = field(default_factory=dict)
    compare: Callable[[Document], Iterable[Finding]] = _no_findings
    add_alarms: Callable[[Scope, list[Finding]], Scope] = _same_scope
    add_dashboards: Callable[[Estate], Estate] = _same_estate


@cache
def sections() -> tuple[Section, ...]:
    """The sections of the folders, in the order of the Document's fields."""
    order = list(Document.model_fields)
    declared = [*_declared()]
    for section in declared:
        if section.key not in order:
            raise AssertionError(f"add the field {section.key} to Document in generator/spec/document.py")
    return tuple(sorted(declared, key=lambda section: order.index(section.key)))


def _declared() -> Iterator[Section]:
    for package in PACKAGES:
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__, f"{package}."):
            if not module.ispkg:
                yield from getattr(importlib.import_module(module.name), "SECTIONS", ())
