"""Alarms on the delivery of alarms, with notifications by a second way that shares only the topic with the first.

An alarm with a Lambda action needs no bus, no queue and no incident function. A function may publish to the topic,
which CloudWatch itself may not.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html

Missing data is breaching for what runs on a schedule: the heartbeat of each member (heartbeat.py), and the notifier,
which runs every minute. Such an alarm has a warm-up, since it may exist before its first data. Other metrics are
published only while they are above zero, so that missing data is not breaching; each of these alarms states why.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from troposphere import GetAtt, Output, Ref, Sub, awslambda
from troposphere.cloudwatch import Alarm, MetricDimension, WarmUpConfiguration

from generator.blueprints import event_store_rules
from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.delivery import dead_letter_queue
from generator.blueprints.kit.functions import TIMEOUT_SECONDS, function, log_group, role
from generator.blueprints.kit.policies import allow
from generator.blueprints.kit.stack import Part, origin
from generator.manifest import Asset
from generator.model.estate import Estate
from generator.model.incidents import MONITOR_ALARM_PREFIX
from generator.model.missing_data import MissingDataReason
from generator.model.named_alarms import named_kinds

FUNCTION = "path-watcher"
HANDLER = "handlers.watch.app.handler"
# An invocation of the incident function with this duration timed out.
TIMED_OUT_MS = 1000 * TIMEOUT_SECONDS - 100
OLDEST_SECONDS = 900
NOTIFIER = "incident-notifier"
# The namespace of the functions' own metrics: handlers/incident/meter.py.
INCIDENTS = "Obsgen/Incidents"
CHANNEL_PREFIX = "channel-"
PATH = ("incidents",)
NOTIFIER_WARM_UP_MINUTES = 15
_REPLAY = "Fix the queue's policy, then replay the events from the archive."
_NOT_INVOKED = "Lambda counts invocations, and the incident function is invoked only when an alarm changes its state"
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
_QUEUE_UNUSED = "SQS publishes no metrics of a queue that was unused for six hours, such as an empty dead-letter queue"
_QUEUE_EMPTY = "SQS reports the age of the oldest message only while there is a message"
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
_NOT_ZERO = "EventBridge sends this metric only if it is not zero"
_NOTHING_FAILED = (
    "the notifier publishes it only when a channel fails; notifier-silent fires when the notifier does not run"
)
# Missing data of a function that runs every minute is breaching. The alarm is created after the notifier's triggers,
# has a warm-up, and is deleted before them, so that it reports neither creation nor deletion.
_RUNS_EACH_MINUTE: dict[str, Any] = {
    "TreatMissingData": "breaching",
    "WarmUpConfiguration": WarmUpConfiguration(WarmUpPeriodDurationInMinutes=NOTIFIER_WARM_UP_MINUTES),
    "DependsOn": ["NotifierSchedule", "WakeUpQueueToNotifier"],
}

HeartbeatAlarm = tuple[str, str, str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _MonitorAlarm:
    """An alarm on alarm delivery. name: without prefix and environment. metric: the metric and its condition.

    missing_data_reason: why missing data is not breaching; empty if it is.
    """

    name: str
    description: str
    metric: dict[str, Any]
    missing_data_reason: str


def resources(
    estate: Estate, assets: Mapping[str, Asset], heartbeat_alarms: Iterable[HeartbeatAlarm]
) -> Iterator[Part]:
    """The function, the permission to invoke it, and the alarms on every step between an alarm and a ticket.

    heartbeat_alarms: logical ID, name, description and properties of the alarms on missing heartbeats.
    """
    yield from _function(estate, assets[FUNCTION])
    for monitored in _monitor_alarms(estate):
        missing = {"TreatMissingData": "notBreaching"} if monitored.missing_data_reason else _RUNS_EACH_MINUTE
        yield _alarm(
            estate, _title(monitored.name), monitored.name, monitored.description, **missing, **monitored.metric
        )
    for title, name, description, metric in heartbeat_alarms:
        yield _alarm(estate, title, name, description, **metric)


def missing_data_reasons(estate: Estate) -> list[MissingDataReason]:
    """Why missing data is not breaching, for each such alarm; the catalogue lists them."""
    return [
        MissingDataReason(
            estate.name(f"{MONITOR_ALARM_PREFIX}{monitored.name}"),
            (),
            "not-breaching",
            monitored.missing_data_reason,
            "obsgen",
        )
        for monitored in _monitor_alarms(estate)
        if monitored.missing_data_reason
    ]


def _monitor_alarms(estate: Estate) -> Iterator[_MonitorAlarm]:
    yield from _queues(estate)
    yield from _functions(estate)
    yield from _rules(estate)
    yield from _channels(estate)
    yield _notifier_silent(estate)


def _title(name: str) -> str:
    """The logical ID; that of a channel has a digest, since names that differ in hyphens give the same words."""
    words = "".join(word.capitalize() for word in name.split("-"))
    return f"PathWatch{words}{hashlib.sha256(name.encode()).hexdigest()[:6] if name.startswith(CHANNEL_PREFIX) else ''}"


def _alarm(estate: Estate, title: str, name: str, description: str, **metric: Any) -> Part:
    """An alarm on alarm delivery: its action is the function, and the incident rule ignores its name."""
    watcher = [GetAtt("PathWatcherFunction", "Arn")]
    return Alarm(
        title,
        AlarmName=estate.name(f"{MONITOR_ALARM_PREFIX}{name}"),
        AlarmDescription=description,
        AlarmActions=watcher,
        Metadata=origin(PATH),
        **{"EvaluationPeriods": 1, "OKActions": watcher, **metric},
    )


def _notifier_silent(estate: Estate) -> _MonitorAlarm:
    """The dead man's switch: the notifier publishes a metric with every run, which is missing if it does not run."""
    description = (
        f"The notifier has not run for three minutes: no notifications are sent. Check that"
        f" {estate.name('notifier-schedule')} is enabled, and read the log /aws/lambda/{estate.name(NOTIFIER)}."
    )
    metric = _above(0, INCIDENTS, "Ticks", "Sum", Environment=estate.environment)
    never = {"ComparisonOperator": "LessThanThreshold", "Threshold": 1, "EvaluationPeriods": 3}
    return _MonitorAlarm("notifier-silent", description, {**metric, **never}, "")


