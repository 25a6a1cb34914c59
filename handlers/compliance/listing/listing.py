"""Resources of any type with their tags, page by page: a service's own list, joined with the tags of the Tagging API.

The service's own list is the truth about what exists: the Tagging API leaves out what was never tagged, and shows
deleted resources for a while. Each further file of this folder lists one type and is found by its name: `rds:db` in
`rds_db.py`.

Tags are read for a page's own ARNs, a hundred in one call. So a page is complete by itself: no map of all tags of a
type has to fit into memory, or to be read again by each invocation.
https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol, cast

from handlers.compliance.resource import Resource
from handlers.compliance.tagging_api import tags_of

PAGE_SIZE = 200
# So that a page comes to an end where calls bring nothing, such as those for clusters without services.
MAX_CALLS = 10


@dataclass(frozen=True, slots=True)
class Scope:
    """Where to list. client_of: the botocore client of a service, in this account and Region."""

    client_of: Callable[[str], Any]
    account: str
    region: str

    def arn(self, service: str, resource: str) -> str:
        """The ARN of one of our resources, for services that list names alone."""
        return f"arn:{self.client_of(service).meta.partition}:{service}:{self.region}:{self.account}:{resource}"


@dataclass(frozen=True, slots=True)
class Item:
    """A resource as its service lists it. tags: None where the service does not list them."""

    id: str
    arn: str
    state: str = ""
    tags: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """At most PAGE_SIZE resources. next: the token of the next page; empty after the last."""

    resources: tuple[Resource, ...]
    next: str


class Listing(Protocol):
    """How one type is listed: a module of this folder."""

    # The most items that one call brings.
    MAX_ITEMS: int

    def list_items(self, scope: Scope, token: str) -> tuple[list[Item], str]:
        """What one call lists, and the token of the next; empty for the first and after the last.

        Raises botocore's ClientError and BotoCoreError.
        """


def listing(resource_type: str) -> Listing:
    """How a type is listed; its file is loaded when first needed. Raises ModuleNotFoundError where there is none."""
    module = resource_type.replace(":", "_")
    return cast(Listing, import_module(f"handlers.compliance.listing.{module}"))


def pages(resource_type: str, client_of: Callable[[str], Any], account: str, region: str, token: str = "") -> Page:
    """One page of resources with their tags; the next one is asked for with the token of this one, in any invocation.

    Raises botocore's ClientError and BotoCoreError; no page is given in part.
    """
    scope, source = Scope(client_of, account, region), listing(resource_type)
    items: list[Item] = []
    for _ in range(MAX_CALLS):
        more, token = source.list_items(scope, token)
        items += more
        if not token or len(items) + source.MAX_ITEMS > PAGE_SIZE:
            break
    unknown = [item.arn for item in items if item.tags is None]
    tags = tags_of(unknown, client_of("resourcegroupstaggingapi")) if unknown else {}
    resources = (_resource(resource_type, item, tags.get(item.arn, {}), scope) for item in items)
    return Page(tuple(resources), token)


def tag_map(tags: list[dict[str, str]]) -> dict[str, str]:
    """Tags as most services list them, pairs of `Key` and `Value`."""
    return {tag["Key"]: tag.get("Value", "") for tag in tags}


def _resource(resource_type: str, item: Item, read: Mapping[str, str], scope: Scope) -> Resource:
    tags = read if item.tags is None else item.tags
    return Resource(
        type=resource_type,
        id=item.id,
        account=scope.account,
        region=scope.region,
        tags=tags,
        state=item.state,
        name=tags.get("Name", ""),
        arn=item.arn,
    )
