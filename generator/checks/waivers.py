"""Waivers: exceptions from a house rule for one entry, with a reason and optionally a last day.

Only house rules can be waived. A waiver that has expired, is unused or names an unknown rule is itself a finding, so
that none outlives its reason.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace

from generator.checks.check import Check, registry
from generator.evaluate.alarms.mute_schedule import Once, read
from generator.findings import Finding, NotRun, Path, Severity, dotted, parse_path, suggest
from generator.model.estate import Estate
from generator.model.governance import Waiver

_UNUSED = "W03"
# A waiver is for an entry of a section, not for one of its fields.
_SUBJECT = 2


def apply_waivers(
    findings: Iterable[Finding], waivers: Sequence[Waiver], today: datetime.date
) -> tuple[list[Finding], frozenset[Path]]:
    """The findings that no waiver covers, and the paths of the waivers that cover a finding."""
    house = _house()
    left: list[Finding] = []
    used: set[Path] = set()
    for finding in findings:
        covering = [w for w in waivers if _covers(w, finding, house)]
        used |= {waiver.path for waiver in covering}
        if not any(_holds(waiver, today) for waiver in covering):
            left.append(finding if covering else _with_waiver_hint(finding, house))
    return left, frozenset(used)


def check_waivers(
    waivers: Sequence[Waiver], today: datetime.date, used: Set[Path], whole: bool
) -> tuple[list[Finding], list[NotRun]]:
    """Findings for the waivers themselves (W01 to W03), and the checks that did not run.

    used: the paths of the waivers that cover a finding. whole: whether every environment was checked; only then is a
    waiver known to be unused.
    """
    house = _house()
    wrong = [finding for waiver in waivers for finding in _wrong(waiver, house, today, waiver.path not in used)]
    unproven = [] if whole else [finding for finding in wrong if finding.code == _UNUSED]
    because = "unused waivers are only known after a check of all environments"
    not_run = [NotRun(f"{_UNUSED}, unused waivers", because)] if unproven else []
    return [finding for finding in wrong if finding not in unproven], not_run


def _with_waiver_hint(finding: Finding, house: Mapping[str, Check]) -> Finding:
    """A house rule's finding with a waiver in its hint; other findings unchanged.

    If a waiver exists but has expired, the finding about the waiver has the hint.
    """
    rule = next((check.name for check in house.values() if check.code == finding.code), "")
    if not rule or not finding.path:
        return finding
    waiver = f"add waivers: [{{rule: {rule}, for: {dotted(finding.path[:_SUBJECT])}, reason: …}}]"
    return replace(finding, hint=f"{finding.hint}; or {waiver}" if finding.hint else waiver)


def _house() -> dict[str, Check]:
    return {check.name: check for check in registry() if check.family == "house"}


def _holds(waiver: Waiver, today: datetime.date) -> bool:
    return waiver.until is None or today <= waiver.until


def _covers(waiver: Waiver, finding: Finding, house: dict[str, Check]) -> bool:
    check = house.get(waiver.rule)
    subject = parse_path(waiver.subject)
    is_of_the_rule = check is not None and check.code == finding.code
    # A waiver for no path is for nothing, not for everything.
    return is_of_the_rule and bool(subject) and finding.path[: len(subject)] == subject


def _wrong(waiver: Waiver, house: dict[str, Check], today: datetime.date, unused: bool) -> list[Finding]:
    if waiver.rule not in house:
        return [_no_house_rule(waiver, house)]
    if not _holds(waiver, today):
        hint = "set a later date, or remove the waiver"
        return [Finding("W02", f"this waiver expired on {waiver.until}", (*waiver.path, "until"), hint=hint)]
    if unused:
        message = f"`{waiver.subject}` does not violate `{waiver.rule}`; the waiver is unused"
        return [Finding(_UNUSED, message, (*waiver.path, "for"), Severity.WARNING, hint="remove the waiver")]
    return []


def _no_house_rule(waiver: Waiver, house: Mapping[str, Check]) -> Finding:
    """The finding for a waiver whose rule is a code, a truth, a quota, or unknown."""
    path = (*waiver.path, "rule")
    known_check = next(
        (check for check in registry() if waiver.rule.casefold() in (check.code.casefold(), check.name)), None
    )
    if known_check is not None and known_check.family == "house":
        message = f"expected the name of a rule, got the code `{waiver.rule}`"
        return Finding("W01", message, path, hint=f"use rule: {known_check.name}")
    if known_check is not None:
        message = f"`{known_check.name}` ({known_check.code}) states what AWS does and cannot be waived"
        return Finding("W01", message, path, hint=f"fix `{waiver.subject}`, and remove the waiver")
    return Finding("W01", f"unknown house rule `{waiver.rule}`", path, hint=suggest(waiver.rule, sorted(house)))


def check_exemptions(estates: Iterable[Estate], today: datetime.date) -> list[Finding]:
    """Findings (W04) for expired exemptions from tag compliance and expired ignore rules, which no longer apply."""
    policies = [policy for estate in estates if estate.compliance for policy in estate.compliance.policies]
    findings = {}
    for exemption in (exemption for policy in policies for exemption in policy.exemptions):
        if exemption.until is not None and exemption.until < today:
            message = f"this exemption expired on {exemption.until}: its resources are checked again"
            hint = "remove it, or set a later date"
            findings[exemption.path] = Finding("W04", message, (*exemption.path, "until"), Severity.WARNING, hint)
    for rule in (rule for estate in estates if estate.error_logs for rule in estate.error_logs.ignore):
        if rule.until is not None and rule.until < today:
            message = f"this ignore rule expired on {rule.until}: its lines are errors again"
            hint = "remove it, or set a later date"
            findings[rule.path] = Finding("W04", message, (*rule.path, "until"), Severity.WARNING, hint)
    return list(findings.values())


def check_maintenance(estates: Iterable[Estate], today: datetime.date) -> list[Finding]:
    """Findings (W05) for maintenance windows with a single start in the past, which no longer mute."""
    findings = {}
    for maintenance in (entry for estate in estates for entry in estate.maintenance):
        schedule = read(maintenance.expression)
        if isinstance(schedule, Once) and schedule.at.date() < today:
            message = f"the only window began on {schedule.at:%Y-%m-%d}, which is in the past"
            hint = "set a future time, use cron(…) for a recurring window, or remove the entry"
            findings[maintenance.path] = Finding(
                "W05", message, (*maintenance.path, "schedule"), Severity.WARNING, hint
            )
    return list(findings.values())
