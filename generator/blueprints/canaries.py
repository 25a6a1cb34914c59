"""Canaries of the hub, the bucket of what their runs leave behind, their role and their logs.

The alarm on a canary is an alarm like any other (alarms.py).
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-synthetics-canary.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from awacs.aws import Condition as When
from awacs.aws import StringEquals
from troposphere import GetAtt, Output, Ref, Sub, iam, logs, synthetics

from generator.aws.synthetics import FUNCTION_NAME_HAS, LEAST_MEMORY_MB, NAMESPACE, RUNTIME
from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.policies import allow, grant, policy, service
from generator.blueprints.kit.private_bucket import private_bucket
from generator.blueprints.kit.stack import DELETED, Part, origin
from generator.model.canaries import Canary
from generator.model.estate import Estate

SCRIPT = "handlers/canary/script.py"
HANDLER = "index.handler"
DAYS = 30
# What the start of a run and its artifacts may take of the time-out, so that the script can still say what it saw.
STARTING_SECONDS = 10
MOST_NAMED = 80
PATH = ("canaries",)


# troposphere 4.11 knows runtimes up to syn-python-selenium-4.1, none of which a canary can be created with any more.
class _Canary(synthetics.Canary):  # type: ignore[misc]  # troposphere ships no types
    props = {**synthetics.Canary.props, "RuntimeVersion": (str, True)}


def resources(estate: Estate, handlers: Mapping[str, bytes]) -> Iterator[Part]:
    """Bucket and role, where there are canaries; each canary and its log group. handlers: sources by path."""
    if not estate.canaries:
        return
    # What runs leave behind; `obsgen destroy` empties it.
    name = Sub(f"canary-artifacts-${{AWS::AccountId}}-{estate.environment}")
    yield from private_bucket("CanariesBucket", name, ("after-a-month", DAYS), PATH)
    yield _role(estate)
    yield Output("CanariesBucketName", Description="What the runs of canaries leave", Value=Ref("CanariesBucket"))
    script = handlers[SCRIPT].decode()
    for canary in estate.canaries:
        yield _canary(canary, script)
        yield _log_group(canary)


def _role(estate: Estate) -> Part:
    """What a run may do. It cannot make a log group: one that it made would keep everything for ever.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Canaries_CanaryPermissions.html
    """
    functions = sorted({f"{_function(canary)}-*" for canary in estate.canaries})
    # A role's policies have 10,240 characters together, which is a hundred log groups.
    function_names = functions if len(functions) <= MOST_NAMED else ["cwsyn-*"]
    prefix = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/"
    streams = [Sub(f"{prefix}{name}:*") for name in function_names]
    own_namespace = When(StringEquals({"cloudwatch:namespace": NAMESPACE}))
    return iam.Role(
        "CanariesRole",
        RoleName=estate.name("canary-role"),
        Description="What the runs of canaries may do",
        AssumeRolePolicyDocument=policy(
            grant(service("lambda.amazonaws.com"), ["sts:AssumeRole"], None, sid="LambdaAssumes")
        ),
        Policies=[
            iam.Policy(
                PolicyName="run",
                PolicyDocument=policy(
                    allow(["s3:GetObject", "s3:PutObject"], [Sub("${CanariesBucket.Arn}/*")], sid="KeepsArtifacts"),
                    allow(["s3:GetBucketLocation"], [GetAtt("CanariesBucket", "Arn")], sid="FindsItsBucket"),
                    allow(["s3:ListAllMyBuckets"], ["*"], sid="SeesThatThereAreBuckets"),
                    allow(["logs:CreateLogStream", "logs:PutLogEvents"], streams, sid="WritesItsLog"),
                    allow(["cloudwatch:PutMetricData"], ["*"], sid="Counts", condition=own_namespace),
                ),
            )
        ],
        Metadata=origin(PATH),
    )


def _canary(canary: Canary, script: str) -> Part:
    expected = {
        "URL": canary.url,
        "STATUS": str(canary.status),
        "GIVE_UP_AFTER": str(max(canary.timeout - STARTING_SECONDS, STARTING_SECONDS)),
        **({"CONTAINS": canary.contains} if canary.contains else {}),
        **({"WITHIN": str(canary.within)} if canary.within else {}),
    }
    minutes = canary.every // 60
    return _Canary(
        canary.logical_id,
        Name=canary.name,
        RuntimeVersion=RUNTIME,
        Code=synthetics.Code(Handler=HANDLER, Script=script),
        ExecutionRoleArn=GetAtt("CanariesRole", "Arn"),
        ArtifactS3Location=Sub(f"s3://${{CanariesBucket}}/{canary.name}"),
        Schedule=synthetics.Schedule(Expression=f"rate({minutes} minute{'' if minutes == 1 else 's'})"),
        RunConfig=synthetics.RunConfig(
            TimeoutInSeconds=canary.timeout, MemoryInMB=LEAST_MEMORY_MB, EnvironmentVariables=expected
        ),
        StartCanaryAfterCreation=True,
        SuccessRetentionPeriod=DAYS,
        FailureRetentionPeriod=DAYS,
        ProvisionedResourceCleanup="AUTOMATIC",
        ResourcesToReplicateTags=["lambda-function"],
        Metadata=origin(canary.path),
    )


def _log_group(canary: Canary) -> Part:
    """Where its function writes; nobody but us sets a retention."""
    return logs.LogGroup(
        f"CanariesLogGroup{canary.logical_id.removeprefix('Canary')}",
        LogGroupName=Sub(f"/aws/lambda/{_function(canary)}-${{{canary.logical_id}.Id}}"),
        RetentionInDays=DAYS,
        Metadata=origin(canary.path),
        **DELETED,
    )


def _function(canary: Canary) -> str:
    """How Synthetics calls a canary's function; a dash and the canary's id follow."""
    return f"cwsyn-{canary.name[:FUNCTION_NAME_HAS]}"


CONCERN = Concern(hub=lambda inputs: resources(inputs.estate, inputs.handlers))
