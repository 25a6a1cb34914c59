"""How alarms become incidents: defaults filled in, channels looked up, and what cannot be together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.findings import Finding, Path, did_you_mean
from generator.model.incidents import ACKNOWLEDGED, BySeverity, Escalation, Flapping, Grouping, Incidents, Quiet, Storm
from generator.model.people import SEVERITIES, AlarmSeverity
from generator.resolve.people import MOST_IN_ROUTE, stands
from generator.resolve.scope import Scope
from generator.spec.incidents import (
    REMIND,
    WAIT,
    EscalationSpec,
    FlappingSpec,
    GroupSpec,
    IncidentsSpec,
    QuietSpec,
    StormSpec,
)

_PAGER = "pagerduty"
_SECTION: Path = ("incidents",)


def incidents(scope: Scope, news: list[Finding]) -> Incidents:
    """The section with its defaults; channels that are not there (R02), and what does not go together (R07)."""
    spec = scope.document.incidents
    news += _waits_wrong(spec.group)
    news += _storm_wrong(spec, scope)
    news += _flapping_wrong(spec)
    return Incidents(
        reopen_within=spec.reopen_within,
        evidence=spec.evidence,
        group=_grouping(spec.group),
        storm=_storm(spec.storm),
        flapping=_flapping(spec.flapping),
        remind=_by_severity({} if isinstance(spec.remind, str) else {**REMIND, **spec.remind}),
        escalate=tuple(_escalation(severity, scope, news) for severity in SEVERITIES if severity in spec.escalate),
        quiet=_quiet(spec.quiet, news),
        acknowledge=tuple(way for way in ACKNOWLEDGED if way in spec.acknowledge),
    )


def _quiet(spec: QuietSpec | None, news: list[Finding]) -> Quiet | None:
    if spec is None:
        return None
    if spec.from_ == spec.to:
        message = "these hours begin when they end, so they would be the whole day or none of it"
        news.append(Finding("R07", message, (*_SECTION, "quiet", "to"), hint='such as from: "22:00", to: "07:00"'))
    severities = tuple(severity for severity in SEVERITIES if severity in spec.severities)
    return Quiet(severities, spec.from_, spec.to, spec.timezone)


def _grouping(spec: GroupSpec) -> Grouping:
    return Grouping(
        composites=spec.composites,
        by=tuple(dict.fromkeys(spec.by)),
        wait=tuple((severity, seconds) for severity, seconds in _all({**WAIT, **spec.wait})),
        update_every=spec.update_every,
        collect=spec.for_,
    )


def _waits_wrong(spec: GroupSpec) -> Iterator[Finding]:
    """A first message that waits for alarms that the incident does not take any more."""
    for severity, seconds in _all(spec.wait):
        if seconds > spec.for_:
            message = "the first message waits for longer than the incident takes further alarms"
            yield Finding("R07", message, (*_SECTION, "group", "wait", severity), hint="at most as long as `for`")


def _storm(spec: StormSpec | str) -> Storm | None:
    if isinstance(spec, str):
        return None
    return Storm(spec.above, _account_limit(spec), spec.own_pages, spec.calm, spec.split, spec.severity)


def _account_limit(spec: StormSpec) -> int:
    """That of an account; where only the environment's is given, never more than that."""
    return spec.account if "account" in spec.model_fields_set else min(spec.account, spec.above)


def _flapping(spec: FlappingSpec | str) -> Flapping | None:
    if isinstance(spec, str):
        return None
    repeats, within = spec.after
    return Flapping(repeats, within, spec.every, max(spec.page_every, spec.every))


def _by_severity(given: Mapping[AlarmSeverity, int]) -> BySeverity:
    return tuple((severity, seconds) for severity, seconds in _all(given) if seconds)


def _all(given: Mapping[AlarmSeverity, int]) -> Iterator[tuple[AlarmSeverity, int]]:
    """From the most severe on."""
    return ((severity, given[severity]) for severity in SEVERITIES if severity in given)


def _escalation(severity: AlarmSeverity, scope: Scope, news: list[Finding]) -> Escalation:
    spec = scope.document.incidents.escalate[severity]
    news += _channels_wrong(severity, spec, scope)
    news += _pager_wrong(severity, spec, scope)
    known = scope.document.channels
    there = (name for name in dict.fromkeys(spec.to) if name not in known or stands(known[name], scope.environment))
    return Escalation(severity, spec.after, tuple(there))


def _channels_wrong(severity: AlarmSeverity, spec: EscalationSpec, scope: Scope) -> Iterator[Finding]:
    known, route = scope.document.channels, scope.document.routes.of(severity) or []
    path: Path = (*_SECTION, "escalate", severity, "to")
    for index, name in enumerate(spec.to):
        if name not in known:
            hint = did_you_mean(name, known).strip() or f"one of {', '.join(known)}"
            yield Finding("R02", f"there is no channel `{name}`", (*path, index), hint=hint)
        elif name in route:
            message = f"`{name}` hears of {severity} incidents from the start"
            where = (("routes", severity, route.index(name)), "its route")
            yield Finding(
                "R07", message, (*path, index), hint="another channel, or take it out of the route", also=(where,)
            )
    if len({*route, *spec.to}) > MOST_IN_ROUTE:
        message = f"{severity} goes to {len({*route, *spec.to})} channels with these, more than one transaction holds"
        yield Finding("R07", message, path, hint=f"at most {MOST_IN_ROUTE}; one e-mail channel takes many addresses")


def _pager_wrong(severity: AlarmSeverity, spec: EscalationSpec, scope: Scope) -> Iterator[Finding]:
    """PagerDuty escalates by itself, so that a second way there is mostly a mistake."""
    route = scope.document.routes.of(severity) or []
    channels = scope.document.channels
    pager = next((name for name in route if name in channels and channels[name].type == _PAGER), None)
    if pager and not spec.also:
        message = f"{severity} incidents go to `{pager}`, and PagerDuty escalates them by itself"
        hint = "`also: true` if this is to come on top of PagerDuty's escalation policy"
        yield Finding("R07", message, (*_SECTION, "escalate", severity), hint=hint, on="key")


def _storm_wrong(spec: IncidentsSpec, scope: Scope) -> Iterator[Finding]:
    storm = spec.storm
    if isinstance(storm, str):
        return
    path: Path = (*_SECTION, "storm")
    if "account" in storm.model_fields_set and storm.account > storm.above:
        message = f"more than {storm.account}/1m in one account are more than {storm.above}/1m in the environment"
        yield Finding("R07", message, (*path, "account"), hint=f"at most {storm.above}/1m, or a higher `above`")
    if "severity" in storm.model_fields_set and not scope.document.routes.of(storm.severity):
        message = f"nobody hears of {storm.severity}, so a storm would be sent to nobody by itself"
        routed = list(scope.document.routes.routed())
        hint = (
            f"one of {', '.join(routed)}, or add routes.{storm.severity}" if routed else f"add routes.{storm.severity}"
        )
        yield Finding("R07", message, (*path, "severity"), hint=hint)


def _flapping_wrong(spec: IncidentsSpec) -> Iterator[Finding]:
    flapping = spec.flapping
    if isinstance(flapping, str) or "page_every" not in flapping.model_fields_set:
        return
    if flapping.page_every < flapping.every:
        message = "pages would come more often than messages"
        hint = "as long as `every`, or longer"
        yield Finding("R07", message, (*_SECTION, "flapping", "page_every"), hint=hint)
