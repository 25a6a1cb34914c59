"""From an ARN to the resource of a pack.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
lists the form of each service's ARNs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from generator.inventory.types import Pairs

_ARN = re.compile(r"arn:[^:]*:(?P<service>[^:]*):(?P<region>[^:]*):(?P<account>[^:]*):(?P<rest>.*)", re.DOTALL)
# Service, to the packs and what follows the account. Two packs of one form: a metric or an API says which.
_FORMS: Mapping[str, tuple[tuple[tuple[str, ...], str], ...]] = {
    "acm": ((("acm",), r"(?P<certificate>certificate/.+)"),),
    "amplify": ((("amplify-hosting",), r"apps/(?P<app>[^/]+)"),),
    "apigateway": ((("http-api",), r"/apis/(?P<api>[^/]+)"),),
    "autoscaling": ((("auto-scaling",), r"autoScalingGroup:[^:]*:autoScalingGroupName/(?P<group>.+)"),),
    "backup": ((("backup",), r"backup-vault:(?P<vault>.+)"),),
    "batch": ((("batch-queue",), r"job-queue/(?P<queue>.+)"),),
    "cloudfront": ((("cloudfront",), r"distribution/(?P<distribution>.+)"),),
    "cognito-idp": ((("cognito",), r"userpool/(?P<user_pool>.+)"),),
    "directconnect": ((("direct-connect",), r"dxcon/(?P<connection>.+)"),),
    "dms": ((("dms-instance",), r"rep:(?P<instance>.+)"), (("dms-task",), r"task:(?P<task>.+)")),
    "dynamodb": ((("dynamodb",), r"table/(?P<table>[^/]+)"),),
    "ec2": (
        (("ec2",), r"instance/(?P<instance>.+)"),
        (("ebs",), r"volume/(?P<volume>.+)"),
        (("nat-gateway",), r"natgateway/(?P<nat_gateway>.+)"),
        (("transit-gateway",), r"transit-gateway/(?P<transit_gateway>.+)"),
        (("vpn",), r"vpn-connection/(?P<vpn>.+)"),
    ),
    "ecs": (
        (("ecs-cluster",), r"cluster/(?P<cluster>.+)"),
        (("ecs",), r"service/(?P<cluster>[^/]+)/(?P<service>.+)"),
    ),
    "eks": ((("eks",), r"cluster/(?P<cluster>.+)"),),
    "elasticache": (
        (("elasticache",), r"cluster:(?P<cluster>.+)"),
        (("elasticache-serverless",), r"serverlesscache:(?P<cache>.+)"),
    ),
    "elasticfilesystem": ((("efs",), r"file-system/(?P<file_system>.+)"),),
    "elasticloadbalancing": (
        (("alb",), r"loadbalancer/(?P<load_balancer>app/.+)"),
        (("nlb",), r"loadbalancer/(?P<load_balancer>net/.+)"),
        (("classic-elb",), r"loadbalancer/(?P<load_balancer>[^/]+)"),
    ),
    "es": ((("opensearch",), r"domain/(?P<domain>.+)"),),
    "events": ((("eventbridge-rule",), r"rule/(?:[^/]+/)?(?P<rule>[^/]+)"),),
    "firehose": ((("firehose",), r"deliverystream/(?P<stream>.+)"),),
    "glue": ((("glue",), r"job/(?P<job>.+)"),),
    "kafka": ((("msk",), r"cluster/(?P<cluster>[^/]+)/.+"),),
    "kinesis": ((("kinesis",), r"stream/(?P<stream>[^/]+)"),),
    "lambda": ((("lambda",), r"function:(?P<function>[^:]+)"),),
    "mq": ((("activemq", "rabbitmq"), r"broker:(?P<broker>[^:]+):.+"),),
    "rds": (
        # Also of DocumentDB and Neptune: what runs has metrics, which say that it is of RDS.
        (("rds", "documentdb"), r"db:(?P<instance>.+)"),
        (("aurora", "documentdb"), r"cluster:(?P<cluster>.+)"),
    ),
    "redshift": ((("redshift",), r"cluster:(?P<cluster>.+)"),),
    "route53": ((("route53-health-check",), r"healthcheck/(?P<health_check>.+)"),),
    "s3": ((("s3",), r"(?P<bucket>[^/]+)"),),
    "sns": ((("sns",), r"(?P<topic>[^:]+)"),),
    "sqs": ((("sqs",), r"(?P<queue>[^:]+)"),),
    "states": ((("step-functions",), r"stateMachine:(?P<state_machine>[^:]+)"),),
    "synthetics": ((("synthetics",), r"canary:(?P<canary>.+)"),),
}
_COMPILED = {
    service: tuple((types, re.compile(pattern, re.DOTALL)) for types, pattern in forms)
    for service, forms in _FORMS.items()
}
# Listed with what they belong to, or not monitored by themselves.
PARTS_OF_OTHERS = (
    "elasticloadbalancing:targetgroup",
    "elasticache:replicationgroup",
    "apigateway:/restapis",
    "rds:cluster-snapshot",
    "rds:snapshot",
)


@dataclass(frozen=True, slots=True)
class ArnResource:
    """What an ARN names. types: packs that it may be of. account, region: empty where the ARN has none."""

    types: tuple[str, ...]
    account: str
    region: str
    values: Pairs


def resource_of(arn: str) -> ArnResource | None:
    """The resource of an ARN; None where it is of no pack."""
    match = _ARN.fullmatch(arn)
    for types, pattern in _COMPILED.get(match["service"], ()) if match else ():
        assert match
        values = pattern.fullmatch(match["rest"])
        if values:
            parameters = dict(values.groupdict())
            if types == ("acm",):
                parameters = {"certificate": arn}
            return ArnResource(types, match["account"], match["region"], tuple(parameters.items()))
    return None


def kind_of(arn: str) -> str:
    """Service and type of an ARN, such as `neptune:cluster`, for what no pack knows; empty for no ARN."""
    match = _ARN.fullmatch(arn)
    if match is None:
        return ""
    first = re.split(r"[:/]", match["rest"].lstrip("/"), maxsplit=1)
    rest = f"/{first[0]}" if match["rest"].startswith("/") else first[0]
    return f"{match['service']}:{rest}" if len(first) > 1 else match["service"]
