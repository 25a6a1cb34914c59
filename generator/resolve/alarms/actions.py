"""The actions of CloudWatch itself: ARNs as they were written, and the word `opsitem` with the severity of its
items.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from generator.aws.action_arns import (
    EC2_ACTION,
    NOT_OF_COMPOSITES,
    NOT_OF_GROUPS,
    NOT_OF_PROMQL,
    PLACEHOLDERS,
    kind_of,
    partition_and_region,
)
from generator.aws.regions import partition_of
from generator.findings import Finding, Path, Severity
from generator.model.actions import OPSITEM
from generator.model.alarms import Alarm
from generator.model.routing import AlarmSeverity
from generator.model.signals import LocalSignal, PromqlSignal
from generator.resolve.alarms.contributors import has_contributors
from generator.resolve.names import fill
from generator.resolve.scope import Scope

WORD = "opsitem"
RECOVERABLE = ("AWS/EC2", "StatusCheckFailed_System")
# https://docs.aws.amazon.com/systems-manager/latest/userguide/OpsCenter-create-OpsItems-from-CloudWatch-Alarms.html
NUMBERS = {"critical": 1, "high": 2, "medium": 3, "low": 4}


def with_actions(alarm: Alarm, scope: Scope, findings: list[Finding]) -> Alarm:
    """The alarm with the OpsItems that it opens written out."""
    filled = tuple(
        fill_action(word, scope, (*alarm.path, "actions", at), findings) for at, word in enumerate(alarm.actions)
    )
    alarm = replace(alarm, actions=filled) if filled != alarm.actions else alarm
    regions = alarm.regions or scope.regions_of(alarm.side)
    findings += check_action_regions(alarm.actions, alarm.path, regions)
    findings += _without_instance(alarm)
    findings += _of_several_series(alarm)
    severities = [tuning.severity for tuning in alarm.tunings() if tuning.enabled]
    # A metric alarm has a category too; for composites the API accepts only the severity.
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
    written = actions(alarm.actions, severities, alarm.path, findings, "#CATEGORY=Availability")
    return replace(alarm, actions=written) if written != alarm.actions else alarm


def fill_action(word: str, scope: Scope, path: Path, findings: list[Finding]) -> str:
    """An action with this environment's names; what leans on the place stays, for the template."""
    placeholders = {name: f"{{{name}}}" for name in PLACEHOLDERS}
    values = {"environment": scope.environment, "project": scope.document.project, **placeholders}
    return fill(word, values, path, findings)


def actions(
    words: Iterable[str], severities: Sequence[AlarmSeverity], path: Path, findings: list[Finding], more: str = ""
) -> tuple[str, ...]:
    """`opsitem` as `opsitem:<number>`, for one severity (R07 for several, or for none)."""
    arns = []
    for index, word in enumerate(words):
        if word != WORD:
            arns.append(word)
            continue
        numbers = sorted({NUMBERS.get(severity, 0) for severity in severities})
        if 0 in numbers:
            message = "an OpsItem requires a severity, but this alarm has none"
            findings.append(
                Finding("R07", message, (*path, "actions", index), hint="set a severity, or remove the action")
            )
        elif len(numbers) > 1:
            message = "CloudWatch opens OpsItems of one severity, but the severity of this alarm differs by account"
            hint = "route its severities to a channel `{type: opsitem}`"
            findings.append(Finding("R07", message, (*path, "actions", index), hint=hint))
        elif numbers:
            arns.append(f"{OPSITEM}{numbers[0]}{more}")
    return tuple(arns)


