"""Alarms of the hub and of the members.

No alarm has an SNS action: with the AWS managed key on the topic CloudWatch could not publish to it. State changes
travel by EventBridge instead, which needs no action.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, assert_never

from troposphere import If, Parameter, Ref, Tags
from troposphere.cloudwatch import Alarm as AlarmResource
from troposphere.cloudwatch import Metric as MetricResource
from troposphere.cloudwatch import MetricDataQuery, MetricDimension, MetricStat, WarmUpConfiguration

from generator.blueprints import log_alarms
from generator.blueprints.anomaly_detectors import detector_id, detectors
from generator.blueprints.kit.actions import action_properties
from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.member_parameters import (
    MemberParameter,
    in_region,
    member_parameters,
    number,
    region_parameters,
    regional_fields,
    values,
)
from generator.blueprints.kit.placements import alarm_condition, alarm_conditions, conditions, region_condition
from generator.blueprints.kit.stack import Part, origin
from generator.blueprints.kit.stack_values import stack_value
from generator.model.accounts import Account, Side
from generator.model.alarm_description import description
from generator.model.alarms import Alarm
from generator.model.estate import Estate
from generator.model.routing import SEVERITIES
from generator.model.signals import (
    AccountSignal,
    AnomalySignal,
    FleetSignal,
    LocalSignal,
    LogSignal,
    MathSignal,
    Metric,
    QuerySignal,
)

_BAND = "band"
_DIRECTIONS = {
    "both": "LessThanLowerOrGreaterThanUpperThreshold",
    "above": "GreaterThanUpperThreshold",
    "below": "LessThanLowerThreshold",
}
# A value of a dimension, as the template has it.
InTemplate = Callable[[str], Any]
SIMPLE_STATISTICS = ("Average", "Maximum", "Minimum", "SampleCount", "Sum")


def hub(estate: Estate) -> Iterator[Part]:
    """Alarms on members' metrics, seen through the links, and on the hub's own."""
    yield from detectors(estate, Side.HUB)
    yield from log_alarms.role(estate, Side.HUB)
    for alarm in estate.alarms_in(Side.HUB):
        yield _alarm(estate, alarm, {}, "")


def member(estate: Estate) -> Iterator[Part]:
    """Alarms in every account, with parameters for what differs and conditions for who has them."""
    yield from conditions(estate)
    given: set[str] = set()
    yield from detectors(estate, Side.MEMBERS)
    yield from log_alarms.role(estate, Side.MEMBERS)
    for alarm in estate.alarms_in(Side.MEMBERS):
        parameters = {parameter.field: parameter for parameter in member_parameters(alarm)}
        new = [parameter for parameter in parameters.values() if parameter.name not in given]
        given |= {parameter.name for parameter in new}
        yield from (_parameter(parameter, alarm) for parameter in new)
        yield from (_parameter(parameter, alarm) for parameter in region_parameters(alarm))
        yield from alarm_conditions(alarm, estate)
        refs = {field: Ref(parameter.name) for field, parameter in parameters.items()}
        refs |= _by_region(alarm, refs)
        yield _alarm(estate, alarm, refs, alarm_condition(alarm, estate))


def _by_region(alarm: Alarm, refs: dict[str, Any]) -> dict[str, Any]:
    """The properties that differ from Region to Region, decided by the stack's own."""
    usual: dict[str, Any] = {**values(alarm, alarm.tuning), **refs}
    made: dict[str, Any] = {}
    for one in alarm.regional:
        own = in_region(alarm, one)
        parameters = {parameter.field: Ref(parameter.name) for parameter in member_parameters(own)}
        for field in regional_fields(alarm, one):
            here = parameters.get(field, values(own, own.tuning)[field])
            made[field] = If(region_condition(one.region), here, made.get(field, usual[field]))
    return made


def _parameter(parameter: MemberParameter, alarm: Alarm) -> Parameter:
    choices: dict[str, dict[str, Any]] = {
        "Enabled": {"AllowedValues": ["true", "false"]},
        "Severity": {"AllowedValues": list(SEVERITIES)},
    }
    allowed = choices.get(parameter.field, {})
    shared = alarm.switch and parameter.name.startswith(alarm.switch)
    description = f"{parameter.field} of {f'all alarms of {alarm.path[1]}' if shared else alarm.name}"
    return Parameter(parameter.name, Type=parameter.type, Default=parameter.default, Description=description, **allowed)


