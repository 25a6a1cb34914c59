"""What becomes of the members' stacks: status events of the stack set to the function that keeps the list of agents.

They are in the account that administers the stack set, in the Region where it stands.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-stackset-stack-instance-status-change.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-stackset-operation-status-change.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from troposphere import GetAtt, Output, Ref, awslambda, events

from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.delivery import dead_letter_queue, target, written_by_rules
from generator.blueprints.kit.hub_functions import hub_function, on_table, puts_findings
from generator.blueprints.kit.policies import allow
from generator.blueprints.kit.stack import Part, origin
from generator.manifest import Asset
from generator.model.error_log_names import AGENTS_DEAD_LETTERS, AGENTS_FUNCTION
from generator.model.estate import Estate

FUNCTION = AGENTS_FUNCTION
HANDLER = "handlers.agents.app.handler"
STEM = "UpdateDeployment"
TIMEOUT_SECONDS = 30
DETAIL_TYPES = (
    "CloudFormation StackSet Operation Status Change",
    "CloudFormation StackSet StackInstance Status Change",
    "CloudFormation StackSet Status Change",
)


def resources(estate: Estate, assets: Mapping[str, Asset]) -> Iterator[Part]:
    """Rule, function and its dead letters; nothing where there are no agents."""
    store = estate.events
    if estate.error_logs is None or store is None:
        return
    path = estate.error_logs.path
    stack_set = estate.name("observability-members")
    yield dead_letter_queue(f"{STEM}DeadLetters", estate.name(AGENTS_DEAD_LETTERS), path)
    yield written_by_rules(f"{STEM}DeadLettersPolicy", f"{STEM}DeadLetters", [f"{STEM}Rule"], path)
    yield from hub_function(
        estate,
        store,
        STEM,
        FUNCTION,
        assets[FUNCTION],
        list(_statements()),
        {"BUS_NAME": Ref("Bus"), "STACK_SET_NAME": stack_set},
        timeout_seconds=TIMEOUT_SECONDS,
        does="follow-deployments",
        description="Keeps the list of agents",
        path=path,
        DeadLetterConfig=awslambda.DeadLetterConfig(TargetArn=GetAtt(f"{STEM}DeadLetters", "Arn")),
    )
    yield events.Rule(
        f"{STEM}Rule",
        Name=estate.name("stack-set-status-rule"),
        Description="What becomes of the members' stacks, to the list of agents",
        EventPattern={
            "source": ["aws.cloudformation"],
            "detail-type": list(DETAIL_TYPES),
            "detail": {"stack-set-arn": [{"wildcard": f"*:stackset/{stack_set}:*"}]},
        },
        Targets=[target("agents", GetAtt(f"{STEM}Function", "Arn"), f"{STEM}DeadLetters")],
        Metadata=origin(path),
    )
    yield awslambda.Permission(
        f"{STEM}Permission",
        Action="lambda:InvokeFunction",
        FunctionName=Ref(f"{STEM}Function"),
        Principal="events.amazonaws.com",
        SourceArn=GetAtt(f"{STEM}Rule", "Arn"),
        Metadata=origin(path),
    )
    description = "Status events that could not be kept"
    yield Output(f"{STEM}DeadLettersUrl", Description=description, Value=Ref(f"{STEM}DeadLetters"))


def _statements() -> Iterator[Any]:
    yield allow(["sqs:SendMessage"], [GetAtt(f"{STEM}DeadLetters", "Arn")], sid="LambdaDeadLetters")
    yield from on_table(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"])
    yield puts_findings()


CONCERN = Concern(hub=lambda inputs: resources(inputs.estate, inputs.assets))
