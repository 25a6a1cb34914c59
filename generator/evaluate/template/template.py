"""What a template makes CloudWatch do in one account and Region: alarms, composites, metric filters, mute rules.

Any template is read, obsgen's own or another tool's. What its conditions leave out is left out. An alarm of which
something can not be known keeps its place with the reason, so that nobody takes silence for health; nothing raises.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-compositealarm.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-metricfilter.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarmmuterule.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from generator.evaluate.template.contents import (
    CompositeAlarm,
    Contents,
    Entry,
    FilterResource,
    MetricAlarm,
    MetricStat,
    MuteRuleResource,
    PromqlAlarm,
    Transformation,
)
from generator.evaluate.template.intrinsic_values import Unknown
from generator.evaluate.template.intrinsics import TemplateScope
from generator.evaluate.template.loops import LOOP, deployed_scope
from generator.evaluate.template.properties import Properties
from generator.evaluate.types import AlarmId, Deployed, MetricId

__all__ = [
    "CompositeAlarm",
    "Contents",
    "Entry",
    "MetricAlarm",
    "FilterResource",
    "MetricStat",
    "MuteRuleResource",
    "PromqlAlarm",
    "Transformation",
    "Unknown",
    "read",
]

_METRIC_ALARM = "AWS::CloudWatch::Alarm"
_COMPOSITE = "AWS::CloudWatch::CompositeAlarm"
_LOG_ALARM = "AWS::CloudWatch::LogAlarm"
_FILTER = "AWS::Logs::MetricFilter"
_MUTE_RULE = "AWS::CloudWatch::AlarmMuteRule"
_SINK = "AWS::Oam::Sink"
_ALARMS = (_METRIC_ALARM, _COMPOSITE, _LOG_ALARM)
_ONLY_ENTRY = "m1"
_PROMQL = "a PromQL query is answered by CloudWatch only; give the test its result: {alarm: …, series: …}"
_Resource: TypeAlias = MetricAlarm | CompositeAlarm | FilterResource | MuteRuleResource | PromqlAlarm
_MINUTE = 60


def read(deployed: Deployed) -> Contents:
    """All that a deployed template says of alarms. Never raises, whatever the template is."""
    scope = deployed_scope(deployed)
    resources: list[_Resource] = []
    unknown: dict[AlarmId, str] = {}
    mutes_unknown: dict[str, str] = {}
    logical_ids: dict[AlarmId, str] = {}
    left_out: dict[str, str] = {}
    for properties in _resources(scope, left_out):
        name = properties.name("Name" if properties.kind == _MUTE_RULE else "AlarmName")
        alarm = AlarmId(deployed.account, deployed.region, name)
        read_one = _one(properties, alarm)
        if isinstance(read_one, Unknown) and properties.kind == _MUTE_RULE:
            mutes_unknown[name] = f"the mute rule {name}: {read_one.reason}"
        elif isinstance(read_one, Unknown):
            unknown[alarm] = read_one.reason
            logical_ids[alarm] = properties.logical_id
        else:
            resources.append(read_one)
        if isinstance(read_one, PromqlAlarm):
            unknown[alarm] = _PROMQL
            logical_ids[alarm] = properties.logical_id
    return Contents(
        tuple(resource for resource in resources if isinstance(resource, MetricAlarm)),
        tuple(resource for resource in resources if isinstance(resource, CompositeAlarm)),
        tuple(resource for resource in resources if isinstance(resource, FilterResource)),
        tuple(resource for resource in resources if isinstance(resource, MuteRuleResource)),
        unknown,
        mutes_unknown,
        any(
            isinstance(resource, Mapping) and resource.get("Type") == _SINK
            for resource in scope.section("Resources").values()
        ),
        logical_ids,
        left_out,
        tuple(resource for resource in resources if isinstance(resource, PromqlAlarm)),
    )


def _resources(scope: TemplateScope, left_out: dict[str, str]) -> Iterator[Properties]:
    """The resources that matter here and are not left out, in the order of the template. left_out: gets the others."""
    for key, resource in scope.section("Resources").items():
        logical_id = str(key)
        if logical_id.startswith(LOOP):
            faults = [resource.reason] if isinstance(resource, Unknown) else []
            yield Properties(scope, logical_id, LOOP, {}, faults=faults)
        if not isinstance(resource, Mapping) or resource.get("Type") not in (*_ALARMS, _FILTER, _MUTE_RULE):
            continue
        is_on = scope.is_on(resource["Condition"]) if "Condition" in resource else True
        written = resource.get("Properties")
        properties = Properties(
            scope, logical_id, str(resource["Type"]), written if isinstance(written, Mapping) else {}
        )
        if is_on is False:
            left_out |= dict.fromkeys((logical_id, properties.name("AlarmName")), str(resource["Condition"]))
            continue
        if isinstance(is_on, Unknown):
            properties.fault("Condition", is_on.reason)
        if isinstance(written, Unknown):
            properties.fault("Properties", written.reason)
        yield properties


def _one(properties: Properties, alarm: AlarmId) -> _Resource | Unknown:
    match properties.kind:
        case "AWS::Logs::MetricFilter":
            return _filter(properties, alarm)
        case "AWS::CloudWatch::AlarmMuteRule":
            readable: _Resource = _mute_rule(properties, alarm)
        case "AWS::CloudWatch::CompositeAlarm":
            readable = _composite(properties, alarm)
        case "AWS::CloudWatch::Alarm" if "EvaluationCriteria" in properties.given:
            readable = _promql_alarm(properties, alarm)
        case "AWS::CloudWatch::Alarm":
            readable = _metric_alarm(properties, alarm)
        case "AWS::CloudWatch::LogAlarm":
            return Unknown("a Logs Insights query is answered by CloudWatch Logs only")
        case _:
            return Unknown("; ".join(properties.faults) or "a loop grows beyond what a template may have")
    return Unknown("; ".join(properties.faults)) if properties.faults else readable


def _metric_alarm(properties: Properties, alarm: AlarmId) -> MetricAlarm:
    metrics = properties.list("Metrics")
    entries = tuple(_entry(metric, alarm) for metric in metrics) if metrics else (_single(properties, alarm),)
    threshold_id = properties.text("ThresholdMetricId", "")
    periods = properties.count("EvaluationPeriods")
    warm_up = properties.part("WarmUpConfiguration")
    wall_clock = properties.part("EvaluationWindow").part("WallClockWindow")
    return MetricAlarm(
        alarm,
        properties.logical_id,
        entries,
        properties.text("ComparisonOperator"),
        None if threshold_id else properties.number("Threshold"),
        periods,
        properties.count("DatapointsToAlarm", periods),
        threshold_id,
        properties.text("TreatMissingData", _missing_by_default(entries)),
        properties.text("EvaluateLowSampleCountPercentile", "evaluate") == "ignore",
        properties.flag("ActionsEnabled", True),
        wall_clock.text("Timezone", "UTC") if wall_clock.is_there else None,
        warm_up.count("WarmUpPeriodDurationInMinutes") * _MINUTE if warm_up.is_there else 0,
        warm_up.flag("OnlyStartEvaluatingAfterWarmUpPeriodEnds", False),
    )


def _promql_alarm(properties: Properties, alarm: AlarmId) -> PromqlAlarm:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-promql.html"""
    criteria = properties.part("EvaluationCriteria").part("PromQLCriteria")
    pending, recovery = (criteria.count(name, 0) for name in ("PendingPeriod", "RecoveryPeriod"))
    return PromqlAlarm(alarm, properties.logical_id, pending, recovery, properties.count("EvaluationInterval"))


