"""The alarms of log archives on themselves: entries of `alarms`, so that they have all features of alarms.

Without them an archive fails unnoticed, until an old line is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from generator.findings import Finding, Path
from generator.model.incidents import OWN_SERVICE
from generator.model.logs import LOG_ARCHIVE
from generator.resolve.names import resource_name
from generator.resolve.scope import AlarmProvenance, Scope
from generator.spec.alarms import AlarmSpec
from generator.spec.logs import LogGroupSpec
from generator.spec.placements import PlacedSpec
from generator.spec.quantities import Datapoints, Threshold
from generator.spec.signals import MeasuredMetricSpec

# The layer of values that neither the file nor a default sets.
LAYER = "log archive"
# Firehose holds lines for a quarter of an hour and tries to deliver them for a day: this leaves most of the day.
# https://docs.aws.amazon.com/firehose/latest/dev/retry.html
LATE_SECONDS = 3_600.0
ERRORS, THROTTLED = f"{LOG_ARCHIVE}-errors", f"{LOG_ARCHIVE}-throttled"
_OF_EVERY_FILTER = "SELECT SUM(METRIC) FROM \"AWS/Logs\" WHERE FilterName = 'FILTER'"
_NOTHING_SENT = "Firehose publishes no metrics of a stream without records"
_NOTHING_FAILED = "CloudWatch Logs publishes this metric only for failures"


@dataclass(frozen=True, slots=True)
class _Own:
    """The definition of one alarm. looks_at, statistic: fields of its entry. silence: why missing data is acceptable.

    log_groups: the keys of those that it monitors, where it has no placement of its own.
    """

    key: str
    path: Path
    above: float
    datapoints: Datapoints
    looks_at: dict[str, Any]
    summary: str
    silence: str
    log_groups: tuple[str, ...] = ()


def with_alarms(scope: Scope, findings: list[Finding]) -> Scope:
    """The scope with these among the document's own alarms; R08 where their keys exist already."""
    generated = list(_alarms(scope))
    conflicting = [own for own in generated if own.key in scope.document.alarms]
    for own in conflicting:
        message = f"`{own.key}` is the name of an alarm on log archives"
        path = scope.path_of(own.key)
        findings.append(
            Finding("R08", message, path, hint="use another name", on="key", also=((own.path, "the other"),))
        )
    added = {own.key: own for own in generated if own not in conflicting}
    if not added:
        return scope
    alarms = {**scope.document.alarms, **{key: _alarm(own) for key, own in added.items()}}
    document = scope.document.model_copy(update={"alarms": alarms})
    provenance = {
        key: AlarmProvenance(own.path, _origins(own), (), own.silence, log_groups=own.log_groups)
        for key, own in added.items()
    }
    return replace(scope, document=document, lowered={**scope.lowered, **provenance})


def _alarms(scope: Scope) -> Iterator[_Own]:
    """One for the deliveries of each archive, and two for the filters of all."""
    keys = [key for key, spec in sorted(scope.document.log_groups.items()) if spec.archive and spec.in_ == "members"]
    for key in keys:
        yield _late(key, scope.document.log_groups[key], scope)
    if keys:
        first: Path = ("log_groups", keys[0], "archive")
        for failing in (
            _failing(ERRORS, "DeliveryErrors", Datapoints(1, 1), "refuses", first, scope.environment),
            _failing(THROTTLED, "DeliveryThrottling", Datapoints(3, 3), "throttles", first, scope.environment),
        ):
            yield replace(failing, log_groups=tuple(keys))


def _late(key: str, spec: LogGroupSpec, scope: Scope) -> _Own:
    group_name = scope.named(("log_groups", key))
    stream = resource_name(group_name, "archive", scope.environment)
    metric = MeasuredMetricSpec(
        namespace="AWS/Firehose", name="DeliveryToS3.DataFreshness", dimensions={"DeliveryStreamName": stream}
    )
    return _Own(
        f"{group_name}-archive-late",
        ("log_groups", key, "archive"),
        LATE_SECONDS,
        Datapoints(2, 2),
        {"metric": metric, "statistic": "Maximum", **{name: getattr(spec, name) for name in PlacedSpec.model_fields}},
        f"Lines of `{key}` wait for more than an hour to be archived, and are lost after a day. The reasons are in"
        f" /aws/kinesisfirehose/{LOG_ARCHIVE}-{scope.environment}",
        _NOTHING_SENT,
    )


def _failing(key: str, metric: str, datapoints: Datapoints, does: str, path: Path, environment: str) -> _Own:
    """Of all archives in one number, by the name that their filters have in common.

    Which sets of dimensions CloudWatch Logs publishes depends on the kind of destination; the query accepts any.
    """
    query = _OF_EVERY_FILTER.replace("METRIC", metric).replace("FILTER", f"{LOG_ARCHIVE}-{environment}")
    return _Own(
        key,
        path,
        0.0,
        datapoints,
        {"query": query},
        f"Firehose {does} lines to archive: see {metric} of AWS/Logs for the log group",
        _NOTHING_FAILED,
    )


def _values(own: _Own) -> dict[str, Any]:
    return {
        "threshold": Threshold(">", own.above),
        "period": 300,
        "datapoints": own.datapoints,
        "missing_data": "not-breaching",
        "severity": "medium",
        "enabled": True,
        "summary": own.summary,
        **own.looks_at,
    }


def _alarm(own: _Own) -> AlarmSpec:
    return AlarmSpec.model_construct(in_="members", service=OWN_SERVICE, **_values(own))


def _origins(own: _Own) -> dict[str, tuple[str, Path]]:
    return dict.fromkeys(_values(own), (LAYER, ()))
