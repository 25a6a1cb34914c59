"""The probe runner of the hub and of members: its function, the schedule that invokes it, and its security group.

Which members have one, in which Region and VPC, travels as parameters: accounts without probes have none of this.
Metrics come from the log, which Lambda itself writes, so that a runner in a VPC needs no way but to its targets.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from awacs.aws import ArnEquals, StringEquals
from awacs.aws import Condition as When
from troposphere import GetAtt, If, NoValue, Output, Parameter, Ref, Sub, Tags, awslambda, ec2, iam, scheduler

from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.functions import HUB_BUCKET, function, log_group, members_bucket, role
from generator.blueprints.kit.member_parameters import PROBES_REGION, PROBES_SUBNETS, PROBES_VPC
from generator.blueprints.kit.policies import allow, grant, policy, service
from generator.blueprints.kit.schedules import PLANNED, SCHEDULER
from generator.blueprints.kit.stack import Part, TemplateCondition, origin
from generator.blueprints.kit.vpc_functions import joins_network
from generator.manifest import Asset
from generator.model.estate import Estate
from generator.model.probes import ANYWHERE, RUNNER, TIMEOUT_SECONDS, Probe, egress_rules, secrets_of

FUNCTION, MEMBERS_PACKAGE = RUNNER, f"{RUNNER}-members"
HANDLER = "handlers.probes.app.handler"
STEM = "Probes"
# Every minute; what cannot be invoked within one is replaced by the next run.
EVERY_MINUTE, EVENT_AGE_SECONDS = "rate(1 minute)", 60
# An address that leads out of no machine: a group without any rule would let everything out.
NOWHERE = "127.0.0.1/32"
RUNS, IN_VPC = "RunsProbes", "RunsProbesInVpc"
PATH = ("probes",)


def hub(estate: Estate, assets: Mapping[str, Asset]) -> Iterator[Part]:
    """The hub's runner; nothing without probes of the hub."""
    runner = estate.hub_probe_runner
    if runner is None:
        return
    probes = [probe for probe in estate.probes if probe.is_of_hub]
    network: dict[str, Any] = {}
    if runner.vpc:
        yield _security_group(estate, egress_rules(probes, [runner]), runner.vpc)
        network = {"VpcConfig": _vpc(list(runner.subnets))}
    variables = {"IN_VPC": "true" if runner.vpc else "false", "PROBES_FROM": runner.account}
    yield from _runner(estate, probes, assets[FUNCTION], variables, network, in_vpc=bool(runner.vpc))


def member(estate: Estate, assets: Mapping[str, Asset]) -> Iterator[Part]:
    """The runner of a member with probes, in the Region of its parameter; nothing without probes of members."""
    runners = estate.member_probe_runners
    if not runners:
        return
    probes = [probe for probe in estate.probes if not probe.is_of_hub]
    in_vpc = any(runner.vpc for runner in runners)
    yield Parameter(PROBES_REGION, Type="String", Default="", Description="Region with probes; empty for none")
    yield TemplateCondition(RUNS, {"Fn::Equals": [Ref("AWS::Region"), Ref(PROBES_REGION)]})
    network: dict[str, Any] = {}
    if in_vpc:
        yield Parameter(PROBES_VPC, Type="String", Default="", Description="VPC with probes; empty for none")
        yield Parameter(PROBES_SUBNETS, Type="CommaDelimitedList", Default="", Description="Subnets with probes")
        has_vpc: dict[str, Any] = {"Fn::Not": [{"Fn::Equals": [Ref(PROBES_VPC), ""]}]}
        yield TemplateCondition(IN_VPC, {"Fn::And": [{"Condition": RUNS}, has_vpc]})
        of_vpcs = {runner.account for runner in runners if runner.vpc}
        inside = [probe for probe in probes if of_vpcs & set(probe.places)]
        yield _security_group(estate, egress_rules(inside, runners), Ref(PROBES_VPC), Condition=IN_VPC)
        network = {"VpcConfig": If(IN_VPC, _vpc(Ref(PROBES_SUBNETS)), NoValue)}
    variables = {
        "IN_VPC": If(IN_VPC, "true", "false") if in_vpc else "false",
        "PROBES_FROM": Ref("AWS::AccountId"),
    }
    yield from _runner(
        estate, probes, assets[MEMBERS_PACKAGE], variables, network, in_vpc=in_vpc, in_members=True, Condition=RUNS
    )


