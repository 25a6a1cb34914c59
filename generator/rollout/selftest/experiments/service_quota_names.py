"""SERVICE_QUOTA of the usage metrics that packs name."""

from __future__ import annotations

from datetime import timedelta

from generator.rollout.selftest.context import SelftestContext, is_judgement
from generator.rollout.selftest.metrics import READ
from generator.rollout.selftest.types import CallRefused, Experiment, ExperimentSteps

MOST_METRICS = 60


def run(context: SelftestContext) -> ExperimentSteps:
    """The quota of each usage metric of the account, as CloudWatch knows it."""
    metrics = [
        metric
        for namespace, name in (("AWS/Lambda", "ClaimedAccountConcurrency"), ("AWS/Usage", "ResourceCount"))
        for metric in context.call("cloudwatch", "list_metrics", Namespace=namespace, MetricName=name)["Metrics"]
    ]
    context.require(metrics, "the account has no usage metrics")
    known: dict[str, object] = {}
    end = context.now
    for metric in metrics[:MOST_METRICS]:
        name = ", ".join(dimension["Value"] for dimension in metric["Dimensions"]) or metric["MetricName"]
        one_metric = {key: metric[key] for key in ("Namespace", "MetricName", "Dimensions")}
        used = {"Id": "used", "MetricStat": {"Metric": one_metric, "Period": 300, "Stat": "Maximum"}}
        quota = {"Id": "quota", "Expression": "SERVICE_QUOTA(used)"}
        try:
            read = context.call(
                "cloudwatch",
                "get_metric_data",
                MetricDataQueries=[{**used, "ReturnData": False}, quota],
                StartTime=end - timedelta(hours=3),
                EndTime=end,
            )["MetricDataResults"]
            known[name] = read[0]["Values"][:1] if read else []
        except CallRefused as error:
            if not is_judgement(error):
                raise
            known[name] = {"code": error.code, "message": error.message}
        yield 0.0
    context.note("quotas", known)
    context.expect(all(isinstance(value, list) for value in known.values()))


EXPERIMENT = Experiment(
    name="service-quota-names",
    title="SERVICE_QUOTA of usage metrics",
    doubt="SERVICE_QUOTA in alarms",
    question="Which usage metrics does the account have, and for which of them does SERVICE_QUOTA have a value?",
    expected="SERVICE_QUOTA is accepted for each usage metric; the names are those of the pack account-quotas.",
    otherwise="The pack account-quotas gets the names that AWS uses.",
    actions=("cloudwatch:ListMetrics", READ),
    creates=(),
    monthly_usd=0.0,
    minutes=3,
    run=run,
)
