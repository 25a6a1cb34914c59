"""Every type on moto's server, 250 of each: the pages, the join with the Tagging API, and how many calls that takes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3
from botocore.exceptions import ClientError

from generator.aws.taggable import TAGGABLE, listing_actions
from handlers.compliance import listing
from handlers.compliance.listing.listing import MAX_CALLS, PAGE_SIZE, pages
from handlers.compliance.resource import EC2_INSTANCE, Resource
from handlers.compliance.tagging_api import tags_of
from tests.handlers.compliance.listing_world import ACCOUNT, MAKERS, REGION, TAGS, Aws, with_documented_limits
from tests.handlers.world import moto

COUNT, DELETED, UNTAGGED = 250, 5, 30
FILES = {path.stem for path in Path(listing.__file__).parent.glob("*.py")} - {"__init__", "listing"}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with moto() as address:
        yield address


@pytest.fixture
def aws(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """An empty AWS."""
    urllib3.request("POST", f"{endpoint}/moto-api/reset")
    with_documented_limits(monkeypatch)
    return Aws(endpoint)


def all_pages(resource_type: str, aws: Aws) -> list[tuple[Resource, ...]]:
    """All pages, each by clients and a token that went through JSON, as if by an invocation of its own."""
    found, token = [], ""
    while True:
        page = pages(resource_type, aws.client, ACCOUNT, REGION, token)
        found.append(page.resources)
        if not page.next:
            return found
        token = json.loads(json.dumps(page.next))


@pytest.mark.parametrize("resource_type", sorted(MAKERS))
def test_all_of_a_type_are_listed_with_their_tags(resource_type: str, aws: Aws) -> None:
    make, delete = MAKERS[resource_type](aws)
    ids = [make(number, number >= UNTAGGED) for number in range(COUNT + DELETED)]
    for gone in ids[COUNT:]:
        delete(gone)
    aws.calls.clear()

    found = all_pages(resource_type, aws)

    resources = [resource for page in found for resource in page]
    assert Counter(resource.id for resource in resources) == Counter(ids[:COUNT])
    tags = {resource.id: dict(resource.tags) for resource in resources}
    assert all(tags[id_] == {} for id_ in ids[:UNTAGGED]), "never tagged"
    assert all(tags[id_] == TAGS for id_ in ids[UNTAGGED:COUNT])
    assert len(found) > 1 and all(len(page) <= PAGE_SIZE for page in found)
    assert {resource.name for resource in resources} == {"", "shop"}
    assert all(resource.arn.startswith("arn:aws:") and resource.type == resource_type for resource in resources)
    assert aws.actions() == set(listing_actions((resource_type,)))
    # 5 lists of 50 where the service gives no more, 3 or 4 calls for tags; 4 more for clusters.
    assert aws.calls.total() <= 12, aws.calls


@pytest.mark.parametrize("resource_type", sorted(MAKERS))
def test_nothing_is_an_empty_page(resource_type: str, aws: Aws) -> None:
    assert all_pages(resource_type, aws) == [()]
    assert "resourcegroupstaggingapi:GetResources" not in aws.calls


def test_buckets_are_listed_by_their_own_region_alone(aws: Aws) -> None:
    for region in (REGION, "eu-central-1"):
        aws.client("s3", region).create_bucket(
            Bucket=f"in-{region}", CreateBucketConfiguration={"LocationConstraint": region}
        )
    for region in (REGION, "eu-central-1"):
        page = pages("s3:bucket", lambda service, there=region: aws.client(service, there), ACCOUNT, region)
        assert [resource.id for resource in page.resources] == [f"in-{region}"]


def test_a_cluster_that_is_deleted_between_two_pages_is_left_out_and_no_other_one(aws: Aws) -> None:
    make, _ = MAKERS["ecs:service"](aws)
    for number in (*range(151), 161, 162):
        make(number, True)
    first = pages("ecs:service", aws.client, ACCOUNT, REGION)
    ecs = aws.client("ecs")
    for name in ecs.list_services(cluster="b")["serviceArns"]:
        ecs.delete_service(cluster="b", service=name, force=True)
    ecs.delete_cluster(cluster="b")
    rest = pages("ecs:service", aws.client, ACCOUNT, REGION, first.next)
    ids = [resource.id for resource in (*first.resources, *rest.resources)]
    assert len(ids) == len(set(ids)) == 152
    assert "c/service-161" in ids and not rest.next


def test_clusters_without_services_do_not_hold_a_page_up(aws: Aws) -> None:
    for number in range(MAX_CALLS + 5):
        aws.client("ecs").create_cluster(clusterName=f"cluster-{number}")
    found = all_pages("ecs:service", aws)
    assert found == [(), ()]


def test_a_response_that_is_cut_is_asked_for_in_halves(endpoint: str) -> None:
    """A list of ARNs excludes a PaginationToken; moto cuts after 50 resources or 100 tags."""
    urllib3.request("POST", f"{endpoint}/moto-api/reset")
    aws = Aws(endpoint)
    make, _ = MAKERS["sqs:queue"](aws)
    arns = [f"arn:aws:sqs:{REGION}:{ACCOUNT}:{make(number, True)}" for number in range(120)]
    assert tags_of(arns, aws.client("resourcegroupstaggingapi")) == dict.fromkeys(arns, TAGS)


def test_what_aws_refuses_is_an_error_and_no_untagged_resource(aws: Aws) -> None:
    make, _ = MAKERS["sqs:queue"](aws)
    make(1, True)

    class Refuses:
        def get_resources(self, **_: Any) -> Any:
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "GetResources")

    def client(service: str) -> Any:
        return Refuses() if service == "resourcegroupstaggingapi" else aws.client(service)

    with pytest.raises(ClientError):
        pages("sqs:queue", client, ACCOUNT, REGION)


def test_the_handlers_and_the_generator_know_the_same_types() -> None:
    assert {name.replace(":", "_") for name in TAGGABLE if name != EC2_INSTANCE} == FILES
    assert set(MAKERS) == set(TAGGABLE) - {EC2_INSTANCE}
    assert [name for name, taggable in TAGGABLE.items() if taggable.remediable] == [EC2_INSTANCE]
