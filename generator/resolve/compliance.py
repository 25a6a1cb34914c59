"""Tag compliance: which rules hold in which account, and which environment checks it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from generator.findings import Finding, Path, Severity
from generator.model.accounts import Account
from generator.model.compliance import (
    EC2_INSTANCE,
    Compliance,
    DefaultTag,
    Exemption,
    Notify,
    OnChange,
    Remediation,
    Scan,
    TagPolicy,
    TagRule,
)
from generator.model.placement import has
from generator.model.routing import AlarmSeverity
from generator.resolve.alarms import compliance_alarms
from generator.resolve.alarms.overrides import Where, applying, holds
from generator.resolve.compliance_faults import faults, has_instance_incidents
from generator.resolve.dashboards import compliance as compliance_dashboards
from generator.resolve.placement import check_placement_names, placement
from generator.resolve.scope import Scope, environment_names, scope
from generator.resolve.section import Section
from generator.spec.compliance import (
    ComplianceSpec,
    DefaultTagSpec,
    ExemptionSpec,
    OnChangeSpec,
    RemediationSpec,
    ScanSpec,
    TagRuleSpec,
)
from generator.spec.document import Document

PATH: Path = ("compliance",)
SUMMARY_ABOVE = 10
_DAY = 86_400
_RULE_FIELDS = ("enabled", "allowed", "pattern", "any_of", "ignore_case")


def compliance(scope: Scope, findings: list[Finding]) -> Compliance | None:
    """The tag checks of this environment; None without any."""
    spec = scope.document.compliance
    if spec is None:
        return None
    policies = _policies(spec, scope)
    remediation = _remediation(spec)
    findings += faults(spec, scope, policies, remediation)
    findings += _of_no_use(spec, scope.document)
    findings += check_placement_names(spec, scope.document, PATH)
    where = placement(spec, scope)
    if not checks_tags(scope.document, scope.environment) or (where is not None and where.is_nowhere):
        return None
    severity, by_account = _severities(spec, scope)
    return Compliance(
        policies=policies,
        resources=tuple(sorted(set(spec.resources))),
        on_change=_on_change(spec),
        scan=_scan(spec),
        notify=_notify(spec),
        severity=severity,
        severity_by_account=by_account,
        retain_days=spec.records.retain // _DAY,
        remediation=remediation,
        dashboard=spec.dashboard,
        path=PATH,
        owner=spec.owner or scope.document.defaults.alarms.owner or "",
        runbook=spec.runbook or scope.document.defaults.alarms.runbook or "",
        placement=where,
    )


def checks_tags(document: Document, environment: str) -> bool:
    """True if an environment checks tags: it is not switched off, and no other one owns its accounts."""
    owner = document.access.owned_by
    return owner in (None, environment) and _enabled(document, environment)


def with_alarms(scope: Scope, findings: list[Finding]) -> Scope:
    """The scope with the alarms of tag compliance among the document's own; R08 where their keys exist already."""
    if scope.document.compliance is None:
        return scope
    for key, path in compliance_alarms.check_own_alarms(scope):
        message = f"`{key}` is the name of an alarm of `compliance`"
        findings.append(Finding("R08", message, path, hint="use another name", on="key", also=((PATH, "the other"),)))
    return compliance_alarms.with_compliance_alarm(scope, checks_tags(scope.document, scope.environment))


def _of_no_use(spec: ComplianceSpec, document: Document) -> Iterator[Finding]:
    """A warning for what is said only of environments that check nothing (R04)."""
    checking = {name for name in environment_names(document) if checks_tags(document, name)}
    rules = ((key, rule) for key, rule in spec.required_tags.items() if rule)
    conditions: list[tuple[Path, Where]] = [
        ((*PATH, "required_tags", key, "overrides", index), override.where)
        for key, rule in rules
        for index, override in enumerate(rule.overrides)
    ]
    conditions += [((*PATH, "exempt", index), exemption.where or {}) for index, exemption in enumerate(spec.exempt)]
    conditions += [
        ((*PATH, "overrides", index), override.where)
        for index, override in enumerate(spec.overrides)
        if override.severity
    ]
    for path, where in conditions:
        environments = where.get("environment", [])
        names = {environments} if isinstance(environments, str) else {*environments}
        if names and names <= {*environment_names(document)} - checking:
            message = f"{' and '.join(sorted(names))} checks no tags, so this never applies"
            at = (*path, "where", "environment")
            yield Finding("R04", message, at, Severity.WARNING, "remove it, or change access.owned_by")


