"""The REST API of the event store: IAM authentication, this organization only, throttled, with an access log.

For principals of the hub's account their own policies decide; those of another account require both policies:
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from troposphere import GetAtt, Output, Ref, Sub, apigateway, awslambda, iam, logs, secretsmanager

from generator.blueprints.api_policy import resource_policy
from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.functions import RETENTION_DAYS
from generator.blueprints.kit.hub_functions import (
    LISTS,
    READS,
    REPORTS,
    hub_function,
    on_incidents,
    on_table,
    puts_findings,
)
from generator.blueprints.kit.policies import allow, grant, policy, service
from generator.blueprints.kit.stack import DELETED, Part, origin, to_plain
from generator.manifest import Asset
from generator.model.error_log_names import API_FUNCTION, CURSORS, api_log_group
from generator.model.error_logs import Api, Events
from generator.model.estate import Estate
from generator.model.incidents import DUE_INDEX

FUNCTION = API_FUNCTION
HANDLER = "handlers.api.app.handler"
STEM = "MonitoringApi"
TIMEOUT_SECONDS = 10
# Longer than the function, so that the caller receives its timeout, and shorter than API Gateway's own 29 seconds.
INTEGRATION_MS = 1_000 * TIMEOUT_SECONDS + 1_000
ROOT = "v1"
GATEWAY = "apigateway.amazonaws.com"
# TLS 1.2 and 1.3; the API's own default still accepts 1.0.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html
TLS = "SecurityPolicy_TLS13_1_2_2021_06"
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
LOGGED = {
    "request_id": "$context.requestId",
    "extended_request_id": "$context.extendedRequestId",
    "time": "$context.requestTime",
    "caller": "$context.identity.userArn",
    "account": "$context.identity.accountId",
    "address": "$context.identity.sourceIp",
    "agent": "$context.identity.userAgent",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "status": "$context.status",
    "error": "$context.error.responseType",
    "milliseconds": "$context.responseLatency",
    "function_milliseconds": "$context.integration.latency",
    "bytes": "$context.responseLength",
    "tls": "$context.tlsVersion",
}


def resources(estate: Estate, assets: Mapping[str, Asset]) -> Iterator[Part]:
    """The API, stage, logs, function, and the secret that signs cursors; nothing without an API."""
    events = estate.events
    if events is None or events.api is None:
        return
    path = events.path
    yield secretsmanager.Secret(
        f"{STEM}Cursors",
        Name=estate.name(CURSORS),
        Description="Signs the cursors of the API; generated, and read by its function only",
        GenerateSecretString=secretsmanager.GenerateSecretString(PasswordLength=64, ExcludePunctuation=True),
        Metadata=origin(path),
        **DELETED,
    )
    yield from hub_function(
        estate,
        events,
        STEM,
        FUNCTION,
        assets[FUNCTION],
        list(_statements(estate)),
        {
            "BUS_NAME": Ref("Bus"),
            "CURSOR_SECRET": estate.name(CURSORS),
            "INCIDENTS_TABLE": Ref("IncidentTable"),
            **({"BUCKET_NAME": Ref(f"{REPORTS}Bucket")} if estate.reports else {}),
        },
        timeout_seconds=TIMEOUT_SECONDS,
        does="answer",
        description="Serves the API",
        path=path,
    )
    yield from _api(estate, events)
    yield from _stage(estate, events, events.api)
    yield Output(f"{STEM}Url", Description="URL of the API, with IAM authentication", Value=api_url())


def api_url() -> Sub:
    """The URL of the API, without a trailing slash."""
    return Sub(f"https://${{{STEM}}}.execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}/${{{STEM}Stage}}")


def _statements(estate: Estate) -> Iterator[Any]:
    """The actions that the function's code calls."""
    yield from on_table([*READS, "dynamodb:PutItem"], LISTS)
    yield from on_incidents(DUE_INDEX)
    yield allow(["secretsmanager:GetSecretValue"], [Ref(f"{STEM}Cursors")], sid="SignsCursors")
    yield puts_findings()
    if estate.reports:
        yield allow(["s3:GetObject"], [Sub(f"${{{REPORTS}Bucket.Arn}}/*")], sid="SignsLinks")
        # Without it a page that is not there would be one that may not be seen.
        yield allow(["s3:ListBucket"], [GetAtt(f"{REPORTS}Bucket", "Arn")], sid="SaysWhatIsMissing")


def _api(estate: Estate, events: Events) -> Iterator[Part]:
    """The content of a deployment; its logical ID is a hash of it, since CloudFormation never repeats a deployment.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-deployment.html
    """
    parts = list(_deployed(estate, events))
    yield from parts
    digest = hashlib.sha256(json.dumps([to_plain(part) for part in parts], sort_keys=True).encode()).hexdigest()[:10]
    yield apigateway.Deployment(
        f"{STEM}Deployment{digest}",
        RestApiId=Ref(STEM),
        Description="Deployment of the stage",
        DependsOn=[part.title for part in parts if part.title != STEM],
        Metadata=origin(events.path),
    )
    yield apigateway.Stage(
        f"{STEM}Stage",
        DeploymentId=Ref(f"{STEM}Deployment{digest}"),
        **_settings(estate, events),
    )


