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
        findings += _times_wrong(spec, path)
        for index, override in enumerate(spec.overrides):
            findings += _override_wrong(override, scope, (*path, "overrides", index))
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


def _times_wrong(spec: CanarySpec, path: Path) -> list[Finding]:
    """R05: what CloudWatch Synthetics would refuse in the middle of a rollout."""
    findings = []
    if spec.every % _MINUTE or not LEAST_EVERY <= spec.every <= MOST_EVERY:
        message = f"a canary runs every whole number of minutes from 1 to {MOST_EVERY // _MINUTE}"
        findings.append(Finding("R05", message, (*path, "every"), hint="such as 5m"))
    if not LEAST_TIMEOUT <= spec.timeout <= MOST_TIMEOUT:
        message = f"a run of a canary takes from {LEAST_TIMEOUT} seconds to {MOST_TIMEOUT // _MINUTE} minutes"
        findings.append(Finding("R05", message, (*path, "timeout"), hint="such as 30s"))
    elif spec.timeout > spec.every:
        message = "a run cannot take longer than the time until the next"
        findings.append(Finding("R05", message, (*path, "timeout"), hint="a shorter timeout, or a longer `every`"))
    if spec.expect.within and spec.expect.within >= spec.timeout:
        message = "the run is cut off before the answer can be too late"
        findings.append(Finding("R05", message, (*path, "expect", "within"), hint="less than timeout"))
    return findings


def _override_wrong(override: CanaryOverrideSpec, scope: Scope, path: Path) -> list[Finding]:
    """R04: an override that never applies or changes nothing."""
    findings = []
    known = environment_names(scope.document)
    for name, words in override.where.items():
        at: Path = (*path, "where", name)
        if name != "environment":
            message = f"a canary stands in the hub, so it differs by environment and not by `{name}`"
            findings.append(Finding("R04", message, at, hint=f"{{environment: {known[0]}}}", on="key"))
            continue
        for word in [words] if isinstance(words, str) else words:
            if word not in known:
                hint = suggest(word, known)
                message = f"nothing has `environment: {word}`; the override never applies"
                findings.append(Finding("R04", message, at, hint=hint))
    if all(getattr(override, name) is None for name in _DIFFERING):
        hint = f"give one of {', '.join(_DIFFERING)}"
        findings.append(Finding("R04", "this override changes nothing", path, hint=hint))
    return findings


def _alarm(canary: Canary, spec: CanarySpec, scope: Scope) -> Alarm:
    metric = Metric(NAMESPACE, "SuccessPercent", (("CanaryName", canary.name),))
    alarm_spec = _meant(canary, spec, metric)
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
        summary=spec.summary or f"{canary.url} does not answer as expected",
        runbook=values.get("runbook", ""),
        owner=values.get("owner", ""),
        warm_up_minutes=values.get("warm_up", 0) // _MINUTE,
        service=spec.service or "",
        origins=tuple(_placed(origin, canary, spec) for origin in (*settings.origins, *origins)),
    )


def _meant(canary: Canary, spec: CanarySpec, metric: Metric) -> AlarmSpec:
    """The alarm as somebody would have written it under `alarms`."""
    # The period follows the schedule whatever the defaults say: in a shorter one there is no run, and that breaches.
    return AlarmSpec.model_validate(
        {
            "in": "hub",
            "metric": {"namespace": metric.namespace, "name": metric.name, "dimensions": dict(metric.dimensions)},
            "statistic": "Average",
            "threshold": "< 100",
            "period": f"{canary.every}s",
            "missing_data": "breaching",
            **{"datapoints": DATAPOINTS, "enabled": True, **_given(spec, _OWN)},
            "overrides": [{"where": o.where, **_given(o, _DIFFERING)} for o in spec.overrides],
        }
    )


def _given(spec: CanarySpec | CanaryOverrideSpec, names: tuple[str, ...]) -> dict[str, Any]:
    """What was given, as it would be written."""
    fields = {name: getattr(spec, name) for name in names if getattr(spec, name) is not None}
    return {name: written(name, value) if name in _WRITTEN else value for name, value in fields.items()}


def _placed(origin: Origin, canary: Canary, spec: CanarySpec) -> Origin:
    """Where a value of the alarm stands: with the canary, or with nobody where a canary's alarm is always so."""
    if origin.path[:2] != ("alarms", canary.alarm):
        return origin
    field = "every" if origin.field == "period" else origin.field
    if origin.layer != "entry":
        return replace(origin, path=(*canary.path, *origin.path[2:]))
    if field == "every" or (field in _OWN and getattr(spec, field) is not None):
        return replace(origin, path=(*canary.path, field))
    return replace(origin, layer="canary", path=canary.path)
