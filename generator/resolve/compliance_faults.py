"""Contradictions in `compliance`: rules that exclude each other, and keys that do not apply."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from generator.findings import Finding, Path, did_you_mean, suggest
from generator.model.compliance import EC2_INSTANCE, DefaultTag, Remediation, TagPolicy, TagRule
from generator.resolve.placement_conditions import Refusal, where_faults
from generator.resolve.scope import Scope
from generator.spec.compliance import (
    ComplianceSpec,
    ExemptionSpec,
    OnChangeSpec,
    RemediationSpec,
    TagOverrideSpec,
    TagRuleSpec,
)
from generator.spec.document import Document

PATH: Path = ("compliance",)
_TAGS: Path = (*PATH, "required_tags")
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
LONGEST_WAIT = 900
_DAY = 86_400
MOST_RETAIN_DAYS = 3_650
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html
LAST_IN_POLICY = "\xff"
_NO_REGION = Refusal(
    "tags are checked by the same rules in every Region", "set `regions` of the section to select Regions"
)
_OF_INSTANCES = ("auto_scaling_groups", "launched_by")


def faults(
    spec: ComplianceSpec, scope: Scope, policies: Sequence[TagPolicy], remediation: Remediation | None
) -> Iterator[Finding]:
    """Everything that is wrong, in the order of the section's keys."""
    yield from _required(spec)
    yield from _values(policies)
    for index, exemption in enumerate(spec.exempt):
        yield from _exemption(exemption, spec, scope, (*PATH, "exempt", index))
    yield from _when_checked(spec)
    yield from _notifications(spec)
    yield from _overrides(spec, scope)
    if spec.records.retain % _DAY or not _DAY <= spec.records.retain <= MOST_RETAIN_DAYS * _DAY:
        message = f"expected a retention in whole days, at most {MOST_RETAIN_DAYS:,}"
        yield Finding("R05", message, (*PATH, "records", "retain"), hint="use a duration such as 30d")
    yield from _remediation(spec, scope.document, policies, remediation)


def _required(spec: ComplianceSpec) -> Iterator[Finding]:
    """The contradictions within one rule, and between rules."""
    folded: dict[str, str] = {}
    for key, required in spec.required_tags.items():
        path = (*_TAGS, key)
        other = folded.setdefault(key.casefold(), key)
        if other != key:
            message = f"`{key}` and `{other}` differ only in case"
            also = (((*_TAGS, other), "the first"),)
            yield Finding("R07", message, path, hint="keep one of them, with `ignore_case: true`", on="key", also=also)
        rule = required or TagRuleSpec()
        yield from _any_of(key, rule.any_of, (*path, "any_of"))
        for index, override in enumerate(rule.overrides):
            yield from _any_of(key, override.any_of or (), (*path, "overrides", index, "any_of"))
        yield from _when(key, rule, spec.required_tags, (*path, "when"))


def _any_of(key: str, alternatives: Sequence[str], path: Path) -> Iterator[Finding]:
    for index, other in enumerate(alternatives):
        if other == key:
            yield Finding("R07", f"`{key}` itself is always sufficient", (*path, index), hint="remove it")
        elif other in alternatives[:index]:
            yield Finding("R07", f"`{other}` is listed twice", (*path, index), hint="remove one of them")


def _when(key: str, rule: TagRuleSpec, required: Mapping[str, TagRuleSpec | None], path: Path) -> Iterator[Finding]:
    for name, values in rule.when.items():
        at = (*path, name)
        if name == key:
            message = f"the condition is on `{key}` itself, so it never holds if the tag is missing"
            yield Finding("R07", message, at, hint="use another tag, or `allowed`", on="key")
        elif name not in required:
            near = [other for other in required if other != key and other.casefold() == name.casefold()]
            hint = f"did you mean `{near[0]}`?" if near else did_you_mean(name, {*required} - {key}).strip()
            if hint:
                yield Finding("R02", f"`{name}` is not a required tag", at, hint=hint, on="key")
            continue
        other = required.get(name) or TagRuleSpec()
        for value in values:
            if not _may_be(other, value):
                message = f"`{name}` can never be `{value}`, so `{key}` is never required"
                hint = suggest(value, other.allowed)
                yield Finding(
                    "R07", message, at, hint=hint if other.allowed else f"use a value that matches {other.pattern}"
                )


