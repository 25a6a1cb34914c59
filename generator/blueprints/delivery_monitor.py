"""The path of the alarms watches itself, and tells by a second way that shares nothing with the first but the topic.

An alarm whose action is a function needs no bus, no queue and no incident function; and a function may publish to the
topic, where CloudWatch itself may not.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html

Silence breaches where something runs by the clock: each member gives a sign of life (heartbeat.py), and the notifier is
called every minute. Such an alarm warms up first, since it may be there before its first data. All else is counted only
while it happens, so that no data is good there; each of those says why.
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

FUNCTION = "path-watcher"
HANDLER = "handlers.watch.app.handler"
# An invocation of the incident function that takes all of its time is one that was cut off.
TIMED_OUT_MS = 1000 * TIMEOUT_SECONDS - 100
OLDEST_SECONDS = 900
NOTIFIER = "incident-notifier"
# The namespace of the functions' own metrics: handlers/incident/meter.py.
INCIDENTS = "Obsgen/Incidents"
CHANNEL_PREFIX = "channel-"
PATH = ("incidents",)
NOTIFIER_WARM_UP_MINUTES = 15
_REPLAY = "Mend the queue's policy, then replay from the archive."
# The incident function is called when an alarm changes its state, which may be never.
_NOT_CALLED = "Lambda counts calls, and the incident function is called only where an alarm changes its state"
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
_UNUSED = "SQS publishes nothing of a queue that nobody has used for six hours, as one without dead letters"
_EMPTY = "SQS reports the age of the oldest message only while there is a message"
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
_NOT_ZERO = "EventBridge sends this metric only if it is not zero"
_NOTHING_FAILED = "the notifier counts it only where a channel fails; notifier-silent is the alarm on its own silence"
# Of what runs every minute no data breaches. The alarm is made after what makes the notifier work, waits for its first
# data, and is deleted before, so that it mails about neither.
_CALLED_EACH_MINUTE: dict[str, Any] = {
    "TreatMissingData": "breaching",
    "WarmUpConfiguration": WarmUpConfiguration(WarmUpPeriodDurationInMinutes=NOTIFIER_WARM_UP_MINUTES),
    "DependsOn": ["NotifierSchedule", "WakeUpQueueToNotifier"],
}

HeartbeatAlarm = tuple[str, str, str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _MonitorAlarm:
    """An alarm of the path. name: without prefix and environment. description: what it means, for whoever is told.

    metric: what is looked at, and when it fires. silence: why no data is good; empty where no data breaches.
    """

    name: str
    description: str
    metric: dict[str, Any]
    silence: str


def resources(estate: Estate, assets: Mapping[str, Asset], silences: Iterable[HeartbeatAlarm]) -> Iterator[Part]:
    """The watcher, who may invoke it, and the alarms on everything between an alarm and a ticket.

    silences: logical id, name, description and condition of further alarms, on what must not be silent.
    """
    yield from _function(estate, assets[FUNCTION])
    for monitored in _monitor_alarms(estate):
        missing = {"TreatMissingData": "notBreaching"} if monitored.silence else _CALLED_EACH_MINUTE
        yield _alarm(
            estate, _title(monitored.name), monitored.name, monitored.description, **missing, **monitored.metric
        )
    for title, name, description, metric in silences:
        yield _alarm(estate, title, name, description, **metric)


def missing_data_reasons(estate: Estate) -> list[MissingDataReason]:
    """Of each alarm that no data does not raise, why; the catalogue lists them."""
    return [
        MissingDataReason(
            estate.name(f"{MONITOR_ALARM_PREFIX}{monitored.name}"), (), "not-breaching", monitored.silence, "obsgen"
        )
        for monitored in _monitor_alarms(estate)
        if monitored.silence
    ]


def _monitor_alarms(estate: Estate) -> Iterator[_MonitorAlarm]:
    yield from _queues(estate)
    yield from _functions(estate)
    yield from _rules(estate)
    yield from _channels(estate)
    yield _notifier_silent(estate)


def _title(name: str) -> str:
    """The logical id. A channel's name may hold anything between its hyphens, so that its digest tells it apart."""
    words = "".join(word.capitalize() for word in name.split("-"))
    return f"PathWatch{words}{hashlib.sha256(name.encode()).hexdigest()[:6] if name.startswith(CHANNEL_PREFIX) else ''}"


def _alarm(estate: Estate, title: str, name: str, description: str, **metric: Any) -> Part:
    """An alarm of the path itself: told by the watcher, and named so that the incident rule leaves it alone."""
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
    """The dead man's switch: whatever keeps the notifier from its work, its sign of life is missing then."""
    description = (
        f"The notifier has not looked at what is owed for three minutes: nothing is sent to anybody. Is"
        f" {estate.name('notifier-schedule')} on? The log is /aws/lambda/{estate.name(NOTIFIER)}."
    )
    metric = _above(0, INCIDENTS, "Ticks", "Sum", Environment=estate.environment)
    never = {"ComparisonOperator": "LessThanThreshold", "Threshold": 1, "EvaluationPeriods": 3}
    return _MonitorAlarm("notifier-silent", description, {**metric, **never}, "")