def _queues(estate: Estate) -> Iterator[_MonitorAlarm]:
    redrive = f"Run `obsgen redrive --environment {estate.environment}`, fix the cause, and redrive the messages."
    for queue, what in (
        ("incident-dead-letters", f"The incident function could not process alarms. {redrive}"),
        ("event-dead-letters", f"A rule of the hub could not deliver events. {redrive}"),
        ("mail-dead-letters", "SNS could not deliver mails. Check that the address of every subscription exists."),
    ):
        metric = _above(0, "AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", QueueName=estate.name(queue))
        yield _MonitorAlarm(queue, what, metric, _QUEUE_UNUSED)
    queue = estate.name("incident-queue")
    late = (
        f"Alarms wait in {queue} for longer than {OLDEST_SECONDS // 60} minutes: they are not processed, or too slowly."
    )
    oldest = _above(OLDEST_SECONDS, "AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", QueueName=queue)
    yield _MonitorAlarm("queue-age", late, oldest, _QUEUE_EMPTY)


def _functions(estate: Estate) -> Iterator[_MonitorAlarm]:
    """Errors and throttles of both functions, and timeouts of the incident function.

    The notifier uses all of its time when there is much to send. Each invocation has a value of both metrics, 0 without
    a problem: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    """
    incidents, notifier = estate.name("jira-ticket-creator"), estate.name(NOTIFIER)
    for prefix, what, name, silence in (
        ("function", "incident function", incidents, _NOT_INVOKED),
        ("notifier", "notifier", notifier, ""),
    ):
        log = f"Its log is /aws/lambda/{name}."
        fails = f"The {what} fails. {log}"
        errors = _above(0, "AWS/Lambda", "Errors", "Sum", FunctionName=name)
        yield _MonitorAlarm(f"{prefix}-errors", fails, errors, silence)
        throttled = f"The {what} is throttled: the account's concurrency limit is reached. {log}"
        throttles = _above(0, "AWS/Lambda", "Throttles", "Sum", FunctionName=name)
        yield _MonitorAlarm(f"{prefix}-throttles", throttled, throttles, silence)
    cut = f"The incident function times out after {TIMEOUT_SECONDS} seconds. Its log is /aws/lambda/{incidents}."
    slow = _above(TIMED_OUT_MS, "AWS/Lambda", "Duration", "Maximum", FunctionName=incidents)
    yield _MonitorAlarm("function-time-outs", cut, slow, _NOT_INVOKED)


