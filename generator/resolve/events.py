"""The event store of the hub, and its REST API."""

from __future__ import annotations

from collections.abc import Iterator

from generator.findings import Finding, Severity
from generator.model.error_logs import Api, Events, Vpc
from generator.resolve.alarms import event_alarms
from generator.resolve.dashboards import events as event_dashboards
from generator.resolve.event_environments import EVENTS, events_spec, keeps_events, unknown_environments
from generator.resolve.scope import Scope, environment_names, scope
from generator.resolve.section import Section
from generator.spec.document import Document
from generator.spec.events import ApiSpec, EventsSpec

_DAY = 86_400
MOST_KEEP_DAYS = 3_650


def events(scope: Scope, findings: list[Finding]) -> Events | None:
    """The event store of this environment's hub; None without one."""
    document = scope.document
    spec = events_spec(document)
    if spec is not None:
        findings += _faults(spec, document)
    if not keeps_events(document, scope.environment):
        return None
    spec = spec or EventsSpec()
    vpc = spec.vpc
    return Events(
        keep_days=spec.keep // _DAY,
        api=_api(spec, scope),
        backup=spec.backup,
        customer_key=spec.encryption == "customer-key",
        vpc=Vpc(tuple(sorted(set(vpc.subnets))), tuple(sorted(set(vpc.security_groups)))) if vpc else None,
        path=EVENTS,
        dashboard=spec.dashboard,
    )


def _api(spec: EventsSpec, scope: Scope) -> Api | None:
    if spec.api is False:
        return None
    settings = spec.api if isinstance(spec.api, ApiSpec) else ApiSpec()
    return Api(settings.rate, settings.burst, settings.account_role and _is_first(scope))


def _is_first(current: Scope) -> bool:
    """True if this is the first environment of its hub that has an API: an account and Region has one such role."""
    document = current.document
    names = (name for name in environment_names(document) if keeps_events(document, name))
    return current.environment == next(name for name in names if scope(document, name, []).hub == current.hub)


def _faults(spec: EventsSpec, document: Document) -> Iterator[Finding]:
    if spec.keep % _DAY or not _DAY <= spec.keep <= MOST_KEEP_DAYS * _DAY:
        message = f"expected a retention in whole days, at most {MOST_KEEP_DAYS:,}"
        yield Finding("R05", message, (*EVENTS, "keep"), hint="use a duration such as 90d")
    yield from unknown_environments(spec.environments, document, EVENTS)
    if isinstance(spec.api, ApiSpec) and spec.api.burst < spec.api.rate:
        message = f"the burst of {spec.api.burst} is below the rate of {spec.api.rate} per second"
        hint = f"set burst: {2 * spec.api.rate}"
        yield Finding("R07", message, (*EVENTS, "api", "burst"), Severity.WARNING, hint)
    names = [name for name in environment_names(document) if keeps_events(document, name)]
    hubs = {scope(document, name, []).hub for name in names}
    if spec.vpc and len(hubs) > 1:
        message = f"{' and '.join(names)} have different hubs, but a VPC is in one account and Region"
        yield Finding("R10", message, (*EVENTS, "vpc"), hint=f"set environments: [{names[-1]}]", on="key")


SECTIONS = (
    Section(
        "events",
        {"events": lambda resolved: events(resolved.scope, resolved.findings)},
        add_alarms=event_alarms.with_alarms,
        add_dashboards=event_dashboards.with_views,
    ),
)
