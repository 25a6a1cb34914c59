"""Alarms on metrics and logs, each as an entry of its own."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from generator.importer.resources import LOG_ALARM, ImportedResource
from generator.importer.values import mapping
from generator.importer.write.addresses import URL, without_secrets
from generator.importer.write.drafts import Draft, Notes, Places
from generator.importer.write.logs import LogGroups, read_logs
from generator.importer.write.measures import measured
from generator.importer.write.notified import Notified, notified
from generator.importer.write.placeholders import without_place
from generator.importer.write.quantities import Unwritable, datapoints, duration, sentence, threshold, whole
from generator.importer.write.routes import ImportedTopics
from generator.importer.write.types import Location
from generator.importer.write.watched_accounts import Watched, account_of, watched
from generator.model.compliance import NAMESPACE as TAG_COMPLIANCE

_DYNAMODB = "AWS/DynamoDB"
_MISSING = {"breaching": "breaching", "notBreaching": "not-breaching", "ignore": "ignore", "missing": "missing"}
_LONGEST_SUMMARY = 400
_RUNBOOK = re.compile(
    r"\s*[-–|,;(\[]*\s*(?:run ?book|play ?book|docs?|documentation|see|wiki)?\s*[:=]?\s*$", re.IGNORECASE
)
_MANAGED = re.compile(r"TargetTracking-")
_RESERVED_TAGS = re.compile(r"(?i)(?:severity|owner|environment|project|name|runbook)$|aws:.*|obsgen:.*")
_PERIODLESS = ("promql",)
# Without these an alarm does the same to what it watches; notes say what is assumed.
_ASSUMED = (
    *("AlarmActions", "OKActions", "InsufficientDataActions", "ActionsEnabled"),
    *("AlarmDescription", "Tags"),
)


def alarm_draft(
    resource: ImportedResource,
    places: Places,
    topics: ImportedTopics,
    log_groups: LogGroups,
    notes: Notes,
    families: Collection[str],
) -> Draft | None:
    """The draft of a metric alarm or an alarm on logs; nothing where it is dropped.

    families: as of `watched`.
    """
    name = resource.called
    if _MANAGED.match(name) or "DO NOT EDIT OR DELETE" in str(resource.properties.get("AlarmDescription", "")):
        notes.drop(resource, "AWS Auto Scaling makes and deletes it with its scaling policy")
        return None
    try:
        return _draft(resource, watched(resource, places, families), topics, log_groups, notes)
    except Unwritable as error:
        notes.drop(resource, str(error))
        return None


def _draft(
    resource: ImportedResource, subject: Watched, topics: ImportedTopics, log_groups: LogGroups, notes: Notes
) -> Draft:
    properties, location = resource.properties, subject.location
    for name, reason in sorted(resource.unknown.items()):
        if name not in _ASSUMED:
            raise Unwritable(f"{name} is not known: {reason}")
    measure = _measured(resource, log_groups, subject, is_named=False)
    by_name = _measured(resource, log_groups, subject, is_named=True) if _has_name(measure, location) else measure
    tuning, fixed = _evaluated(properties, measure)
    spoken = notified(resource, topics, notes, subject.member_id)
    tuning["severity"] = spoken.severity
    fixed |= {**subject.side, **texts_of(resource, notes), **spoken_keys(spoken)}
    if any(metric.get("namespace") == TAG_COMPLIANCE for metric in _metrics(measure)):
        fixed["published_by"] = "the tag checker of another stack"
        notes.remark(
            f"{TAG_COMPLIANCE}: alarms on it are without data unless another stack checks tags in their accounts, or "
            "the file has `compliance`."
        )
    name = resource.called
    raw = {**{key: value for key, value in measure.items() if key != "period"}, **fixed}
    shared = raw if by_name is measure else {**{key: by_name[key] for key in by_name if key != "period"}, **fixed}
    return Draft(resource, location, name, without_place(name, location), raw, shared, tuning)


def _measured(
    resource: ImportedResource, log_groups: LogGroups, subject: Watched, *, is_named: bool
) -> Mapping[str, Any]:
    if resource.type == LOG_ALARM:
        return read_logs(resource, log_groups)
    if subject.measure:
        return subject.measure

    def of_account(metric: Mapping[str, Any]) -> Mapping[str, str]:
        return account_of(metric, subject.names, resource.account)

    return measured(resource.properties, subject.placed(is_named=is_named), of_account)


def _has_name(measure: Mapping[str, Any], location: Location) -> bool:
    """Whether the account's name may be a part of a dimension."""
    metrics = _metrics(measure)
    return any(location.name in value for metric in metrics for value in metric.get("dimensions", {}).values())


