"""T30: CloudWatch takes the expression of an alarm, and it gives one time series.

CloudFormation hands an expression on as it is; what is wrong with it is told by CloudWatch, when the stack fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.evaluate.math.metric_math import Expression, Fault, Query, Request, Selection, arrange, names
from generator.evaluate.math.steps import Call
from generator.findings import Finding, Path, Severity
from generator.model.accounts import Side
from generator.model.alarms import Alarm
from generator.model.signals import MathSignal

CODE = "T30"
NAME = "expression"
TITLE = "The expression of an alarm can be evaluated, gives one time series, and uses every metric that is named."
WHY = (
    "An expression of several series, of an id that no metric has or with SEARCH in it is refused by CloudWatch when"
    " the stack is deployed. A metric that the expression never uses is mostly a slip of the pen in the one that is."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html"
_MINUTE = 60
_METRICS = "{errors: {filter: errors, statistic: Sum}, calls: {namespace: Shop, name: Calls, statistic: Sum}}"
BAD = f"""\
alarms:
  errors: {{metric: null, statistic: null, expression: errors / cals, metrics: {_METRICS}}}
"""
GOOD = f"""\
alarms:
  errors: {{metric: null, statistic: null, expression: errors / calls, metrics: {_METRICS}}}
"""
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
_ONE_ACCOUNT = ("ANOMALY_DETECTION_BAND", "INSIGHT_RULE_METRIC", "SERVICE_QUOTA")


def check(subject: Subject) -> Iterator[Finding]:
    """Errors for what CloudWatch refuses and for metrics that nothing uses; warnings for what AWS advises against."""
    reported = set()
    for alarm in subject.estate.alarms:
        if isinstance(alarm.signal, MathSignal) and alarm.path not in reported:
            reported.add(alarm.path)
            yield from _expression(alarm, alarm.signal, (*alarm.path, "expression"))


def _expression(alarm: Alarm, math: MathSignal, path: Path) -> Iterator[Finding]:
    entries = [Query(operand.id) for operand in math.operands]
    request = arrange([*entries, Query(math.id, math.expression, is_returned=True)])
    if not isinstance(request, Request):
        yield from (_finding(fault, path, Severity.ERROR) for fault in request)
        return
    parsed = request.parsed[math.id]
    if isinstance(parsed, Selection):
        yield Finding(CODE, "this is a Metrics Insights query", path, hint="write it as `query`")
        return
    # One with a title is obsgen's own, and fills what it fills on purpose.
    yield from (_finding(fault, path, Severity.WARNING) for fault in request.cautions if not math.title)
    yield from _across_accounts(alarm, parsed, path)
    yield from _late_traffic(alarm, math)
    if not any(call.function == "METRICS" for call in _calls(parsed)):
        used = {*names(parsed), *([math.guard.traffic] if math.guard else [])}
        for operand in math.operands:
            if operand.id not in used:
                message = f"the expression never uses `{operand.id}`"
                yield Finding(CODE, message, operand.path, hint="remove it", on="key")


def _late_traffic(alarm: Alarm, math: MathSignal) -> Iterator[Finding]:
    """A newest minute that is always empty is always one without traffic, and then every period never breaches."""
    short = any(
        tuning.period <= _MINUTE and tuning.datapoints == tuning.evaluation_periods for tuning in alarm.tunings()
    )
    if math.guard and short:
        message = "where the traffic is published a minute late, the newest period never has enough of it"
        hint = "a period of 5m, or datapoints such as 2 of 3"
        yield Finding(CODE, message, (*alarm.path, "minimum_traffic"), Severity.WARNING, hint, on="key")


def _across_accounts(alarm: Alarm, parsed: Expression, path: Path) -> Iterator[Finding]:
    for call in _calls(parsed):
        if alarm.side is Side.HUB and not alarm.is_of_hub and call.function in _ONE_ACCOUNT:
            message = f"{call.function} works inside one account only"
            yield Finding(CODE, message, path, hint="write `in: members`")


def _calls(parsed: Expression) -> list[Call]:
    return [step for step in parsed.steps if isinstance(step, Call)]


def _finding(fault: Fault, path: Path, severity: Severity) -> Finding:
    message = f"{fault.problem.message} (at character {fault.problem.position + 1} of the expression)"
    return Finding(CODE, message, path, severity, fault.problem.hint)
