"""The models behind alarms on anomalies. CloudWatch would train one by itself, and leave it behind with the stack gone.

There is one of each metric and statistic, however many alarms look at it.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-anomalydetector.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence

from troposphere.cloudwatch import AnomalyDetector, MetricDimension, SingleMetricAnomalyDetector

from generator.blueprints.kit.placements import alarm_condition
from generator.blueprints.kit.stack import Part, origin
from generator.blueprints.kit.stack_values import stack_value
from generator.model.accounts import Side
from generator.model.alarms import Alarm
from generator.model.estate import Estate
from generator.model.signals import AnomalySignal, Metric


def detectors(estate: Estate, side: Side) -> Iterator[Part]:
    """A model for each metric of a side that is expected to be something."""
    alarms: dict[str, list[Alarm]] = {}
    for alarm in estate.alarms_in(side):
        if isinstance(alarm.signal, AnomalySignal):
            alarms.setdefault(detector_id(alarm.signal.metric, alarm.statistic), []).append(alarm)
    for title, alarms_of_it in alarms.items():
        yield _detector(title, alarms_of_it[0], estate, _shared_condition(alarms_of_it, estate))


def _shared_condition(alarms_of_it: Sequence[Alarm], estate: Estate) -> dict[str, str]:
    """That of its alarms, where all of them are placed alike."""
    names = {alarm_condition(alarm, estate) if alarm.placement else "" for alarm in alarms_of_it}
    (name,) = names if len(names) == 1 else ("",)
    return {"Condition": name} if name else {}


def _detector(title: str, alarm: Alarm, estate: Estate, where: dict[str, str]) -> AnomalyDetector:
    (measured,) = alarm.measured()
    metric = measured.metric
    dimensions = [MetricDimension(Name=name, Value=stack_value(value, estate)) for name, value in metric.dimensions]
    return AnomalyDetector(
        title,
        SingleMetricAnomalyDetector=SingleMetricAnomalyDetector(
            Namespace=metric.namespace,
            MetricName=metric.name,
            Stat=alarm.statistic,
            **({"Dimensions": dimensions} if dimensions else {}),
        ),
        Metadata=origin(alarm.path),
        **where,
    )


def detector_id(metric: Metric, statistic: str) -> str:
    """Of what it is a model of: under another id CloudFormation would make it anew, and delete it after that."""
    identity = json.dumps([*metric.row(), statistic])
    return f"AnomalyDetector{hashlib.sha256(identity.encode()).hexdigest()[:12].upper()}"