def _deployed(estate: Estate, events: Events) -> Iterator[Any]:
    metadata = {"Metadata": origin(events.path)}
    yield apigateway.RestApi(
        STEM,
        Name=estate.name(API_FUNCTION),
        Description="Events, errors, incidents, agents and reports",
        EndpointConfiguration=apigateway.EndpointConfiguration(Types=["REGIONAL"]),
        SecurityPolicy=TLS,
        EndpointAccessMode="STRICT",
        Policy=to_plain(resource_policy(estate)),
        **metadata,
    )
    yield apigateway.Resource(
        f"{STEM}Root", RestApiId=Ref(STEM), ParentId=GetAtt(STEM, "RootResourceId"), PathPart=ROOT, **metadata
    )
    yield apigateway.Resource(
        f"{STEM}Paths", RestApiId=Ref(STEM), ParentId=Ref(f"{STEM}Root"), PathPart="{proxy+}", **metadata
    )
    yield apigateway.Method(
        f"{STEM}Method",
        RestApiId=Ref(STEM),
        ResourceId=Ref(f"{STEM}Paths"),
        HttpMethod="ANY",
        AuthorizationType="AWS_IAM",
        Integration=apigateway.Integration(
            Type="AWS_PROXY",
            # A function is always called by POST.
            IntegrationHttpMethod="POST",
            TimeoutInMillis=INTEGRATION_MS,
            Uri=Sub(
                "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
                f"${{{STEM}Function.Arn}}/invocations"
            ),
        ),
        **metadata,
    )
    for kind in ("DEFAULT_4XX", "DEFAULT_5XX"):
        # What API Gateway answers itself has the form of the function's own answers.
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
        yield apigateway.GatewayResponse(
            f"{STEM}{kind.title().replace('_', '')}",
            RestApiId=Ref(STEM),
            ResponseType=kind,
            ResponseParameters={"gatewayresponse.header.Content-Type": "'application/problem+json'"},
            ResponseTemplates={
                "application/json": '{"type":"about:blank","title":"$context.error.responseType",'
                '"detail":$context.error.messageString}'
            },
            **metadata,
        )


def _settings(estate: Estate, events: Events) -> dict[str, Any]:
    """The settings of the stage: one rate for all paths, and a log line for every request.

    Execution logs are disabled: API Gateway creates their log group, which keeps headers and bodies without an end.
    """
    assert events.api is not None
    everything = apigateway.MethodSetting(
        HttpMethod="*",
        ResourcePath="/*",
        ThrottlingRateLimit=events.api.rate,
        ThrottlingBurstLimit=events.api.burst,
        LoggingLevel="OFF",
        DataTraceEnabled=False,
        MetricsEnabled=True,
    )
    after = {"DependsOn": [f"{STEM}Account"]} if events.api.account_role else {}
    return {
        "RestApiId": Ref(STEM),
        "StageName": estate.environment,
        "Description": "Version 1",
        "MethodSettings": [everything],
        "AccessLogSetting": apigateway.AccessLogSetting(
            DestinationArn=GetAtt(f"{STEM}AccessLogGroup", "Arn"), Format=json.dumps(LOGGED, separators=(",", ":"))
        ),
        "Metadata": origin(events.path),
        **after,
    }


def _stage(estate: Estate, events: Events, api: Api) -> Iterator[Part]:
    """The log group of the stage, the role of API Gateway, and the permission to invoke the function."""
    path = events.path
    yield logs.LogGroup(
        f"{STEM}AccessLogGroup",
        LogGroupName=api_log_group(estate.environment),
        RetentionInDays=RETENTION_DAYS,
        Metadata=origin(path),
        **DELETED,
    )
    if api.account_role:
        yield from _account(estate, events)
    yield awslambda.Permission(
        f"{STEM}Permission",
        Action="lambda:InvokeFunction",
        FunctionName=Ref(f"{STEM}Function"),
        Principal=GATEWAY,
        SourceArn=Sub(
            f"arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{{STEM}}}"
            f"/{estate.environment}/*/{ROOT}/*"
        ),
        Metadata=origin(path),
    )


def _account(estate: Estate, events: Events) -> Iterator[Part]:
    """The role with which API Gateway writes logs of every API of the account and Region: there is one such setting.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
    """
    trust = grant(service(GATEWAY), ["sts:AssumeRole"], None, sid="GatewayAssumes")
    yield iam.Role(
        f"{STEM}AccountRole",
        RoleName=estate.name(f"{API_FUNCTION}-account-role"),
        Description="Allows API Gateway to write logs",
        AssumeRolePolicyDocument=policy(trust),
        # The policy that AWS asks for, since the role serves every API of the account.
        ManagedPolicyArns=[
            Sub("arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs")
        ],
        Metadata=origin(events.path),
    )
    yield apigateway.Account(
        f"{STEM}Account", CloudWatchRoleArn=GetAtt(f"{STEM}AccountRole", "Arn"), Metadata=origin(events.path)
    )


CONCERN = Concern(hub=lambda inputs: resources(inputs.estate, inputs.assets))
