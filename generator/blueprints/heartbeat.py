"""A heartbeat from every member, by the same delivery as its alarms: default bus, role, hub's bus, rule.

A member that is cut off (its stack deleted, its role denied, its rule disabled) sends no alarms, like a member without
problems. So each member sends a heartbeat every five minutes, and 15 minutes without one are an alarm.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from troposphere import Ref, Sub, events, logs
from troposphere.cloudwatch import MetricDimension, WarmUpConfiguration

from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.delivery import EVENT_LOG_POLICY, target
from generator.blueprints.kit.stack import DELETED, Part, origin
from generator.model.estate import Estate
from generator.model.incidents import MOST_HEARTBEATS, WARM_UP_MINUTES, heartbeat_log_group, heartbeats

RULE = "heartbeat-rule"
NAMESPACE = "Obsgen/Path"
METRIC = "Heartbeats"
RETENTION_DAYS = 30
# A heartbeat is sometimes late, and CloudWatch reads more periods than it evaluates: with one period of 15 minutes, an
# alarm on missing data would fire only after more than an hour.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
PERIOD_SECONDS, PERIODS = 300, 3
# A pattern has 1,024 characters, and an account needs thirty.
MOST_IN_PATTERN = 30
PATH = ("incidents",)


def member(estate: Estate) -> Iterator[Part]:
    """The rule that sends heartbeats. An event keeps its account when its target is a bus."""
    unless_hub: dict[str, Any] = {"Condition": "IsNotHub"} if estate.organizational_units else {}
    bus = estate.hub.arn("events", f"event-bus/{estate.name('observability-bus')}")
    yield events.Rule(
        "HeartbeatRule",
        Name=estate.name(RULE),
        Description="Heartbeat for the hub",
        ScheduleExpression="rate(5 minutes)",
        Targets=[target("hub-bus", bus, "ForwardingDeadLetters", "ForwardingRole")],
        Metadata=origin(PATH),
        **unless_hub,
    )


def hub(estate: Estate) -> Iterator[Part]:
    """The rule that receives heartbeats, their log group, and the metric filters that count them."""
    name = heartbeat_log_group(estate.environment)
    yield logs.LogGroup(
        "HeartbeatLogGroup", LogGroupName=name, RetentionInDays=RETENTION_DAYS, Metadata=origin(PATH), **DELETED
    )
    group = Sub(f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:{name}")
    yield events.Rule(
        "HeartbeatRule",
        Name=estate.name(RULE),
        Description="Heartbeats of the members",
        EventBusName=Ref("Bus"),
        EventPattern={
            "source": ["aws.events"],
            "detail-type": ["Scheduled Event"],
            "resources": [{"suffix": f":rule/{estate.name(RULE)}"}],
        },
        Targets=[target("heartbeat-log-group", group, "EventDeadLetters")],
        DependsOn=["HeartbeatLogGroup", EVENT_LOG_POLICY],
        Metadata=origin(PATH),
    )
    yield from _filters(estate)


def _filters(estate: Estate) -> Iterator[Part]:
    """The filters that count members with an alarm of their own, and no others: CloudWatch Logs may disable a filter
    that creates 1,000 pairs of dimensions in an hour, and then no heartbeat would be counted.
    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
    """
    ids = sorted({account.id for account, _ in heartbeats(estate.accounts, estate.regions)})
    # Without units the bus admits the named ones only, so that one filter counts them all.
    are_named = bool(estate.organizational_units)
    for first in range(0, len(ids), MOST_IN_PATTERN if are_named else MOST_HEARTBEATS):
        number = str(first // MOST_IN_PATTERN + 1) if first else ""
        accounts = (
            " || ".join(f'$.account = "{account_id}"' for account_id in ids[first : first + MOST_IN_PATTERN])
            if are_named
            else ""
        )
        yield logs.MetricFilter(
            f"HeartbeatFilter{number}",
            FilterName=estate.name(f"heartbeats-{number}" if number else "heartbeats"),
            LogGroupName=Ref("HeartbeatLogGroup"),
            FilterPattern=f'{{ $.source = "aws.events"{f" && ({accounts})" if accounts else ""} }}',
            MetricTransformations=[
                logs.MetricTransformation(
                    MetricNamespace=NAMESPACE,
                    MetricName=estate.name(METRIC),
                    MetricValue="1",
                    Dimensions=[
                        logs.Dimension(Key="Account", Value="$.account"),
                        logs.Dimension(Key="Region", Value="$.region"),
                    ],
                )
            ],
            Metadata=origin(PATH),
        )


def heartbeat_alarms(estate: Estate) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Logical ID, name, description and properties of the alarm on each member's missing heartbeat."""
    for account, region in heartbeats(estate.accounts, estate.regions):
        where = f"{account.name}-{region}" if len(estate.regions) > 1 else account.name
        description = (
            f"No heartbeat from account {account.name} ({account.id}, {region}) for "
            f"{PERIODS * PERIOD_SECONDS // 60} minutes: its alarms are not delivered. Check that its stack exists and "
            f"{estate.name(RULE)} is enabled, and read the messages of "
            f"{estate.name('alarm-forwarding-dead-letters')} in that account."
        )
        yield (
            # By the id: of names, a1-2 and a12 would become the same.
            f"Heartbeat{account.id}{region.title().replace('-', '')}",
            # The kind last: an account called `rule` would give another alarm's name, one called `alarm` an incident's.
            f"{where}-heartbeat",
            description,
            {
                "ComparisonOperator": "LessThanThreshold",
                "Threshold": 1,
                "Namespace": NAMESPACE,
                "MetricName": estate.name(METRIC),
                "Statistic": "Sum",
                "Period": PERIOD_SECONDS,
                "EvaluationPeriods": PERIODS,
                "TreatMissingData": "breaching",
                "WarmUpConfiguration": WarmUpConfiguration(WarmUpPeriodDurationInMinutes=WARM_UP_MINUTES),
                "Dimensions": [
                    MetricDimension(Name="Account", Value=account.id),
                    MetricDimension(Name="Region", Value=region),
                ],
            },
        )


CONCERN = Concern(
    hub=lambda inputs: hub(inputs.estate),
    member=lambda inputs: member(inputs.estate),
)
