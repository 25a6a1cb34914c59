"""Metrics of what carries traffic: APIs, load balancers, gateways, CDN, DNS, firewalls and certificates."""

from __future__ import annotations

from generator.aws.metrics_model import namespace, rows

# Case parts the kinds of API: a REST API counts 5XXError by ApiName, an HTTP API 5xx by ApiId.
_REST = "ApiName | ApiName, Stage | ApiName, Method, Resource, Stage"
_HTTP = "ApiId | ApiId, Stage | ApiId, Method, Resource, Stage"
_WEBSOCKET = "ApiId | ApiId, Stage | ApiId, Route, Stage | ApiId, Method, Resource, Stage"

API_GATEWAY = namespace(
    "AWS/ApiGateway",
    "apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html",
    rows(_REST, "Count", "4XXError 5XXError CacheHitCount CacheMissCount"),
    rows(_HTTP, "Count", "4xx 5xx"),
    rows(_HTTP, "Bytes", "DataProcessed"),
    rows(f"{_REST} | {_HTTP}", "Count", "Count"),
    rows(f"{_REST} | {_HTTP}", "Milliseconds", "Latency"),
    rows(f"{_REST} | {_WEBSOCKET}", "Milliseconds", "IntegrationLatency"),
    rows(_WEBSOCKET, "Count", "ConnectCount MessageCount IntegrationError ClientError ExecutionError"),
)

# LoadBalancer is the end of the ARN (`app/name/0123456789abcdef`), TargetGroup likewise
# (`targetgroup/name/...`).
_BALANCER = "LoadBalancer | AvailabilityZone, LoadBalancer"
_TARGETS = "LoadBalancer, TargetGroup | AvailabilityZone, LoadBalancer, TargetGroup"
_TARGETS_ALONE = "TargetGroup | AvailabilityZone, TargetGroup"

# Names that the metrics page lacks (AppCookieNonStickinessCount, *LowReputation*, ActiveZonalShiftHostCount)
# are from "Supported AWS resources and metrics for OpenTelemetry enrichment" in the CloudWatch user guide.
APPLICATION_ELB = namespace(
    "AWS/ApplicationELB",
    "elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html",
    rows(
        _BALANCER,
        "Count",
        "ActiveConnectionCount NewConnectionCount RejectedConnectionCount ClientTLSNegotiationErrorCount"
        " DesyncMitigationMode_NonCompliant_Request_Count NonStickyRequestCount HTTP_Fixed_Response_Count"
        " HTTP_Redirect_Count HTTP_Redirect_Url_Limit_Exceeded_Count HTTPCode_ELB_3XX_Count"
        " HTTPCode_ELB_4XX_Count HTTPCode_ELB_5XX_Count HTTPCode_ELB_500_Count HTTPCode_ELB_502_Count"
        " HTTPCode_ELB_503_Count HTTPCode_ELB_504_Count ELBAuthError ELBAuthFailure ELBAuthSuccess"
        " ELBAuthRefreshTokenSuccess ELBAuthUserClaimsSizeExceeded LowReputationPacketsDropped"
        " LowReputationRequestsDenied TargetControlRequestCount TargetControlRequestRejectCount"
        " TargetControlActiveChannelCount TargetControlNewChannelCount TargetControlChannelErrorCount"
        " TargetControlWorkQueueLength",
    ),
    rows(
        _BALANCER,
        "Bytes",
        "ProcessedBytes StandardProcessedBytes IPv6ProcessedBytes TargetControlProcessedBytes",
    ),
    rows(_BALANCER, "Milliseconds", "ELBAuthLatency"),
    # Never for the whole balancer: both the page and the console's directory have only this set.
    rows(
        "AvailabilityZone, LoadBalancer",
        "Count",
        "DroppedInvalidHeaderRequestCount ForwardedInvalidHeaderRequestCount",
    ),
    rows(
        "LoadBalancer",
        "Count",
        "ConsumedLCUs PeakLCUs ReservedLCUs RuleEvaluations AppCookieNonStickinessCount ExcessiveLowReputationPackets",
    ),
    rows("LoadBalancer", "Bytes", "LambdaTargetProcessedBytes"),
    rows(
        f"{_BALANCER} | {_TARGETS}",
        "Count",
        "RequestCount IPv6RequestCount HTTPCode_Target_2XX_Count HTTPCode_Target_3XX_Count"
        " HTTPCode_Target_4XX_Count HTTPCode_Target_5XX_Count TargetConnectionErrorCount"
        " TargetTLSNegotiationErrorCount",
    ),
    rows(f"{_BALANCER} | {_TARGETS}", "Seconds", "TargetResponseTime"),
    rows(f"{_BALANCER} | {_TARGETS}", "Percent", "BYoIPUtilPercentage"),
    rows(
        _TARGETS,
        "Count",
        "HealthyHostCount UnHealthyHostCount AnomalousHostCount MitigatedHostCount ZonalShiftedHostCount"
        " ActiveZonalShiftHostCount HealthyStateDNS HealthyStateRouting UnhealthyStateDNS"
        " UnhealthyStateRouting UnhealthyRoutingRequestCount",
    ),
    rows(f"{_TARGETS} | {_TARGETS_ALONE}", "Count", "RequestCountPerTarget"),
    rows(f"{_BALANCER} | {_TARGETS} | {_TARGETS_ALONE}", "Count", "GrpcRequestCount"),
    rows("TargetGroup | LoadBalancer, TargetGroup", "Count", "LambdaInternalError LambdaUserError"),
)

