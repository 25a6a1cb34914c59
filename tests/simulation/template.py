"""Which functions, queues, tables and schedules the incident path has, read from the built hub template."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from tests.simulation.world import SECOND
from tests.support import ROOT

TEMPLATE = ROOT / "out" / "prod" / "hub.template.yaml"
HANDLERS = "handlers.incident."
ACCOUNT, REGION = "123456789012", "us-east-1"


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """handler: dotted name. timeout: microseconds."""

    name: str
    handler: str
    timeout: int
    environ: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class QueueSpec:
    """function, concurrency: of its event source mapping, if it has one. dead_letters: the name of a queue."""

    name: str
    visibility: int
    max_receives: int
    dead_letters: str
    function: str
    concurrency: int


@dataclass(frozen=True, slots=True)
class ScheduleSpec:
    """A recurring schedule that sends `input` to a queue or a function. interval: microseconds."""

    name: str
    interval: int
    target: str
    input: str


@dataclass(frozen=True, slots=True)
class TableSpec:
    """indexes: name to hash and range attribute. projections: of those that do not hold all attributes."""

    name: str
    hash: str
    range: str
    indexes: Mapping[str, tuple[str, str]]
    ttl: str
    projections: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Architecture:
    """Everything, by name."""

    functions: Mapping[str, FunctionSpec]
    queues: Mapping[str, QueueSpec]
    tables: Mapping[str, TableSpec]
    schedules: Mapping[str, ScheduleSpec]


class _Loader(yaml.CSafeLoader):
    """CloudFormation's short forms as their long ones."""


def _intrinsic(loader: Any, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        return {suffix: value.split(".", 1) if suffix == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {suffix: loader.construct_sequence(node, deep=True)}
    return {suffix: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _intrinsic)  # type: ignore[no-untyped-call]


@cache
def architecture() -> Architecture:
    """Of the example's environment `prod`."""
    text = TEMPLATE.read_text(encoding="utf-8")
    # Dashboards make up most of the template and say nothing here.
    return of(yaml.load(text, Loader=_Loader)["Resources"])  # noqa: S506


def of(resources: Mapping[str, Any]) -> Architecture:
    """Of the resources of a template."""
    kinds: dict[str, dict[str, Any]] = {}
    for logical, resource in resources.items():
        kinds.setdefault(resource["Type"], {})[logical] = resource.get("Properties", {})
    resolve = _Resolver(resources)
    functions = {
        logical: FunctionSpec(
            given["FunctionName"],
            given["Handler"],
            given["Timeout"] * SECOND,
            {name: resolve.text(value) for name, value in given.get("Environment", {}).get("Variables", {}).items()},
        )
        for logical, given in kinds["AWS::Lambda::Function"].items()
        if given["Handler"].startswith(HANDLERS)
    }
    names = {spec.name for spec in functions.values()}
    mapped: dict[str, tuple[str, int]] = {}
    for given in kinds["AWS::Lambda::EventSourceMapping"].values():
        queue, function = resolve.text(given["EventSourceArn"]), resolve.text(given["FunctionName"])
        if function not in names:
            continue
        concurrency = given.get("ScalingConfig", {}).get("MaximumConcurrency", 1_000)
        assert given.get("BatchSize") == 1, "batches are not simulated"
        mapped[queue.rpartition(":")[2]] = function, concurrency
    queues = {}
    for given in kinds["AWS::SQS::Queue"].values():
        redrive = given.get("RedrivePolicy", {})
        function, concurrency = mapped.get(given["QueueName"], ("", 0))
        queues[given["QueueName"]] = QueueSpec(
            given["QueueName"],
            given.get("VisibilityTimeout", 30) * SECOND,
            redrive.get("maxReceiveCount", 0),
            resolve.text(redrive.get("deadLetterTargetArn", "")).rpartition(":")[2],
            function,
            concurrency,
        )
    return Architecture(
        {spec.name: spec for spec in functions.values()},
        queues,
        {given["TableName"]: _table(given) for given in kinds["AWS::DynamoDB::Table"].values()},
        {spec.name: spec for spec in _schedules(kinds.get("AWS::Scheduler::Schedule", {}), resolve, mapped)},
    )


def _table(given: Mapping[str, Any]) -> TableSpec:
    keys = _keys(given["KeySchema"])
    indexes = {index["IndexName"]: _keys(index["KeySchema"]) for index in given.get("GlobalSecondaryIndexes", ())}
    ttl = given.get("TimeToLiveSpecification", {}).get("AttributeName", "")
    projections = {
        index["IndexName"]: frozenset(index["Projection"].get("NonKeyAttributes", ()))
        for index in given.get("GlobalSecondaryIndexes", ())
        if index["Projection"]["ProjectionType"] != "ALL"
    }
    return TableSpec(given["TableName"], *keys, indexes, ttl, projections)


def _keys(schema: Any) -> tuple[str, str]:
    kinds = {key["KeyType"]: key["AttributeName"] for key in schema}
    return kinds["HASH"], kinds["RANGE"]


def _schedules(resources: Mapping[str, Any], resolve: _Resolver, queues: Container[str]) -> list[ScheduleSpec]:
    """Those that send to these queues."""
    units = {"minute": 60 * SECOND, "minutes": 60 * SECOND, "hour": 3_600 * SECOND, "hours": 3_600 * SECOND}
    made = []
    for logical, given in resources.items():
        target = resolve.text(given["Target"]["Arn"]).rpartition(":")[2]
        if target not in queues:
            continue
        number, unit = given["ScheduleExpression"].removeprefix("rate(").rstrip(")").split()
        text = given["Target"].get("Input", "{}")
        made.append(ScheduleSpec(str(given.get("Name", logical)), int(number) * units[unit], target, text))
    return made


class _Resolver:
    """What references come to once the stack is there."""

    def __init__(self, resources: Mapping[str, Any]) -> None:
        self.resources = resources

    def text(self, value: Any) -> str:
        if not isinstance(value, dict):
            return str(value)
        if "Ref" in value:
            return self._reference(value["Ref"])
        if "GetAtt" in value:
            return self._arn(value["GetAtt"][0])
        return str(value.get("Sub", ""))

    def _reference(self, logical: str) -> str:
        given = self.resources.get(logical, {})
        properties = given.get("Properties", {})
        match given.get("Type"):
            case "AWS::SQS::Queue":
                return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{properties['QueueName']}"
            case "AWS::SNS::Topic":
                return f"arn:aws:sns:{REGION}:{ACCOUNT}:{properties.get('TopicName', logical)}"
        names = ("FunctionName", "TableName", "Name", "RoleName")
        return next((str(properties[name]) for name in names if name in properties), logical)

    def _arn(self, logical: str) -> str:
        given = self.resources.get(logical, {})
        properties = given.get("Properties", {})
        match given.get("Type"):
            case "AWS::SQS::Queue":
                return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{properties['QueueName']}"
            case "AWS::Lambda::Function":
                return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{properties['FunctionName']}"
        return f"arn:aws:iam::{ACCOUNT}:role/{properties.get('RoleName', logical)}"