def _channels(estate: Estate) -> Iterator[_MonitorAlarm]:
    """A channel that does not respond, and notifications that were given up.

    While a channel is down it is called every five minutes at most, so one sample in three periods is enough.
    """
    for channel in sorted(estate.channels, key=lambda channel: channel.name):
        of_channel = {"Environment": estate.environment, "Channel": channel.name}
        listed = f"`obsgen incidents --environment {estate.environment}` lists its pending notifications and the reason"
        down = f"The channel {channel.name} does not respond. {listed}; they are sent when it responds again."
        silent = _above(0, INCIDENTS, "ChannelDown", "Maximum", **of_channel)
        window = {"Period": 300, "EvaluationPeriods": 3, "DatapointsToAlarm": 1}
        yield _MonitorAlarm(f"{CHANNEL_PREFIX}{channel.name}-down", down, {**silent, **window}, _NOTHING_FAILED)
        lost = (
            f"The channel {channel.name} has undelivered notifications: it failed for too long, or refused them."
            f" {listed}. `obsgen redrive --environment {estate.environment} --send` tries again."
        )
        given_up = _above(0, INCIDENTS, "DeliveriesGivenUp", "Sum", **of_channel)
        # A minute later nothing new is given up, but the notifications remain lost: OK must not be reported.
        yield _MonitorAlarm(
            f"{CHANNEL_PREFIX}{channel.name}-given-up", lost, {**given_up, "OKActions": []}, _NOTHING_FAILED
        )


def _rules(estate: Estate) -> Iterator[_MonitorAlarm]:
    """Metrics of a rule on the default bus have the dimension RuleName, those of another bus also EventBusName.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
    """
    bus = {"EventBusName": estate.name("observability-bus")}
    rules: dict[str, dict[str, str]] = {"hub-forwarding-rule": {}, "incident-rule": bus, "heartbeat-rule": bus}
    rules |= dict.fromkeys(named_kinds(estate, "incident-rule"), bus)
    if not estate.audit:
        rules |= {kind: {} for kind in named_kinds(estate, "hub-forwarding-rule")}
    if estate.compliance:
        rules["finding-rule"] = bus
    rules |= dict.fromkeys(event_store_rules.names(estate), bus)
    if estate.audit:
        rules["alarm-state-change-rule"] = bus
    for rule, dimensions in sorted(rules.items()):
        name = estate.name(rule)
        dead_letters = estate.name("event-dead-letters")
        description = f"The rule {name} cannot deliver events; they are in {dead_letters}."
        failed = _above(0, "AWS/Events", "FailedInvocations", "Sum", **dimensions, RuleName=name)
        yield _MonitorAlarm(rule, description, failed, _NOT_ZERO)
        description = f"Events are lost: {name} can neither deliver them nor send them to {dead_letters}. {_REPLAY}"
        lost = _above(0, "AWS/Events", "InvocationsFailedToBeSentToDlq", "Sum", **dimensions, RuleName=name)
        yield _MonitorAlarm(f"{rule}-lost", description, lost, _NOT_ZERO)


def _above(threshold: float, namespace: str, metric: str, statistic: str, **dimensions: str) -> dict[str, Any]:
    return {
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": threshold,
        "Namespace": namespace,
        "MetricName": metric,
        "Statistic": statistic,
        "Period": 60,
        "Dimensions": [MetricDimension(Name=name, Value=value) for name, value in dimensions.items()],
    }


def _function(estate: Estate, asset: Asset) -> Iterator[Part]:
    name = estate.name(FUNCTION)
    yield dead_letter_queue("PathWatcherDeadLetters", estate.name("path-watcher-dead-letters"), PATH)
    yield log_group("PathWatcherLogGroup", name, PATH)
    statements = [
        allow(["sns:Publish"], [Ref("Topic")], sid="SendsMail"),
        allow(["sqs:SendMessage"], [GetAtt("PathWatcherDeadLetters", "Arn")], sid="LambdaDeadLetters"),
    ]
    yield role("PathWatcherRole", name, "watch", statements, PATH, environment=estate.environment)
    mail = [channel.name for channel in estate.channels if channel.type == "email"]
    yield function(
        "PathWatcherFunction",
        name,
        asset,
        PATH,
        Description="Reports failures of alarm delivery by e-mail",
        DeadLetterConfig=awslambda.DeadLetterConfig(TargetArn=GetAtt("PathWatcherDeadLetters", "Arn")),
        Environment=awslambda.Environment(Variables={"MAIL_CHANNELS": json.dumps(mail), "TOPIC_ARN": Ref("Topic")}),
    )
    yield awslambda.Permission(
        "PathWatcherPermission",
        Action="lambda:InvokeFunction",
        FunctionName=Ref("PathWatcherFunction"),
        Principal="lambda.alarms.cloudwatch.amazonaws.com",
        SourceAccount=Ref("AWS::AccountId"),
        SourceArn=Sub(
            f"arn:${{AWS::Partition}}:cloudwatch:${{AWS::Region}}:${{AWS::AccountId}}:alarm:{MONITOR_ALARM_PREFIX}*"
        ),
        Metadata=origin(PATH),
    )
    description = "Failures that the delivery monitor could not mail"
    yield Output("PathWatcherDeadLettersUrl", Description=description, Value=Ref("PathWatcherDeadLetters"))


CONCERN = Concern(hub=lambda inputs: resources(inputs.estate, inputs.assets, inputs.heartbeat_alarms))