# Classic. The page describes the two dimensions and no sets of them; the console's directory has the name alone and
# with the zone. The other two are from recall.
_CLASSIC = "LoadBalancerName | AvailabilityZone, LoadBalancerName | AvailabilityZone | -"

CLASSIC_ELB = namespace(
    "AWS/ELB",
    "elasticloadbalancing/latest/classic/elb-cloudwatch-metrics.html",
    rows(
        _CLASSIC,
        "Count",
        "BackendConnectionErrors DesyncMitigationMode_NonCompliant_Request_Count HealthyHostCount UnHealthyHostCount"
        " HTTPCode_Backend_2XX HTTPCode_Backend_3XX HTTPCode_Backend_4XX HTTPCode_Backend_5XX HTTPCode_ELB_4XX"
        " HTTPCode_ELB_5XX RequestCount SpilloverCount SurgeQueueLength EstimatedALBActiveConnectionCount"
        " EstimatedALBConsumedLCUs EstimatedALBNewConnectionCount",
    ),
    rows(_CLASSIC, "Seconds", "Latency"),
    rows(_CLASSIC, "Bytes", "EstimatedProcessedBytes"),
)

NETWORK_ELB = namespace(
    "AWS/NetworkELB",
    "elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html",
    rows(
        _BALANCER,
        "Count",
        "PeakPacketsPerSecond PortAllocationErrorCount ProcessedPackets RejectedFlowCount"
        " RejectedFlowCount_TCP SecurityGroupBlockedFlowCount_Inbound_ICMP"
        " SecurityGroupBlockedFlowCount_Inbound_TCP SecurityGroupBlockedFlowCount_Inbound_UDP"
        " SecurityGroupBlockedFlowCount_Outbound_ICMP SecurityGroupBlockedFlowCount_Outbound_TCP"
        " SecurityGroupBlockedFlowCount_Outbound_UDP TCP_Client_Reset_Count TCP_ELB_Reset_Count"
        " TCP_Target_Reset_Count ZonalHealthStatus NewFlowCount_QUIC"
        " QUIC_Unknown_Server_ID_Packet_Drop_Count",
    ),
    rows(
        _BALANCER,
        "Bytes",
        "ProcessedBytes ProcessedBytes_TCP ProcessedBytes_TLS ProcessedBytes_UDP ProcessedBytes_QUIC",
    ),
    rows(_BALANCER, "Bytes/Second", "PeakBytesPerSecond"),
    # By target group only on the OpenTelemetry page; the last one's sets are on no page.
    rows(
        f"{_BALANCER} | {_TARGETS}",
        "Count",
        "ActiveFlowCount ActiveFlowCount_TCP ActiveFlowCount_TLS ActiveFlowCount_UDP NewFlowCount"
        " NewFlowCount_TCP NewFlowCount_TLS NewFlowCount_UDP UnhealthyRoutingFlowCount",
    ),
    rows(
        "LoadBalancer",
        "Count",
        "ConsumedLCUs ConsumedLCUs_TCP ConsumedLCUs_TLS ConsumedLCUs_UDP ReservedLCUs"
        " ClientTLSNegotiationErrorCount TargetTLSNegotiationErrorCount",
    ),
    rows(_TARGETS, "Count", "HealthyHostCount UnHealthyHostCount ActiveZonalShiftHostCount"),
)

