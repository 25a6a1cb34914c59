"""Templates with nothing but what decides where things are: alarms, filters, log groups, composites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Thing:
    """kind: `log`, `filter`, `alarm` or `composite`. needs: what it names. parameters: of its own."""

    kind: str
    needs: tuple[str, ...] = ()
    parameters: int = 0


@dataclass
class Estate:
    """Things by name, which changes: what is named by something stays."""

    things: dict[str, Thing] = field(default_factory=dict)


def template(things: Mapping[str, Thing], keyed: Sequence[str] = ()) -> dict[str, Any]:
    """A template of things. keyed: log groups that have the key of the first stack."""
    resources: dict[str, Any] = {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {}}}
    if keyed:
        resources["Key"] = {"Type": "AWS::KMS::Key", "Properties": {}}
    parameters: dict[str, Any] = {}
    conditions: dict[str, Any] = {}
    for name, thing in things.items():
        for number in range(thing.parameters):
            parameters[f"{name}P{number}"] = {"Type": "String"}
        if thing.parameters:
            conditions[f"{name}IsOn"] = {"Fn::Equals": [{"Ref": f"{name}P0"}, "true"]}
        resources[name] = {
            **_resource(name, thing, name in keyed),
            **({"Condition": f"{name}IsOn"} if thing.parameters else {}),
        }
    made = {"Description": "Things.", "Parameters": parameters, "Conditions": conditions, "Resources": resources}
    return {name: section for name, section in made.items() if section}


def _resource(name: str, thing: Thing, keyed: bool) -> dict[str, Any]:
    values = {f"Value{number}": {"Ref": f"{name}P{number}"} for number in range(thing.parameters)}
    match thing.kind:
        case "log":
            key = {"KmsKeyId": {"Fn::GetAtt": "Key.Arn"}} if keyed else {}
            return {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name.lower(), **key, **values}}
        case "filter":
            read = {"LogGroupName": {"Ref": thing.needs[0]}} if thing.needs else {}
            return {"Type": "AWS::Logs::MetricFilter", "Properties": {**read, **values}}
        case "alarm":
            return {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmName": name.lower(), **values}}
    rule = " OR ".join(f'ALARM("${{{one}}}")' for one in thing.needs) or "FALSE"
    properties = {"AlarmName": name.lower(), "AlarmRule": {"Fn::Sub": rule}, **values}
    return {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": properties}
