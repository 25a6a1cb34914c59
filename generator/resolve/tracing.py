"""Sampling rules and trace groups: named, and their placeholders filled in."""

from __future__ import annotations

import re

from generator.findings import Finding, Path, Severity
from generator.model.tracing import SamplingRule, TraceGroup, Tracing
from generator.resolve.names import logical_id
from generator.resolve.scope import Scope, shared_members
from generator.resolve.section import Section
from generator.spec.document import Document
from generator.spec.tracing import TraceGroupSpec


def tracing(scope: Scope, findings: list[Finding]) -> Tracing:
    """Every rule and group, by key. Names have no middle: X-Ray gives them 32 characters."""
    spec = scope.document.tracing
    rules = []
    for key, rule in sorted(spec.sampling.items()):
        path: Path = ("tracing", "sampling", key)
        rules.append(
            SamplingRule(
                key=key,
                name=f"{key}-{scope.environment}",
                logical_id=logical_id("Sampling", key),
                path=path,
                rate=rule.rate,
                reservoir=rule.reservoir,
                priority=rule.priority,
                service=_text(rule.service, 64, scope, (*path, "service"), findings),
                service_type=rule.service_type,
                host=_text(rule.host, 64, scope, (*path, "host"), findings),
                method=rule.method,
                url_path=_text(rule.path, 128, scope, (*path, "path"), findings),
                resource=_text(rule.resource, 500, scope, (*path, "resource"), findings),
                attributes=tuple(
                    (name, _text(value, 32, scope, (*path, "attributes", name), findings))
                    for name, value in sorted(rule.attributes.items())
                ),
            )
        )
    groups = []
    for key, group_spec in sorted(spec.groups.items()):
        path = ("tracing", "groups", key)
        group = group_spec if isinstance(group_spec, TraceGroupSpec) else TraceGroupSpec(filter=group_spec)
        text = _filled(
            group.filter, scope, (*path, "filter") if isinstance(group_spec, TraceGroupSpec) else path, findings
        )
        groups.append(
            TraceGroup(key, f"{key}-{scope.environment}", logical_id("TraceGroup", key), path, text, group.insights)
        )
    return Tracing(tuple(rules), tuple(groups))


def shared_rules(document: Document) -> list[Finding]:
    """A warning where the rules of two environments match the same requests (R10): only one of them can decide."""
    alike = [
        key
        for key, rule in sorted(document.tracing.sampling.items())
        if not any(
            "{environment}" in text
            for text in (rule.service, rule.host, rule.path, rule.resource, *rule.attributes.values())
        )
    ]
    shared = shared_members(document) if alike else None
    if shared is None:
        return []
    first, second, member = shared
    message = f"{first} and {second} share {member}, and `{alike[0]}` of both matches the same requests"
    hint = 'distinguish them by service: "payments-{environment}", or by host, path, resource or attributes'
    return [Finding("R10", message, ("tracing", "sampling", alike[0]), Severity.WARNING, hint, on="key")]


def _text(text: str, most: int, scope: Scope, path: Path, findings: list[Finding]) -> str:
    """The text for this environment; R05 where that is longer than X-Ray accepts, though the file's own is not.

    https://docs.aws.amazon.com/xray/latest/api/API_SamplingRule.html
    """
    filled = scope.fill(text, path, findings)
    if len(filled) > most:
        message = f"in {scope.environment} this has {len(filled)} characters, and the X-Ray limit is {most}"
        findings.append(Finding("R05", message, path, hint="shorten it, or replace a part by *"))
    return filled


def _filled(text: str, scope: Scope, path: Path, findings: list[Finding]) -> str:
    """Placeholders of the texts in it; other braces are a filter expression's own, as in `service() {fault}`."""
    return re.sub(r'"[^"]*"', lambda match: scope.fill(match.group(), path, findings), text)


SECTIONS = (
    Section("tracing", {"tracing": lambda resolved: tracing(resolved.scope, resolved.findings)}, compare=shared_rules),
)
