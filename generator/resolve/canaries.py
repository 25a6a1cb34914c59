"""Canaries, and the alarm that each has: an alarm like every other, on the share of runs that succeed."""

from __future__ import annotations

from dataclasses import replace

from generator.aws.synthetics import LEAST_EVERY, LEAST_TIMEOUT, MOST_EVERY, MOST_TIMEOUT, NAMESPACE
from generator.findings import Finding, Path
from generator.model.alarms import Alarm, Origin
from generator.model.canaries import Canary
from generator.model.places import Side
from generator.model.signals import LocalSignal, Metric
from generator.resolve.cascade import settle, shared
from generator.resolve.names import logical_id, resource_name
from generator.resolve.scope import Scope
from generator.spec.alarms import AlarmSpec
from generator.spec.canaries import CanarySpec
from generator.spec.scalars import Datapoints

KIND = "canary"
# A run that starts some seconds late leaves a period without data, which breaches; one such period is no news.
DATAPOINTS = "2 of 3"
_MINUTE = 60
_OWN = ("datapoints", "severity", "runbook", "owner")


def canaries(scope: Scope, news: list[Finding]) -> tuple[Canary, ...]:
    """Every canary, by key."""
    made = []
    for key, spec in sorted(scope.document.canaries.items()):
        path: Path = ("canaries", key)
        news += _times_wrong(spec, path)
        made.append(
            Canary(
                key=key,
                name=resource_name(key, KIND, scope.environment),
                logical_id=logical_id("Canary", key),
                path=path,
                url=scope.fill(spec.url, (*path, "url"), news),
                every=spec.every,
                timeout=spec.timeout,
                status=spec.expect.status,
                contains=spec.expect.contains,
                within=spec.expect.within,
                alarm=f"{key}-{KIND}",
            )
        )
    return tuple(made)


def _times_wrong(spec: CanarySpec, path: Path) -> list[Finding]:
    """R05: what CloudWatch Synthetics would refuse in the middle of a rollout."""
    news = []
    if spec.every % _MINUTE or not LEAST_EVERY <= spec.every <= MOST_EVERY:
        message = f"a canary runs every whole number of minutes from 1 to {MOST_EVERY // _MINUTE}"
        news.append(Finding("R05", message, (*path, "every"), hint="such as 5m"))
    if not LEAST_TIMEOUT <= spec.timeout <= MOST_TIMEOUT:
        message = f"a run of a canary takes from {LEAST_TIMEOUT} seconds to {MOST_TIMEOUT // _MINUTE} minutes"
        news.append(Finding("R05", message, (*path, "timeout"), hint="such as 30s"))
    elif spec.timeout > spec.every:
        message = "a run cannot take longer than the time until the next"
        news.append(Finding("R05", message, (*path, "timeout"), hint="a shorter timeout, or a longer `every`"))
    if spec.expect.within and spec.expect.within >= spec.timeout:
        message = "the run is cut off before the answer can be too late"
        news.append(Finding("R05", message, (*path, "expect", "within"), hint="less than timeout"))
    return news


def alarms(scope: Scope, canaries: tuple[Canary, ...]) -> tuple[Alarm, ...]:
    """The alarm of each canary."""
    return tuple(_alarm(canary, scope.document.canaries[canary.key], scope) for canary in canaries)


def _alarm(canary: Canary, spec: CanarySpec, scope: Scope) -> Alarm:
    metric = Metric(NAMESPACE, "SuccessPercent", (("CanaryName", canary.name),))
    # The period follows the schedule whatever the defaults say: in a shorter one there is no run, and that breaches.
    written = AlarmSpec.model_validate(
        {
            "in": "hub",
            "metric": {"namespace": metric.namespace, "name": metric.name, "dimensions": dict(metric.dimensions)},
            "statistic": "Average",
            "threshold": "< 100",
            "period": f"{canary.every}s",
            "datapoints": _in_words(spec.datapoints),
            "missing_data": "breaching",
            "severity": spec.severity,
            "enabled": True,
            "runbook": spec.runbook,
            "owner": spec.owner,
        }
    )
    settled = settle(canary.alarm, written, scope, None)
    values, origins = shared(canary.alarm, written, scope)
    if settled is None:
        raise AssertionError("the alarm of a canary has a threshold")
    return Alarm(
        key=canary.alarm,
        name=resource_name(canary.alarm, "alarm", scope.environment),
        logical_id=logical_id("Alarm", canary.alarm),
        path=canary.path,
        side=Side.HUB,
        signal=LocalSignal(metric),
        statistic=values["statistic"],
        tuning=settled.tuning,
        summary=spec.summary or f"{canary.url} does not answer as expected",
        runbook=values.get("runbook", ""),
        owner=values.get("owner", ""),
        origins=tuple(_placed(origin, canary, spec) for origin in (*settled.origins, *origins)),
    )


def _in_words(datapoints: Datapoints | None) -> str:
    return f"{datapoints.needed} of {datapoints.of}" if datapoints else DATAPOINTS


def _placed(origin: Origin, canary: Canary, spec: CanarySpec) -> Origin:
    """Where a value of the alarm stands: with the canary, or with nobody where a canary's alarm is always so."""
    if origin.layer != "entry":
        return origin
    field = "every" if origin.field == "period" else origin.field
    if field == "every" or (field in _OWN and getattr(spec, field) is not None):
        return replace(origin, path=(*canary.path, field))
    return replace(origin, layer="canary", path=canary.path)
