"""Application, Network and Gateway Load Balancers. Classic ones have an API of their own, and are not listed.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeLoadBalancers.html
"""

from __future__ import annotations

from handlers.compliance.listing.listing import Item, Scope

MAX_ITEMS = 200


def list_items(scope: Scope, token: str) -> tuple[list[Item], str]:
    """Load balancers; an id is the end of the ARN, such as `app/shop/50dc6c495c0c9188`."""
    start = {"Marker": token} if token else {}
    response = scope.client_of("elbv2").describe_load_balancers(PageSize=MAX_ITEMS, **start)
    items = [
        Item(balancer["LoadBalancerArn"].partition(":loadbalancer/")[2], balancer["LoadBalancerArn"])
        for balancer in response["LoadBalancers"]
    ]
    return items, response.get("NextMarker") or ""
