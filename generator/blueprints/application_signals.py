"""SLOs of CloudWatch Application Signals, on the requests that objectives count.

CloudFormation has no period for an expression; the metrics in it have one, which is enough:
https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2372
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-applicationsignals-servicelevelobjective.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from troposphere import Tags
from troposphere.applicationsignals import (
    BurnRateConfiguration,
    Dimension,
    Goal,
    Interval,
    Metric,
    MetricDataQuery,
    MetricStat,
    MonitoredRequestCountMetric,
    RequestBasedSli,
    RequestBasedSliMetric,
    RollingInterval,
    ServiceLevelObjective,
)

from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.placements import alarm_condition
from generator.blueprints.kit.stack import Part, origin
from generator.blueprints.kit.stack_values import stack_value
from generator.model.accounts import Side
from generator.model.alarms import Alarm
from generator.model.estate import Estate
from generator.model.objectives import EventCounts, Objective, SignalsObjective
from generator.model.signals import Operand, free_id

# Seconds of a point that requests are added up in; metrics of AWS have a value each minute.
PERIOD = 60
_UNITS = ((86_400, "DAY"), (3_600, "HOUR"), (60, "MINUTE"))


def resources(estate: Estate, side: Side) -> Iterator[Part]:
    """The SLOs of one side, each where the alarms of its objective are."""
    for objective in estate.objectives:
        alarm = next((alarm for alarm in estate.alarms_in(side) if alarm.objective == objective.key), None)
        if objective.signals and alarm:
            yield _slo(objective, objective.signals, alarm, estate)


def _slo(objective: Objective, signals: SignalsObjective, alarm: Alarm, estate: Estate) -> Part:
    condition = alarm_condition(alarm, estate) if alarm.side is Side.MEMBERS else ""
    length, unit = next((size, unit) for size, unit in _UNITS if objective.window % size == 0)
    monitored = "BadCountMetric" if objective.counts_bad else "GoodCountMetric"
    return ServiceLevelObjective(
        signals.logical_id,
        Name=signals.name,
        Description=objective.title,
        Goal=Goal(
            AttainmentGoal=objective.percent,
            Interval=Interval(RollingInterval=RollingInterval(Duration=objective.window // length, DurationUnit=unit)),
        ),
        RequestBasedSli=RequestBasedSli(
            RequestBasedSliMetric=RequestBasedSliMetric(
                TotalRequestCountMetric=_queries(signals.total, alarm, estate),
                MonitoredRequestCountMetric=MonitoredRequestCountMetric(
                    **{monitored: _queries(signals.events, alarm, estate)}
                ),
            )
        ),
        BurnRateConfigurations=[BurnRateConfiguration(LookBackWindowMinutes=minutes) for minutes in signals.look_backs],
        **({"Tags": Tags(owner=alarm.owner)} if alarm.owner else {}),
        Metadata=origin(objective.path),
        **({"Condition": condition} if condition else {}),
    )


def _queries(counts: EventCounts, alarm: Alarm, estate: Estate) -> list[MetricDataQuery]:
    """The metrics, and the expression over them, which alone is returned."""
    is_returned = not counts.expression
    queries = [_metric(operand, alarm, estate, is_returned) for operand in counts.operands]
    if counts.expression:
        id_ = free_id("e1", [operand.id for operand in counts.operands])
        queries.append(MetricDataQuery(Id=id_, Expression=counts.expression, ReturnData=True))
    return queries


def _metric(operand: Operand, alarm: Alarm, estate: Estate, is_returned: bool) -> MetricDataQuery:
    metric = operand.metric
    dimensions = [
        Dimension(Name=name, Value=stack_value(value, estate, alarm.placement)) for name, value in metric.dimensions
    ]
    own: dict[str, Any] = {"Dimensions": dimensions} if dimensions else {}
    return MetricDataQuery(
        Id=operand.id,
        **({"AccountId": operand.account.id} if operand.account else {}),
        MetricStat=MetricStat(
            Metric=Metric(Namespace=metric.namespace, MetricName=metric.name, **own),
            Period=PERIOD,
            Stat=operand.statistic,
            **({"Unit": metric.unit} if metric.unit else {}),
        ),
        ReturnData=is_returned,
    )


CONCERN = Concern(
    hub=lambda inputs: resources(inputs.estate, Side.HUB),
    member=lambda inputs: resources(inputs.estate, Side.MEMBERS),
)