def _may_be(rule: TagRuleSpec, value: str) -> bool:
    """True if a rule admits a value, here or in some place that an override is for."""
    places: list[TagRuleSpec | TagOverrideSpec] = [rule, *rule.overrides]
    for pattern_path in places:
        allowed = rule.allowed if pattern_path.allowed is None else pattern_path.allowed
        pattern = rule.pattern if pattern_path.pattern is None else pattern_path.pattern
        if (not allowed or value in allowed) and (pattern is None or re.fullmatch(pattern, value)):
            return True
    return False


def _values(policies: Sequence[TagPolicy]) -> Iterator[Finding]:
    if not any(policy.tags for policy in policies):
        yield Finding(
            "R07", "no tag is required in any account", _TAGS, hint="set enabled: true in one of them", on="key"
        )
    for rule in dict.fromkeys(rule for policy in policies for rule in policy.tags):
        refused = [value for value in rule.allowed if not matches(rule, value)]
        if refused:
            message = f"the allowed value `{refused[0]}` does not match the pattern `{rule.pattern}`"
            yield Finding("R07", message, rule.path, hint="remove the value, or the pattern", on="key")


def matches(rule: TagRule, value: str) -> bool:
    """True if the rule's pattern, if it has one, matches a value."""
    return not rule.pattern or re.fullmatch(rule.pattern, value) is not None


def _exemption(exemption: ExemptionSpec, spec: ComplianceSpec, scope: Scope, path: Path) -> Iterator[Finding]:
    conditions = [
        name for name in ("where", "tags", "ids", "auto_scaling_groups", "launched_by") if getattr(exemption, name)
    ]
    if not conditions:
        message = "this exemption matches every resource"
        yield Finding(
            "R06", message, path, hint="add a condition: where, tags, ids, auto_scaling_groups or launched_by"
        )
    yield from where_faults(exemption.where or {}, scope, (*path, "where"), "the exemption", _NO_REGION)
    if EC2_INSTANCE not in spec.resources:
        for name in _OF_INSTANCES:
            if name in conditions:
                message = f"`{name}` applies to instances, which are not in `resources`"
                yield Finding("R07", message, (*path, name), hint="remove it", on="key")


def _when_checked(spec: ComplianceSpec) -> Iterator[Finding]:
    scanned = spec.scan not in (False, "none")
    instances = EC2_INSTANCE in spec.resources
    if not scanned and (spec.on_change is False or not instances):
        message = "nothing is checked: there is no scan and no check on changes"
        yield Finding("R07", message, (*PATH, "scan"), hint="set scan: rate(1 day)")
    elif not scanned and [*spec.resources] != [EC2_INSTANCE]:
        other_types = ", ".join(sorted({*spec.resources} - {EC2_INSTANCE}))
        yield Finding("R07", f"only a scan checks {other_types}", (*PATH, "scan"), hint="set scan: rate(1 day)")
    on_change = spec.on_change if isinstance(spec.on_change, OnChangeSpec) else None
    if on_change and not instances:
        message = "`on_change` applies to instances, which are not in `resources`"
        yield Finding("R07", message, (*PATH, "on_change"), hint="remove it", on="key")
    if on_change:
        yield from _waits(on_change)


def _waits(on_change: OnChangeSpec) -> Iterator[Finding]:
    """The findings for waits: SQS delays a message by 15 minutes at most.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html
    """
    for name in ("wait", "slow_wait"):
        if getattr(on_change, name) > LONGEST_WAIT:
            message = "a queue delays a message for at most 15 minutes"
            yield Finding("R05", message, (*PATH, "on_change", name), hint="use at most 15m")
    if on_change.slow_wait < on_change.wait:
        message = "`slow_wait` is shorter than `wait`"
        key = "slow_wait" if "slow_wait" in on_change.model_fields_set else "wait"
        yield Finding("R07", message, (*PATH, "on_change", key), hint="use at least the value of `wait`")


def _notifications(spec: ComplianceSpec) -> Iterator[Finding]:
    notify = spec.notify
    if notify.summary_above is not None and notify.scans != "each":
        message = f"`summary_above` has no effect with `scans: {notify.scans}`"
        yield Finding("R07", message, (*PATH, "notify", "summary_above"), hint="remove it", on="key")
    if notify.launcher and "launcher" in notify.model_fields_set and not has_instance_incidents(spec):
        message = "`launcher` has no effect if instances have no incidents of their own"
        hint = "remove it; it requires `ec2:instance` in `resources`, and `each` for changes or scans"
        yield Finding("R07", message, (*PATH, "notify", "launcher"), hint=hint, on="key")