def _missing_by_default(entries: Iterable[Entry]) -> str:
    """DynamoDB publishes nothing where nothing happens, and so CloudWatch keeps the state of alarms on it.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    """
    is_of_dynamodb = any(entry.stat and entry.stat.metric.namespace == "AWS/DynamoDB" for entry in entries)
    return "ignore" if is_of_dynamodb else "missing"


def _single(properties: Properties, alarm: AlarmId) -> Entry:
    """The entry of an alarm that names its metric beside its other properties."""
    statistic = properties.text("ExtendedStatistic", "") or properties.text("Statistic")
    return Entry(_ONLY_ENTRY, _stat(properties, properties, alarm, statistic, ""))


def _entry(properties: Properties, alarm: AlarmId) -> Entry:
    key = properties.text("Id")
    is_returned = properties.flag("ReturnData", True)
    stat = properties.part("MetricStat")
    if stat.is_there:
        account = properties.text("AccountId", "")
        of = stat.part("Metric")
        return Entry(key, _stat(stat, of, alarm, stat.text("Stat"), account), is_returned=is_returned)
    period = properties.count("Period", 0)
    return Entry(key, None, properties.text("Expression"), period or None, is_returned)


def _stat(stat: Properties, of: Properties, alarm: AlarmId, statistic: str, account: str) -> MetricStat:
    dimensions = sorted((dimension.text("Name"), dimension.text("Value")) for dimension in of.list("Dimensions"))
    names = of.text("Namespace"), of.text("MetricName")
    metric = MetricId(account or alarm.account, alarm.region, *names, tuple(dimensions))
    return MetricStat(metric, statistic, stat.count("Period"), stat.text("Unit", ""))


