"""moto's server with the documented limits of lists, and how resources of each type are made and deleted there."""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import botocore.session
import pytest
from moto.awslambda.responses import LambdaResponse
from moto.core.responses import ActionResult
from moto.ec2.responses.elastic_block_store import ElasticBlockStore
from moto.ecs.exceptions import ClusterNotFoundException
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.resourcegroupstaggingapi.exceptions import ResourceGroupsTaggingAPIError
from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend
from moto.s3.responses import S3Response

ACCOUNT, REGION = "123456789012", "eu-west-1"
TAGS = {"Environment": "prod", "Name": "shop"}
PAIRS = [{"Key": key, "Value": value} for key, value in TAGS.items()]
# How IAM names what the API names otherwise.
IAM = {
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "elbv2:DescribeLoadBalancers": "elasticloadbalancing:DescribeLoadBalancers",
    "resourcegroupstaggingapi:GetResources": "tag:GetResources",
}

Make = Callable[[int, bool], str]
Maker = tuple[Make, Callable[[str], None]]


class Aws:
    """Clients of moto's server, and which operations they have called."""

    def __init__(self, endpoint: str) -> None:
        self.calls: Counter[str] = Counter()
        self._endpoint = endpoint
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region: str = REGION) -> Any:
        if (service, region) not in self._clients:
            session = botocore.session.get_session()
            session.set_credentials("nobody", "nothing")
            client = session.create_client(service, endpoint_url=self._endpoint, region_name=region)
            client.meta.events.register("before-call", self._count)
            self._clients[service, region] = client
        return self._clients[service, region]

    def _count(self, model: Any, **_: Any) -> None:
        self.calls[f"{model.service_model.service_name}:{model.name}"] += 1

    def actions(self) -> set[str]:
        """What was called, in the words of IAM."""
        return {IAM.get(name, name) for name in self.calls}


def with_documented_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What moto lists in one response although AWS would not, or the other way round."""
    monkeypatch.setattr(ResourceGroupsTaggingAPIBackend, "get_resources", _tagged)
    monkeypatch.setattr(S3Response, "all_buckets", _buckets)
    monkeypatch.setattr(LambdaResponse, "list_functions", _functions)
    monkeypatch.setattr(ElasticBlockStore, "describe_volumes", _described_volumes)
    monkeypatch.setattr(EC2ContainerServiceResponse, "list_services", _services)


_moto_resources = ResourceGroupsTaggingAPIBackend.get_resources


def _tagged(self: Any, **asked: Any) -> Any:
    """https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html: 100 ARNs."""
    arns = asked["resource_arn_list"]
    if len(arns) > 100 or asked["pagination_token"] or asked["resource_type_filters"]:
        raise ResourceGroupsTaggingAPIError("InvalidParameterException", "not with ResourceARNList")
    return _moto_resources(self, **asked | {"resources_per_page": 1_000, "tags_per_page": 100_000})


def _buckets(self: Any) -> Any:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html: moto has no ContinuationToken."""
    region, after = self._get_param("bucket-region"), self._get_param("continuation-token") or ""
    assert region == self.region, "a request for another Region is not supported"
    names = sorted(bucket.name for bucket in self.backend.list_buckets(None, region, None) if bucket.name > after)
    page = names[: int(self._get_param("max-buckets"))]
    token = {"ContinuationToken": page[-1]} if len(page) < len(names) else {}
    self.data["Action"] = "ListBuckets"
    return self.serialized(ActionResult({"Buckets": [{"Name": name} for name in page], **token}))


def _cut(items: Sequence[Any], size: int, token: str | None) -> tuple[Sequence[Any], str | None]:
    start = int(token or 0)
    return items[start : start + size], str(start + size) if len(items) > start + size else None


def _functions(self: Any) -> str:
    """https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html: 50 at most."""
    asked = self.querystring
    size = min(50, int(asked["MaxItems"][0]))
    page, following = _cut(list(self.backend.list_functions(None)), size, asked.get("Marker", [None])[0])
    return json.dumps({"Functions": [one.get_configuration() for one in page], "NextMarker": following})


def _described_volumes(self: Any) -> Any:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVolumes.html"""
    volumes = self.ec2_backend.describe_volumes(volume_ids=[], filters={})
    page, following = _cut(volumes, int(self._get_param("MaxResults")), self._get_param("NextToken"))
    return ActionResult({"Volumes": page, "NextToken": following})


def _services(self: Any) -> Any:
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteService.html: deleted ones are not listed."""
    backend, cluster = self.ecs_backend, self._get_param("cluster")
    if backend._get_cluster(cluster).status == "INACTIVE":
        raise ClusterNotFoundException
    active = {service.arn for service in backend.services.values() if service.status == "ACTIVE"}
    arns = [arn for arn in backend.list_services(cluster) if arn in active]
    page, following = _cut(arns, min(100, int(self._get_param("maxResults", 10))), self._get_param("nextToken"))
    return ActionResult({"serviceArns": page, "nextToken": following})


