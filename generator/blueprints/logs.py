"""Log groups and metric filters of the hub and the members.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-metricfilter.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from troposphere import GetAtt, logs

from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.member_parameters import number
from generator.blueprints.kit.placements import condition_attribute, created_condition_attribute
from generator.blueprints.kit.stack import DELETED, Part, origin
from generator.blueprints.kit.stack_values import log_group_name, stack_value
from generator.model.accounts import Side
from generator.model.estate import Estate
from generator.model.logs import LOGS_KEY, LogGroup, MetricFilter


def resources(estate: Estate, side: Side) -> Iterator[Part]:
    """The log groups that obsgen creates, and every filter."""
    groups = {group.key: group for group in estate.log_groups if group.side is side}
    for group in groups.values():
        if group.create and not group.is_nowhere:
            yield logs.LogGroup(
                group.logical_id,
                LogGroupName=stack_value(group.name, estate, group.placement),
                RetentionInDays=group.retention_days,
                Metadata=origin(group.path),
                **created_condition_attribute(group, estate),
                **_key(group, estate),
                **DELETED,
            )
    for metric_filter in estate.metric_filters:
        if metric_filter.log_group in groups and not metric_filter.is_nowhere:
            yield _filter(metric_filter, groups[metric_filter.log_group], estate)


def _key(group: LogGroup, estate: Estate) -> dict[str, Any]:
    if group.key_arn:
        return {"KmsKeyId": stack_value(group.key_arn, estate, group.placement)}
    return {"KmsKeyId": GetAtt(LOGS_KEY, "Arn")} if group.keyed else {}


def _filter(metric_filter: MetricFilter, group: LogGroup, estate: Estate) -> Part:
    optional: dict[str, Any] = {}
    if metric_filter.default is not None:
        optional["DefaultValue"] = number(metric_filter.default)
    if metric_filter.unit:
        optional["Unit"] = metric_filter.unit
    if metric_filter.dimensions:
        optional["Dimensions"] = [logs.Dimension(Key=name, Value=value) for name, value in metric_filter.dimensions]
    return logs.MetricFilter(
        metric_filter.logical_id,
        FilterName=metric_filter.name,
        LogGroupName=log_group_name(group, estate),
        FilterPattern=metric_filter.pattern,
        MetricTransformations=[
            logs.MetricTransformation(
                MetricName=metric_filter.metric.name,
                MetricNamespace=metric_filter.metric.namespace,
                MetricValue=metric_filter.value,
                **optional,
            )
        ],
        Metadata=origin(metric_filter.path),
        **condition_attribute(metric_filter.placement, estate),
    )


CONCERN = Concern(
    hub=lambda inputs: resources(inputs.estate, Side.HUB),
    member=lambda inputs: resources(inputs.estate, Side.MEMBERS),
)