# Region is always Global, and the metrics live in us-east-1. A function without its distribution is
# from recall.
_DISTRIBUTION = "DistributionId, Region"
_EDGE_FUNCTION = "DistributionId, FunctionName, Region | FunctionName, Region"

CLOUD_FRONT = namespace(
    "AWS/CloudFront",
    "AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html",
    rows(
        _DISTRIBUTION,
        "Percent",
        "4xxErrorRate 401ErrorRate 403ErrorRate 404ErrorRate 5xxErrorRate 502ErrorRate 503ErrorRate"
        " 504ErrorRate TotalErrorRate CacheHitRate",
    ),
    rows(_DISTRIBUTION, "None", "Requests BytesDownloaded BytesUploaded"),
    rows(_DISTRIBUTION, "Milliseconds", "OriginLatency"),
    rows(
        _EDGE_FUNCTION,
        "None",
        "FunctionInvocations FunctionValidationErrors FunctionExecutionErrors FunctionThrottles"
        " KvsReadRequests KvsReadErrors",
    ),
    rows(_EDGE_FUNCTION, "Percent", "FunctionComputeUtilization"),
    # Lambda@Edge: names from Grafana's list, sets from recall.
    rows(
        f"{_DISTRIBUTION} | {_EDGE_FUNCTION}",
        "None",
        "LambdaExecutionError LambdaLimitExceededErrors LambdaValidationError",
    ),
    open_ended=True,
)

_NAT = "NatGatewayId | AvailabilityZone, NatGatewayId"

NAT_GATEWAY = namespace(
    "AWS/NATGateway",
    "vpc/latest/userguide/metrics-dimensions-nat-gateway.html",
    rows(
        _NAT,
        "Count",
        "ActiveConnectionCount ConnectionAttemptCount ConnectionEstablishedCount ErrorPortAllocation"
        " IdleTimeoutCount PacketsDropCount PacketsInFromDestination PacketsInFromSource"
        " PacketsOutToDestination PacketsOutToSource PeakBytesPerSecond PeakPacketsPerSecond",
    ),
    rows(_NAT, "Bytes", "BytesInFromDestination BytesInFromSource BytesOutToDestination BytesOutToSource"),
)

# The page has the first two, the third is from recall.
_TUNNEL = "VpnId | TunnelIpAddress | TunnelIpAddress, VpnId"

VPN = namespace(
    "AWS/VPN",
    "vpn/latest/s2svpn/monitoring-cloudwatch-vpn.html",
    rows(_TUNNEL, "Bytes", "TunnelDataIn TunnelDataOut"),
    rows(_TUNNEL, "None", "TunnelState"),
)

# The page has the attachment alone; the OpenTelemetry page has it together with its gateway. Both are listed.
_TRANSIT = (
    "TransitGateway | TransitGatewayAttachment | TransitGateway, TransitGatewayAttachment"
    " | AvailabilityZone, TransitGateway | AvailabilityZone, TransitGatewayAttachment"
    " | AvailabilityZone, TransitGateway, TransitGatewayAttachment"
)

TRANSIT_GATEWAY = namespace(
    "AWS/TransitGateway",
    "vpc/latest/tgw/transit-gateway-cloudwatch-metrics.html",
    rows(
        _TRANSIT,
        "Bytes",
        "BytesIn BytesOut BytesDropCountBlackhole BytesDropCountNoRoute BytesDropCountNoPolicy"
        " BytesDropCountInternalError",
    ),
    rows(
        _TRANSIT,
        "Count",
        "PacketsIn PacketsOut PacketDropCountBlackhole PacketDropCountNoRoute PacketDropCountNoPolicy"
        " PacketDropCountInternalError PacketDropCountTTLExpired",
    ),
)

