"""Lambda functions of obsgen: a log group each, a trust policy, JSON logs, and the minimum of memory."""

from __future__ import annotations

from typing import Any

from troposphere import AWSHelperFn, GetAtt, Ref, Sub, awslambda, iam, logs

from generator.blueprints.kit.policies import allow, grant, policy, service
from generator.blueprints.kit.stack import DELETED, Part, origin
from generator.findings import Path
from generator.manifest import Asset

RUNTIME = "python3.13"
MEMORY_MB = 128
TIMEOUT_SECONDS = 3
RETENTION_DAYS = 30
# The hub template's parameter; the bucket is in the Region of the hub's stack.
HUB_BUCKET = Ref("AssetsBucket")


# troposphere 4.11 keeps one class where CloudFormation has two property types of a name, and drops this one.
class _LoggingConfig(awslambda.LoggingConfig):  # type: ignore[misc]  # troposphere ships no types
    props = {**awslambda.LoggingConfig.props, "LogFormat": (str, False)}


# troposphere 4.11 keeps one class where CloudFormation has two property types of a name, and drops this one.
class ScalingConfig(awslambda.ScalingConfig):  # type: ignore[misc]  # troposphere ships no types
    """The maximum concurrency of an event source mapping."""

    props = {"MaximumConcurrency": (int, False)}


def members_bucket(hub_account: str) -> Sub:
    """The bucket that a member's function has its package from: the hub account's, in the member's own Region."""
    return Sub(f"obsgen-assets-{hub_account}-${{AWS::Region}}")


def log_group(title: str, function: str, path: Path, **more: Any) -> Part:
    """The function's log group; Lambda would create one without a retention period."""
    name = f"/aws/lambda/{function}"
    return logs.LogGroup(
        title, LogGroupName=name, RetentionInDays=RETENTION_DAYS, Metadata=origin(path), **DELETED, **more
    )


def role(
    title: str,
    function: str,
    does: str,
    statements: list[Any],
    path: Path,
    *,
    environment: str,
    in_members: bool = False,
    **more: Any,
) -> Part:
    """The function's role: its own log, and the statements. does: the policy's name."""
    stream = Sub(
        f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:/aws/lambda/{function}:*"
    )
    own_log = allow(["logs:CreateLogStream", "logs:PutLogEvents"], [stream], sid="WritesItsLog")
    trust = grant(service("lambda.amazonaws.com"), ["sts:AssumeRole"], None, sid="LambdaAssumes")
    return iam.Role(
        title,
        RoleName=_role_name(function, environment, in_members=in_members),
        Description=f"Permissions of {function}",
        AssumeRolePolicyDocument=policy(trust),
        Policies=[iam.Policy(PolicyName=does, PolicyDocument=policy(own_log, *statements))],
        Metadata=origin(path),
        **more,
    )


def function(
    title: str,
    name: str,
    asset: Asset,
    path: Path,
    *,
    timeout_seconds: int = TIMEOUT_SECONDS,
    bucket: AWSHelperFn = HUB_BUCKET,
    **more: Any,
) -> Part:
    """A function whose log group is `<title's stem>LogGroup` and whose role is `<stem>Role`.

    bucket: the one of its package; `members_bucket` for functions of the member template.
    """
    stem = title.removesuffix("Function")
    return awslambda.Function(
        title,
        FunctionName=name,
        Runtime=RUNTIME,
        Architectures=["arm64"],
        Handler=asset.handler,
        Code=awslambda.Code(S3Bucket=bucket, S3Key=asset.key),
        MemorySize=MEMORY_MB,
        Timeout=timeout_seconds,
        Role=GetAtt(f"{stem}Role", "Arn"),
        LoggingConfig=_LoggingConfig(LogGroup=Ref(f"{stem}LogGroup"), LogFormat="JSON"),
        Metadata=origin(path),
        **more,
    )


def _role_name(function_name: str, environment: str, *, in_members: bool) -> str | Sub:
    """`<kind>-role-<environment>`, from `<kind>-<environment>`.

    IAM is global: with the Region in its name, a member's role of one Region does not collide with another's.
    """
    kind = function_name.removesuffix(f"-{environment}")
    return Sub(f"{kind}-role-${{AWS::Region}}-{environment}") if in_members else f"{kind}-role-{environment}"
