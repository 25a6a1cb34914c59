"""What is billed by the piece, and endpoints by the hour and zone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.cost.charges import Charge, Kind, Priced, by_piece
from generator.cost.items import HOURS_A_MONTH
from generator.evaluate.template.properties import Properties

ZONES = "an endpoint is billed for each zone, and how many it has is not known; one is counted"


def _endpoint(properties: Properties) -> Iterator[Charge]:
    """An interface endpoint has at most one subnet in a zone; gateway endpoints are free.

    https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
    """
    if properties.text("VpcEndpointType", "Gateway") != "Interface":
        return
    subnets = properties.scope.resolved(properties.given.get("SubnetIds"))
    zones = len([subnet for subnet in subnets if subnet]) if isinstance(subnets, list) else 0
    yield Charge(Kind.ENDPOINTS, "endpoint-hour", HOURS_A_MONTH * max(zones, 1), more="" if zones else ZONES)


PRICED: Mapping[str, Priced] = {
    "AWS::ApplicationSignals::ServiceLevelObjective": by_piece(Kind.OTHER, "service-level-objective"),
    "AWS::CloudWatch::AlarmMuteRule": by_piece(Kind.OTHER, "mute-rule"),
    "AWS::CloudWatch::Dashboard": by_piece(Kind.DASHBOARDS, "dashboard"),
    "AWS::CloudWatch::InsightRule": by_piece(Kind.INSIGHT_RULES, "insight-rule"),
    "AWS::EC2::VPCEndpoint": Priced(_endpoint, lambda properties: properties.get("SubnetIds")),
    "AWS::KMS::Key": by_piece(Kind.KEYS, "key"),
    "AWS::SecretsManager::Secret": by_piece(Kind.SECRETS, "secret"),
}