def _alarm(estate: Estate, alarm: Alarm, refs: dict[str, Any], where: str) -> Part:
    value: dict[str, Any] = {**values(alarm, alarm.tuning), **refs}
    severity = value.pop("Severity")
    value.pop("Enabled")
    tags = {**dict(alarm.tags), "severity": severity, **({"owner": alarm.owner} if alarm.owner else {})}
    about: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmDescription": description(alarm),
        "Tags": Tags(**tags),
        "Metadata": origin(alarm.path),
        **action_properties(alarm.actions),
        **({"Condition": where} if where else {}),
        **_warm_up(alarm),
    }
    if isinstance(alarm.signal, LogSignal):
        return log_alarms.alarm(estate, alarm, alarm.signal, value, about)
    return _metric_alarm(alarm, value, about, lambda text: stack_value(text, estate, alarm.placement))


def _warm_up(alarm: Alarm) -> dict[str, Any]:
    """It ends as soon as there is data, as CloudWatch has it unless told otherwise: no trouble is kept back."""
    minutes = alarm.warm_up_minutes
    return {"WarmUpConfiguration": WarmUpConfiguration(WarmUpPeriodDurationInMinutes=minutes)} if minutes else {}


def _metric_alarm(alarm: Alarm, value: dict[str, Any], about: dict[str, Any], written: InTemplate) -> Part:
    period = value.pop("Period")
    if isinstance(alarm.signal, AnomalySignal):
        value.pop("Threshold")
        value["ComparisonOperator"] = _DIRECTIONS[alarm.signal.direction]
    if alarm.low_samples:
        value["EvaluateLowSampleCountPercentile"] = alarm.low_samples
    return AlarmResource(alarm.logical_id, **about, **value, **_signal(alarm, period, written), **_model(alarm))


def _model(alarm: Alarm) -> dict[str, Any]:
    """Its model first, or CloudWatch would begin one of its own."""
    if not isinstance(alarm.signal, AnomalySignal):
        return {}
    return {"DependsOn": [detector_id(alarm.signal.metric, alarm.statistic)]}


def _signal(alarm: Alarm, period: Any, written: InTemplate) -> dict[str, Any]:
    def queried(
        name: str, metric: Metric, statistic: str, account: Account | None = None, *, returned: bool = False
    ) -> MetricDataQuery:
        return MetricDataQuery(
            Id=name,
            **({"AccountId": account.id} if account else {}),
            MetricStat=MetricStat(Metric=MetricResource(**_metric(metric, written)), Period=period, Stat=statistic),
            ReturnData=returned,
        )

    match alarm.signal:
        case LocalSignal(metric):
            return {**_metric(metric, written), "Period": period, **_statistic(alarm.statistic)}
        case AccountSignal(metric, account):
            # Only a metric in the list form can name the account it is of.
            return {"Metrics": [queried("m1", metric, alarm.statistic, account, returned=True)]}
        case QuerySignal(query) | FleetSignal(query=query) if query:
            found = MetricDataQuery(Id="q1", Expression=query, Label=alarm.key, Period=period, ReturnData=True)
            return {"Metrics": [found]}
        case FleetSignal(metric, accounts, combine):
            ids = [f"m{index}" for index in range(1, len(accounts) + 1)]
            queries = [
                queried(name, metric, alarm.statistic, account) for name, account in zip(ids, accounts, strict=True)
            ]
            combined = f"{combine}([{', '.join(ids)}])"
            label = f"{metric.name} over {len(accounts)} accounts"
            expression = MetricDataQuery(Id="all", Expression=combined, Label=label, ReturnData=True)
            return {"Metrics": [expression, *queries]}
        case MathSignal(_, operands, _, title) as math:
            label = title or alarm.summary or alarm.key
            watched = MetricDataQuery(Id=math.id, Expression=math.formula, Label=label, ReturnData=True)
            return {
                "Metrics": [watched, *(queried(one.id, one.metric, one.statistic, one.account) for one in operands)]
            }
        case AnomalySignal(metric, band, _):
            measured = queried("m1", metric, alarm.statistic, returned=True)
            expected = f"ANOMALY_DETECTION_BAND(m1, {number(band)})"
            return {
                "Metrics": [
                    measured,
                    MetricDataQuery(Id=_BAND, Expression=expected, Label="expected", ReturnData=True),
                ],
                "ThresholdMetricId": _BAND,
            }
        case LogSignal() | QuerySignal():
            raise AssertionError("a query over logs is no metric, and an empty query none at all")
        case _:
            assert_never(alarm.signal)


def _statistic(statistic: str) -> dict[str, str]:
    """Percentiles and trimmed means go by another property; in the wrong one CloudFormation refuses them."""
    return {"Statistic" if statistic in SIMPLE_STATISTICS else "ExtendedStatistic": statistic}


def _metric(metric: Metric, written: InTemplate) -> dict[str, Any]:
    dimensions = [MetricDimension(Name=name, Value=written(value)) for name, value in metric.dimensions]
    return {
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        **({"Dimensions": dimensions} if dimensions else {}),
    }


CONCERN = Concern(
    hub=lambda inputs: hub(inputs.estate),
    member=lambda inputs: member(inputs.estate),
)