def _enabled(document: Document, environment: str) -> bool:
    spec = document.compliance
    if spec is None:
        return False
    explicit = [
        override.enabled for _, override in applying(spec.overrides, environment, None) if override.enabled is not None
    ]
    return explicit[-1] if explicit else True


def shared_accounts(document: Document) -> list[Finding]:
    """Environments that would both check an account (R10), none that does, and accounts that the owner does not have.

    Two checkers would each open an incident about the same resource.
    """
    if document.compliance is None:
        return []
    names = environment_names(document)
    if not any(checks_tags(document, name) for name in names):
        message = "no environment checks tags: each is disabled or does not own its accounts"
        return [Finding("R07", message, PATH, hint="remove an override, or change access.owned_by", on="key")]
    return _unchecked(document, names) if document.access.owned_by else _twice(document, names)


def _twice(document: Document, names: tuple[str, ...]) -> list[Finding]:
    owners: dict[str, str] = {}
    for name in names:
        for member in _members(document, name) if _enabled(document, name) else ():
            if owners.setdefault(member, name) != name:
                message = (
                    f"{owners[member]} and {name} share {member}, and would both check its resources;"
                    " set which environment does"
                )
                hint = f"set access: {{owned_by: {name}}}, or an override {{where: {{environment: …}}, enabled: false}}"
                return [Finding("R10", message, PATH, hint=hint, on="key")]
    return []


def _unchecked(document: Document, names: tuple[str, ...]) -> list[Finding]:
    owner = document.access.owned_by
    checked = _members(document, owner) if owner in names else []
    left_out = sorted({member for name in names for member in _members(document, name)} - {*checked})
    if owner not in names or not left_out:
        return []
    message = f"tags in {', '.join(left_out)} are not checked: {owner} owns the accounts but does not list them"
    hint = f"add it to the accounts of {owner}"
    return [Finding("R10", message, PATH, Severity.WARNING, hint, on="key")]


def _members(document: Document, environment: str) -> list[str]:
    """Accounts and units of an environment, as far as the section says that they are checked."""
    places = scope(document, environment, [])
    where = placement(document.compliance, places) if document.compliance else None
    units = places.organizational_units if has(where, None) else ()
    return [*(account.name for account in places.accounts if has(where, account.name)), *units]


def _policies(spec: ComplianceSpec, scope: Scope) -> tuple[TagPolicy, ...]:
    """The policies: for accounts that join later, and for accounts with settings of their own."""
    usual = _holding(spec, scope, None)
    differing: dict[tuple[tuple[TagRule, ...], tuple[Exemption, ...]], list[str]] = {}
    for account in scope.accounts:
        own = _holding(spec, scope, account)
        if own != usual:
            differing.setdefault(own, []).append(account.name)
    policies = (TagPolicy(*own, accounts=tuple(names)) for own, names in differing.items())
    return (TagPolicy(*usual), *policies)


def _holding(
    spec: ComplianceSpec, scope: Scope, account: Account | None
) -> tuple[tuple[TagRule, ...], tuple[Exemption, ...]]:
    rules = (_rule(key, rule or TagRuleSpec(), scope, account) for key, rule in sorted(spec.required_tags.items()))
    exemptions = (
        _exemption(exemption, index)
        for index, exemption in enumerate(spec.exempt)
        if exemption.where is None or holds(exemption.where, scope.environment, account, units=scope.units_of_later)
    )
    return tuple(rule for rule in rules if rule), tuple(exemptions)


