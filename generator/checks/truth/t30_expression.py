"""T30: CloudWatch accepts the expression of an alarm, and it gives one time series.

CloudFormation does not check an expression; CloudWatch reports an error when the stack fails.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from generator.checks.check import Subject
from generator.evaluate.math.metric_math import Expression, Fault, MathRequest, Query, Selection, arrange, names
from generator.evaluate.math.steps import Call
from generator.findings import Finding, Path, Severity
from generator.model.accounts import Side
from generator.model.alarms import Alarm
from generator.model.signals import MathSignal

CODE = "T30"
NAME = "expression"
TITLE = "The expression of an alarm is valid, gives one time series, and uses every metric and part that is named."
SUMMARY = "The expression of an alarm is valid and uses all its metrics."
WHY = (
    "CloudWatch refuses an expression of several time series, with an ID that no metric has, or with SEARCH, when the"
    " stack is deployed. A metric that the expression does not use is mostly a spelling mistake in one that it does."
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
    """Errors for expressions that CloudWatch refuses and for unused metrics; warnings for what AWS advises against."""
    reported = set()
    for alarm in subject.estate.alarms:
        if isinstance(alarm.signal, MathSignal) and alarm.path not in reported:
            reported.add(alarm.path)
            yield from _expression(alarm, alarm.signal, (*alarm.path, "expression"))


def _expression(alarm: Alarm, math: MathSignal, path: Path) -> Iterator[Finding]:
    entries = [*(Query(operand.id) for operand in math.operands), *(Query(*part) for part in math.parts)]
    request = arrange([*entries, Query(math.id, math.expression, is_returned=True)])
    part_paths: dict[str, Path] = {id_: (*alarm.path, "expressions", id_) for id_, _ in math.parts}
    if not isinstance(request, MathRequest):
        faults = (_finding(fault, part_paths.get(fault.id, path), Severity.ERROR) for fault in request)
        # The file has no such expression of an objective, but what is counted in it.
        hint = "shorten what it counts, or count fewer accounts"
        yield from (replace(fault, path=alarm.path, hint=hint) if alarm.objective else fault for fault in faults)
        return
    parsed = request.parsed[math.id]
    if isinstance(parsed, Selection):
        yield Finding(CODE, "this is a Metrics Insights query", path, hint="use `query` instead of `expression`")
        return
    # An expression with a title is obsgen's own, which fills missing data on purpose.
    cautions = request.cautions if not math.title else ()
    yield from (_finding(fault, part_paths.get(fault.id, path), Severity.WARNING) for fault in cautions)
    for id_, expression in request.parsed.items():
        if isinstance(expression, Expression):
            yield from _across_accounts(alarm, expression, part_paths.get(id_, path))
    yield from _late_traffic(alarm, math)
    yield from _unused(math, request, part_paths)


def _unused(math: MathSignal, request: MathRequest, part_paths: Mapping[str, Path]) -> Iterator[Finding]:
    """A finding for each part that does not lead to the expression, and for each metric in no expression."""
    used = set(names(request.parsed[math.id]))
    for id_ in reversed(list(request.parsed)):
        # Each comes behind those that it needs.
        used |= set(names(request.parsed[id_])) if id_ in used else set()
    unused = [(id_, part_paths[id_]) for id_ in part_paths if id_ not in used]
    mentioned = {name for parsed in request.parsed.values() for name in names(parsed)}
    mentioned |= {math.guard.traffic} if math.guard else set()
    calls = (call for parsed in request.parsed.values() if isinstance(parsed, Expression) for call in _calls(parsed))
    if not any(call.function == "METRICS" for call in calls):
        unused += [(operand.id, operand.path) for operand in math.operands if operand.id not in mentioned]
    for id_, path in unused:
        yield Finding(CODE, f"the expression does not use `{id_}`", path, hint="remove it", on="key")


def _late_traffic(alarm: Alarm, math: MathSignal) -> Iterator[Finding]:
    """A warning if the newest minute always lacks the late traffic metric: then no period ever breaches."""
    short = any(
        tuning.period <= _MINUTE and tuning.datapoints == tuning.evaluation_periods for tuning in alarm.tunings()
    )
    if math.guard and short:
        message = "if the traffic metric is published a minute late, the newest period never has enough traffic"
        hint = "use a period of 5m, or datapoints such as 2 of 3"
        yield Finding(CODE, message, (*alarm.path, "minimum_traffic"), Severity.WARNING, hint, on="key")


def _across_accounts(alarm: Alarm, parsed: Expression, path: Path) -> Iterator[Finding]:
    for call in _calls(parsed):
        if alarm.side is Side.HUB and not alarm.is_of_hub and call.function in _ONE_ACCOUNT:
            message = f"{call.function} supports one account only"
            yield Finding(CODE, message, path, hint="set `in: members`")


def _calls(parsed: Expression) -> list[Call]:
    return [step for step in parsed.steps if isinstance(step, Call)]


def _finding(fault: Fault, path: Path, severity: Severity) -> Finding:
    message = f"{fault.problem.message} (at character {fault.problem.position + 1} of the expression)"
    return Finding(CODE, message, path, severity, fault.problem.hint)
