"""Sampling rules and trace groups: named, and their placeholders filled in."""

from __future__ import annotations

import re

from generator.findings import Finding, Path, Severity
from generator.model.tracing import SamplingRule, TraceGroup, Tracing
from generator.resolve.names import logical_id
from generator.resolve.scope import Scope, shared_members
from generator.spec.document import Document
from generator.spec.tracing import TraceGroupSpec


def tracing(scope: Scope, news: list[Finding]) -> Tracing:
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
                service=scope.fill(rule.service, (*path, "service"), news),
                service_type=rule.service_type,
                host=scope.fill(rule.host, (*path, "host"), news),
                method=rule.method,
                url_path=scope.fill(rule.path, (*path, "path"), news),
                resource=scope.fill(rule.resource, (*path, "resource"), news),
            )
        )
    groups = []
    for key, given in sorted(spec.groups.items()):
        path = ("tracing", "groups", key)
        group = given if isinstance(given, TraceGroupSpec) else TraceGroupSpec(filter=given)
        text = _filled(group.filter, scope, (*path, "filter") if isinstance(given, TraceGroupSpec) else path, news)
        groups.append(
            TraceGroup(key, f"{key}-{scope.environment}", logical_id("TraceGroup", key), path, text, group.insights)
        )
    return Tracing(tuple(rules), tuple(groups))


def shared_rules(document: Document) -> list[Finding]:
    """A warning where the rules of two environments match the same requests (R10): only one of them can decide."""
    alike = [
        key
        for key, rule in sorted(document.tracing.sampling.items())
        if not any("{environment}" in text for text in (rule.service, rule.host, rule.path, rule.resource))
    ]
    found = shared_members(document) if alike else None
    if found is None:
        return []
    first, second, thing = found
    message = f"{first} and {second} share {thing}, where `{alike[0]}` of both matches the same requests"
    hint = 'tell them apart: service: "payments-{environment}", or by host, path or resource'
    return [Finding("R10", message, ("tracing", "sampling", alike[0]), Severity.WARNING, hint, on="key")]


def _filled(text: str, scope: Scope, path: Path, news: list[Finding]) -> str:
    """Placeholders of the texts in it; other braces are a filter expression's own, as in `service() {fault}`."""
    return re.sub(r'"[^"]*"', lambda found: scope.fill(found.group(), path, news), text)