_CHECK = "HealthCheckId"
_CHECK_FROM = "HealthCheckId | HealthCheckId, Region"

# Published in us-east-1 only.
ROUTE53 = namespace(
    "AWS/Route53",
    "Route53/latest/DeveloperGuide/monitoring-cloudwatch.html",
    rows(_CHECK, "None", "HealthCheckStatus"),
    rows(_CHECK, "Percent", "HealthCheckPercentageHealthy"),
    rows(_CHECK, "Count", "ChildHealthCheckHealthyCount"),
    rows(_CHECK_FROM, "Milliseconds", "ConnectionTime SSLHandshakeTime TimeToFirstByte"),
    rows("HostedZoneId", "Count", "DNSQueries DNSSECInternalFailure DNSSECKeySigningKeysNeedingAction"),
    rows("HostedZoneId", "Seconds", "DNSSECKeySigningKeyAge DNSSECKeySigningKeyMaxNeedingActionAge"),
)

CERTIFICATE_MANAGER = namespace(
    "AWS/CertificateManager",
    "acm/latest/userguide/cloudwatch-metrics.html",
    rows("CertificateArn", "None", "DaysToExpiry"),
)

# Without Region where a CloudFront distribution is protected. AWS combines many more dimensions than these.
_ACL = "Region, Rule, WebACL | Rule, WebACL | Region, WebACL | WebACL"
_RULE_GROUP = "Region, Rule, RuleGroup | Rule, RuleGroup"
_LABEL = "Label, LabelNamespace, Region, WebACL | Label, LabelNamespace, WebACL"

WAF = namespace(
    "AWS/WAFV2",
    "waf/latest/developerguide/waf-metrics.html",
    rows(
        f"{_ACL} | {_RULE_GROUP} | {_LABEL}",
        "Count",
        "AllowedRequests BlockedRequests CountedRequests CaptchaRequests ChallengeRequests PassedRequests"
        " RequestsWithValidCaptchaToken RequestsWithValidChallengeToken CaptchasAttempted CaptchasSolved"
        " ChallengesAttempted ChallengesSolved MonetizeRequests MonetizeRequestsFailedVerification",
    ),
    rows(
        _LABEL,
        "Count",
        "AllowRuleMatch BlockRuleMatch CountRuleMatch CaptchaRuleMatch ChallengeRuleMatch"
        " CaptchaRuleMatchWithValidToken ChallengeRuleMatchWithValidToken",
    ),
    rows(_ACL, "Count", "SampleAllowedRequest SampleBlockedRequest"),
    open_ended=True,
)

# The page has the light levels by connection and lane, and says of a lane that it filters. Those by connection alone
# are in public collectors of metrics. Metrics of BGP are on the OpenTelemetry page only. Read 2026-11.
_CONNECTION = "ConnectionId"
_INTERFACE = "ConnectionId, VirtualInterfaceId"

DIRECT_CONNECT = namespace(
    "AWS/DX",
    "directconnect/latest/UserGuide/monitoring-cloudwatch.html",
    rows(_CONNECTION, "None", "ConnectionState ConnectionEncryptionState"),
    rows(_CONNECTION, "Bits/Second", "ConnectionBpsEgress ConnectionBpsIngress"),
    rows(_CONNECTION, "Count/Second", "ConnectionPpsEgress ConnectionPpsIngress"),
    rows(_CONNECTION, "Count", "ConnectionErrorCount ConnectionCRCErrorCount"),
    rows(f"{_CONNECTION} | ConnectionId, OpticalLaneNumber", "None", "ConnectionLightLevelRx ConnectionLightLevelTx"),
    rows(_INTERFACE, "Bits/Second", "VirtualInterfaceBpsEgress VirtualInterfaceBpsIngress"),
    rows(_INTERFACE, "Count/Second", "VirtualInterfacePpsEgress VirtualInterfacePpsIngress"),
    rows(
        "ConnectionId, IpAddressFamily, VirtualInterfaceId",
        "None",
        "VirtualInterfaceBgpStatus VirtualInterfaceBgpPrefixesAccepted VirtualInterfaceBgpPrefixesAdvertised",
    ),
    open_ended=True,
)
