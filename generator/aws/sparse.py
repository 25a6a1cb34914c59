"""Metrics that AWS publishes only while there is something to count: errors, refusals, throttling.

AWS says so of each: load balancers by the reporting criteria "there is a nonzero value", DynamoDB's where CloudWatch
explains missing data. A metric that is not here may be one of them all the same.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-cloudwatch-metrics.html
"""

from __future__ import annotations

_LOAD_BALANCER = (
    "ClientTLSNegotiationErrorCount",
    "HTTPCode_ELB_4XX_Count",
    "HTTPCode_ELB_5XX_Count",
    "HTTPCode_ELB_500_Count",
    "HTTPCode_ELB_502_Count",
    "HTTPCode_ELB_503_Count",
    "HTTPCode_ELB_504_Count",
    "RejectedConnectionCount",
    "TargetConnectionErrorCount",
    "TargetTLSNegotiationErrorCount",
)
_CLASSIC_LOAD_BALANCER = (
    "BackendConnectionErrors",
    "HTTPCode_Backend_4XX",
    "HTTPCode_Backend_5XX",
    "HTTPCode_ELB_4XX",
    "HTTPCode_ELB_5XX",
    "SpilloverCount",
    "SurgeQueueLength",
)
_TABLE = ("ReadThrottleEvents", "SystemErrors", "ThrottledRequests", "WriteThrottleEvents")
WHERE_SOME = frozenset(
    {
        *(("AWS/ApplicationELB", name) for name in _LOAD_BALANCER),
        *(("AWS/ELB", name) for name in _CLASSIC_LOAD_BALANCER),
        *(("AWS/DynamoDB", name) for name in _TABLE),
    }
)
"""Pairs of namespace and metric."""
STEADY = frozenset(
    {
        "AWS/AmazonMQ",
        "AWS/AutoScaling",
        "AWS/DocDB",
        "AWS/EC2",
        "AWS/ECS",
        "AWS/ES",
        "AWS/EFS",
        "AWS/ElastiCache",
        "AWS/FSx",
        "AWS/Kafka",
        "AWS/NATGateway",
        "AWS/Neptune",
        "AWS/RDS",
        "AWS/Redshift",
        "AWS/TransitGateway",
        "AWS/VPN",
    }
)
"""Namespaces whose resources have data while they run, used or not. Elsewhere an idle resource has none: a queue
without access for six hours, a function that is not invoked.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-access-metrics.html
"""
