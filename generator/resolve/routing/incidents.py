"""The grouping of alarms into incidents: defaults filled in, channels looked up, and contradictions found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.findings import Finding, Path
from generator.model.incidents import ACKNOWLEDGED, BySeverity, Flapping, Grouping, Incidents, Quiet, Storm
from generator.model.routing import SEVERITIES, AlarmSeverity
from generator.resolve.routing.channel_choice import ROUTED, storm_choices
from generator.resolve.routing.escalation import escalation
from generator.resolve.scope import Scope, environment_names
from generator.resolve.section import Section
from generator.spec.incidents import (
    REMIND,
    WAIT,
    FlappingSpec,
    GroupSpec,
    IncidentsSpec,
    QuietSpec,
    StormSpec,
)

_SECTION: Path = ("incidents",)


def incidents(scope: Scope, findings: list[Finding]) -> Incidents:
    """The section with its defaults; channels that are not there (R02), and what does not go together (R07)."""
    spec = scope.document.incidents
    findings += _check_waits(spec.group)
    findings += _check_storm(spec, scope)
    findings += _check_flapping(spec)
    return Incidents(
        reopen_within=spec.reopen_within,
        evidence=spec.evidence,
        group=_grouping(spec.group),
        storm=_storm(spec.storm),
        flapping=_flapping(spec.flapping),
        remind=_by_severity({} if isinstance(spec.remind, str) else {**REMIND, **spec.remind}),
        escalate=tuple(escalation(severity, scope, findings) for severity in SEVERITIES if severity in spec.escalate),
        quiet=_quiet(spec.quiet, findings),
        acknowledge=tuple(action for action in ACKNOWLEDGED if action in spec.acknowledge),
    )


def _quiet(spec: QuietSpec | None, findings: list[Finding]) -> Quiet | None:
    if spec is None:
        return None
    if spec.from_ == spec.to:
        message = "the quiet hours start and end at the same time, so they are the whole day or empty"
        findings.append(Finding("R07", message, (*_SECTION, "quiet", "to"), hint='write from: "22:00", to: "07:00"'))
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


def _check_waits(spec: GroupSpec) -> Iterator[Finding]:
    """A first message that waits for alarms that the incident does not take any more."""
    for severity, seconds in _all(spec.wait):
        if seconds > spec.for_:
            message = "the wait of the first message is longer than the time in which the incident collects alarms"
            yield Finding("R07", message, (*_SECTION, "group", "wait", severity), hint="use at most the value of `for`")


def _storm(spec: StormSpec | str) -> Storm | None:
    if isinstance(spec, str):
        return None
    return Storm(spec.above, _account_limit(spec), spec.own_pages, spec.calm, spec.split, spec.severity)


def _account_limit(spec: StormSpec) -> int:
    """The limit of an account; where only the environment's is set, never more than that."""
    return spec.account if "account" in spec.model_fields_set else min(spec.account, spec.above)


def _flapping(spec: FlappingSpec | str) -> Flapping | None:
    if isinstance(spec, str):
        return None
    repeats, within = spec.after
    return Flapping(repeats, within, spec.every, max(spec.page_every, spec.every))


def _by_severity(values: Mapping[AlarmSeverity, int]) -> BySeverity:
    return tuple((severity, seconds) for severity, seconds in _all(values) if seconds)


def _all(values: Mapping[AlarmSeverity, int]) -> Iterator[tuple[AlarmSeverity, int]]:
    """From the most severe on."""
    return ((severity, values[severity]) for severity in SEVERITIES if severity in values)


def _check_storm(spec: IncidentsSpec, scope: Scope) -> Iterator[Finding]:
    storm = spec.storm
    if isinstance(storm, str):
        return
    path: Path = (*_SECTION, "storm")
    if "account" in storm.model_fields_set and storm.account > storm.above:
        message = f"the rate of one account, {storm.account}/1m, is above the rate of the environment, {storm.above}/1m"
        yield Finding("R07", message, (*path, "account"), hint=f"use at most {storm.above}/1m, or increase `above`")
    if "severity" in storm.model_fields_set and not any(
        route.channels for route in storm_choices(storm.severity, scope)
    ):
        where = f" in {scope.environment}" if len(environment_names(scope.document)) > 1 else ""
        message = f"severity {storm.severity} has no channel{where}, so a storm would not be notified"
        routed = [severity for severity in ROUTED if any(route.channels for route in storm_choices(severity, scope))]
        channels = scope.document.routes.of(storm.severity)
        more = (
            f"add a channel of this environment to routes.{storm.severity}"
            if channels
            else f"add routes.{storm.severity}"
        )
        hint = f"use one of {', '.join(routed)}, or {more}" if routed else more
        yield Finding("R07", message, (*path, "severity"), hint=hint)


def _check_flapping(spec: IncidentsSpec) -> Iterator[Finding]:
    flapping = spec.flapping
    if isinstance(flapping, str) or "page_every" not in flapping.model_fields_set:
        return
    if flapping.page_every < flapping.every:
        message = "pages would be sent more often than messages"
        hint = "use at least the value of `every`"
        yield Finding("R07", message, (*_SECTION, "flapping", "page_every"), hint=hint)


SECTIONS = (Section("incidents", {"incidents": lambda resolved: incidents(resolved.scope, resolved.findings)}),)