def _lambda(aws: Aws) -> Maker:
    role = aws.client("iam").create_role(RoleName="runs", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("main.py", "def handler(event, context): ...")
    api, name = aws.client("lambda"), "function-{:03}"

    def make(number: int, tagged: bool) -> str:
        api.create_function(
            FunctionName=name.format(number),
            Role=role,
            Runtime="python3.13",
            Handler="main.handler",
            Code={"ZipFile": code.getvalue()},
            Tags=TAGS if tagged else {},
        )
        return name.format(number)

    return make, lambda id_: api.delete_function(FunctionName=id_)


def _rds(aws: Aws) -> Maker:
    api = aws.client("rds")

    def make(number: int, tagged: bool) -> str:
        api.create_db_instance(
            DBInstanceIdentifier=f"db-{number:03}",
            DBInstanceClass="db.t4g.micro",
            Engine="postgres",
            MasterUsername="shop",
            MasterUserPassword="not-a-secret",
            AllocatedStorage=20,
            Tags=PAIRS if tagged else [],
        )
        return f"db-{number:03}"

    return make, lambda id_: api.delete_db_instance(DBInstanceIdentifier=id_, SkipFinalSnapshot=True)


def _s3(aws: Aws) -> Maker:
    api = aws.client("s3")

    def make(number: int, tagged: bool) -> str:
        name = f"bucket-{number:03}"
        api.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        if tagged:
            api.put_bucket_tagging(Bucket=name, Tagging={"TagSet": PAIRS})
        return name

    return make, lambda id_: api.delete_bucket(Bucket=id_)


def _dynamodb(aws: Aws) -> Maker:
    api = aws.client("dynamodb")

    def make(number: int, tagged: bool) -> str:
        api.create_table(
            TableName=f"table-{number:03}",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            **({"Tags": PAIRS} if tagged else {}),
        )
        return f"table-{number:03}"

    return make, lambda id_: api.delete_table(TableName=id_)


def _ecs(aws: Aws) -> Maker:
    api = aws.client("ecs")
    for cluster in ("a", "b", "c", "empty"):
        api.create_cluster(clusterName=cluster)
    api.register_task_definition(family="shop", containerDefinitions=[{"name": "web", "image": "web", "memory": 64}])
    pairs = [{"key": key, "value": value} for key, value in TAGS.items()]

    def make(number: int, tagged: bool) -> str:
        # One cluster has more than one call lists.
        cluster = "a" if number < 160 else "bc"[number % 2]
        name = f"service-{number:03}"
        api.create_service(
            cluster=cluster,
            serviceName=name,
            taskDefinition="shop",
            desiredCount=0,
            **({"tags": pairs} if tagged else {}),
        )
        return f"{cluster}/{name}"

    def delete(id_: str) -> None:
        cluster, _, name = id_.partition("/")
        api.delete_service(cluster=cluster, service=name, force=True)

    return make, delete


def _sqs(aws: Aws) -> Maker:
    api = aws.client("sqs")

    def make(number: int, tagged: bool) -> str:
        api.create_queue(QueueName=f"queue-{number:03}", tags=TAGS if tagged else {})
        return f"queue-{number:03}"

    return make, lambda id_: api.delete_queue(QueueUrl=api.get_queue_url(QueueName=id_)["QueueUrl"])


def _sns(aws: Aws) -> Maker:
    api = aws.client("sns")

    def make(number: int, tagged: bool) -> str:
        api.create_topic(Name=f"topic-{number:03}", Tags=PAIRS if tagged else [])
        return f"topic-{number:03}"

    return make, lambda id_: api.delete_topic(TopicArn=f"arn:aws:sns:{REGION}:{ACCOUNT}:{id_}")


def _volumes(aws: Aws) -> Maker:
    api = aws.client("ec2")

    def make(number: int, tagged: bool) -> str:
        tags = {"TagSpecifications": [{"ResourceType": "volume", "Tags": PAIRS}]} if tagged else {}
        return str(api.create_volume(AvailabilityZone=f"{REGION}a", Size=1, **tags)["VolumeId"])

    return make, lambda id_: api.delete_volume(VolumeId=id_)


def _balancers(aws: Aws) -> Maker:
    api = aws.client("elbv2")
    subnets = [subnet["SubnetId"] for subnet in aws.client("ec2").describe_subnets()["Subnets"]][:2]

    def make(number: int, tagged: bool) -> str:
        tags = {"Tags": PAIRS} if tagged else {}
        made = api.create_load_balancer(Name=f"balancer-{number:03}", Subnets=subnets, **tags)
        return str(made["LoadBalancers"][0]["LoadBalancerArn"].partition(":loadbalancer/")[2])

    def delete(id_: str) -> None:
        api.delete_load_balancer(LoadBalancerArn=f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/{id_}")

    return make, delete


MAKERS: dict[str, Callable[[Aws], Maker]] = {
    "dynamodb:table": _dynamodb,
    "ec2:volume": _volumes,
    "ecs:service": _ecs,
    "elasticloadbalancing:loadbalancer": _balancers,
    "lambda:function": _lambda,
    "rds:db": _rds,
    "s3:bucket": _s3,
    "sns:topic": _sns,
    "sqs:queue": _sqs,
}
