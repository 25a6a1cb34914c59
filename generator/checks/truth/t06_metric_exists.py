"""T06: somebody emits the metric."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.checks.metric_references import metric_path, named_metrics
from generator.findings import Finding, Severity, did_you_mean
from generator.model.metric_references import MetricReference

CODE = "T06"
NAME = "metric-exists"
TITLE = "Alarms and graphs look at metrics that AWS publishes, spelled as AWS spells them."
WHY = (
    "CloudWatch takes an alarm on a metric that does not exist. With missing data as breaching it fires for"
    " ever, with any other setting never; a graph of it stays empty. Names are case-sensitive: REST APIs publish"
    " 5XXError, HTTP APIs 5xx."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/aws-services-cloudwatch-metrics.html"
BAD = """\
alarms:
  errors: {metric: {filter: null, namespace: AWS/Lambda, name: error, dimensions: {FunctionName: pay}}}
"""
GOOD = """\
alarms:
  errors: {metric: {filter: null, namespace: AWS/Lambda, name: Errors, dimensions: {FunctionName: pay}}}
"""

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/metrics-collected-by-CloudWatch-agent.html
_AGENT = "the CloudWatch agent measures it: {namespace: CWAgent, name: mem_used_percent} or disk_used_percent"


def check(subject: Subject) -> Iterator[Finding]:
    """An error where the catalogue is complete; a warning near a name it has where it is not."""
    for measured in named_metrics(subject.estate):
        if measured.metric.filter is None:
            yield from _namespace(measured)
            yield from _name(measured)


def _namespace(measured: MetricReference) -> Iterator[Finding]:
    from generator.aws.metrics import CATALOGUE

    namespace = measured.metric.namespace
    near = did_you_mean(namespace, CATALOGUE).strip() if namespace not in CATALOGUE else ""
    # Only other letter cases are surely wrong: many namespaces of AWS are not in the catalogue.
    spelled = next((known for known in CATALOGUE if known.lower() == namespace.lower() and known != namespace), "")
    if spelled:
        path = metric_path(measured, "namespace")
        yield Finding(CODE, f"AWS has no namespace `{namespace}`", path, hint=f"did you mean `{spelled}`?")
    elif near and namespace.startswith("AWS/"):
        path = metric_path(measured, "namespace")
        message = f"`{namespace}` is no namespace that obsgen knows of"
        yield Finding(CODE, message, path, Severity.WARNING, near)


def _name(measured: MetricReference) -> Iterator[Finding]:
    from generator.aws.metrics import lookup

    metric = measured.metric
    known = lookup(metric.namespace)
    if known is None or metric.name in known.metrics:
        return
    near = did_you_mean(metric.name, known.metrics).strip()
    if known.open_ended and not near:
        return
    severity = Severity.WARNING if known.open_ended else Severity.ERROR
    message = f"{metric.namespace} publishes no metric `{metric.name}`"
    agent = metric.namespace == "AWS/EC2" and metric.name.startswith(("Mem", "Disk", "Swap"))
    hint = _AGENT if agent else near or f"see {known.page}"
    yield Finding(CODE, message, metric_path(measured, "name"), severity, hint)
