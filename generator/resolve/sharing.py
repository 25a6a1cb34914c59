"""Telemetry that members share with the hub, with the namespaces and log groups of each kind."""

from __future__ import annotations

from collections.abc import Iterator

from generator.findings import Finding, Path
from generator.model.governance import LOGS, METRICS, Sharing
from generator.model.link_filters import MOST_CHARACTERS, MOST_OPERANDS, LinkFilter
from generator.resolve.governance import owns, sink_regions
from generator.resolve.names import fill
from generator.resolve.scope import Scope
from generator.spec.sharing import EVERY_REGION, SharingSpec, names_of

_RESOURCE_TYPES = {"metrics": METRICS, "logs": LOGS, "traces": "AWS::XRay::Trace"}
_TERMS = {"metrics": "Namespace", "logs": "LogGroupName"}
PATH: Path = ("access", "sharing")


def sharing(scope: Scope, findings: list[Finding]) -> Sharing | None:
    """The telemetry that members share; None without any."""
    kinds = scope.document.access.shared
    if not kinds:
        if scope.document.access.sinks == EVERY_REGION:
            message = "`sinks` has no effect without `sharing`"
            findings.append(Finding("R07", message, ("access", "sinks"), hint="add `sharing`", on="key"))
        return None
    types = tuple(sorted(_RESOURCE_TYPES[kind] for kind in set(kinds)))
    filters = (_filter("metrics", scope, findings), _filter("logs", scope, findings))
    return Sharing(types, owns(scope), PATH, *filters, tuple(sorted(sink_regions(scope) - {scope.hub.region})))


def _filter(kind: str, scope: Scope, findings: list[Finding]) -> LinkFilter | None:
    """The filter of a kind that is shared in part, as the environment has it whose stacks make the links."""
    spec = scope.document.access.sharing
    name_list = names_of(getattr(spec, kind)) if isinstance(spec, SharingSpec) else None
    if name_list is None:
        return None
    names, excludes = name_list
    path: Path = (*PATH, kind, "except") if excludes else (*PATH, kind)
    environment = scope.document.access.owned_by or scope.environment
    values = {"environment": environment, "project": scope.document.project}
    filled = {fill(name, values, (*path, index), findings) for index, name in enumerate(names)}
    link_filter = LinkFilter(tuple(sorted(filled)), excludes, path)
    findings += _too_long(link_filter, _TERMS[kind])
    return link_filter


def _too_long(link_filter: LinkFilter, term: str) -> Iterator[Finding]:
    """R05: a filter that is longer than a link accepts."""
    parts = len(link_filter.conditions(term))
    hint = "use fewer prefixes; all full names count as one"
    if parts - 1 > MOST_OPERANDS:
        message = f"the filter of a link would have {parts - 1} AND or OR; the limit is {MOST_OPERANDS}"
        yield Finding("R05", message, link_filter.path, hint=hint, on="key")
    elif len(link_filter.expression(term)) > MOST_CHARACTERS:
        message = f"the limit of the filter of a link is {MOST_CHARACTERS:,} characters"
        yield Finding(
            "R05", f"{message}, and this would have {len(link_filter.expression(term)):,}", link_filter.path, on="key"
        )
