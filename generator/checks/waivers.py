"""Waivers: a house rule set aside for one thing, with a reason, perhaps until a date.

Only house rules can be waived; a truth stays true. A waiver that is past its date, waives nothing or names a rule
that does not exist is itself a finding, so that none outlives its reason.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace

from generator.checks.check import Check, registry
from generator.evaluate.alarms.mute_schedule import Once, read
from generator.findings import Finding, NotRun, Path, Severity, did_you_mean, dotted, parse_path
from generator.model.estate import Estate
from generator.model.governance import Waiver

_UNUSED = "W03"
# A waiver is for an entry of a section, not for one of its fields.
_SUBJECT = 2


def apply_waivers(
    findings: Iterable[Finding], waivers: Sequence[Waiver], today: datetime.date
) -> tuple[list[Finding], frozenset[Path]]:
    """What is left of the findings, and the paths of the waivers that some of them are covered by."""
    house = _house()
    left: list[Finding] = []
    used: set[Path] = set()
    for finding in findings:
        covering = [w for w in waivers if _covers(w, finding, house)]
        used |= {waiver.path for waiver in covering}
        if not any(_holds(waiver, today) for waiver in covering):
            left.append(finding if covering else _with_way(finding, house))
    return left, frozenset(used)


def check_waivers(
    waivers: Sequence[Waiver], today: datetime.date, used: Set[Path], whole: bool
) -> tuple[list[Finding], list[NotRun]]:
    """What is wrong with the waivers themselves (W01 to W03).

    used: the paths of those that a finding is covered by. whole: whether every environment was looked at; only then
    can a waiver be called unused.
    """
    house = _house()
    wrong = [finding for waiver in waivers for finding in _wrong(waiver, house, today, waiver.path not in used)]
    unproven = [] if whole else [finding for finding in wrong if finding.code == _UNUSED]
    because = "only all environments together can show that a waiver waives nothing"
    not_run = [NotRun(f"{_UNUSED}, unused waivers", because)] if unproven else []
    return [finding for finding in wrong if finding not in unproven], not_run


def _with_way(finding: Finding, house: Mapping[str, Check]) -> Finding:
    """A house rule's finding with the waiver that would set it aside, as it is written; any other as it is.

    Where a waiver is there and is over, the finding about the waiver says what to do.
    """
    rule = next((check.name for check in house.values() if check.code == finding.code), "")
    if not rule or not finding.path:
        return finding
    waiver = f"waivers: [{{rule: {rule}, for: {dotted(finding.path[:_SUBJECT])}, reason: …}}]"
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
        hint = "set a later date, if the reason still holds"
        return [Finding("W02", f"this waiver ended on {waiver.until}", (*waiver.path, "until"), hint=hint)]
    if unused:
        message = f"`{waiver.subject}` does not break `{waiver.rule}`; the waiver waives nothing"
        return [Finding(_UNUSED, message, (*waiver.path, "for"), Severity.WARNING, hint="remove the waiver")]
    return []


def _no_house_rule(waiver: Waiver, house: Mapping[str, Check]) -> Finding:
    """What is wrong with the rule that a waiver names: a code, a truth or a quota, or nothing there is."""
    path = (*waiver.path, "rule")
    known_check = next(
        (check for check in registry() if waiver.rule.casefold() in (check.code.casefold(), check.name)), None
    )
    if known_check is not None and known_check.family == "house":
        message = f"a waiver has the name of its rule, not the code `{waiver.rule}`"
        return Finding("W01", message, path, hint=f"rule: {known_check.name}")
    if known_check is not None:
        message = f"`{known_check.name}` ({known_check.code}) is about what AWS does, and cannot be waived"
        return Finding("W01", message, path, hint=f"mend `{waiver.subject}`, and take the waiver away")
    hint = did_you_mean(waiver.rule, house).strip() or f"known: {', '.join(sorted(house))}"
    return Finding("W01", f"there is no house rule `{waiver.rule}`", path, hint=hint)


def check_exemptions(estates: Iterable[Estate], today: datetime.date) -> list[Finding]:
    """Exemptions from tag compliance and ignored lines whose time is over (W04): nothing heeds them any more."""
    policies = [policy for estate in estates if estate.compliance for policy in estate.compliance.policies]
    findings = {}
    for exemption in (exemption for policy in policies for exemption in policy.exemptions):
        if exemption.until is not None and exemption.until < today:
            message = f"this exemption ended on {exemption.until}: what it is for is checked again"
            hint = "remove it, or set a later date if the reason still holds"
            findings[exemption.path] = Finding("W04", message, (*exemption.path, "until"), Severity.WARNING, hint)
    for rule in (rule for estate in estates if estate.error_logs for rule in estate.error_logs.ignore):
        if rule.until is not None and rule.until < today:
            message = f"this ended on {rule.until}: what it is for is an error again"
            hint = "remove it, or set a later date if the reason still holds"
            findings[rule.path] = Finding("W04", message, (*rule.path, "until"), Severity.WARNING, hint)
    return list(findings.values())


def check_maintenance(estates: Iterable[Estate], today: datetime.date) -> list[Finding]:
    """A window of maintenance that began once, on a day that is over (W05): it holds nothing any more."""
    findings = {}
    for maintenance in (entry for estate in estates for entry in estate.maintenance):
        schedule = read(maintenance.expression)
        if isinstance(schedule, Once) and schedule.at.date() < today:
            message = f"this window began on {schedule.at:%Y-%m-%d}, which is over, and there is no other"
            hint = "a time to come, cron(…) for one that comes again, or take the entry away"
            findings[maintenance.path] = Finding(
                "W05", message, (*maintenance.path, "schedule"), Severity.WARNING, hint
            )
    return list(findings.values())
