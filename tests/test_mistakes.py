"""Mistakes that people make, each with its one finding: where it is, what is wrong, and what would be right.

A second finding about the same mistake would send the reader to a place that is right.
"""

from __future__ import annotations

import pytest

from generator.findings import dotted
from tests.support import OWN_METRICS, built, spec

LAMBDA = "namespace: AWS/Lambda, dimensions: {FunctionName: pay}"
REST = "severity: high, statistic: Sum, threshold: '> 5'"


def metric(what: str, rest: str = REST) -> str:
    return f"alarms: {{x: {{metric: {{{what}}}, {rest}}}}}"


def of_elb(dimensions: str) -> str:
    return metric(f"namespace: AWS/ApplicationELB, name: RequestCount, dimensions: {{{dimensions}}}")


def slo(change: str) -> str:
    given = f"window: 30d, bad: {{filter: errors}}, total: {{namespace: Shop, name: Requests}}, {change}"
    return f"slos: {{paying: {{{given}}}}}"


MISTAKES = [
    # Forms that other tools have.
    (
        "alarms: {errors: {period: 1min}}",
        "alarms.errors.period",
        "expected a duration such as 1m, 5m or 30d, got `1min`",
        "write 1m",
    ),
    (
        "alarms: {errors: {period: 5 minutes}}",
        "alarms.errors.period",
        "a duration such as 1m, 5m or 30d, got `5 minutes`",
        "write 5m",
    ),
    (
        "log_groups: {application: {retention: 30}}",
        "log_groups.application.retention",
        "expected a duration",
        "add a unit: 30s, 30m, 30h or 30d",
    ),
    ("alarms: {errors: {datapoints: 3/5}}", "alarms.errors.datapoints", "M of N", "write 3 of 5"),
    ("alarms: {errors: {datapoints: 3}}", "alarms.errors.datapoints", "M of N", "write 3 of 3"),
    ("alarms: {errors: {statistic: avg}}", "alarms.errors.statistic", "got `avg`", "`Average`"),
    ("alarms: {errors: {statistic: P99}}", "alarms.errors.statistic", "got `P99`", "`p99`"),
    ("alarms: {errors: {statistic: p999}}", "alarms.errors.statistic", "got `p999`", "`p99.9`"),
    ("alarms: {errors: {statistic: sum}}", "alarms.errors.statistic", "got `sum`", "`Sum`"),
    ("metric_filters: {errors: {metric: {unit: ms}}}", "metric_filters.errors.metric.unit", "`ms`", "`Milliseconds`"),
    ("composites: {c: {rule: errors && errors}}", "composites.c.rule", "unknown sign `&&`", "write `and`"),
    ("composites: {c: {rule: errors || errors}}", "composites.c.rule", "unknown sign `||`", "write `or`"),
    (
        metric("namespace: AWS/Lambda, name: Errors, dimensions: [{Name: FunctionName, Value: pay}]"),
        "alarms.x.metric.dimensions",
        "expected a mapping, got a list",
        "{FunctionName: pay}",
    ),
    ("alarms: [{name: errors, threshold: '> 5'}]", "alarms", "got a list", "{errors: {…}}"),
    ("alarms: {errors: {metric: errors}}", "alarms.errors.metric", "expected a mapping", "{filter: errors}"),
    ("alarms: {errors: {enabled: 'no'}}", "alarms.errors.enabled", "true or false", "write false, without quotes"),
    (slo("objective: 99.9%"), "slos.paying.objective", "expected a number", "write 99.9"),
    (slo("objective: 100"), "slos.paying.objective", "less than 100", "such as 99.9"),
    ("alarms: {errors: {overrides: {where: {account: alpha}}}}", "alarms.errors.overrides", "a list", "`- `"),
    ("environments: [prod, prod]", "environments[1]", "`prod` is listed twice", "remove one"),
    ("canaries: {c: {url: shop.example.com}}", "canaries.c.url", "expected a URL", "https://"),
    # One mistake that was found twice.
    (
        "alarms: {errors: {overrides: [{when: {account: alpha}, threshold: '> 1'}]}}",
        "alarms.errors.overrides[0].when",
        "unknown key `when`",
        "`where`",
    ),
    (
        "services: {a: {type: lambda, functoin: f, alarms: {duration: false}}}",
        "services.a.functoin",
        "unknown key `functoin`",
        "`function`",
    ),
    ("metric_filters: {errors: {patern: x, pattern: null}}", "metric_filters.errors.patern", "unknown", "`pattern`"),
    ("environments: {prod: {accounts: [alfa]}}", "environments.prod.accounts[0]", "no account `alfa`", "`alpha`"),
    # Names and values that no metric has.
    (
        metric(f"{LAMBDA.replace('AWS/', 'aws/')}, name: Errors"),
        "alarms.x.metric.namespace",
        "unknown namespace",
        "AWS/L",
    ),
    (
        metric("namespace: AWS/Lambda, name: Errors, dimensions: {functionName: pay}"),
        "alarms.x.metric.dimensions",
        "not published with functionName",
        "use FunctionName instead of functionName",
    ),
    (
        metric("namespace: AWS/Lambda, name: Errors, dimensions: {FunctionName: 'pay-*'}"),
        "alarms.x.metric.dimensions.FunctionName",
        "dimensions support no wildcards",
        "an alarm for each",
    ),
    (
        metric(
            "namespace: AWS/Lambda, name: Errors,"
            " dimensions: {FunctionName: 'arn:aws:lambda:us-east-1:222222222222:function:pay'}"
        ),
        "alarms.x.metric.dimensions.FunctionName",
        "expected a name",
        "pay",
    ),
    (
        metric(
            "namespace: AWS/SQS, name: NumberOfMessagesSent,"
            " dimensions: {QueueName: 'https://sqs.us-east-1.amazonaws.com/222222222222/orders'}"
        ),
        "alarms.x.metric.dimensions.QueueName",
        "expected a name",
        "orders",
    ),
    (
        of_elb("LoadBalancer: 'arn:aws:elasticloadbalancing:us-east-1:222222222222:loadbalancer/app/shop/50dc6c49'"),
        "alarms.x.metric.dimensions.LoadBalancer",
        "expected the end of the ARN",
        "app/shop/50dc6c49",
    ),
    (
        of_elb("LoadBalancer: app/shop/50dc6c49, TargetGroup: shop"),
        "alarms.x.metric.dimensions.TargetGroup",
        "expected the end of the ARN",
        "such as targetgroup/",
    ),
    (
        metric("namespace: AWS/CloudFront, name: Requests, dimensions: {DistributionId: E1, Region: us-east-1}"),
        "alarms.x.metric.dimensions.Region",
        "expected the Region `Global`",
        "Region: Global",
    ),
    (
        metric(
            "namespace: AWS/EC2, name: MemoryUtilization, dimensions: {InstanceId: i-0123456789abcdef0}",
            "statistic: Average, period: 5m, threshold: '> 80', severity: high",
        ),
        "alarms.x.metric.name",
        "publishes no metric `MemoryUtilization`",
        "CWAgent",
    ),
    # Numbers of another magnitude, and periods that never have data.
    (metric(f"{LAMBDA}, name: Duration", "statistic: p99, threshold: '> 3'"), "alarms.x.threshold", "0.003", "3000"),
    (
        metric(f"{LAMBDA}, name: IteratorAge", "statistic: Maximum, threshold: '> 60'"),
        "alarms.x.threshold",
        "0.06 seconds",
        "60000",
    ),
    (
        metric("namespace: AWS/SES, name: Reputation.BounceRate", "statistic: Average, period: 1h, threshold: '> 5'"),
        "alarms.x.threshold",
        "never > 5",
        "between 0 and 1",
    ),
    (
        metric(
            "namespace: AWS/S3, name: BucketSizeBytes, dimensions: {BucketName: b, StorageType: StandardStorage}",
            "statistic: Average, period: 5m, threshold: '> 100000000000'",
        ),
        "alarms.x.period",
        "is published once a day",
        "period: 1d",
    ),
    # Objectives.
    (
        "slos: {paying: {objective: 99.9, bad: {filter: errors}, total: {filter: errors}}}",
        "slos.paying.total",
        "every event is bad",
        "good and bad",
    ),
    (
        "slos: {paying: {objective: 99.9, bad: {filter: errors, statistic: Average}, total: {namespace: S, name: R}}}",
        "slos.paying.bad.statistic",
        "Average is not a count",
        "Sum",
    ),
]


@pytest.mark.parametrize(("change", "path", "message", "hint"), MISTAKES, ids=[one[0][:60] for one in MISTAKES])
def test_a_mistake_is_one_finding_with_its_place_and_what_would_be_right(
    change: str, path: str, message: str, hint: str
) -> None:
    (found,) = built(spec(change)).findings
    assert dotted(found.path) == path
    assert message in found.message
    assert hint in found.hint


def test_what_is_wrong_in_every_environment_is_one_finding() -> None:
    """The log group has the environment in its name, so each environment words it otherwise."""
    shared = f"environments: [dev, prod]\naccess: {{owned_by: prod}}\n{OWN_METRICS}"
    (found,) = built(spec(f"{shared}log_groups: {{application: {{retention: 365d}}}}")).findings
    assert found.code == "H02"
    assert "/aws/application/dev" in found.message
