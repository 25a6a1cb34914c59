"""The registry of checks: one rule is one file, found by directory.

A rule is a module in `house/`, `truth/` or `quota/` with CODE, NAME, TITLE, WHY, SOURCE and `check`, and an example:

- BAD and GOOD: YAML that is merged into a small complete spec. BAD has this finding and no other, GOOD does not.
- BAD_TEMPLATE, if the language cannot express BAD: YAML that is merged into the templates of a complete environment, by
  file; `null` removes a key. INSTEAD is then a sentence on what to do; without it, the page asks for a bug report.

SUMMARY has at most 70 characters and is used in tables instead of TITLE. Tests run every example, and the page of
a rule is generated from its module.
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


@dataclass(frozen=True, slots=True)
class Subject:
    """The input of a check: the model of one environment, and its templates by file name.

    templates: the hub's and the members', each as one. stacks: the same split into the stacks that are deployed; empty
    where no template is split.
    """

    estate: Estate
    templates: Mapping[str, Mapping[str, Any]]
    stacks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def rolled_out(self) -> Mapping[str, Mapping[str, Any]]:
        """The templates as they are deployed."""
        return self.stacks or self.templates

    def resources(self, *types: str) -> Iterator[Resource]:
        """Every resource of these types, hub first."""
        for file, template in self.templates.items():
            for logical_id, resource in template["Resources"].items():
                if not types or resource["Type"] in types:
                    yield Resource(file, logical_id, resource)


@dataclass(frozen=True, slots=True)
class Resource:
    """A generated resource, with the YAML path that it comes from."""

    file: str
    logical_id: str
    body: Mapping[str, Any]

    @property
    def type(self) -> str:
        """The resource type, such as `AWS::CloudWatch::Alarm`."""
        return str(self.body["Type"])

    @property
    def properties(self) -> Mapping[str, Any]:
        """The properties in the template; empty if it has none."""
        return self.body.get("Properties", {})  # type: ignore[no-any-return]

    @property
    def path(self) -> Path:
        """The YAML path that it comes from; empty for a resource of obsgen itself."""
        return parse_path(self.body.get("Metadata", {}).get("obsgen", {}).get("path", ""))

    @property
    def where(self) -> str:
        """`member.template.yaml: AlarmX`, for a finding."""
        return f"{self.file}: {self.logical_id}"

    def finding(self, code: str, message: str, hint: str) -> Finding:
        """A finding about the resource, at the YAML path that it comes from."""
        return Finding(code, message, self.path, hint=hint, where=self.where)


_GUARDS_TEMPLATES = (
    "No observability.yaml causes this finding: the check guards the templates that obsgen writes. Report it as a bug."
)
Run = Callable[[Subject], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """A rule as its module defines it. family: `house`, `truth` or `quota`. bad, good, bad_template: YAML, or empty."""

    code: str
    name: str
    family: str
    title: str
    why: str
    source: str
    bad: str
    good: str
    bad_template: str
    instead: str
    summary: str
    run: Run


@cache
def registry() -> tuple[Check, ...]:
    """Every rule, sorted by code. Raises AssertionError for a code or name that two modules have."""
    checks: dict[str, Check] = {}
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
                getattr(rule, "BAD", ""),
                getattr(rule, "GOOD", ""),
                getattr(rule, "BAD_TEMPLATE", ""),
                getattr(rule, "INSTEAD", _GUARDS_TEMPLATES),
                getattr(rule, "SUMMARY", rule.TITLE),
                rule.check,
            )
            if check.code in checks or check.name in {other.name for other in checks.values()}:
                raise AssertionError(f"two checks have the code {check.code} or the name {check.name}")
            checks[check.code] = check
    return tuple(checks[code] for code in sorted(checks))


def run_all(subject: Subject) -> list[Finding]:
    """The findings of every rule. A rule that raises an exception becomes a finding (X01), which fails the build."""
    findings: list[Finding] = []
    for check in registry():
        try:
            findings += check.run(subject)
        except Exception as error:
            message = f"check {check.code} failed: {type(error).__name__}: {error}"
            hint = "report this bug in obsgen, with your observability.yaml"
            findings.append(Finding("X01", message, hint=hint))
    return findings
