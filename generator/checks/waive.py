"""Waivers: a house rule set aside for one thing, with a reason, perhaps until a date.

Only house rules can be waived; a truth stays true. A waiver that is past its date, waives nothing or names a rule
that does not exist is itself a finding, so that none outlives its reason.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from generator.checks.check import Check, registry
from generator.findings import Finding, Path, Severity, did_you_mean, parse_path
from generator.model.duties import Waiver


def waive(findings: Iterable[Finding], waivers: Sequence[Waiver], today: datetime.date, whole: bool) -> list[Finding]:
    """What is left of the findings, and what is wrong with the waivers (W01 to W03).

    whole: whether every environment was looked at; only then can a waiver be called unused.
    """
    house = {check.name: check for check in registry() if check.family == "house"}
    left: list[Finding] = []
    used: set[Path] = set()
    for finding in findings:
        covering = [w for w in waivers if _covers(w, finding, house)]
        used |= {waiver.path for waiver in covering}
        if not any(_holds(waiver, today) for waiver in covering):
            left.append(finding)
    for waiver in waivers:
        left += _wrong(waiver, house, today, unused=whole and waiver.path not in used)
    return left


def _holds(waiver: Waiver, today: datetime.date) -> bool:
    return waiver.until is None or today <= waiver.until


def _covers(waiver: Waiver, finding: Finding, house: dict[str, Check]) -> bool:
    check = house.get(waiver.rule)
    subject = parse_path(waiver.subject)
    return check is not None and check.code == finding.code and finding.path[: len(subject)] == subject


def _wrong(waiver: Waiver, house: dict[str, Check], today: datetime.date, unused: bool) -> list[Finding]:
    if waiver.rule not in house:
        hint = did_you_mean(waiver.rule, house).strip() or f"known: {', '.join(sorted(house))}"
        return [Finding("W01", f"there is no house rule `{waiver.rule}`", (*waiver.path, "rule"), hint=hint)]
    if not _holds(waiver, today):
        hint = "set a later date, if the reason still holds"
        return [Finding("W02", f"this waiver ended on {waiver.until}", (*waiver.path, "until"), hint=hint)]
    if unused:
        message = f"`{waiver.subject}` does not break `{waiver.rule}`; the waiver waives nothing"
        return [Finding("W03", message, (*waiver.path, "for"), Severity.WARNING, hint="remove the waiver")]
    return []