def _queues(estate: Estate) -> Iterator[_MonitorAlarm]:
    redrive = f"Look with `obsgen redrive --environment {estate.environment}`, mend the cause, and send it back."
    for queue, what in (
        ("incident-dead-letters", f"Alarms that the incident function could not handle. {redrive}"),
        ("event-dead-letters", f"Events that a rule of the hub could not deliver. {redrive}"),
        ("mail-dead-letters", "Mails that SNS could not hand over. Is every subscription's address still there?"),
    ):
        metric = _above(0, "AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", QueueName=estate.name(queue))
        yield _MonitorAlarm(queue, what, metric, _UNUSED)
    queue = estate.name("incident-queue")
    late = f"Alarms wait in {queue} for longer than {OLDEST_SECONDS // 60} minutes: nobody, or too few, take them out."
    oldest = _above(OLDEST_SECONDS, "AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", QueueName=queue)
    yield _MonitorAlarm("queue-age", late, oldest, _EMPTY)


def _functions(estate: Estate) -> Iterator[_MonitorAlarm]:
    """Errors and throttles of both functions; and a decision that takes all of its time is one that was cut off.

    The notifier uses its time up whenever there is much to send. Each call has a value of both metrics, 0 where all is
    well: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    """
    incidents, notifier = estate.name("jira-ticket-creator"), estate.name(NOTIFIER)
    for prefix, what, name, silence in (
        ("function", "incident function", incidents, _NOT_CALLED),
        ("notifier", "notifier", notifier, ""),
    ):
        log = f"Its log is /aws/lambda/{name}."
        fails = f"The {what} fails. {log}"
        errors = _above(0, "AWS/Lambda", "Errors", "Sum", FunctionName=name)
        yield _MonitorAlarm(f"{prefix}-errors", fails, errors, silence)
        throttled = f"The {what} is throttled: the account's concurrency is used up. {log}"
        throttles = _above(0, "AWS/Lambda", "Throttles", "Sum", FunctionName=name)
        yield _MonitorAlarm(f"{prefix}-throttles", throttled, throttles, silence)
    cut = (
        f"The incident function takes all of its {TIMEOUT_SECONDS} seconds, and is cut off."
        f" Its log is /aws/lambda/{incidents}."
    )
    slow = _above(TIMED_OUT_MS, "AWS/Lambda", "Duration", "Maximum", FunctionName=incidents)
    yield _MonitorAlarm("function-time-outs", cut, slow, _NOT_CALLED)


def _channels(estate: Estate) -> Iterator[_MonitorAlarm]:
    """A channel that does not answer, and what it was owed and will not get.

    While a channel is down it is called every five minutes at most, so one sample of three periods is enough.
    """
    for channel in sorted(estate.channels, key=lambda each_channel: each_channel.name):
        of_channel = {"Environment": estate.environment, "Channel": channel.name}
        listed = f"`obsgen incidents --environment {estate.environment}` says what it is owed and why"
        down = f"The channel {channel.name} does not answer. {listed}; it is sent when the channel answers again."
        silent = _above(0, INCIDENTS, "ChannelDown", "Maximum", **of_channel)
        window = {"Period": 300, "EvaluationPeriods": 3, "DatapointsToAlarm": 1}
        yield _MonitorAlarm(f"{CHANNEL_PREFIX}{channel.name}-down", down, {**silent, **window}, _NOTHING_FAILED)
        lost = (
            f"The channel {channel.name} was not sent everything: it was silent for too long, or refused it. {listed}."
            f" `obsgen redrive --environment {estate.environment} --send` tries again."
        )
        given_up = _above(0, INCIDENTS, "DeliveriesGivenUp", "Sum", **of_channel)
        # A minute later nothing new is given up, and what was lost stays lost: no mail says that all is well.
        yield _MonitorAlarm(
            f"{CHANNEL_PREFIX}{channel.name}-given-up", lost, {**given_up, "OKActions": []}, _NOTHING_FAILED
        )


def _rules(estate: Estate) -> Iterator[_MonitorAlarm]:
    """Metrics of a rule on the default bus go by the rule's name alone, those of any other bus by both.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
    """
    bus = {"EventBusName": estate.name("observability-bus")}
    rules: dict[str, dict[str, str]] = {"hub-forwarding-rule": {}, "incident-rule": bus, "heartbeat-rule": bus}
    if estate.compliance:
        rules["finding-rule"] = bus
    rules |= dict.fromkeys(event_store_rules.names(estate), bus)
    if estate.audit:
        rules["alarm-state-change-rule"] = bus
    for rule, dimensions in sorted(rules.items()):
        name = estate.name(rule)
        dead_letters = estate.name("event-dead-letters")
        description = f"The rule {name} cannot deliver; what it could not lies in {dead_letters}."
        failed = _above(0, "AWS/Events", "FailedInvocations", "Sum", **dimensions, RuleName=name)
        yield _MonitorAlarm(rule, description, failed, _NOT_ZERO)
        description = f"Events are lost: {name} can neither deliver them nor leave them in {dead_letters}. {_REPLAY}"
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
        Description="Mails when the path of the alarms is broken",
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
    description = "What the path watcher could not mail"
    yield Output("PathWatcherDeadLettersUrl", Description=description, Value=Ref("PathWatcherDeadLetters"))


CONCERN = Concern(hub=lambda inputs: resources(inputs.estate, inputs.assets, inputs.heartbeat_alarms))