def _rule(key: str, spec: TagRuleSpec, scope: Scope, account: Account | None) -> TagRule | None:
    """The rule as it holds in an account; None where the tag is not required there."""
    values = {name: getattr(spec, name) for name in _RULE_FIELDS}
    for _, override in applying(spec.overrides, scope.environment, account, units=scope.units_of_later):
        fields = {name: getattr(override, name) for name in _RULE_FIELDS}
        values |= {name: value for name, value in fields.items() if value is not None}
    if not values["enabled"]:
        return None
    return TagRule(
        key=key,
        path=(*PATH, "required_tags", key),
        allowed=tuple(dict.fromkeys(values["allowed"])),
        pattern=values["pattern"] or "",
        any_of=tuple(dict.fromkeys(values["any_of"])),
        when=tuple(sorted(spec.when.items())),
        ignore_case=values["ignore_case"],
    )


def _exemption(spec: ExemptionSpec, index: int) -> Exemption:
    narrow = spec.tags or spec.ids or spec.auto_scaling_groups or spec.launched_by
    return Exemption(
        reason=spec.reason,
        path=(*PATH, "exempt", index),
        until=spec.until,
        tags=tuple(sorted(spec.tags.items())),
        ids=tuple(sorted(set(spec.ids))),
        auto_scaling_groups=tuple(sorted(set(spec.auto_scaling_groups))),
        launched_by=tuple(sorted(set(spec.launched_by))),
        whole_account=spec.where is not None and not narrow,
    )


def _on_change(spec: ComplianceSpec) -> OnChange | None:
    if spec.on_change is False or EC2_INSTANCE not in spec.resources:
        return None
    settings = spec.on_change if isinstance(spec.on_change, OnChangeSpec) else OnChangeSpec()
    return OnChange(tuple(sorted(set(settings.states))), settings.wait, settings.slow_wait)


def _scan(spec: ComplianceSpec) -> Scan | None:
    if isinstance(spec.scan, ScanSpec):
        return Scan(spec.scan.at, spec.scan.timezone)
    return Scan(spec.scan, "UTC") if isinstance(spec.scan, str) and spec.scan != "none" else None


def _notify(spec: ComplianceSpec) -> Notify:
    above = spec.notify.summary_above
    launcher = spec.notify.launcher and has_instance_incidents(spec)
    return Notify(spec.notify.changes, spec.notify.scans, SUMMARY_ABOVE if above is None else above, launcher)


def _severities(spec: ComplianceSpec, scope: Scope) -> tuple[AlarmSeverity, tuple[tuple[str, AlarmSeverity], ...]]:
    """The usual severity, and the accounts that have another one."""
    usual = _severity(spec, scope, None)
    severities = ((account.name, _severity(spec, scope, account)) for account in scope.accounts)
    return usual, tuple((name, severity) for name, severity in severities if severity != usual)


def _severity(spec: ComplianceSpec, scope: Scope, account: Account | None) -> AlarmSeverity:
    holding = applying(spec.overrides, scope.environment, account, units=scope.units_of_later)
    severities = [override.severity for _, override in holding if override.severity]
    return severities[-1] if severities else spec.severity


def _remediation(spec: ComplianceSpec) -> Remediation | None:
    if isinstance(spec.remediate, RemediationSpec):
        mode, tags = spec.remediate.mode, spec.remediate.tags
    else:
        dry: Literal["dry-run"] = "dry-run"
        mode, tags = dry, spec.remediate
    default_tags = tuple(_default_tag(key, value) for key, value in sorted(tags.items()))
    return Remediation(mode, default_tags, (*PATH, "remediate")) if default_tags else None


def _default_tag(key: str, value: str | DefaultTagSpec) -> DefaultTag:
    if isinstance(value, str):
        return DefaultTag(key, value)
    return DefaultTag(key, value.value or "", tuple(dict.fromkeys(value.copy_from)))


SECTIONS = (
    Section(
        "compliance",
        {"compliance": lambda resolved: compliance(resolved.scope, resolved.findings)},
        compare=shared_accounts,
        add_alarms=with_alarms,
        add_dashboards=compliance_dashboards.with_views,
    ),
)