def _metrics(measure: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [measure.get("metric", {}), *measure.get("metrics", {}).values()]


def _evaluated(properties: Mapping[str, Any], measure: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What may differ between accounts, and what may not, of how an alarm is evaluated."""
    if "promql" in measure:
        return {}, {}
    tuning: dict[str, Any] = {}
    if "anomaly" not in measure:
        tuning["threshold"] = threshold(properties.get("ComparisonOperator"), properties.get("Threshold"))
    tuning["period"] = measure["period"]
    of, least = ("EvaluationPeriods", "DatapointsToAlarm")
    if "logs" in measure:
        of, least = ("QueryResultsToEvaluate", "QueryResultsToAlarm")
    tuning["datapoints"] = datapoints(properties.get(least), properties.get(of))
    treatment = properties.get("TreatMissingData")
    if not treatment:
        treatment = "ignore" if _is_of_dynamodb(measure) else "missing"
    if str(treatment) not in _MISSING:
        raise Unwritable(f"TreatMissingData is {str(treatment)[:40]}")
    tuning["missing_data"] = _MISSING[str(treatment)]
    fixed: dict[str, Any] = {}
    if properties.get("EvaluateLowSampleCountPercentile") == "ignore":
        fixed["low_samples"] = "ignore"
    wall_clock = mapping(mapping(properties.get("EvaluationWindow")).get("WallClockWindow"))
    if "EvaluationWindow" in properties and "WallClockWindow" in mapping(properties["EvaluationWindow"]):
        fixed["wall_clock"] = str(wall_clock.get("Timezone", "UTC"))
    warm_up = mapping(properties.get("WarmUpConfiguration"))
    if warm_up:
        if str(warm_up.get("OnlyStartEvaluatingAfterWarmUpPeriodEnds", False)).lower() == "true":
            raise Unwritable("its warm-up delays evaluation even if there is data")
        fixed["warm_up"] = duration(60 * whole(warm_up.get("WarmUpPeriodDurationInMinutes"), "the warm-up"))
    return tuning, fixed


def _is_of_dynamodb(measure: Mapping[str, Any]) -> bool:
    """CloudWatch keeps the state of such an alarm where data is missing, unless its settings say otherwise.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    """
    return any(metric.get("namespace") == _DYNAMODB for metric in _metrics(measure))


def texts_of(resource: ImportedResource, notes: Notes) -> dict[str, Any]:
    """Summary and runbook, from the description."""
    keys: dict[str, Any] = {}
    written = str(resource.properties.get("AlarmDescription", ""))
    description = without_secrets(written)
    if description != written:
        notes.drop(resource, "of an address that may be a secret only the host is written", "AlarmDescription")
    match = URL.search(description)
    tagged = next((value for key, value in sorted(resource.tags.items()) if key.lower() == "runbook"), "")
    runbook = match[0].rstrip(".,;") if match else ""
    if runbook and _RUNBOOK.search(description[: match.start()]) and match:  # type: ignore[union-attr]
        description = _RUNBOOK.sub("", description[: match.start()]) + description[match.end() :]
    if URL.fullmatch(tagged) and without_secrets(tagged) == tagged:
        runbook = tagged
    summary, is_cut = sentence(description.replace("{", "(").replace("}", ")"), _LONGEST_SUMMARY)
    if is_cut:
        notes.drop(resource, f"only the first {_LONGEST_SUMMARY} characters become its summary", "AlarmDescription")
    if summary.strip(" .-"):
        keys["summary"] = summary.strip()
    if runbook:
        keys["runbook"] = runbook
    return keys


def spoken_keys(spoken: Notified) -> dict[str, Any]:
    """The keys of who is responsible and what CloudWatch does."""
    keys: dict[str, Any] = {}
    if spoken.owner:
        keys["owner"] = spoken.owner
    if spoken.actions:
        keys["actions"] = list(spoken.actions)
        if spoken.states:
            keys["actions_in"] = list(spoken.states)
    if not spoken.is_enabled:
        keys["actions_enabled"] = False
    tags = {key: without_secrets(value) for key, value in sorted(spoken.tags.items()) if not _RESERVED_TAGS.match(key)}
    if tags:
        keys["tags"] = tags
    return keys
