"""Alarms of the hub and of the members.

No alarm has an SNS action: with the AWS managed key on the topic CloudWatch could not publish to it. State changes
travel by EventBridge instead, which needs no action.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from troposphere import If, Parameter, Ref, Tags
from troposphere.cloudwatch import (
    EvaluationWindow,
    MetricDataQuery,
    MetricDimension,
    MetricStat,
    WallClockWindow,
    WarmUpConfiguration,
)
from troposphere.cloudwatch import Metric as MetricResource

from generator.blueprints import log_alarms
from generator.blueprints.anomaly_detectors import detector_id, detectors
from generator.blueprints.kit.actions import action_properties
from generator.blueprints.kit.alarm_values import AlarmValues, alarm_values
from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.event_tags import MetricAlarmResource, event_tags
from generator.blueprints.kit.member_parameters import (
    MemberParameter,
    in_region,
    member_parameters,
    region_parameters,
    regional_fields,
    values,
)
from generator.blueprints.kit.placements import alarm_condition, alarm_conditions, conditions, region_condition
from generator.blueprints.kit.promql_alarm import promql_alarm
from generator.blueprints.kit.stack import Part, origin
from generator.blueprints.kit.stack_values import stack_value
from generator.model.accounts import Side
from generator.model.alarm_description import description
from generator.model.alarms import Alarm
from generator.model.estate import Estate
from generator.model.metric_queries import MetricQuery, metric_queries
from generator.model.routing import SEVERITIES
from generator.model.signals import AnomalySignal, LocalSignal, LogSignal, Metric, PromqlSignal

_DIRECTIONS = {
    "both": "LessThanLowerOrGreaterThanUpperThreshold",
    "above": "GreaterThanUpperThreshold",
    "below": "LessThanLowerThreshold",
}
# From the value of a dimension to the text or function that the template has for it.
InTemplate = Callable[[str], Any]
SIMPLE_STATISTICS = ("Average", "Maximum", "Minimum", "SampleCount", "Sum")


def hub(estate: Estate) -> Iterator[Part]:
    """Alarms on members' metrics, seen through the links, and on the hub's own."""
    yield from detectors(estate, Side.HUB)
    yield from log_alarms.role(estate, Side.HUB)
    for alarm in estate.alarms_in(Side.HUB):
        yield _alarm(estate, alarm, {}, "")


def member(estate: Estate) -> Iterator[Part]:
    """Alarms of the member template, with parameters for values that differ and conditions for accounts that differ."""
    yield from conditions(estate)
    declared: set[str] = set()
    yield from detectors(estate, Side.MEMBERS)
    yield from log_alarms.role(estate, Side.MEMBERS)
    for alarm in estate.alarms_in(Side.MEMBERS):
        parameters = {parameter.field: parameter for parameter in member_parameters(alarm)}
        new = [parameter for parameter in parameters.values() if parameter.name not in declared]
        declared |= {parameter.name for parameter in new}
        yield from (_parameter(parameter, alarm) for parameter in new)
        yield from (_parameter(parameter, alarm) for parameter in region_parameters(alarm))
        yield from alarm_conditions(alarm, estate)
        refs = {field: Ref(parameter.name) for field, parameter in parameters.items()}
        refs |= _by_region(alarm, refs)
        yield _alarm(estate, alarm, refs, alarm_condition(alarm, estate))


def _by_region(alarm: Alarm, refs: dict[str, Any]) -> dict[str, Any]:
    """The properties that differ between Regions, chosen by the Region of the stack."""
    usual: dict[str, Any] = {**values(alarm, alarm.tuning), **refs}
    properties: dict[str, Any] = {}
    for regional in alarm.regional:
        own = in_region(alarm, regional)
        parameters = {parameter.field: Ref(parameter.name) for parameter in member_parameters(own)}
        for field in regional_fields(alarm, regional):
            value = parameters.get(field, values(own, own.tuning)[field])
            properties[field] = If(region_condition(regional.region), value, properties.get(field, usual[field]))
    return properties


def _parameter(parameter: MemberParameter, alarm: Alarm) -> Parameter:
    choices: dict[str, dict[str, Any]] = {
        "Enabled": {"AllowedValues": ["true", "false"]},
        "Severity": {"AllowedValues": list(SEVERITIES)},
    }
    allowed = choices.get(parameter.field, {})
    shared = alarm.switch and parameter.name.startswith(alarm.switch)
    description = f"{parameter.field} of {f'all alarms of {alarm.path[1]}' if shared else alarm.name}"
    return Parameter(parameter.name, Type=parameter.type, Default=parameter.default, Description=description, **allowed)


def _alarm(estate: Estate, alarm: Alarm, refs: dict[str, Any], condition_name: str) -> Part:
    settings = alarm_values({**values(alarm, alarm.tuning), **refs})
    tags = {**dict(alarm.tags), "severity": settings.severity, **({"owner": alarm.owner} if alarm.owner else {})}
    common: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmDescription": description(alarm),
        "Tags": Tags(**tags),
        "Metadata": origin(alarm.path),
        **action_properties(alarm),
        **({"Condition": condition_name} if condition_name else {}),
        **_warm_up(alarm),
        **event_tags(alarm.event_tags),
    }
    if isinstance(alarm.signal, LogSignal):
        return log_alarms.alarm(estate, alarm, alarm.signal, settings, common)
    if isinstance(alarm.signal, PromqlSignal):
        return promql_alarm(alarm, alarm.signal, common)
    return _metric_alarm(alarm, settings, common, lambda text: stack_value(text, estate, alarm.placement))


def _warm_up(alarm: Alarm) -> dict[str, Any]:
    """The warm-up, which CloudWatch ends with the first datapoint unless configured otherwise: no ALARM is delayed."""
    minutes = alarm.warm_up_minutes
    return {"WarmUpConfiguration": WarmUpConfiguration(WarmUpPeriodDurationInMinutes=minutes)} if minutes else {}


def _metric_alarm(alarm: Alarm, settings: AlarmValues, common: dict[str, Any], in_template: InTemplate) -> Part:
    comparing = settings.comparing
    if isinstance(alarm.signal, AnomalySignal):
        comparing = {"ComparisonOperator": _DIRECTIONS[alarm.signal.direction]}
    low_samples = {"EvaluateLowSampleCountPercentile": alarm.low_samples} if alarm.low_samples else {}
    return MetricAlarmResource(
        alarm.logical_id,
        **common,
        **comparing,
        **settings.evaluation,
        **low_samples,
        **_signal(alarm, settings.period, in_template),
        **_wall_clock(alarm),
        **_model(alarm),
    )


def _wall_clock(alarm: Alarm) -> dict[str, Any]:
    if not alarm.wall_clock:
        return {}
    return {"EvaluationWindow": EvaluationWindow(WallClockWindow=WallClockWindow(Timezone=alarm.wall_clock))}


def _model(alarm: Alarm) -> dict[str, Any]:
    """The detector is created first: CloudWatch would train one of its own for an alarm without one."""
    if not isinstance(alarm.signal, AnomalySignal):
        return {}
    return {"DependsOn": [detector_id(alarm.signal.metric, alarm.statistic)]}


def _signal(alarm: Alarm, period: Any, in_template: InTemplate) -> dict[str, Any]:
    if isinstance(alarm.signal, LocalSignal):
        of_metric = {**_metric(alarm.signal.metric, in_template), **_unit(alarm.signal.metric)}
        return {**of_metric, "Period": period, **_statistic(alarm.statistic)}
    # Only a metric in the list form can name its account.
    queries = metric_queries(alarm)
    properties: dict[str, Any] = {"Metrics": [_query(query, period, in_template) for query in queries]}
    if isinstance(alarm.signal, AnomalySignal):
        properties["ThresholdMetricId"] = queries[-1].id
    return properties


def _query(query: MetricQuery, period: Any, in_template: InTemplate) -> MetricDataQuery:
    if query.metric is None:
        return MetricDataQuery(
            Id=query.id,
            Expression=query.expression,
            Label=query.label,
            **({"Period": period} if query.has_period else {}),
            ReturnData=query.is_returned,
        )
    metric = MetricResource(**_metric(query.metric, in_template))
    return MetricDataQuery(
        Id=query.id,
        **({"AccountId": query.account.id} if query.account else {}),
        MetricStat=MetricStat(Metric=metric, Period=period, Stat=query.statistic, **_unit(query.metric)),
        ReturnData=query.is_returned,
    )


def _statistic(statistic: str) -> dict[str, str]:
    """Percentiles and trimmed means are in another property; CloudFormation refuses them in the wrong one."""
    return {"Statistic" if statistic in SIMPLE_STATISTICS else "ExtendedStatistic": statistic}


def _unit(metric: Metric) -> dict[str, str]:
    return {"Unit": metric.unit} if metric.unit else {}


def _metric(metric: Metric, in_template: InTemplate) -> dict[str, Any]:
    dimensions = [MetricDimension(Name=name, Value=in_template(value)) for name, value in metric.dimensions]
    return {
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        **({"Dimensions": dimensions} if dimensions else {}),
    }


CONCERN = Concern(
    hub=lambda inputs: hub(inputs.estate),
    member=lambda inputs: member(inputs.estate),
)
