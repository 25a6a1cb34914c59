"""The two alarms of tag compliance: written as entries of `alarms`, so that they have all that alarms have."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from generator.findings import Path
from generator.model.compliance import FROM_SCAN, NAMESPACE, NON_COMPLIANT
from generator.model.incidents import OWN_SERVICE
from generator.resolve.alarms.cascade import FIELDS
from generator.resolve.scope import AlarmProvenance, Scope
from generator.spec.alarms import AlarmSpec
from generator.spec.compliance import ComplianceSpec
from generator.spec.placements import PlacedSpec
from generator.spec.quantities import Datapoints, Threshold
from generator.spec.signals import MeasuredMetricSpec, OperandSpec

ALARM = "high-non-compliance"
DEAD_LETTERS = "tag-compliance-dead-letters"
ALARM_PATH: Path = ("compliance", "alarm")
# The layer of values that neither the file nor a default sets.
LAYER = "compliance"
# The greater of both: what a scan counts is there already when its instances change.
EXPRESSION = "MAX([FILL(scans, 0), FILL(changes, 0)])"
_OWN = ("summary", "owner", "runbook", "warm_up")
_SECTION = ("owner", "runbook")


def with_compliance_alarm(scope: Scope, enabled: bool) -> Scope:
    """The scope with both among the document's alarms; an existing alarm of the same key stays, see `taken`.

    enabled: whether this environment checks tags.
    """
    spec = scope.document.compliance
    if spec is None:
        return scope
    generated = {key: alarm for key, alarm in _both(spec, enabled).items() if key not in scope.document.alarms}
    alarms = {**scope.document.alarms, **{key: alarm for key, (alarm, _) in generated.items()}}
    document = scope.document.model_copy(update={"alarms": alarms})
    return replace(
        scope,
        document=document,
        lowered={**scope.lowered, **{key: provenance for key, (_, provenance) in generated.items()}},
    )


def check_own_alarms(scope: Scope) -> list[tuple[str, Path]]:
    """Keys of ours that something else already has, with its place; of a scope that is not `lowered` yet."""
    return [(key, scope.path_of(key)) for key in (ALARM, DEAD_LETTERS) if key in scope.document.alarms]


def _both(spec: ComplianceSpec, enabled: bool) -> dict[str, tuple[AlarmSpec, AlarmProvenance]]:
    return {ALARM: _too_many(spec, enabled), DEAD_LETTERS: _dead_letters(spec, enabled)}


def _too_many(spec: ComplianceSpec, enabled: bool) -> tuple[AlarmSpec, AlarmProvenance]:
    values: dict[str, Any] = {
        "threshold": Threshold(">", 5.0),
        "period": 300,
        "datapoints": Datapoints(1, 1),
        "missing_data": "not-breaching",
        "enabled": True,
        "summary": "Many resources lack required tags",
    }
    origins: dict[str, tuple[str, Path]] = dict.fromkeys(values, (LAYER, ()))
    _add_section(values, origins, spec)
    for name in (*FIELDS, *_OWN):
        value = getattr(spec.alarm, name)
        if value is not None:
            values[name], origins[name] = value, ("entry", (*ALARM_PATH, name))
    if not enabled:
        values["enabled"], origins["enabled"] = False, (LAYER, ())
    overrides: list[Any] = list(spec.alarm.overrides) if enabled else []
    alarm = AlarmSpec.model_construct(
        in_="members",
        expression=EXPRESSION,
        metrics={
            "changes": OperandSpec(namespace=NAMESPACE, name=NON_COMPLIANT, statistic="Sum"),
            "scans": OperandSpec(
                namespace=NAMESPACE, name=NON_COMPLIANT, dimensions=dict(FROM_SCAN), statistic="Maximum"
            ),
        },
        tags=spec.alarm.tags,
        actions=list(spec.alarm.actions),
        overrides=overrides,
        **_there(spec),
        **values,
    )
    places: tuple[Path, ...] = tuple((*ALARM_PATH, "overrides", index) for index in range(len(alarm.overrides)))
    ours = origins["missing_data"][0] == LAYER
    silence = "the metric is published only by checks; there is no data between two checks" if ours else ""
    return alarm, AlarmProvenance(ALARM_PATH, origins, places, silence, title="non-compliant instances")


def _dead_letters(spec: ComplianceSpec, enabled: bool) -> tuple[AlarmSpec, AlarmProvenance]:
    values: dict[str, Any] = {
        "threshold": Threshold(">", 0.0),
        "statistic": "Maximum",
        "period": 300,
        "datapoints": Datapoints(1, 1),
        "missing_data": "not-breaching",
        "severity": "high",
        "enabled": enabled,
        "summary": "Changes or scans that the tag compliance checker could not process",
    }
    origins: dict[str, tuple[str, Path]] = dict.fromkeys(values, (LAYER, ()))
    _add_section(values, origins, spec)
    queue = {"QueueName": f"{DEAD_LETTERS}-{{environment}}"}
    metric = MeasuredMetricSpec(namespace="AWS/SQS", name="ApproximateNumberOfMessagesVisible", dimensions=queue)
    alarm = AlarmSpec.model_construct(in_="members", service=OWN_SERVICE, metric=metric, **_there(spec), **values)
    silence = "SQS publishes no metrics of a queue that is unused for six hours, such as one without dead letters"
    return alarm, AlarmProvenance(("compliance", "dead_letters"), origins, (), silence)


def _there(spec: ComplianceSpec) -> dict[str, Any]:
    """The placement of the tag checks."""
    return {name: getattr(spec, name) for name in PlacedSpec.model_fields}


def _add_section(values: dict[str, Any], origins: dict[str, tuple[str, Path]], spec: ComplianceSpec) -> None:
    """The owner and runbook of the tag checks, for their alarms too."""
    for name in _SECTION:
        value = getattr(spec, name)
        if value is not None:
            values[name], origins[name] = value, ("entry", ("compliance", name))
