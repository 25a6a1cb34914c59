"""The registry of checks: one rule, one file, found by directory.

A rule is a module in `house/`, `truth/` or `quota/` with CODE, NAME, TITLE, WHY, SOURCE, BAD, GOOD and `check`. BAD
and GOOD are YAML laid over a small complete spec; tests run both, and the rule's page is printed from them.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from generator.checks import house, quota, truth
from generator.findings import Finding, Path, parse_path
from generator.model.estate import Estate

HUB_TEMPLATE = "hub.template.yaml"
MEMBER_TEMPLATE = "member.template.yaml"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a check looks at: one environment's intention, and the templates made from it, by file name.

    templates: the hub's and the members', whole. stacks: the same as they are rolled out, where that is in several.
    """

    estate: Estate
    templates: Mapping[str, Mapping[str, Any]]
    stacks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def rolled_out(self) -> Mapping[str, Mapping[str, Any]]:
        """The templates that CloudFormation gets."""
        return self.stacks or self.templates

    def resources(self, *types: str) -> Iterator[Resource]:
        """Every resource of these types, hub first."""
        for file, template in self.templates.items():
            for logical_id, resource in template["Resources"].items():
                if not types or resource["Type"] in types:
                    yield Resource(file, logical_id, resource)


@dataclass(frozen=True, slots=True)
class Resource:
    """A generated resource, and the way back to the YAML."""

    file: str
    logical_id: str
    body: Mapping[str, Any]

    @property
    def type(self) -> str:
        """Such as `AWS::CloudWatch::Alarm`."""
        return str(self.body["Type"])

    @property
    def properties(self) -> Mapping[str, Any]:
        """Its properties, as they are generated."""
        return self.body.get("Properties", {})  # type: ignore[no-any-return]

    @property
    def path(self) -> Path:
        """The YAML path that it came from."""
        return parse_path(self.body.get("Metadata", {}).get("obsgen", {}).get("path", ""))

    @property
    def where(self) -> str:
        """`member.template.yaml: AlarmX`, for a finding."""
        return f"{self.file}: {self.logical_id}"


Run = Callable[[Subject], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """A rule, as its module states it."""

    code: str
    name: str
    family: str
    title: str
    why: str
    source: str
    bad: str
    good: str
    run: Run


@cache
def registry() -> tuple[Check, ...]:
    """Every rule, by code. A code or name given twice is our own mistake and stops everything."""
    found: dict[str, Check] = {}
    for package in (house, truth, quota):
        for module in pkgutil.iter_modules(package.__path__):
            rule = importlib.import_module(f"{package.__name__}.{module.name}")
            check = Check(
                rule.CODE,
                rule.NAME,
                package.__name__.rpartition(".")[2],
                rule.TITLE,
                rule.WHY,
                rule.SOURCE,
                rule.BAD,
                rule.GOOD,
                rule.check,
            )
            if check.code in found or check.name in {other.name for other in found.values()}:
                raise AssertionError(f"a second check is called {check.code} or {check.name}")
            found[check.code] = check
    return tuple(found[code] for code in sorted(found))


def run_all(subject: Subject) -> list[Finding]:
    """Every rule's findings. A rule that crashes is a finding of its own, and fails the build."""
    findings: list[Finding] = []
    for check in registry():
        try:
            findings += check.run(subject)
        except Exception as error:
            message = f"check {check.code} broke: {type(error).__name__}: {error}"
            hint = "this is a bug in obsgen; please report it with your observability.yaml"
            findings.append(Finding("X01", message, hint=hint))
    return findings