def check_action_regions(words: Iterable[str], path: Path, regions: Sequence[str]) -> Iterator[Finding]:
    """R07: actions of another partition or Region. CloudWatch answers "Invalid region us-east-1 specified. Only
    eu-west-1 is supported." in the middle of a rollout.

    regions: where the alarm is created.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """
    own = partition_of(regions[0])
    for arn_path, arn in _arns(words, path):
        partition, region = partition_and_region(arn)
        other_regions = ", ".join(other for other in regions if region and other != region)
        if partition and partition != own:
            message = f"the action is in partition {partition}, but the alarm is in {own}"
            yield Finding("R07", message, arn_path, hint=f"arn:{own}:…")
        elif other_regions:
            message = (
                f"; this alarm is in {other_regions} as well"
                if region in regions
                else f", {other_regions}; this one is in {region}"
            )
            hint = f"use {{region}} for {region}, or a route to a channel, which works in every Region"
            yield Finding("R07", f"an action must be in the Region of the alarm{message}", arn_path, hint=hint)


def check_composite_actions(words: Iterable[str], path: Path) -> Iterator[Finding]:
    """R07: actions on an instance or a group, of which a composite watches none."""
    for arn_path, arn in _arns(words, path):
        kind = kind_of(arn)
        if kind in NOT_OF_COMPOSITES:
            hint = "move it to the alarm on the metric of the instance or group"
            yield Finding("R07", f"a composite cannot have {kind}", arn_path, hint=hint)


def _of_several_series(alarm: Alarm) -> Iterator[Finding]:
    """R07: actions that CloudWatch does not support of an alarm with contributors.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html
    """
    if not has_contributors(alarm.signal):
        return
    is_promql = isinstance(alarm.signal, PromqlSignal)
    refused, signal = (NOT_OF_PROMQL, "PromQL") if is_promql else (NOT_OF_GROUPS, "a query with GROUP BY")
    for index, word in enumerate(alarm.actions):
        kind = "an OpsItem" if word == WORD else kind_of(word)
        if kind in refused and kind != EC2_ACTION:
            hint = "route its severity to a channel, or use an SNS topic or a function"
            message = f"CloudWatch does not support {kind} as an action of an alarm on {signal}"
            yield Finding("R07", message, (*alarm.path, "actions", index), hint=hint)


def _without_instance(alarm: Alarm) -> Iterator[Finding]:
    """R07: EC2 actions of an alarm on no instance, and recovery on another check than the system's.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/UsingAlarmActions.html
    """
    metric = alarm.signal.metric if isinstance(alarm.signal, LocalSignal) else None
    for arn_path, arn in _arns(alarm.actions, alarm.path):
        if kind_of(arn) != EC2_ACTION:
            continue
        if metric is None or "InstanceId" not in dict(metric.dimensions):
            message = "an EC2 action requires an alarm on the metric of one instance"
            yield Finding("R07", message, arn_path, hint="use a metric with the dimension InstanceId")
        elif "recover" in arn.lower() and (metric.namespace, metric.name) != RECOVERABLE:
            message = "the recover action requires an alarm on StatusCheckFailed_System"
            yield Finding(
                "R07", message, arn_path, hint="use the reboot action, or the metric AWS/EC2 StatusCheckFailed_System"
            )
        elif any(tuning.missing_data == "breaching" for tuning in alarm.tunings() if tuning.enabled):
            yield _again_and_again(arn, arn_path)


def _again_and_again(arn: str, path: Path) -> Finding:
    """A warning: while an instance starts or is stopped it has no data, and no data is why it was acted on.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/UsingAlarmActions.html asks for missing.
    """
    verb = next((word for word in ("reboot", "recover", "stop", "terminate") if word in arn.lower()), "act")
    message = f"missing data is breaching here, so a gap in the metric would {verb} the instance"
    more = ", and the gap of the reboot would reboot it again" if verb == "reboot" else ""
    hint = "set missing_data: missing, as AWS requires for EC2 actions"
    return Finding("R07", message + more, path, Severity.WARNING, hint)


def _arns(words: Iterable[str], path: Path) -> Iterator[tuple[Path, str]]:
    """The actions that are ARNs, each with its place in the YAML. path: of the alarm."""
    return (((*path, "actions", index), word) for index, word in enumerate(words) if word != WORD)