def _composite(properties: Properties, alarm: AlarmId) -> CompositeAlarm:
    if properties.text("ActionsSuppressor", ""):
        # PutCompositeAlarm wants both beside a suppressor.
        for period in ("ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod"):
            properties.text(period)
    return CompositeAlarm(
        alarm,
        properties.logical_id,
        properties.text("AlarmRule"),
        properties.text("ActionsSuppressor", ""),
        properties.count("ActionsSuppressorWaitPeriod", 0),
        properties.count("ActionsSuppressorExtensionPeriod", 0),
        properties.flag("ActionsEnabled", True),
    )


def _filter(properties: Properties, alarm: AlarmId) -> FilterResource:
    transformations = tuple(
        _transformation(transformation) for transformation in properties.list("MetricTransformations")
    )
    log_group, pattern = properties.text("LogGroupName"), properties.text("FilterPattern", "")
    for unusual in ("FieldSelectionCriteria", "EmitSystemFieldDimensions"):
        if properties.list_or_text(unusual):
            properties.fault(unusual, "it is about centralised log groups")
    if properties.flag("ApplyOnTransformedLogs", False):
        properties.fault("ApplyOnTransformedLogs", "lines are transformed by CloudWatch Logs only")
    fields = (properties.logical_id, log_group, pattern, transformations, "; ".join(properties.faults))
    return FilterResource(alarm.account, alarm.region, *fields)


def _transformation(properties: Properties) -> Transformation:
    dimensions = sorted((dimension.text("Key"), dimension.text("Value")) for dimension in properties.list("Dimensions"))
    return Transformation(
        properties.text("MetricNamespace"),
        properties.text("MetricName"),
        properties.text("MetricValue"),
        properties.number("DefaultValue") if "DefaultValue" in properties.given else None,
        tuple(dimensions),
        properties.text("Unit", "None"),
    )


def _mute_rule(properties: Properties, alarm: AlarmId) -> MuteRuleResource:
    schedule = properties.part("Rule").part("Schedule")
    return MuteRuleResource(
        alarm.account,
        alarm.region,
        alarm.name,
        schedule.text("Expression"),
        schedule.text("Duration"),
        schedule.text("Timezone", "UTC"),
        properties.text("StartDate", ""),
        properties.text("ExpireDate", ""),
        properties.part("MuteTargets").texts("AlarmNames"),
    )
