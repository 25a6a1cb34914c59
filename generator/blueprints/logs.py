"""Log groups and metric filters, on the side where they are wanted.

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
    """The log groups that are ours to make, and every filter."""
    groups = {group.key: group for group in estate.log_groups if group.side is side}
    for group in groups.values():
        if group.create and not group.is_nowhere:
            yield logs.LogGroup(
                group.logical_id,
                LogGroupName=stack_value(group.name, estate, group.placement),
                RetentionInDays=group.retention_days,
                Metadata=origin(group.path),
                **created_condition_attribute(group, estate),
                **({"KmsKeyId": GetAtt(LOGS_KEY, "Arn")} if group.keyed else {}),
                **DELETED,
            )
    for counted in estate.metric_filters:
        if counted.log_group in groups and not counted.is_nowhere:
            yield _filter(counted, groups[counted.log_group], estate)


def _filter(counted: MetricFilter, group: LogGroup, estate: Estate) -> Part:
    optional: dict[str, Any] = {}
    if counted.default is not None:
        optional["DefaultValue"] = number(counted.default)
    if counted.unit:
        optional["Unit"] = counted.unit
    if counted.dimensions:
        optional["Dimensions"] = [logs.Dimension(Key=name, Value=value) for name, value in counted.dimensions]
    return logs.MetricFilter(
        counted.logical_id,
        FilterName=counted.name,
        LogGroupName=log_group_name(group, estate),
        FilterPattern=counted.pattern,
        MetricTransformations=[
            logs.MetricTransformation(
                MetricName=counted.metric.name,
                MetricNamespace=counted.metric.namespace,
                MetricValue=counted.value,
                **optional,
            )
        ],
        Metadata=origin(counted.path),
        **condition_attribute(counted.placement, estate),
    )


CONCERN = Concern(
    hub=lambda inputs: resources(inputs.estate, Side.HUB),
    member=lambda inputs: resources(inputs.estate, Side.MEMBERS),
)