def _runner(
    estate: Estate,
    probes: Sequence[Probe],
    asset: Asset,
    variables: dict[str, Any],
    network: dict[str, Any],
    *,
    in_vpc: bool,
    in_members: bool = False,
    **more: Any,
) -> Iterator[Part]:
    name = estate.name(RUNNER)
    yield log_group(f"{STEM}LogGroup", name, PATH, **more)
    statements = [*_reads_secrets(probes), *(joins_network(name) if in_vpc else ())]
    yield role(
        f"{STEM}Role", name, "probe", statements, PATH, environment=estate.environment, in_members=in_members, **more
    )
    yield function(
        f"{STEM}Function",
        name,
        asset,
        PATH,
        timeout_seconds=TIMEOUT_SECONDS,
        bucket=members_bucket(estate.hub.account) if in_members else HUB_BUCKET,
        Description="Runs probes",
        Environment=awslambda.Environment(Variables=variables),
        **network,
        **more,
    )
    # A run that fails is replaced by the next one; a retry would meet it.
    yield awslambda.EventInvokeConfig(
        f"{STEM}Invocations",
        FunctionName=Ref(f"{STEM}Function"),
        Qualifier="$LATEST",
        MaximumEventAgeInSeconds=EVENT_AGE_SECONDS,
        MaximumRetryAttempts=0,
        Metadata=origin(PATH),
        **more,
    )
    yield from _schedule(estate, in_members=in_members, **more)
    yield Output(f"{STEM}FunctionName", Description="Function: Runs probes", Value=Ref(f"{STEM}Function"), **more)
    yield Output(f"{STEM}RoleArn", Description="Role of that function", Value=GetAtt(f"{STEM}Role", "Arn"), **more)


def _reads_secrets(probes: Sequence[Probe]) -> Iterator[Any]:
    """The secrets that headers have their values from, and no others."""
    arn = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:"
    # Secrets Manager ends every ARN in six characters of its own.
    arns = [Sub(f"{arn}{name}-??????") for name in secrets_of(probes)]
    if arns:
        yield allow(["secretsmanager:GetSecretValue"], arns, sid="ReadsItsSecrets")


def _schedule(estate: Estate, *, in_members: bool, **more: Any) -> Iterator[Part]:
    name = estate.name(RUNNER)
    yield scheduler.ScheduleGroup(f"{STEM}Schedules", Name=name, Metadata=origin(PATH), **more)
    # Scheduler names the group, not the schedule, when it assumes the role.
    only_this_group = When(
        [
            StringEquals({"aws:SourceAccount": Ref("AWS::AccountId")}),
            ArnEquals({"aws:SourceArn": GetAtt(f"{STEM}Schedules", "Arn")}),
        ]
    )
    trust = grant(service(SCHEDULER), ["sts:AssumeRole"], None, sid="SchedulerAssumes", condition=only_this_group)
    invokes = allow(["lambda:InvokeFunction"], [GetAtt(f"{STEM}Function", "Arn")], sid="Invokes")
    kind = f"{RUNNER}-schedule-role"
    # IAM is global: with the Region in its name, the role of one Region does not collide with another's.
    role_name = Sub(f"{kind}-${{AWS::Region}}-{estate.environment}") if in_members else estate.name(kind)
    yield iam.Role(
        f"{STEM}ScheduleRole",
        RoleName=role_name,
        Description=f"Allows EventBridge Scheduler to invoke {name}",
        AssumeRolePolicyDocument=policy(trust),
        Policies=[iam.Policy(PolicyName="invoke", PolicyDocument=policy(invokes))],
        Metadata=origin(PATH),
        **more,
    )
    yield scheduler.Schedule(
        f"{STEM}Schedule",
        Name=name,
        GroupName=Ref(f"{STEM}Schedules"),
        Description="Runs probes every minute",
        ScheduleExpression=EVERY_MINUTE,
        FlexibleTimeWindow=scheduler.FlexibleTimeWindow(Mode="OFF"),
        State="ENABLED",
        Target=scheduler.Target(
            Arn=GetAtt(f"{STEM}Function", "Arn"),
            RoleArn=GetAtt(f"{STEM}ScheduleRole", "Arn"),
            Input=json.dumps({"at": PLANNED}),
            RetryPolicy=scheduler.RetryPolicy(MaximumEventAgeInSeconds=EVENT_AGE_SECONDS, MaximumRetryAttempts=0),
        ),
        DependsOn=[f"{STEM}Invocations"],
        Metadata=origin(PATH),
        **more,
    )


def _vpc(subnets: Any) -> awslambda.VPCConfig:
    return awslambda.VPCConfig(SubnetIds=subnets, SecurityGroupIds=[GetAtt(f"{STEM}SecurityGroup", "GroupId")])


def _security_group(estate: Estate, rules: Sequence[tuple[str, int, str]], vpc: Any, **more: Any) -> Part:
    """Lets out what the rules say, and nothing in."""
    group = estate.name("probes-security-group")
    egress = [_egress(*rule) for rule in rules]
    nothing = {"IpProtocol": "-1", "CidrIp": NOWHERE, "Description": "No outbound connections"}
    return ec2.SecurityGroup(
        f"{STEM}SecurityGroup",
        GroupName=group,
        GroupDescription="From probes to what they check",
        VpcId=vpc,
        SecurityGroupEgress=egress or [nothing],
        Tags=Tags(Name=group),
        Metadata=origin(PATH),
        **more,
    )


def _egress(protocol: str, port: int, addresses: str) -> dict[str, Any]:
    family = "CidrIpv6" if ":" in addresses else "CidrIp"
    where = "" if addresses == ANYWHERE else " of one address"
    return {
        "IpProtocol": protocol,
        "FromPort": port,
        "ToPort": port,
        family: addresses,
        "Description": f"Port {port}{where}",
    }


CONCERN = Concern(
    hub=lambda inputs: hub(inputs.estate, inputs.assets),
    member=lambda inputs: member(inputs.estate, inputs.assets),
)
