"""The alarms of error logs, event store and reports on themselves: entries of `alarms`, so that they have all of that.

A failed call of the function that makes reports is a failed report, and no more than that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from generator.findings import Finding, Path
from generator.model.error_log_names import (
    AGENT,
    AGENT_DEAD_LETTERS,
    AGENTS_DEAD_LETTERS,
    AGENTS_FUNCTION,
    API_FUNCTION,
    DAY_INDEX,
    DUE_INDEX,
    EVENTS,
    EVENTS_DEAD_LETTERS,
    EVENTS_FUNCTION,
    NAMESPACE,
    RECENT_INDEX,
    REPORT_DEAD_LETTERS,
    REPORT_FUNCTION,
)
from generator.model.incidents import OWN_SERVICE
from generator.resolve.event_environments import (
    ERROR_LOGS,
    REPORTS,
    error_logs_spec,
    events_spec,
    keeps_events,
    reads_logs,
    sends_reports,
)
from generator.resolve.event_environments import (
    EVENTS as EVENTS_PATH,
)
from generator.resolve.placement import placement
from generator.resolve.scope import AlarmProvenance, Scope
from generator.spec.alarms import AlarmSpec
from generator.spec.document import Document
from generator.spec.placements import PlacedSpec
from generator.spec.quantities import Datapoints, Threshold
from generator.spec.signals import MeasuredMetricSpec, OperandSpec

# The layer of values that neither the file nor a default sets.
LAYER = "event store"
_LAMBDA, _SQS, _DYNAMODB = "AWS/Lambda", "AWS/SQS", "AWS/DynamoDB"
_OF = "{environment}"
OLDEST_SECONDS, SLOW_MS, SHARE_PERCENT = 900.0, 30_000.0, 5.0
_IDLE = "Lambda publishes no metrics of a function without invocations, and without invocations none fails"
_AGENT_IDLE = "Lambda publishes no metrics of a function without invocations; a silent agent has its own incident"
_UNUSED = "SQS publishes no metrics of a queue that is unused for six hours, such as one without dead letters"
_EMPTY = "SQS reports the age of the oldest message only while there is a message"
_NOTHING_THROTTLED = "DynamoDB publishes throttles only while requests are throttled"
_NOTHING_CAME = "without events there is no latency; waiting events are counted by the queue"
_NOT_DUE = "a report is created at most once a day; there is no data in between"


@dataclass(frozen=True, slots=True)
class _Own:
    """The definition of one alarm. datapoints: breaching periods, of how many.

    expression: over several metrics; empty where there is one.
    """

    key: str
    where: Literal["hub", "members"]
    path: Path
    severity: str
    above: float
    expression: str
    metrics: dict[str, OperandSpec]
    summary: str
    title: str
    silence: str
    enabled: bool
    datapoints: Datapoints = field(default_factory=lambda: Datapoints(1, 1))


def with_alarms(scope: Scope, findings: list[Finding]) -> Scope:
    """The scope with these among the document's own alarms; R08 where their keys exist already.

    Each environment has all of them, since overrides may name any; those without a resource are disabled.
    """
    generated = list(_alarms(scope))
    conflicting = [alarm for alarm in generated if alarm.key in scope.document.alarms]
    for own in conflicting:
        path = scope.path_of(own.key)
        message = f"`{own.key}` is the name of an alarm of `{own.path[0]}`"
        findings.append(
            Finding("R08", message, path, hint="use another name", on="key", also=((own.path, "the other"),))
        )
    specs = {alarm.key: _lowered(alarm, scope) for alarm in generated if alarm not in conflicting}
    if not specs:
        return scope
    alarms = {**scope.document.alarms, **{key: alarm for key, (alarm, _) in specs.items()}}
    document = scope.document.model_copy(update={"alarms": alarms})
    return replace(
        scope, document=document, lowered={**scope.lowered, **{k: provenance for k, (_, provenance) in specs.items()}}
    )


def _alarms(scope: Scope) -> Iterator[_Own]:
    document, environment = scope.document, scope.environment
    if error_logs_spec(document) is not None:
        yield from _agent(reads_logs(document, environment))
    has_store = keeps_events(document, environment)
    if error_logs_spec(document) or events_spec(document) or document.reports:
        yield from _store(document, environment, has_store, _has_agents(scope))
    if document.reports:
        yield _failed_reports(sends_reports(document, environment))


def _has_agents(scope: Scope) -> bool:
    """True if an account of the environment has an agent: what watches agents is made nowhere else."""
    spec = error_logs_spec(scope.document)
    where = placement(spec, scope) if spec else None
    return reads_logs(scope.document, scope.environment) and not (where is not None and where.is_nowhere)


def _agent(on: bool) -> Iterator[_Own]:
    agent = _failing("error-log-agent-errors", AGENT, "members", ERROR_LOGS, on, "The agent that reads logs fails")
    yield replace(agent, silence=_AGENT_IDLE)
    yield _waiting("error-log-agent-oldest", AGENT, "members", ERROR_LOGS, on, "Windows of logs are waiting to be read")
    # `obsgen redrive` looks into queues of the hub only.
    todo = f"The attribute Reason has the cause. To redrive them to {AGENT}-{_OF}, see docs/redrive.md"
    yield _dead("error-log-agent-dead-letters", {"agent": AGENT_DEAD_LETTERS}, "members", ERROR_LOGS, on, todo)


def _store(document: Document, environment: str, on: bool, agents: bool) -> Iterator[_Own]:
    reports = sends_reports(document, environment)
    spec = events_spec(document)
    api = on and (spec is None or spec.api is not False)
    path = EVENTS_PATH
    yield _failing(
        "monitoring-events-errors", EVENTS_FUNCTION, "hub", path, on, "The function that stores events fails"
    )
    yield _failing("monitoring-api-errors", API_FUNCTION, "hub", path, api, "The function that answers the API fails")
    if error_logs_spec(document) is not None:
        description = "The function that keeps the list of agents fails"
        yield _failing("update-deployment-errors", AGENTS_FUNCTION, "hub", ERROR_LOGS, on and agents, description)
    yield _waiting("monitoring-events-oldest", EVENTS, "hub", path, on, "Events are waiting to be stored")
    queues = {"events": EVENTS_DEAD_LETTERS}
    queues |= {"agents": AGENTS_DEAD_LETTERS} if agents else {}
    queues |= {"reports": REPORT_DEAD_LETTERS} if reports else {}
    todo = f"Run `obsgen redrive -e {_OF}` to list them with their causes, and with --send to redrive them"
    yield _dead("monitoring-events-dead-letters", queues, "hub", path, on, todo)
    yield _throttled(on)
    yield _slow(on)


def _failing(key: str, function: str, where: Literal["hub", "members"], path: Path, on: bool, description: str) -> _Own:
    name = {"FunctionName": f"{function}-{_OF}"}
    return _Own(
        key,
        where,
        path,
        "critical",
        SHARE_PERCENT,
        "100 * failed / calls",
        {"failed": _operand(_LAMBDA, "Errors", "Sum", name), "calls": _operand(_LAMBDA, "Invocations", "Sum", name)},
        f"{description}: more than 5 % of its calls. See the log /aws/lambda/{function}-{_OF}",
        "failed calls, in percent",
        _IDLE,
        on,
    )


def _waiting(key: str, queue: str, where: Literal["hub", "members"], path: Path, on: bool, description: str) -> _Own:
    metric = _operand(_SQS, "ApproximateAgeOfOldestMessage", "Maximum", {"QueueName": f"{queue}-{_OF}"})
    return _Own(
        key,
        where,
        path,
        "high",
        OLDEST_SECONDS,
        "",
        {"age": metric},
        f"{description} for more than 15 minutes: {queue}-{_OF} is processed too slowly or not at all",
        "age of the oldest message, in seconds",
        _EMPTY,
        on,
    )


def _dead(key: str, queues: dict[str, str], where: Literal["hub", "members"], path: Path, on: bool, todo: str) -> _Own:
    """The alarm of dead-letter queues. todo: the instructions for the person who is paged."""

    def visible(name: str) -> OperandSpec:
        return _operand(_SQS, "ApproximateNumberOfMessagesVisible", "Maximum", {"QueueName": f"{name}-{_OF}"})

    names = ", ".join(f"{name}-{_OF}" for name in queues.values())
    return _Own(
        key,
        where,
        path,
        "high",
        0.0,
        _sum(queues),
        {name: visible(queue) for name, queue in queues.items()},
        f"Messages that could not be processed are in {names}. {todo}",
        "dead letters",
        _UNUSED,
        on,
    )


def _throttled(on: bool) -> _Own:
    # An index that cannot take a write throttles the table's writes, and has metrics of its own.
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
    table = {"TableName": f"{EVENTS}-{_OF}"}
    metrics = {
        kind: _operand(_DYNAMODB, f"{kind.removesuffix('s').capitalize()}ThrottleEvents", "Sum", table)
        for kind in ("reads", "writes")
    }
    for index in (DAY_INDEX, DUE_INDEX, RECENT_INDEX):
        of_index = {**table, "GlobalSecondaryIndexName": index}
        metrics[f"{index}_writes"] = _operand(_DYNAMODB, "WriteThrottleEvents", "Sum", of_index)
    return _Own(
        "monitoring-events-throttled",
        "hub",
        EVENTS_PATH,
        "high",
        0.0,
        _sum(metrics),
        metrics,
        f"DynamoDB throttles the table {EVENTS}-{_OF}: events are stored late or not at all",
        "throttled requests",
        _NOTHING_THROTTLED,
        on,
    )


def _slow(on: bool) -> _Own:
    return _Own(
        "monitoring-events-latency",
        "hub",
        EVENTS_PATH,
        "medium",
        SLOW_MS,
        "",
        {"latency": _operand(NAMESPACE, "ProcessingLatency", "p95", {"Environment": _OF})},
        "Events are stored more than 30 seconds after they arrived on the bus",
        "time until an event is stored, in ms",
        _NOTHING_CAME,
        on,
        Datapoints(2, 3),
    )


def _failed_reports(on: bool) -> _Own:
    metrics = {
        "failed": _operand(NAMESPACE, "ReportFailures", "Sum", {"Environment": _OF}),
        "errors": _operand(_LAMBDA, "Errors", "Sum", {"FunctionName": f"{REPORT_FUNCTION}-{_OF}"}),
    }
    return _Own(
        "report-failures",
        "hub",
        REPORTS,
        "low",
        0.0,
        _sum(metrics),
        metrics,
        f"A report was not created or not sent. See the log /aws/lambda/{REPORT_FUNCTION}-{_OF}",
        "failures",
        _NOT_DUE,
        on,
    )


def _sum(metrics: Iterable[str]) -> str:
    """The sum, with 0 for missing data: arithmetic uses 0 for it anyway, and this shows it in the alarm itself."""
    ids = list(metrics)
    return " + ".join(f"FILL({operand_id}, 0)" for operand_id in ids) if len(ids) > 1 else ""


def _operand(namespace: str, name: str, statistic: str, dimensions: dict[str, str]) -> OperandSpec:
    return OperandSpec(namespace=namespace, name=name, statistic=statistic, dimensions=dimensions)


def _lowered(own: _Own, scope: Scope) -> tuple[AlarmSpec, AlarmProvenance]:
    values: dict[str, Any] = {
        "threshold": Threshold(">", own.above),
        "period": 300,
        "datapoints": own.datapoints,
        "missing_data": "not-breaching",
        "severity": own.severity,
        "enabled": own.enabled,
        "summary": own.summary.replace(_OF, scope.environment),
        **({} if own.expression else {"statistic": next(iter(own.metrics.values())).statistic}),
    }
    origins: dict[str, tuple[str, Path]] = dict.fromkeys(values, (LAYER, ()))
    spec = error_logs_spec(scope.document)
    if spec is not None:
        # Who answers for errors in logs answers for what looks for them.
        for name in ("owner", "runbook"):
            value = getattr(spec, name)
            if value is not None:
                values[name], origins[name] = value, ("entry", (*ERROR_LOGS, name))
    placement = (
        {name: getattr(spec, name) for name in PlacedSpec.model_fields} if spec and own.where == "members" else {}
    )
    alarm = AlarmSpec.model_construct(in_=own.where, service=OWN_SERVICE, **_signal_fields(own), **placement, **values)
    path = (*own.path, own.key)
    return alarm, AlarmProvenance(path, origins, (), own.silence, title=own.title, hubs_own=own.where == "hub")


def _signal_fields(own: _Own) -> dict[str, Any]:
    if own.expression:
        return {"expression": own.expression, "metrics": own.metrics}
    (only,) = own.metrics.values()
    return {"metric": MeasuredMetricSpec(namespace=only.namespace, name=only.name, dimensions=only.dimensions)}
