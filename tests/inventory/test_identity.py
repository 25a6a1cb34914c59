"""One resource by whatever lists it, and no resource by what only looks like one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from generator.aws.service_apis import SERVICE_APIS, ecs_service
from tests.captures import REGION
from tests.inventory.test_discover import discovered
from tests.inventory.world import ALPHA, BETA, HUB, captured, listed, queues, region

EU = "eu-west-1"


def tagged(*arns: str) -> list[dict[str, Any]]:
    """Rows of the tagging API."""
    return [{"ResourceARN": f"arn:aws:{arn}", "Tags": {"owner": "shop"}} for arn in arns]


def rows(folder: Path, **parts: Any) -> list[tuple[str, str, str]]:
    """Type, name and owner of each resource of alpha."""
    captured(folder, {ALPHA: region(**parts)}, spec=None)
    return [(row["type"], row["name"], row["owner"]) for row in discovered(folder)["resources"]]


def test_instances_of_other_engines_are_no_databases_of_rds(tmp_path: Path) -> None:
    """Amazon DocumentDB and Neptune "share operational technology with Amazon RDS", and the form of its ARNs.

    https://docs.aws.amazon.com/documentdb/latest/developerguide/documentdb-arns.html
    """
    arns = tagged(*(f"rds:{REGION}:{ALPHA}:db:{name}" for name in ("main", "documents")))
    metrics = [listed(ALPHA, "AWS/RDS", "CPUUtilization", DBInstanceIdentifier="main")]
    assert rows(tmp_path, metrics=metrics, resources=arns) == [("rds", "main", "shop")]


def test_an_api_that_a_list_of_services_calls_a_websocket_is_none_of_http(tmp_path: Path) -> None:
    arn = f"apigateway:{REGION}::/apis/chat"
    services = [{"Type": "apigateway:websocket", "Values": {"api": "chat"}, "Arn": f"arn:aws:{arn}"}]
    assert rows(tmp_path, services=services, resources=tagged(arn)) == []


def test_instances_of_a_broker_have_its_owner(tmp_path: Path) -> None:
    metrics = [listed(ALPHA, "AWS/AmazonMQ", "StorePercentUsage", Broker=f"mq-{number}") for number in (1, 2)]
    arns = tagged(f"mq:{REGION}:{ALPHA}:broker:mq:b-1")
    expected = [("activemq", "mq-1", "shop"), ("activemq", "mq-2", "shop")]
    assert rows(tmp_path, metrics=metrics, resources=arns) == expected


def test_a_global_resource_is_where_its_metrics_are(tmp_path: Path) -> None:
    """Metrics of CloudFront are in us-east-1, and its ARNs have no Region.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html
    """
    arn = {"Arn": f"arn:aws:cloudfront::{ALPHA}:distribution/E1", "ResourceType": "cloudfront:distribution"}
    metric = listed(ALPHA, "AWS/CloudFront", "5xxErrorRate", DistributionId="E1", Region="Global")
    regions = {
        (ALPHA, EU): region(**{"resource-explorer": [arn]}),
        (ALPHA, REGION): region(metrics=[metric]),
    }
    captured(tmp_path, regions, spec=None)
    assert [row["region"] for row in discovered(tmp_path)["resources"]] == [REGION]


def test_a_region_that_was_not_captured_is_not_judged(tmp_path: Path) -> None:
    """The hub lists a linked account's metrics also in a Region in which that account's alarms were not read."""
    regions = {(HUB, REGION): region(metrics=queues(BETA, "orders")), (BETA, EU): region()}
    captured(tmp_path, regions, spec=None)
    data = discovered(tmp_path)
    assert [row["status"] for row in data["resources"]] == ["unknown"]
    assert data["cannot_say"] == {"its account and Region are not in the capture": 1}


def test_services_of_old_arns_are_of_the_cluster_that_lists_them() -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-account-settings.html#ecs-resource-ids"""
    old, new = (ecs_service(f"arn:aws:ecs:us-east-1:1:service/{name}", "shop") for name in ("web", "shop/web"))
    assert old["Values"] == new["Values"] == {"cluster": "shop", "service": "web"}


def test_an_api_in_china_has_the_suffix_of_china() -> None:
    """https://docs.amazonaws.cn/en_us/aws/latest/userguide/endpoints-Beijing.html"""
    api = next(api for api in SERVICE_APIS if api.action == "apigateway:GetRestApis")
    (row,) = api.rows({"id": "abc", "name": "shop"}, "cn-north-1")
    assert row["Host"] == "abc.execute-api.cn-north-1.amazonaws.com.cn"
    assert row["Arn"] == "arn:aws-cn:apigateway:cn-north-1::/restapis/abc"
