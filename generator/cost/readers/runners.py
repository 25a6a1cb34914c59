"""What runs by itself: canaries, functions on schedules, and Lambda's requests to queues that it waits on.

Invocations by events and messages are not here: how many there are is not known from a template.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.cost.charges import Charge, Kind, Priced
from generator.cost.items import HOURS_A_MONTH
from generator.cost.readers.runs import runs_a_month
from generator.evaluate.template.properties import Properties

SCHEDULE = "how often a schedule comes is not known"
_MILLION = 1_000_000
_FUNCTION, _MAPPING = "AWS::Lambda::Function", "AWS::Lambda::EventSourceMapping"
# Seconds of one run on a schedule. Measured: a notifier without owed deliveries, and a runner of probes
# (docs/performance.md, docs/language/probes.md); for every other function one is assumed.
RUN_SECONDS: Mapping[str, float] = {"handlers.incident.notifier.handler": 0.15, "handlers.probes.app.handler": 2.0}
_OTHER_RUN_SECONDS = 1.0
_LONG_POLL_SECONDS = 20
# Lambda reads a queue by long polls: five at a time, two while there is little traffic, unless the mapping limits its
# concurrency. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
_POLLERS, _IDLE_POLLERS = 5, 2


def _canary(properties: Properties) -> Iterator[Charge]:
    runs = runs_a_month(properties.part("Schedule").text("Expression"))
    yield Charge(Kind.CANARIES, "canary-run", runs or 0, more="" if runs is not None else SCHEDULE)


def _schedule(properties: Properties) -> Iterator[Charge]:
    """A schedule of EventBridge Scheduler, which is billed, too."""
    if properties.text("State", "ENABLED") == "DISABLED":
        return
    expression = properties.text("ScheduleExpression")
    runs = 0 if expression.startswith("at(") else runs_a_month(expression)
    if runs is None:
        yield Charge(Kind.FUNCTIONS, "scheduled-invocations", 0, more=SCHEDULE)
        return
    yield Charge(Kind.FUNCTIONS, "scheduled-invocations", runs / _MILLION)
    target = properties.given.get("Target")
    yield from _invocations(properties, target.get("Arn") if isinstance(target, Mapping) else None, runs)


def _rule(properties: Properties) -> Iterator[Charge]:
    """A scheduled rule of EventBridge is free; the functions that it invokes are not."""
    expression = properties.text("ScheduleExpression", "")
    runs = runs_a_month(expression) if expression and properties.text("State", "ENABLED") != "DISABLED" else None
    targets = properties.given.get("Targets")
    for target in targets if runs and isinstance(targets, list) else ():
        if isinstance(target, Mapping):
            yield from _invocations(properties, target.get("Arn"), runs or 0)


def _invocations(properties: Properties, target: Any, runs: float) -> Iterator[Charge]:
    """Of the function that a target is, or that reads the queue that it is, if it is in the same template."""
    resources = properties.scope.section("Resources")
    logical_id = _referred(target)
    if _type_of(resources, logical_id) == "AWS::SQS::Queue":
        logical_id = _reader_of(resources, logical_id)
    if _type_of(resources, logical_id) != _FUNCTION:
        return
    function = Properties(properties.scope, logical_id, _FUNCTION, resources[logical_id].get("Properties", {}))
    gigabytes = function.count("MemorySize", 128) / 1_024
    seconds = RUN_SECONDS.get(function.text("Handler", ""), _OTHER_RUN_SECONDS)
    item = "function-gb-second-arm" if function.texts("Architectures") == ("arm64",) else "function-gb-second"
    yield Charge(Kind.FUNCTIONS, "function-requests", runs / _MILLION)
    yield Charge(Kind.FUNCTIONS, item, runs * seconds * gigabytes)


def _type_of(resources: Mapping[str, Any], logical_id: str) -> str:
    return str(resources.get(logical_id, {}).get("Type", ""))


def _reader_of(resources: Mapping[str, Any], queue: str) -> str:
    """The logical id of the function that reads a queue; empty where none does."""
    mappings = (resource.get("Properties", {}) for resource in resources.values() if resource.get("Type") == _MAPPING)
    return next((_referred(of["FunctionName"]) for of in mappings if _referred(of.get("EventSourceArn")) == queue), "")


def _referred(value: Any) -> str:
    """The logical id that `!Ref` or `!GetAtt` names; empty for anything else."""
    if not isinstance(value, Mapping) or len(value) != 1:
        return ""
    ((function, argument),) = value.items()
    if function == "Ref" and isinstance(argument, str):
        return argument
    if function == "Fn::GetAtt":
        return str(argument[0]) if isinstance(argument, list) and argument else str(argument).partition(".")[0]
    return ""


def _mapping(properties: Properties) -> Iterator[Charge]:
    """Requests of an empty queue, 730 hours a month."""
    pollers = _POLLERS if properties.part("ScalingConfig").is_there else _IDLE_POLLERS
    yield Charge(Kind.QUEUES, "queue-requests", pollers * HOURS_A_MONTH * 3_600 / _LONG_POLL_SECONDS / _MILLION)


PRICED: Mapping[str, Priced] = {
    "AWS::Synthetics::Canary": Priced(_canary, lambda properties: properties.get("Schedule")),
    "AWS::Scheduler::Schedule": Priced(
        _schedule, lambda properties: [properties.get("State"), properties.get("ScheduleExpression")]
    ),
    "AWS::Events::Rule": Priced(
        _rule, lambda properties: [properties.get("State"), properties.get("ScheduleExpression")]
    ),
    _MAPPING: Priced(_mapping, lambda _: None),
}
