"""Escalation: the channels that are notified of an incident that is not acknowledged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.findings import Finding, Path, unknown_reference
from generator.model.incidents import Escalation
from generator.model.routing import PAGER_TYPES, AlarmSeverity
from generator.resolve.routing.channel_choice import RouteChoice, route_choices
from generator.resolve.routing.channels import MOST_IN_ROUTE, exists_in
from generator.resolve.scope import Scope
from generator.spec.incidents import EscalationSpec

_NAMES = {"jsm": "Jira Service Management", "pagerduty": "PagerDuty"}


def escalation(severity: AlarmSeverity, scope: Scope, findings: list[Finding]) -> Escalation:
    """The escalation of a severity; channels that do not exist (R02), or that add no recipient (R07)."""
    spec = scope.document.incidents.escalate[severity]
    path: Path = ("incidents", "escalate", severity)
    with_channels = [route for route in route_choices(severity, scope) if route.channels]
    findings += _check_channels(severity, spec, with_channels, scope, (*path, "to"))
    findings += _check_pager(severity, spec, with_channels, scope, path)
    known = scope.document.channels
    names = (name for name in dict.fromkeys(spec.to) if name not in known or exists_in(known[name], scope.environment))
    return Escalation(severity, spec.after, tuple(names))


def _check_channels(
    severity: AlarmSeverity, spec: EscalationSpec, routes: Sequence[RouteChoice], scope: Scope, path: Path
) -> Iterator[Finding]:
    known = scope.document.channels
    for index, name in enumerate(spec.to):
        if name not in known:
            yield unknown_reference("R02", "channel", name, known, (*path, index))
        elif routes and all(name in route.channels for route in routes):
            message = f"`{name}` is already notified of {severity} incidents at the start"
            hint = "use another channel, or remove it from the route"
            yield Finding("R07", message, (*path, index), hint=hint, also=tuple(route.place(name) for route in routes))
    most = max((len({*route.channels, *spec.to}) for route in routes), default=len(spec.to))
    if most > MOST_IN_ROUTE:
        message = f"{severity} has {most} channels with these, which is more than one transaction can have"
        yield Finding(
            "R07",
            message,
            path,
            hint=f"use at most {MOST_IN_ROUTE} channels; one e-mail channel can have many addresses",
        )


def _check_pager(
    severity: AlarmSeverity, spec: EscalationSpec, routes: Sequence[RouteChoice], scope: Scope, path: Path
) -> Iterator[Finding]:
    """A pager escalates by itself, so that a second way there is mostly a mistake."""
    channels = scope.document.channels
    paging = [
        (route, name)
        for route in routes
        for name in route.channels
        if name in channels and channels[name].type in PAGER_TYPES
    ]
    if paging and not spec.also:
        route, name = paging[0]
        service = _NAMES[channels[name].type]
        message = f"{severity} incidents notify `{name}`, and {service} already escalates them"
        hint = f"set `also: true` to escalate in addition to the escalation policy of {service}"
        also = () if route.path == ("routes", severity) else (route.place(name),)
        yield Finding("R07", message, path, hint=hint, on="key", also=also)
