"""What every function of ours has: a log group of its own, a trust policy, JSON logs, the least memory there is."""

from __future__ import annotations

from typing import Any

from troposphere import GetAtt, Ref, Sub, awslambda, iam, logs

from generator.blueprints.policies import allow, grant, policy, service
from generator.blueprints.stack import DELETED, Part, origin
from generator.findings import Path
from generator.manifest import Asset

RUNTIME = "python3.13"
MEMORY_MB = 128
TIMEOUT_SECONDS = 3
RETENTION_DAYS = 30


# troposphere 4.11 keeps one class where CloudFormation has two property types of a name, and drops this one.
class _LoggingConfig(awslambda.LoggingConfig):  # type: ignore[misc]  # troposphere ships no types
    props = {**awslambda.LoggingConfig.props, "LogFormat": (str, False)}


# troposphere 4.11 keeps one class where CloudFormation has two property types of a name, and drops this one.
class ScalingConfig(awslambda.ScalingConfig):  # type: ignore[misc]  # troposphere ships no types
    """How many invocations an event source mapping makes at the same time at most."""

    props = {"MaximumConcurrency": (int, False)}


def log_group(title: str, function: str, path: Path) -> Part:
    """The function's log group: made here, or Lambda would make one that keeps everything for ever."""
    name = f"/aws/lambda/{function}"
    return logs.LogGroup(title, LogGroupName=name, RetentionInDays=RETENTION_DAYS, Metadata=origin(path), **DELETED)


def role(title: str, function: str, does: str, statements: list[Any], path: Path) -> Part:
    """The function's role: its own log, and the statements. does: the policy's name."""
    stream = Sub(
        f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:/aws/lambda/{function}:*"
    )
    own_log = allow(["logs:CreateLogStream", "logs:PutLogEvents"], [stream], sid="WritesItsLog")
    trust = grant(service("lambda.amazonaws.com"), ["sts:AssumeRole"], None, sid="LambdaAssumes")
    return iam.Role(
        title,
        RoleName=_role_name(function),
        Description=f"What {function} may do",
        AssumeRolePolicyDocument=policy(trust),
        Policies=[iam.Policy(PolicyName=does, PolicyDocument=policy(own_log, *statements))],
        Metadata=origin(path),
    )


def function(
    title: str, name: str, asset: Asset, path: Path, *, timeout_seconds: int = TIMEOUT_SECONDS, **more: Any
) -> Part:
    """A function whose log group is `<title's stem>LogGroup` and whose role is `<stem>Role`."""
    stem = title.removesuffix("Function")
    return awslambda.Function(
        title,
        FunctionName=name,
        Runtime=RUNTIME,
        Architectures=["arm64"],
        Handler=asset.handler,
        Code=awslambda.Code(S3Bucket=Ref("AssetsBucket"), S3Key=asset.key),
        MemorySize=MEMORY_MB,
        Timeout=timeout_seconds,
        Role=GetAtt(f"{stem}Role", "Arn"),
        LoggingConfig=_LoggingConfig(LogGroup=Ref(f"{stem}LogGroup"), LogFormat="JSON"),
        Metadata=origin(path),
        **more,
    )


def _role_name(function_name: str) -> str:
    """`<kind>-role-<environment>`, from `<kind>-<environment>`."""
    kind, _, environment = function_name.rpartition("-")
    return f"{kind}-role-{environment}"
