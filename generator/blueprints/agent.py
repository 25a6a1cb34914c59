"""The CloudWatch agent on the members' instances: its configuration, installation and permissions.

One document installs and then configures: two associations would run in no order, and the second fails on an instance
that the first has not reached. AWS's managed policies for instances read parameters called AmazonCloudWatch-… only.
https://docs.aws.amazon.com/prescriptive-guidance/latest/implementing-logging-monitoring-cloudwatch/install-cloudwatch-systems-manager.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from awacs.aws import Condition as When
from awacs.aws import StringEquals
from troposphere import Output, Ref, Sub, iam, ssm

from generator.aws.agent import NAMESPACE, PLUGINS
from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.json_text import body
from generator.blueprints.kit.placements import condition_attribute
from generator.blueprints.kit.policies import allow, policy
from generator.blueprints.kit.stack import Part, origin
from generator.model.agent import Agent
from generator.model.estate import Estate

INTERVAL_SECONDS = 60
DIGEST = 12
# Once a day everything is put right again; an instance that appears is done when it appears.
SCHEDULE = "rate(1 day)"


def member(estate: Estate) -> Iterator[Part]:
    """Parameter, document, association, and a policy for people to attach to their instances' roles."""
    agent = estate.agent
    if not agent:
        return
    parameter = f"AmazonCloudWatch-agent-{estate.environment}"
    text = body(configuration(agent))
    placement = condition_attribute(agent.placement, estate)
    yield ssm.Parameter(
        "AgentConfiguration",
        Name=parameter,
        Description="Configuration of the CloudWatch agent",
        Type="String",
        Tier="Standard",
        Value=text,
        Metadata=origin(agent.path),
        **placement,
    )
    yield ssm.Document(
        "AgentDocument",
        Name=estate.name("agent-document"),
        DocumentType="Command",
        TargetType="/AWS::EC2::Instance",
        # A document with a name of its own cannot be replaced.
        UpdateMethod="NewVersion",
        Content=_document(parameter),
        Metadata=origin(agent.path),
        **placement,
    )
    yield _association(estate, agent, text)
    yield iam.ManagedPolicy(
        "AgentPolicy",
        # IAM is global: with the Region in its name, the policy of one Region does not collide with another's.
        ManagedPolicyName=Sub(f"agent-policy-${{AWS::Region}}-{estate.environment}"),
        Description="Permissions of the CloudWatch agent; attach it to the roles of the instances",
        PolicyDocument=policy(*_statements(agent, parameter)),
        Metadata=origin(agent.path),
        **placement,
        **({"Roles": list(agent.roles)} if agent.roles else {}),
    )
    yield Output(
        "AgentPolicyArn",
        Description="Policy to attach to the roles of instances, with AmazonSSMManagedInstanceCore",
        Value=Ref("AgentPolicy"),
        **placement,
    )


def _association(estate: Estate, agent: Agent, text: str) -> Part:
    """The association that runs the document on the instances. text: the agent's configuration."""
    return ssm.Association(
        "AgentAssociation",
        AssociationName=estate.name("agent-association"),
        Name=Ref("AgentDocument"),
        # With the configuration this changes, and a changed association is applied at once.
        Parameters={"configuration": [hashlib.sha256(text.encode()).hexdigest()[:DIGEST]]},
        Targets=[ssm.Targets(Key=tag, Values=[value]) for tag, value in agent.targets],
        ScheduleExpression=SCHEDULE,
        MaxConcurrency="25%",
        # One instance that is down keeps no other from its agent.
        MaxErrors="100%",
        DependsOn=["AgentConfiguration"],
        Metadata=origin(agent.path),
        **condition_attribute(agent.placement, estate),
    )


def configuration(agent: Agent) -> dict[str, Any]:
    """The agent's own file. Metrics by instance, and over all of the account's instances for alarms that name none."""
    content: dict[str, Any] = {"agent": {"metrics_collection_interval": INTERVAL_SECONDS}}
    if agent.metrics:
        content["metrics"] = {
            "namespace": NAMESPACE,
            "append_dimensions": {"InstanceId": "${aws:InstanceId}"},
            "aggregation_dimensions": [["InstanceId"], []],
            "metrics_collected": {name: PLUGINS[name] for name in agent.metrics},
        }
    if agent.logs:
        files = [_file(group, path) for group, path in agent.logs]
        content["logs"] = {"logs_collected": {"files": {"collect_list": files}}}
    return content


def _file(group: str, path: str) -> dict[str, Any]:
    """Of a pattern the agent reads the newest file, which is right for one that is rotated, else every one."""
    every = {"publish_multi_logs": True} if "*" in path.rstrip("*") else {}
    return {"file_path": path, "log_group_name": group, "log_stream_name": "{instance_id}", "timezone": "UTC", **every}


def _document(parameter: str) -> dict[str, Any]:
    manage = {
        "action": "configure",
        "mode": "ec2",
        "optionalConfigurationSource": "ssm",
        "optionalConfigurationLocation": parameter,
        "optionalRestart": "yes",
    }
    return {
        "schemaVersion": "2.2",
        "description": "Installs and configures the CloudWatch agent",
        "parameters": {
            "configuration": {
                "type": "String",
                "default": "",
                "description": "Hash of the configuration, which changes with it",
            }
        },
        "mainSteps": [
            _step("install", "AWS-ConfigureAWSPackage", {"action": "Install", "name": "AmazonCloudWatchAgent"}),
            _step("configure", "AmazonCloudWatch-ManageAgent", manage),
        ],
    }


def _step(name: str, document: str, parameters: dict[str, str]) -> dict[str, Any]:
    inputs = {"documentType": "SSMDocument", "documentPath": document, "documentParameters": parameters}
    # Elsewhere the step is skipped: the agent's file has metrics and paths of Linux.
    # https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-schemas-features.html
    return {
        "action": "aws:runDocument",
        "name": name,
        "precondition": {"StringEquals": ["platformType", "Linux"]},
        "inputs": inputs,
    }


def _statements(agent: Agent, parameter: str) -> Iterator[Any]:
    scope = "${AWS::Region}:${AWS::AccountId}"
    own = Sub(f"arn:${{AWS::Partition}}:ssm:{scope}:parameter/{parameter}")
    yield allow(["ssm:GetParameter"], [own], sid="ReadsItsConfiguration")
    if agent.metrics:
        # PutMetricData supports no resource:
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
        only_its_own = When(StringEquals({"cloudwatch:namespace": NAMESPACE}))
        yield allow(["cloudwatch:PutMetricData"], ["*"], sid="PutsMetrics", condition=only_its_own)
    if agent.logs:
        arns = [Sub(f"arn:${{AWS::Partition}}:logs:{scope}:log-group:{group}:*") for group, _ in agent.logs]
        actions = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
        yield allow(actions, arns, sid="WritesLogs")


CONCERN = Concern(member=lambda inputs: member(inputs.estate))
