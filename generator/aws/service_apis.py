"""What services list of the resources of an account and Region, as data: one entry for each call.

Names, keys and pages are those of each service's API reference: https://docs.aws.amazon.com/index.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.aws.regions import partition_of, url_suffix_of

Item = Mapping[str, Any]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ServiceApi:
    """A call, such as `sqs:ListQueues`: the name of boto3's client and of the operation.

    result: the key of the list. following: the parameter of the next page, and the key of the answer with its value;
    empty where the operation has one page. rows: what an item becomes. iam: the action where IAM calls it otherwise.
    params: of each call.
    """

    action: str
    result: str
    following: tuple[str, str]
    rows: Callable[[Any, str], Iterable[Row]]
    iam: str = ""
    params: tuple[tuple[str, Any], ...] = ()

    @property
    def permission(self) -> str:
        """The IAM action."""
        return self.iam or self.action


def _row(type_: str, values: Mapping[str, Any], arn: Any = None, host: Any = None, group: Row | None = None) -> Row:
    row: Row = {"Type": type_, "Values": {name: str(value) for name, value in values.items()}}
    optional = {"Arn": arn, "Host": host, "Group": group}
    return {**row, **{key: value for key, value in optional.items() if value}}


def _of(
    type_: str, parameter: str, key: str = "", arn: str = "", pattern: str = ""
) -> Callable[[Any, str], Iterable[Row]]:
    """A row whose parameter is a key of the item, or the item itself. pattern: what of it, as a group."""
    compiled = re.compile(pattern or "(.+)", re.DOTALL)

    def rows(item: Any, _region: str) -> Iterator[Row]:
        match = compiled.fullmatch(str(item.get(key, "") if key else item))
        if match:
            yield _row(type_, {parameter: match[1]}, item.get(arn) if arn else None)

    return rows


def _db_instance(item: Item, _region: str) -> Iterator[Row]:
    engine, cluster = str(item.get("Engine")), item.get("DBClusterIdentifier")
    type_ = f"rds:{engine}" if engine in ("docdb", "neptune") else "rds"
    group = {"Type": _cluster_type(engine), "Values": {"cluster": str(cluster)}} if cluster else None
    yield _row(type_, {"instance": item["DBInstanceIdentifier"]}, item.get("DBInstanceArn"), group=group)


def _db_cluster(item: Item, _region: str) -> Iterator[Row]:
    yield _row(
        _cluster_type(str(item.get("Engine"))), {"cluster": item["DBClusterIdentifier"]}, item.get("DBClusterArn")
    )


def _cluster_type(engine: str) -> str:
    return "aurora" if engine.startswith("aurora") else "documentdb" if engine == "docdb" else f"rds:{engine}"


def _load_balancer(item: Item, _region: str) -> Iterator[Row]:
    arn = str(item.get("LoadBalancerArn"))
    types = {"application": "alb", "network": "nlb"}
    type_ = types.get(str(item.get("Type")), f"elasticloadbalancing:{item.get('Type')}")
    yield _row(type_, {"load_balancer": arn.partition(":loadbalancer/")[2]}, arn, item.get("DNSName"))


def _classic_load_balancer(item: Item, _region: str) -> Iterator[Row]:
    yield _row("classic-elb", {"load_balancer": item["LoadBalancerName"]}, host=item.get("DNSName"))


def _rest_api(item: Item, region: str) -> Iterator[Row]:
    """Metrics have the name of a REST API, ARNs and addresses its ID."""
    arn = f"arn:{partition_of(region)}:apigateway:{region}::/restapis/{item['id']}"
    yield _row("rest-api", {"api": item["name"]}, arn, f"{item['id']}.execute-api.{region}.{url_suffix_of(region)}")


def _http_api(item: Item, region: str) -> Iterator[Row]:
    type_ = "http-api" if item.get("ProtocolType") == "HTTP" else "apigateway:websocket"
    arn = f"arn:{partition_of(region)}:apigateway:{region}::/apis/{item['ApiId']}"
    yield _row(type_, {"api": item["ApiId"]}, arn, str(item.get("ApiEndpoint", "")).partition("://")[2])


def _auto_scaling_group(item: Item, _region: str) -> Iterator[Row]:
    """The group, and its instances as parts of it."""
    values = {"group": str(item["AutoScalingGroupName"])}
    yield _row("auto-scaling", values, item.get("AutoScalingGroupARN"))
    for instance in item.get("Instances", ()):
        yield _row("ec2", {"instance": instance["InstanceId"]}, group={"Type": "auto-scaling", "Values": values})


def _broker(item: Item, _region: str) -> Iterator[Row]:
    """Metrics of ActiveMQ have the instance: https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/"""
    is_rabbit = str(item.get("EngineType")).upper() == "RABBITMQ"
    name = str(item["BrokerName"])
    count = 2 if item.get("DeploymentMode") == "ACTIVE_STANDBY_MULTI_AZ" else 1
    names = [name] if is_rabbit else [f"{name}-{number + 1}" for number in range(count)]
    for broker in names:
        yield _row("rabbitmq" if is_rabbit else "activemq", {"broker": broker})


_TOKEN, _LOWER, _MARKER = ("NextToken", "NextToken"), ("nextToken", "nextToken"), ("Marker", "Marker")
_NEXT_MARKER = ("Marker", "NextMarker")
SERVICE_APIS = (
    ServiceApi("apigateway:GetRestApis", "items", ("position", "position"), _rest_api, "apigateway:GET"),
    ServiceApi("apigatewayv2:GetApis", "Items", _TOKEN, _http_api, "apigateway:GET"),
    ServiceApi("autoscaling:DescribeAutoScalingGroups", "AutoScalingGroups", _TOKEN, _auto_scaling_group),
    ServiceApi(
        "backup:ListBackupVaults",
        "BackupVaultList",
        _TOKEN,
        _of("backup", "vault", "BackupVaultName", "BackupVaultArn"),
    ),
    ServiceApi(
        "batch:DescribeJobQueues", "jobQueues", _LOWER, _of("batch-queue", "queue", "jobQueueName", "jobQueueArn")
    ),
    ServiceApi(
        "dynamodb:ListTables",
        "TableNames",
        ("ExclusiveStartTableName", "LastEvaluatedTableName"),
        _of("dynamodb", "table"),
    ),
    ServiceApi("ecs:ListClusters", "clusterArns", _LOWER, _of("ecs-cluster", "cluster", pattern=".+:cluster/(.+)")),
    ServiceApi("eks:ListClusters", "clusters", _LOWER, _of("eks", "cluster")),
    ServiceApi(
        "elasticache:DescribeCacheClusters",
        "CacheClusters",
        _MARKER,
        _of("elasticache", "cluster", "CacheClusterId", "ARN"),
    ),
    ServiceApi(
        "elasticache:DescribeServerlessCaches",
        "ServerlessCaches",
        _TOKEN,
        _of("elasticache-serverless", "cache", "ServerlessCacheName", "ARN"),
    ),
    ServiceApi(
        "elasticfilesystem:DescribeFileSystems",
        "FileSystems",
        _NEXT_MARKER,
        _of("efs", "file_system", "FileSystemId", "FileSystemArn"),
    ),
    ServiceApi(
        "elb:DescribeLoadBalancers",
        "LoadBalancerDescriptions",
        _NEXT_MARKER,
        _classic_load_balancer,
        "elasticloadbalancing:DescribeLoadBalancers",
    ),
    ServiceApi(
        "elbv2:DescribeLoadBalancers",
        "LoadBalancers",
        _NEXT_MARKER,
        _load_balancer,
        "elasticloadbalancing:DescribeLoadBalancers",
    ),
    ServiceApi("es:ListDomainNames", "DomainNames", ("", ""), _of("opensearch", "domain", "DomainName")),
    ServiceApi("glue:ListJobs", "JobNames", _TOKEN, _of("glue", "job")),
    ServiceApi("kafka:ListClustersV2", "ClusterInfoList", _TOKEN, _of("msk", "cluster", "ClusterName", "ClusterArn")),
    ServiceApi("kinesis:ListStreams", "StreamNames", _TOKEN, _of("kinesis", "stream")),
    ServiceApi(
        "lambda:ListFunctions", "Functions", _NEXT_MARKER, _of("lambda", "function", "FunctionName", "FunctionArn")
    ),
    ServiceApi("mq:ListBrokers", "BrokerSummaries", _TOKEN, _broker),
    ServiceApi("rds:DescribeDBClusters", "DBClusters", _MARKER, _db_cluster),
    ServiceApi("rds:DescribeDBInstances", "DBInstances", _MARKER, _db_instance),
    ServiceApi("redshift:DescribeClusters", "Clusters", _MARKER, _of("redshift", "cluster", "ClusterIdentifier")),
    ServiceApi("sns:ListTopics", "Topics", _TOKEN, _of("sns", "topic", "TopicArn", "TopicArn", ".+:([^:]+)")),
    ServiceApi(
        "sqs:ListQueues", "QueueUrls", _TOKEN, _of("sqs", "queue", pattern=".+/([^/]+)"), params=(("MaxResults", 1000),)
    ),
    ServiceApi(
        "states:ListStateMachines",
        "stateMachines",
        _LOWER,
        _of("step-functions", "state_machine", "name", "stateMachineArn"),
    ),
    ServiceApi("synthetics:DescribeCanaries", "Canaries", _TOKEN, _of("synthetics", "canary", "Name")),
)
# Services of ECS are listed by cluster.
ECS_SERVICES = "ecs:ListServices"
ECS_SERVICE = re.compile(r"arn:.+:service/(?:[^/]+/)?([^/]+)")


def ecs_service(arn: str, cluster: str) -> Row:
    """The row of a service of a cluster. Its ARN may have no cluster, as it was until 2018."""
    match = ECS_SERVICE.fullmatch(arn)
    return _row("ecs", {"cluster": cluster, "service": match[1] if match else arn}, arn)


def permissions() -> tuple[str, ...]:
    """The IAM actions of all calls."""
    return tuple(sorted({*(api.permission for api in SERVICE_APIS), ECS_SERVICES}))
