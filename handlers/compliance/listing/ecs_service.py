"""ECS services: those of one cluster are listed in one call; there is none for all clusters.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListClusters.html
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServices.html
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from handlers.compliance.listing.listing import Item, Scope

MAX_ITEMS = 100


@dataclass(frozen=True, slots=True)
class _Token:
    """Where the list goes on. clusters: ARNs still to list, the present one first. after: the next page of clusters.

    The ARNs themselves and no index: clusters that come or go meanwhile would make us leave one out.
    """

    clusters: tuple[str, ...] = ()
    services: str = ""
    after: str = ""

    @property
    def text(self) -> str:
        return json.dumps(asdict(self)) if self.clusters or self.after else ""


def list_items(scope: Scope, token: str) -> tuple[list[Item], str]:
    """Services of the next cluster, at most MAX_ITEMS of them."""
    ecs = scope.client_of("ecs")
    position = _read(token) if token else _clusters(ecs, "")
    if not position.clusters:
        position = _clusters(ecs, position.after) if position.after else position
    if not position.clusters:
        return [], position.text
    response = _services(ecs, position)
    items = [Item(_id(arn), arn) for arn in response["serviceArns"]]
    following = response.get("nextToken") or ""
    if following:
        return items, replace(position, services=following).text
    return items, replace(position, clusters=position.clusters[1:], services="").text


def _read(token: str) -> _Token:
    fields = json.loads(token)
    return _Token(tuple(fields["clusters"]), fields["services"], fields["after"])


def _clusters(ecs: Any, after: str) -> _Token:
    start = {"nextToken": after} if after else {}
    response = ecs.list_clusters(maxResults=100, **start)
    return _Token(tuple(response["clusterArns"]), after=response.get("nextToken") or "")


def _services(ecs: Any, position: _Token) -> dict[str, Any]:
    start = {"nextToken": position.services} if position.services else {}
    try:
        response: dict[str, Any] = ecs.list_services(cluster=position.clusters[0], maxResults=MAX_ITEMS, **start)
    except ecs.exceptions.ClusterNotFoundException:
        # Deleted since it was listed, and its services with it.
        return {"serviceArns": []}
    return response


def _id(arn: str) -> str:
    """`cluster/service`; the ARNs of old services have no cluster."""
    return arn.partition(":service/")[2]