def has_instance_incidents(spec: ComplianceSpec) -> bool:
    """True if an instance can have an incident of its own."""
    by_change = spec.notify.changes == "each" and spec.on_change is not False
    return EC2_INSTANCE in spec.resources and (by_change or spec.notify.scans == "each")


def _overrides(spec: ComplianceSpec, scope: Scope) -> Iterator[Finding]:
    for key, rule in spec.required_tags.items():
        for index, override in enumerate(rule.overrides if rule else ()):
            path: Path = (*_TAGS, key, "overrides", index)
            yield from where_faults(override.where, scope, (*path, "where"), no_region=_NO_REGION)
            if not override.model_fields_set - {"where"}:
                hint = "set one of enabled, allowed, pattern, any_of, ignore_case"
                yield Finding("R04", "this override changes nothing", path, hint=hint)
    for index, compliance_override in enumerate(spec.overrides):
        path = (*PATH, "overrides", index)
        yield from where_faults(compliance_override.where, scope, (*path, "where"), no_region=_NO_REGION)
        if compliance_override.enabled is None and compliance_override.severity is None:
            yield Finding("R04", "this override changes nothing", path, hint="set one of enabled, severity")
        if compliance_override.enabled is not None and set(compliance_override.where) != {"environment"}:
            message = "tags are checked for a whole environment or not at all"
            hint = "exclude accounts with `exempt: [{where: …, reason: …}]`"
            yield Finding("R07", message, (*path, "enabled"), hint=hint, on="key")


def _remediation(
    spec: ComplianceSpec, document: Document, policies: Sequence[TagPolicy], remediation: Remediation | None
) -> Iterator[Finding]:
    if remediation is None:
        return
    if EC2_INSTANCE not in spec.resources:
        message = "only tags of instances can be set, but instances are not in `resources`"
        yield Finding("R07", message, remediation.path, hint="remove it", on="key")
    path = (*remediation.path, "tags") if isinstance(spec.remediate, RemediationSpec) else remediation.path
    for tag in remediation.tags:
        at = (*path, tag.key)
        if remediation.mode == "apply" and max(tag.key) > LAST_IN_POLICY:
            message = f"the policy of the role cannot name `{tag.key}`, since IAM does not allow such characters"
            yield Finding("R05", message, at, hint="use a key in Latin letters, or `mode: dry-run`", on="key")
        if tag.key not in spec.required_tags:
            hint = suggest(tag.key, spec.required_tags, "add it to required_tags")
            yield Finding("R02", f"`{tag.key}` is not a required tag", at, hint=hint, on="key")
        elif not tag.value and not tag.copy_from:
            yield Finding(
                "R06", "neither `value` nor `copy_from` is set", at, hint="write, for example, {value: unassigned}"
            )
        yield from _refused(tag, policies, at)
        known = {label.casefold() for account in document.accounts.values() for label in account.labels}
        if "account-label" in tag.copy_from and tag.key.casefold() not in known:
            message = f"no account has a label `{tag.key}` (in any case)"
            hint = suggest(tag.key, known, f"add accounts: {{…: {{labels: {{{tag.key.lower()}: …}}}}}}")
            yield Finding("R02", message, at, hint=hint)


def _refused(tag: DefaultTag, policies: Sequence[TagPolicy], path: Path) -> Iterator[Finding]:
    """A value that would be set although it is not allowed, reported once."""
    for policy in policies:
        for rule in policy.tags:
            wrong = tag.value and (tag.value not in (rule.allowed or (tag.value,)) or not matches(rule, tag.value))
            if rule.key == tag.key and wrong:
                where = f" in {', '.join(policy.accounts)}" if policy.accounts else ""
                expected = (
                    f"use one of {', '.join(rule.allowed)}"
                    if rule.allowed
                    else f"use a value that matches {rule.pattern}"
                )
                message = f"the value `{tag.value}` to set violates the rule of `{tag.key}`{where}"
                yield Finding("R07", message, path, hint=expected)
                return
