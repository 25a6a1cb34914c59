"""T80: SERVICE_QUOTA asks for a metric that can have a service quota.

CloudFormation does not check an expression; whether the alarm is refused or never has data, CloudWatch does not say.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from generator.checks.check import Subject
from generator.evaluate.math.functions import QUOTA
from generator.evaluate.math.metric_math import Expression, parse
from generator.evaluate.math.steps import Call, Name
from generator.findings import Finding, Path, Severity
from generator.model.signals import MathSignal

CODE = "T80"
NAME = "service-quota"
TITLE = "SERVICE_QUOTA takes the ID of a usage metric of AWS, whose quota is not a rate of calls."
SUMMARY = "SERVICE_QUOTA takes a metric that has a quota."
WHY = (
    "Service Quotas has a quota for some metrics of AWS, most of them in AWS/Usage, and for no metric of your own:"
    " CloudWatch answers that no service quota is associated with it, so the alarm has no data. Quotas of API calls are"
    " per second, and AWS does not document whether SERVICE_QUOTA is for a second or for a period of the alarm."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Quotas-Visualize-Alarms.html"
_VCPUS = "{Service: EC2, Type: Resource, Resource: vCPU, Class: Standard/OnDemand}"
_USAGE = f"{{namespace: AWS/Usage, name: ResourceCount, dimensions: {_VCPUS}, statistic: Maximum}}"
_ALARM = "metric: null, statistic: null, expression: 100 * used / SERVICE_QUOTA(used), missing_data: breaching"
BAD = f"""\
alarms:
  errors: {{{_ALARM}, metrics: {{used: {{filter: errors, statistic: Sum}}}}}}
"""
GOOD = f"""\
alarms:
  errors:
    {{{_ALARM}, metrics: {{used: {_USAGE}}}}}
"""
_RATE = "CallCount"


def check(subject: Subject) -> Iterator[Finding]:
    """An error for a metric without a quota, a warning for what the guide does not describe."""
    reported = set()
    for alarm in subject.estate.alarms:
        if isinstance(alarm.signal, MathSignal) and alarm.path not in reported:
            reported.add(alarm.path)
            yield from _expression(alarm.signal, alarm.signal.expression, (*alarm.path, "expression"))
            for key, expression in alarm.signal.parts:
                yield from _expression(alarm.signal, expression, (*alarm.path, "expressions", key))


def _expression(math: MathSignal, expression: str, path: Path) -> Iterator[Finding]:
    parsed = parse(expression)
    if not isinstance(parsed, Expression):
        return
    operands = {operand.id: operand for operand in math.operands}
    for argument, step in pairwise(parsed.steps):
        if not isinstance(step, Call) or step.function != QUOTA:
            continue
        operand = operands.get(argument.id) if isinstance(argument, Name) else None
        if operand is None:
            message = "AWS documents SERVICE_QUOTA for a metric, and this is an expression"
            yield Finding(CODE, message, path, Severity.WARNING, hint="write the ID of one of the `metrics`")
        elif not operand.metric.namespace.startswith("AWS/"):
            message = f"`{operand.id}` is not a metric of AWS, so it has no service quota"
            hint = "use a metric of AWS/Usage, or write the limit as a number"
            yield Finding(CODE, message, operand.path, hint=hint)
        elif operand.metric.name == _RATE:
            message = (
                f"the quota of `{operand.id}` is a rate per second; what SERVICE_QUOTA is then, AWS does not document"
            )
            hint = "use ThrottleCount, or write the number of calls as `threshold`"
            yield Finding(CODE, message, path, Severity.WARNING, hint=hint)
