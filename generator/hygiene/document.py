"""The report as data: what `--format json` prints, and what other renderings are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from generator.capture.capture import Capture
from generator.findings import dotted
from generator.hygiene.patches import Patch, Patched
from generator.hygiene.registry import registry
from generator.hygiene.types import AlarmRef, HygieneFinding, HygieneReport, Thresholds
from generator.spec.load import Source
from generator.wording import format_utc

FORMAT = 1
_WEAKENING = ("always-firing", "flapping", "identical", "resource-gone")


def document(
    capture: Capture, report: HygieneReport, patched: Patched | None, source: Source | None, thresholds: Thresholds
) -> dict[str, Any]:
    """The whole report. patched, source: None without a file."""
    patches = {id(finding): patch for patch in (patched.patches if patched else ()) for finding in patch.findings}
    rules = {rule.name: rule for rule in registry()}
    return {
        "format": FORMAT,
        "environment": capture.environment,
        "complete": capture.is_complete,
        "from": format_utc(capture.from_ms),
        "to": format_utc(capture.to_ms),
        "thresholds": asdict(thresholds),
        "alarms": report.alarms,
        "accounts": len(capture.accounts),
        "rules": {name: {"level": rule.level.value, "title": rule.title} for name, rule in rules.items()},
        "findings": [_finding(finding, patches.get(id(finding)), source) for finding in report.findings],
        "not_judged": [
            {"rule": rule, "reason": reason, "alarms": len(refs), "names": [_ref(ref) for ref in refs]}
            for (rule, reason), refs in report.unjudged.items()
        ],
        "scores": [
            {
                "kind": score.kind,
                "name": score.name,
                "alarms": score.alarms,
                "sound": score.sound,
                "percent": score.percent,
                "findings": dict(score.findings),
            }
            for score in report.scores
        ],
        "weeks": [{**asdict(week), "percent": week.percent} for week in report.weeks],
        "problems": len(capture.problems),
    }


def _ref(ref: AlarmRef) -> dict[str, str]:
    return {"account": ref.account, "account_name": ref.account_name, "region": ref.region, "alarm": ref.name}


def _finding(finding: HygieneFinding, patch: Patch | None, source: Source | None) -> dict[str, Any]:
    verdict = finding.verdict
    row: dict[str, Any] = {
        "rule": finding.rule,
        "level": finding.level.value,
        **_ref(finding.alarm),
        "owner": finding.owner,
        "severity": finding.severity or None,
        "message": verdict.message,
        "evidence": dict(verdict.evidence),
        "advice": verdict.advice,
        "path": finding.path,
        "patch": None,
    }
    if patch is not None:
        row["patch"] = {**_patch(patch, source), "weakens": _weakens(finding)}
    return row


def _weakens(finding: HygieneFinding) -> bool:
    """Whether an alarm with the change fires later, less often or never."""
    change = finding.verdict.change
    return finding.rule in _WEAKENING or (change is not None and change.value == "not-breaching")


def _patch(patch: Patch, source: Source | None) -> Mapping[str, Any]:
    file = source.at(patch.path) if source else None
    span = file.span(patch.path) if file else None
    at = f"{file.name}:{span.line}" if file and span else ""
    change = {"field": patch.change.field, "value": patch.change.value}
    if not patch.edits:
        return {**change, "at": at, "reason": patch.reason}
    edits = [{"path": dotted(edit.path), "value": edit.value, "appends": edit.is_item} for edit in patch.edits]
    return {**change, "at": at, "edits": edits}
