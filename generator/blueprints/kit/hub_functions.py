"""Shared parts of the hub's functions for events, API and reports: permissions on table and bus, and a VPC.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from awacs.aws import Condition as When
from awacs.aws import ForAllValuesStringEquals
from troposphere import GetAtt, Output, Ref, Sub, awslambda

from generator.blueprints.kit.bus_writers import puts
from generator.blueprints.kit.functions import function, log_group, role
from generator.blueprints.kit.policies import allow
from generator.blueprints.kit.stack import Part
from generator.blueprints.kit.vpc_functions import joins_network
from generator.manifest import Asset
from generator.model.error_log_names import CHECKS, DAY_INDEX, HUB_SOURCE, RECENT_INDEX
from generator.model.error_logs import Events
from generator.model.estate import Estate

# How logical ids of the event store begin, and those of reports.
STORE, REPORTS = "MonitoringEvents", "DailyReport"
# Indexes that are asked for what people see: events by day, errors and agents by what was last.
LISTS = (DAY_INDEX, RECENT_INDEX)
READS = ("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query")


def hub_function(
    estate: Estate,
    events: Events,
    stem: str,
    kind: str,
    asset: Asset,
    statements: Sequence[Any],
    variables: Mapping[str, Any],
    *,
    timeout_seconds: int,
    does: str,
    description: str,
    path: tuple[str | int, ...],
    **more: Any,
) -> Iterator[Part]:
    """Log group, role, function and outputs. stem: how the logical ids begin. kind: of the function's name."""
    name = estate.name(kind)
    yield log_group(f"{stem}LogGroup", name, path)
    allowed = [*statements, *(joins_network(name) if events.vpc else ())]
    yield role(f"{stem}Role", name, does, allowed, path, environment=estate.environment)
    everywhere = {"ENVIRONMENT": estate.environment, "TABLE_NAME": Ref(f"{STORE}Table")}
    environment = awslambda.Environment(Variables=dict(sorted({**everywhere, **variables}.items())))
    network = (
        {
            "VpcConfig": awslambda.VPCConfig(
                SubnetIds=list(events.vpc.subnets), SecurityGroupIds=list(events.vpc.security_groups)
            )
        }
        if events.vpc
        else {}
    )
    yield function(
        f"{stem}Function",
        name,
        asset,
        path,
        timeout_seconds=timeout_seconds,
        Description=description,
        Environment=environment,
        **network,
        **more,
    )
    yield Output(f"{stem}FunctionName", Description=f"Function: {description}", Value=Ref(f"{stem}Function"))
    yield Output(f"{stem}RoleArn", Description="Role of that function", Value=GetAtt(f"{stem}Role", "Arn"))


def on_table(actions: Sequence[str], indexes: Sequence[str] = (), *, sid: str = "Remembers") -> Iterator[Any]:
    """These actions on the table of events, and queries of these indexes."""
    yield allow(sorted(actions), [GetAtt(f"{STORE}Table", "Arn")], sid=sid)
    if indexes:
        arns = [Sub(f"${{{STORE}Table.Arn}}/index/{index}") for index in indexes]
        yield allow(["dynamodb:Query"], arns, sid="AsksIndexes")


def on_incidents(index: str) -> Iterator[Any]:
    """Actions that read incidents, and the mutes in the same table."""
    yield allow(["dynamodb:BatchGetItem"], [GetAtt("IncidentTable", "Arn")], sid="ReadsIncidents")
    yield allow(["dynamodb:Query"], [Sub(f"${{IncidentTable.Arn}}/index/{index}")], sid="ListsIncidents")
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    of_mutes = When(ForAllValuesStringEquals("dynamodb:LeadingKeys", ["MUTES"]))
    yield allow(["dynamodb:Query"], [GetAtt("IncidentTable", "Arn")], sid="ListsMutes", condition=of_mutes)


def puts_findings() -> Any:
    """Puts findings of the hub on the bus, and nothing else."""
    return puts(GetAtt("Bus", "Arn"), HUB_SOURCE, tuple(CHECKS), sid="PutsFindings")
