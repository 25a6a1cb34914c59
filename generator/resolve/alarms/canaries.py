"""Canaries, and the alarm that each has: an alarm like every other, on the share of runs that succeed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from generator.aws.synthetics import LEAST_EVERY, LEAST_TIMEOUT, MOST_EVERY, MOST_TIMEOUT, NAMESPACE
from generator.findings import Finding, Path, suggest
from generator.model.accounts import Side
from generator.model.alarms import Alarm, Origin
from generator.model.canaries import Canary
from generator.model.signals import LocalSignal, Metric
from generator.resolve.alarms.cascade import resolve_settings, shared, written
from generator.resolve.names import logical_id, resource_name
from generator.resolve.scope import Scope, environment_names
from generator.spec.alarms import AlarmSpec
from generator.spec.canaries import CanaryOverrideSpec, CanarySpec

KIND = "canary"
# A run that starts some seconds late leaves a period without data, which breaches; one such period is no news.
DATAPOINTS = "2 of 3"
_MINUTE = 60
_OWN = ("datapoints", "severity", "runbook", "owner", "warm_up", "enabled")
_WRITTEN = ("datapoints", "warm_up")
_DIFFERING = ("datapoints", "severity", "enabled")


def canaries(scope: Scope, findings: list[Finding]) -> tuple[tuple[Canary, ...], tuple[Alarm, ...]]:
    """Every canary of the environment, and the alarms on all of them, also on those that are switched off here."""
    canaries, watching = [], []
    for key, spec in sorted(scope.document.canaries.items()):
        path: Path = ("canaries", key)
        findings += _check_times(spec, path)
        for index, override in enumerate(spec.overrides):
            findings += _check_override(override, scope, (*path, "overrides", index))
        canary = Canary(
            key=key,
            name=resource_name(key, KIND, scope.environment),
            logical_id=logical_id("Canary", key),
            path=path,
            url=scope.fill(spec.url, (*path, "url"), findings),
            every=spec.every,
            timeout=spec.timeout,
            status=spec.expect.status,
            contains=spec.expect.contains,
            within=spec.expect.within,
            alarm=f"{key}-{KIND}",
        )
        alarm = _alarm(canary, spec, scope)
        watching.append(alarm)
        canaries += [canary] if alarm.tuning.enabled else []
    return tuple(canaries), tuple(watching)


def _check_times(spec: CanarySpec, path: Path) -> list[Finding]:
    """R05: what CloudWatch Synthetics would refuse in the middle of a rollout."""
    findings = []
    if spec.every % _MINUTE or not LEAST_EVERY <= spec.every <= MOST_EVERY:
        message = f"expected an interval in whole minutes from 1 to {MOST_EVERY // _MINUTE}"
        findings.append(Finding("R05", message, (*path, "every"), hint="use an interval such as 5m"))
    if not LEAST_TIMEOUT <= spec.timeout <= MOST_TIMEOUT:
        message = f"expected a timeout from {LEAST_TIMEOUT} seconds to {MOST_TIMEOUT // _MINUTE} minutes"
        findings.append(Finding("R05", message, (*path, "timeout"), hint="use a timeout such as 30s"))
    elif spec.timeout > spec.every:
        message = "the timeout is longer than the interval"
        findings.append(Finding("R05", message, (*path, "timeout"), hint="reduce the timeout, or increase `every`"))
    if spec.expect.within and spec.expect.within >= spec.timeout:
        message = "the run times out before `within` can be exceeded"
        findings.append(Finding("R05", message, (*path, "expect", "within"), hint="use less than `timeout`"))
    return findings


def _check_override(override: CanaryOverrideSpec, scope: Scope, path: Path) -> list[Finding]:
    """R04: an override that never applies or changes nothing."""
    findings = []
    known = environment_names(scope.document)
    for name, words in override.where.items():
        at: Path = (*path, "where", name)
        if name != "environment":
            message = f"a canary is in the hub, so it can differ only by environment and not by `{name}`"
            findings.append(Finding("R04", message, at, hint=f"use {{environment: {known[0]}}}", on="key"))
            continue
        for word in [words] if isinstance(words, str) else words:
            if word not in known:
                hint = suggest(word, known)
                message = f"nothing has `environment: {word}`; the override never applies"
                findings.append(Finding("R04", message, at, hint=hint))
    if all(getattr(override, name) is None for name in _DIFFERING):
        hint = f"set one of {', '.join(_DIFFERING)}"
        findings.append(Finding("R04", "this override changes nothing", path, hint=hint))
    return findings


def _alarm(canary: Canary, spec: CanarySpec, scope: Scope) -> Alarm:
    metric = Metric(NAMESPACE, "SuccessPercent", (("CanaryName", canary.name),))
    alarm_spec = _alarm_spec(canary, spec, metric)
    settings = resolve_settings(canary.alarm, alarm_spec, scope, None)
    values, origins = shared(canary.alarm, alarm_spec, scope)
    if settings is None:
        raise AssertionError("the alarm of a canary has a threshold")
    return Alarm(
        key=canary.alarm,
        name=resource_name(canary.alarm, "alarm", scope.environment),
        logical_id=logical_id("Alarm", canary.alarm),
        path=canary.path,
        side=Side.HUB,
        signal=LocalSignal(metric),
        statistic=values["statistic"],
        tuning=settings.tuning,
        summary=spec.summary or f"{canary.url} does not respond as expected",
        runbook=values.get("runbook", ""),
        owner=values.get("owner", ""),
        event_tags=tuple(values.get("event_tags", ())),
        warm_up_minutes=values.get("warm_up", 0) // _MINUTE,
        service=spec.service or "",
        origins=tuple(_placed(origin, canary, spec) for origin in (*settings.origins, *origins)),
    )


def _alarm_spec(canary: Canary, spec: CanarySpec, metric: Metric) -> AlarmSpec:
    """The equivalent entry of `alarms`."""
    # The period follows the schedule whatever the defaults say: in a shorter one there is no run, and that breaches.
    return AlarmSpec.model_validate(
        {
            "in": "hub",
            "metric": {"namespace": metric.namespace, "name": metric.name, "dimensions": dict(metric.dimensions)},
            "statistic": "Average",
            "threshold": "< 100",
            "period": f"{canary.every}s",
            "missing_data": "breaching",
            **{"datapoints": DATAPOINTS, "enabled": True, **_set_fields(spec, _OWN)},
            "overrides": [{"where": o.where, **_set_fields(o, _DIFFERING)} for o in spec.overrides],
        }
    )


def _set_fields(spec: CanarySpec | CanaryOverrideSpec, names: tuple[str, ...]) -> dict[str, Any]:
    """The fields that are set, as they would be written."""
    fields = {name: getattr(spec, name) for name in names if getattr(spec, name) is not None}
    return {name: written(name, value) if name in _WRITTEN else value for name, value in fields.items()}


def _placed(origin: Origin, canary: Canary, spec: CanarySpec) -> Origin:
    """The origin of a value of the alarm: the canary's path, or none where every canary's alarm has that value."""
    if origin.path[:2] != ("alarms", canary.alarm):
        return origin
    field = "every" if origin.field == "period" else origin.field
    if origin.layer != "entry":
        return replace(origin, path=(*canary.path, *origin.path[2:]))
    if field == "every" or (field in _OWN and getattr(spec, field) is not None):
        return replace(origin, path=(*canary.path, field))
    return replace(origin, layer="canary", path=canary.path)
