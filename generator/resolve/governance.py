"""Audit, access and waivers; and who makes what an account can have only once."""

from __future__ import annotations

from collections.abc import Iterator

from generator.findings import Finding, Path, Severity, suggest
from generator.model.governance import Audit, MonitoringRole, Waiver
from generator.resolve.logs import retention_days
from generator.resolve.names import fill
from generator.resolve.scope import Scope, environment_names, scope
from generator.resolve.section import Section
from generator.spec.document import Document
from generator.spec.sharing import EVERY_REGION


def audit(scope: Scope, findings: list[Finding]) -> Audit | None:
    """The audit trail, where one is asked for."""
    spec = scope.document.audit
    if not spec.alarm_changes:
        return None
    days = retention_days(spec.retention, ("audit", "retention"), findings)
    return Audit(f"/aws/events/alarm-state-changes-{scope.environment}", days, ("audit",))


def monitoring_role(scope: Scope, findings: list[Finding]) -> MonitoringRole | None:
    """The role in every member, where one is asked for and this environment is the one to make it."""
    spec = scope.document.access
    if not spec.monitoring_role:
        for name in ("readers", "external_id", "captures", "capture_parts"):
            if getattr(spec, name):
                message = f"`{name}` has no effect without `monitoring_role: true`"
                findings.append(Finding("R07", message, ("access", name), on="key"))
        return None
    if spec.capture_parts and not spec.captures:
        message = "`capture_parts` has no effect without `captures: true`"
        findings.append(Finding("R07", message, ("access", "capture_parts"), on="key", hint="add captures: true"))
    if not owns(scope):
        return None
    own_reader = f"monitoring-reader-role-{scope.environment}"
    return MonitoringRole(
        external_id=spec.external_id or f"monitoring-{scope.environment}",
        readers=tuple(sorted(set(spec.readers))) or (own_reader,),
        make_reader=not spec.readers,
        log_groups=_readable(scope),
        path=("access",),
        captures=spec.captures,
        capture_parts=tuple(sorted(set(spec.capture_parts))),
    )


def _readable(scope: Scope) -> tuple[str, ...]:
    """The members' log groups: of every environment, where this one's role serves the others too."""
    names = environment_names(scope.document) if scope.document.access.owned_by else (scope.environment,)
    specs = [spec for spec in scope.document.log_groups.values() if spec.in_ == "members"]
    filled = ({"environment": name, "project": scope.document.project} for name in names)
    return tuple(sorted({fill(spec.name, values, (), []) for values in filled for spec in specs}))


def owns(scope: Scope) -> bool:
    """True if this environment makes what an account can have only once."""
    owner = scope.document.access.owned_by
    return owner is None or owner == scope.environment


def sink_regions(scope: Scope) -> frozenset[str]:
    """The Regions in which the hub's account has a sink: of the environment whose stacks make them."""
    owner = scope.document.access.owned_by
    own = scope if owns(scope) or owner not in environment_names(scope.document) else _scope_of(scope.document, owner)
    other_regions = own.regions if scope.document.access.sinks == EVERY_REGION else ()
    return frozenset((own.hub.region, *other_regions))


def _scope_of(document: Document, environment: str) -> Scope:
    return scope(document, environment, [])


def shared_accounts(document: Document) -> list[Finding]:
    """Environments that would both make what an account can have only once (R10).

    One OAM sink and one link to it for each account and Region, and one role of a name for each account.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Unified-Cross-Account.html
    """
    spec = document.access
    names = environment_names(document)
    path: Path = ("access", "owned_by")
    if spec.owned_by and spec.owned_by not in names:
        hint = suggest(spec.owned_by, names)
        return [Finding("R02", f"there is no environment `{spec.owned_by}`", path, hint=hint)]
    if not (spec.monitoring_role or spec.shared):
        return []
    if spec.owned_by:
        return [*_out_of_reach(document, spec.owned_by)]
    owners: dict[str, str] = {}
    for name in names:
        places = scope(document, name, [])
        members = {places.hub.account, *(account.id for account in places.accounts), *places.organizational_units}
        for member in sorted(members):
            if member in owners and owners[member] != name:
                message = (
                    f"{owners[member]} and {name} share {member}, which can have only one sink, one link"
                    " and one MonitoringRole; set which environment creates them"
                )
                return [Finding("R10", message, ("access",), hint=f"add `owned_by: {names[-1]}` to access", on="key")]
            owners[member] = name
    return []


def _out_of_reach(document: Document, owner: str) -> Iterator[Finding]:
    """A warning (R10) where another environment watches what the owner does not: no link and no role is made there.

    What units bring is not known here, so an owner with units may watch every account.
    """
    own = scope(document, owner, [])
    watched = {account.name for account in own.accounts}
    for name in environment_names(document):
        places = scope(document, name, [])
        missed = [f"`{account.name}`" for account in places.accounts if account.name not in watched]
        missed = [] if own.organizational_units else missed
        missed += [f"`{unit}`" for unit in places.organizational_units if unit not in own.organizational_units]
        if missed:
            message = f"{owner} creates links and roles, but does not monitor {', '.join(missed)} of {name}"
            hint = f"add them to the accounts or units of {owner}, or set `owned_by` to an environment that has all"
            yield Finding("R10", f"{message}: the hub cannot see them", ("access", "owned_by"), Severity.WARNING, hint)
        if document.access.shared:
            yield from _without_sink(places, own)


def _without_sink(places: Scope, own: Scope) -> Iterator[Finding]:
    """A warning (R10) where another environment's hub has no sink, or members Regions in which nothing links them."""
    owner, name, path = own.environment, places.environment, ("access", "owned_by")
    sinks = sink_regions(own)
    if places.hub.account != own.hub.account or places.hub.region not in sinks:
        message = f"{owner} creates the sink in its own hub, but {name} has another hub, without a sink"
        yield Finding("R10", message, path, Severity.WARNING, "use one hub for both, or remove `owned_by`")
    missed = sorted(set(places.regions) - sinks)
    if missed and own.document.access.sinks == EVERY_REGION:
        message = f"{owner} creates sinks and links, but has no stacks in {', '.join(missed)} of {name}"
        hint = f"add them to the regions of {owner}, or set `owned_by` to an environment that has all"
        yield Finding("R10", f"{message}: the hub cannot see them", path, Severity.WARNING, hint)


def waivers(scope: Scope) -> tuple[Waiver, ...]:
    """Every waiver, in the order given."""
    return tuple(
        Waiver(spec.rule, spec.for_, spec.reason, spec.until, ("waivers", index))
        for index, spec in enumerate(scope.document.waivers)
    )


SECTIONS = (
    Section(
        "access",
        {"monitoring_role": lambda resolved: monitoring_role(resolved.scope, resolved.findings)},
        compare=shared_accounts,
    ),
    Section("waivers", {"waivers": lambda resolved: waivers(resolved.scope)}),
)
