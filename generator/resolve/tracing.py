"""Sampling rules and trace groups: named, and their placeholders filled in."""

from __future__ import annotations

import re

from generator.findings import Finding, Path
from generator.model.tracing import SamplingRule, TraceGroup, Tracing
from generator.resolve.names import logical_id
from generator.resolve.scope import Scope
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


def _filled(text: str, scope: Scope, path: Path, news: list[Finding]) -> str:
    """Placeholders of the texts in it; other braces are a filter expression's own, as in `service() {fault}`."""
    return re.sub(r'"[^"]*"', lambda found: scope.fill(found.group(), path, news), text)
