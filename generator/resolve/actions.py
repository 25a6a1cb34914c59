"""What CloudWatch does itself: ARNs as they were written, and the word `opsitem` with the severity it stands for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from generator.aws.action_arns import EC2_ACTION, NOT_OF_COMPOSITES, kind_of, place_of
from generator.aws.regions import partition_of
from generator.findings import Finding, Path
from generator.model.actions import OPSITEM
from generator.model.alarms import Alarm
from generator.model.people import AlarmSeverity
from generator.model.places import Side
from generator.model.signals import LocalSignal
from generator.resolve.scope import Scope

WORD = "opsitem"
# https://docs.aws.amazon.com/systems-manager/latest/userguide/OpsCenter-create-OpsItems-from-CloudWatch-Alarms.html
RECOVERABLE = ("AWS/EC2", "StatusCheckFailed_System")
NUMBERS = {"critical": 1, "high": 2, "medium": 3, "low": 4}


def with_actions(alarm: Alarm, scope: Scope, news: list[Finding]) -> Alarm:
    """The alarm with the OpsItems that it opens written out."""
    news += misplaced(alarm.actions, alarm.path, regions_of(alarm.side, scope))
    news += _without_instance(alarm)
    severities = [tuning.severity for tuning in alarm.tunings() if tuning.enabled]
    # A metric alarm says the category too; of composites the API takes the severity alone.
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
    written = actions(alarm.actions, severities, alarm.path, news, "#CATEGORY=Availability")
    return replace(alarm, actions=written) if written != alarm.actions else alarm


def actions(
    words: Iterable[str], severities: Sequence[AlarmSeverity], path: Path, news: list[Finding], more: str = ""
) -> tuple[str, ...]:
    """`opsitem` as `opsitem:<number>`, for one severity (R07 for several, or for none)."""
    made = []
    for index, word in enumerate(words):
        if word != WORD:
            made.append(word)
            continue
        numbers = sorted({NUMBERS.get(severity, 0) for severity in severities})
        if 0 in numbers:
            message = "an OpsItem has a severity, and this alarm has none"
            news.append(Finding("R07", message, (*path, "actions", index), hint="give it a severity, or leave it out"))
        elif len(numbers) > 1:
            message = "CloudWatch opens OpsItems of one severity, and accounts differ in that of this alarm"
            hint = "route its severities to a channel `{type: opsitem}`"
            news.append(Finding("R07", message, (*path, "actions", index), hint=hint))
        elif numbers:
            made.append(f"{OPSITEM}{numbers[0]}{more}")
    return tuple(made)


def regions_of(side: Side, scope: Scope) -> tuple[str, ...]:
    """The Regions in which an alarm of a side stands."""
    return (scope.hub.region,) if side is Side.HUB else scope.regions


def misplaced(arns: Iterable[str], path: Path, regions: Sequence[str]) -> Iterator[Finding]:
    """R07: actions of another partition or Region. CloudWatch answers "Invalid region us-east-1 specified. Only
    eu-west-1 is supported." in the middle of a rollout.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """
    for index, arn in enumerate(arns):
        if arn == WORD:
            continue
        partition, region = place_of(arn)
        own = partition_of(regions[0])
        elsewhere = [one for one in regions if region and one != region]
        at: Path = (*path, "actions", index)
        if partition != own:
            hint = f"arn:{own}:…"
            yield Finding(
                "R07", f"the partition of this action is {partition}, and that of the alarm is {own}", at, hint=hint
            )
        elif elsewhere:
            message = f"an action has to be in the alarm's own Region; this alarm is in {', '.join(elsewhere)} as well"
            if region not in regions:
                message = (
                    f"an action has to be in the alarm's own Region, {', '.join(elsewhere)}; this one is in {region}"
                )
            yield Finding("R07", message, at, hint="a route to a channel works in every Region")


def not_of_composites(arns: Iterable[str], path: Path) -> Iterator[Finding]:
    """R07: actions on an instance or a group, of which a composite watches none."""
    for index, arn in enumerate(arns):
        kind = "" if arn == WORD else kind_of(arn)
        if kind in NOT_OF_COMPOSITES:
            hint = "give it to the alarm on the instance's or the group's metric"
            yield Finding("R07", f"a composite cannot have {kind}", (*path, "actions", index), hint=hint)


def _without_instance(alarm: Alarm) -> Iterator[Finding]:
    """R07: EC2 actions of an alarm on no instance, and recovery on another check than the system's.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/UsingAlarmActions.html
    """
    metric = alarm.signal.metric if isinstance(alarm.signal, LocalSignal) else None
    of_instance = metric is not None and any(name == "InstanceId" for name, _ in metric.dimensions)
    for index, arn in enumerate(alarm.actions):
        at: Path = (*alarm.path, "actions", index)
        if arn == WORD or kind_of(arn) != EC2_ACTION:
            continue
        if not of_instance:
            message = "an EC2 action needs an alarm on the metric of one instance"
            yield Finding("R07", message, at, hint="a metric with the dimension InstanceId")
        elif "recover" in arn.lower() and metric and (metric.namespace, metric.name) != RECOVERABLE:
            message = "EC2 recovers an instance only by an alarm on StatusCheckFailed_System"
            yield Finding("R07", message, at, hint="reboot, or the metric AWS/EC2 StatusCheckFailed_System")
