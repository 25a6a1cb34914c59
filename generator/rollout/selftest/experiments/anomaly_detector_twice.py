"""An anomaly detector beside the one that an alarm has created."""

from __future__ import annotations

from typing import Any

from generator.rollout.selftest.alarms import PUT_ALARM
from generator.rollout.selftest.context import SelftestContext, is_judgement
from generator.rollout.selftest.types import CallRefused, Experiment, ExperimentSteps


def run(context: SelftestContext) -> ExperimentSteps:
    """An alarm on a band, then a detector of the same metric."""
    metric = {"Namespace": context.name("anomaly"), "MetricName": "Values"}
    band = [
        {"Id": "m1", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Average"}, "ReturnData": True},
        {"Id": "band", "Expression": "ANOMALY_DETECTION_BAND(m1, 2)", "ReturnData": True},
    ]
    context.create(
        "put_metric_alarm",
        "anomaly",
        Metrics=band,
        ThresholdMetricId="band",
        EvaluationPeriods=1,
        ComparisonOperator="GreaterThanUpperThreshold",
        ActionsEnabled=False,
    )
    yield 20.0
    context.note("detectors of the alarm", _detectors(context, metric))
    try:
        context.create_detector("anomaly", "Values", "Average")
        context.note("second detector", {"accepted": True})
    except CallRefused as error:
        if not is_judgement(error):
            raise
        context.note("second detector", {"accepted": False, "code": error.code, "message": error.message})
        context.expect(False)
    context.note("detectors", _detectors(context, metric))


def _detectors(context: SelftestContext, metric: dict[str, str]) -> list[Any]:
    answer = context.call("cloudwatch", "describe_anomaly_detectors", Namespace=metric["Namespace"])
    return list(answer.get("AnomalyDetectors", ()))


EXPERIMENT = Experiment(
    name="anomaly-detector-twice",
    title="Two anomaly detectors of a metric",
    doubt="an anomaly detector beside one that CloudWatch has created itself",
    question="Does PutAnomalyDetector succeed where an alarm has created a detector of the same metric?",
    expected="It succeeds and configures the existing detector.",
    otherwise="Detectors are created before alarms, or deleted first.",
    actions=(PUT_ALARM, "cloudwatch:PutAnomalyDetector"),
    creates=("alarm", "anomaly detector"),
    monthly_usd=0.3,
    minutes=2,
    run=run,
)
