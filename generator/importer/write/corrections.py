"""What a build says of a written file, as options for the next writing of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from generator.checks.check import registry
from generator.findings import Finding, Severity, dotted
from generator.importer.write.types import ImportOptions, ImportResult

_SECTIONS = ("log_groups", "metric_filters", "services", "alarms", "composites", "dashboards", "channels")
_FEW = 3
_HOUSE = "H"
_UNKNOWN = "R02"


def corrected(options: ImportOptions, result: ImportResult, findings: Iterable[Finding]) -> ImportOptions | None:
    """Options with which the errors of a build are gone: waivers of house rules, and entries that are left out.

    None where nothing more can be done.
    """
    house_rules = {check.code: check.name for check in registry() if check.code.startswith(_HOUSE)}
    refused, raw = dict(options.refused), set(options.raw)
    waived: dict[tuple[str, str], None] = dict.fromkeys(options.waived)
    paths: dict[str, list[str]] = {}
    findings = [finding for finding in findings if finding.severity is Severity.ERROR]
    # What names an entry that is refused itself is looked at again when that one is left out.
    is_first_cause = any(finding.code != _UNKNOWN and entry_path(finding) for finding in findings)
    for finding in findings:
        path = entry_path(finding)
        if not path:
            continue
        if finding.code in house_rules:
            paths.setdefault(house_rules[finding.code], []).append(path)
        elif finding.code != _UNKNOWN or not is_first_cause:
            widget = result.widgets.get(".".join(map(str, finding.path[:4])))
            if widget and widget not in options.raw and finding.path[2] == "widgets":
                # What the language does not accept may be what CloudWatch accepts.
                raw.add(widget)
                continue
            path = widget or path
            refused.setdefault(path, f"the language does not accept it: {finding.message} ({finding.code})")
    for rule, of_rule in paths.items():
        sections: dict[str, list[str]] = {}
        for path in dict.fromkeys(of_rule):
            sections.setdefault(path.partition(".")[0], []).append(path)
        for section, entry_paths in sections.items():
            waived |= dict.fromkeys((rule, path) for path in ([section] if len(entry_paths) > _FEW else entry_paths))
    # A finding about a default does not say which entry it is about, so every entry has its own value.
    has_defaults = options.defaults and not any(finding.path[:1] == ("defaults",) for finding in findings)
    corrections = replace(options, refused=refused, waived=tuple(waived), defaults=has_defaults, raw=frozenset(raw))
    return None if corrections == options else corrections


def entry_path(finding: Finding) -> str:
    """The path of the entry that a finding is about; empty where it is about none."""
    path = finding.path
    if len(path) < 2 or path[0] not in _SECTIONS:
        return ""
    return dotted(path[:2])
